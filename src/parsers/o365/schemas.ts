/** What the schemas of Office 365's records (Exchange, SharePoint, Entra ID, DLP, Yammer, Teams …) add to their common part. */

import type { Document } from '../ndjson/document.ts'
import { asDocument, asList, asText, fill, look, set, take } from '../shared/draft.ts'

/** `category` and `type` of the event, which the schemas add to. */
export type Kinds = { readonly category: string[]; readonly type: string[] }

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const fileActions = words(
  'FileAccessed FileDeleted FileDownloaded FileModified FileMoved FileRenamed FileRestored FileUploaded FolderCopied FolderCreated ' +
    'FolderDeleted FolderModified FolderMoved FolderRenamed FolderRestored'
)
const changes = words(
  'ComplianceSettingChanged FileModified FileMoved FileRenamed FileRestored FolderModified FolderMoved FolderRenamed FolderRestored'
)
const creations = words('FileUploaded FolderCopied FolderCreated')

export function addSchema(
  event: Document,
  o: Document,
  code: string | undefined,
  action: string | undefined,
  kinds: Kinds
): void {
  if (code === 'ExchangeAdmin' || code === 'ExchangeItem') {
    set(event, 'organization.name', take(o, 'OrganizationName'))
    set(event, 'server_text', take(o, 'OriginatingServer'))
  }
  if (code === 'ExchangeItem') exchangeItem(event, o)
  if (code?.startsWith('ExchangeItem') === true) mailItems(event, o, kinds)
  if (code === 'AzureActiveDirectory') directory(event, o, action, kinds)
  if (code === 'AzureActiveDirectoryStsLogon') {
    kinds.category.push('authentication')
    kinds.type.push('start', 'access')
  }
  if (code === 'SharePointFileOperation' || code === 'SharePointSharingOperation') {
    set(event, 'url.original', take(o, 'ObjectId'))
    set(event, 'file.directory', take(o, 'SourceRelativeUrl'))
    set(event, 'file.name', take(o, 'SourceFileName'))
    set(event, 'file.extension', take(o, 'SourceFileExtension'))
  }
  if (action !== undefined) fileKinds(action, kinds)
  if (code === 'SecurityComplianceAlerts') alert(event, o, kinds)
  if (code === 'ComplianceDLPSharePoint' || code === 'ComplianceDLPExchange') dataLoss(event, o, action, kinds)
  if (code === 'Yammer') yammer(event, o, action, kinds)
  if (code === 'MicrosoftTeams') teams(event, o, action, kinds)
}

function exchangeItem(event: Document, o: Document): void {
  set(event, 'user.email', take(o, 'MailboxOwnerUPN'))
  fill(event, 'user.id', asText(look(o, 'LogonUserSid')))
  set(event, 'user.full_name', take(o, 'LogonUserDisplayName'))
  set(event, 'process.name', take(o, 'ClientProcessName'))
}

/** The items of a mailbox that an operation was about. */
function mailItems(event: Document, o: Document, kinds: Kinds): void {
  const items = [look(o, 'Item'), ...asList(look(o, 'AffectedItems'))]
  const subjects = items.map(item => asText(look(item, 'Subject'))).filter(subject => subject !== undefined)
  const attachments = items.flatMap(item => attachmentsOf(asText(look(item, 'Attachments'))))
  if (subjects.length > 0) set(event, 'email.subject', [...new Set(subjects)])
  if (attachments.length > 0) set(event, 'email.attachments', attachments)
  if (subjects.length + attachments.length > 0) kinds.category.push('email')
  const sender = look(o, 'Sender')
  if (asDocument(sender) !== undefined) set(o, 'SenderEntity', take(o, 'Sender'))
}

/** `logo.png (8192b); report.docx (73728b)` */
function attachmentsOf(text: string | undefined): Document[] {
  if (text === undefined || text.length > 65_536) return []
  return text.split('; ').map(one => {
    const size = /^(.{1,1024}) \((\d{1,15})b\);?$/.exec(one)
    const name = size?.[1] ?? one
    const dot = name.lastIndexOf('.')
    return {
      file: {
        name,
        extension: dot < 0 ? undefined : name.slice(dot + 1),
        size: size === null ? undefined : Number(size[2])
      }
    }
  })
}

const accounts: ReadonlyMap<string, readonly [action: string, type: string]> = new Map([
  ['Add user.', ['added-user-account', 'creation']],
  ['Update user.', ['modified-user-account', 'change']],
  ['Delete user.', ['deleted-user-account', 'deletion']]
])

function directory(event: Document, o: Document, action: string | undefined, kinds: Kinds): void {
  set(event, 'user.target.id', asText(look(o, 'ObjectId')))
  const account = action === undefined ? undefined : accounts.get(action)
  if (account === undefined) return
  set(event, 'event.action', account[0])
  kinds.category.push('iam')
  kinds.type.push('user', account[1])
}

function fileKinds(action: string, kinds: Kinds): void {
  if (fileActions.has(action)) kinds.category.push('file')
  if (action === 'ComplianceSettingChanged') kinds.category.push('configuration')
  if (action === 'FileAccessed' || action === 'FileDownloaded') kinds.type.push('access')
  if (changes.has(action)) kinds.type.push('change')
  if (action === 'FileDeleted' || action === 'FolderDeleted') kinds.type.push('deletion')
  if (creations.has(action)) kinds.type.push('creation')
}

function alert(event: Document, o: Document, kinds: Kinds): void {
  set(event, 'message', take(o, 'Comments'))
  set(event, 'rule.name', take(o, 'Name'))
  set(event, 'rule.id', take(o, 'PolicyId'))
  const category = take(o, 'Category')
  set(event, 'rule.category', category)
  const entity = take(o, 'EntityType')
  set(event, 'rule.ruleset', entity)
  const about = take(o, 'AlertEntityId')
  set(event, 'rule.description', about)
  set(event, 'rule.reference', take(o, 'AlertLinks'))
  set(event, 'event.kind', 'alert')
  if (entity === 'User') fill(event, 'user.id', asText(about))
  const kind =
    category === 'DataGovernance' || category === 'DataLossPrevention'
      ? 'file'
      : category === 'ThreatManagement'
        ? 'malware'
        : category === 'AccessGovernance'
          ? 'authentication'
          : undefined
  if (kind !== undefined) kinds.category.push(kind)
}

const severities: Readonly<Record<string, number>> = { informational: 1, low: 2, medium: 3, high: 4 }

export function severityOf(text: unknown): number | undefined {
  return typeof text === 'string' && Object.hasOwn(severities, text.toLowerCase())
    ? severities[text.toLowerCase()]
    : undefined
}

function dataLoss(event: Document, o: Document, action: string | undefined, kinds: Kinds): void {
  set(event, 'event.kind', 'alert')
  kinds.category.push('file')
  kinds.type.push('access')
  const site = asDocument(look(o, 'SharePointMetaData'))
  if (look(event, 'user', 'id') === undefined) set(event, 'user.id', take(site, 'From'))
  set(event, 'file.name', take(site, 'FileName'))
  set(event, 'url.original', take(site, 'FilePathUrl'))
  set(event, 'file.inode', take(site, 'UniqueId') ?? take(site, 'UniqueID'))
  set(event, 'file.owner', take(site, 'FileOwner'))
  const mail = asDocument(look(o, 'ExchangeMetaData'))
  set(event, 'source.user.email', take(mail, 'From'))
  set(event, 'message', take(mail, 'Subject'))
  if (mail !== undefined) {
    const to = ['To', 'CC', 'BCC'].flatMap(key => look(mail, key) ?? [])
    if (to.length > 0) set(event, 'destination.user.email', to)
  }
  if (typeof look(o, 'ExceptionInfo') === 'string') set(o, 'ExceptionInfo', { Reason: look(o, 'ExceptionInfo') })
  policies(event, o, action)
}

function policies(event: Document, o: Document, action: string | undefined): void {
  const details = asList(look(o, 'PolicyDetails'))
  if (details.length === 0) return
  const ids: unknown[] = []
  const names: unknown[] = []
  let severity = 0
  let allowed = true
  for (const detail of details)
    for (const rule of asList(look(detail, 'Rules'))) {
      const id = look(rule, 'RuleId')
      const name = look(rule, 'RuleName')
      if (id !== undefined && name !== undefined) {
        ids.push(id)
        names.push(name)
      }
      severity = Math.max(severity, severityOf(look(rule, 'Severity')) ?? 0)
      if (asList(look(rule, 'Actions')).includes('BlockAccess')) allowed = false
    }
  set(event, 'rule.id', ids)
  set(event, 'rule.name', names)
  set(event, 'event.severity', severity)
  const excepted = Object.keys(asDocument(look(o, 'ExceptionInfo')) ?? {}).length > 0
  const success = allowed || action === 'DlpRuleUndo' || (action !== 'DlpInfo' && excepted)
  set(event, 'event.outcome', success ? 'success' : 'failure')
}

const yammerKinds: readonly (readonly [list: 'category' | 'type', word: string, actions: ReadonlySet<string>])[] = [
  [
    'category',
    'configuration',
    words(
      'NetworkConfigurationUpdated NetworkSecurityConfigurationUpdated SoftDeleteSettingsUpdated ProcessProfileFields SupervisorAdminToggled'
    )
  ],
  [
    'category',
    'iam',
    words('NetworkSecurityConfigurationUpdated GroupCreation GroupDeletion NetworkUserSuspended UserSuspension')
  ],
  ['category', 'file', words('FileCreated FileDownloaded FileShared FileUpdateDescription FileUpdateName FileVisited')],
  [
    'type',
    'change',
    words(
      'NetworkConfigurationUpdated NetworkSecurityConfigurationUpdated SoftDeleteSettingsUpdated ProcessProfileFields SupervisorAdminToggled'
    )
  ],
  ['type', 'admin', words('NetworkSecurityConfigurationUpdated')],
  ['type', 'creation', words('FileCreated GroupCreation FileUpdateName')],
  ['type', 'deletion', words('GroupDeletion')],
  ['type', 'access', words('FileDownloaded FileShared FileUpdateDescription FileVisited')],
  ['type', 'group', words('GroupCreation GroupDeletion')]
]

function yammer(event: Document, o: Document, action: string | undefined, kinds: Kinds): void {
  set(event, 'user.email', take(o, 'ActorUserId'))
  fill(event, 'user.id', asText(look(o, 'ActorYammerUserId')))
  set(event, 'file.inode', take(o, 'FileId'))
  set(event, 'file.name', take(o, 'FileName'))
  set(event, 'group.name', take(o, 'GroupName'))
  set(event, 'destination.user.email', take(o, 'TargetUserId'))
  set(event, 'destination.user.id', take(o, 'TargetYammerUserId'))
  if (action === undefined) return
  for (const [list, word, actions] of yammerKinds) if (actions.has(action)) kinds[list].push(word)
}

function teams(event: Document, o: Document, action: string | undefined, kinds: Kinds): void {
  set(event, 'group.name', take(o, 'TeamName'))
  if (action === 'TeamCreated') {
    set(event, 'event.action', 'added-group-account-to')
    kinds.category.push('iam')
    kinds.type.push('group', 'creation')
  } else if (action === 'MemberAdded') {
    set(event, 'event.action', 'added-users-to-group')
    kinds.category.push('iam')
    kinds.type.push('group', 'change')
  } else if (action === 'Delete user.') {
    set(event, 'event.action', 'deleted-user-account')
    kinds.category.push('iam')
    kinds.type.push('user', 'deletion')
    set(event, 'user.target.id', take(o, 'ObjectId'))
  }
}
