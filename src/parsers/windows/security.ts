/**
 * The Security log (provider Microsoft-Windows-Security-Auditing, and Microsoft-Windows-Eventlog for its own affairs) in ECS, as
 * Elastic's system/security integration maps it. Native fields stay in `winlog.event_data`.
 */

import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import { splitOnBlanks } from './blanks.ts'
import { accountParts, type Draft, fileOfPath, relate } from './draft.ts'
import { scheduledTask } from './scheduled-task.ts'
import { securityActions } from './security-actions.ts'
import { describeData } from './security-descriptions.ts'
import { securityUsers } from './security-users.ts'
import { baseName, decodeNumber, plainIp, portOf, said, saidText, words } from './win-event.ts'

const codes = (text: string): ReadonlySet<string> => new Set(text.split(' '))

/** Events whose `ProcessId`, `ProcessName`, `IpAddress` … are those of the event's process and peer. */
const withProcess = codes(
  '1100 1102 1104 1105 1108 4624 4648 4625 4658 4659 4660 4691 4670 4673 4674 4689 4697 4719 4720 4722 4723 4724 4725 4726 4727 ' +
    '4728 4729 4730 4731 4732 4733 4734 4735 4737 4738 4740 4741 4742 4743 4744 4745 4746 4747 4748 4749 4750 4751 4752 ' +
    '4753 4754 4755 4756 4757 4758 4759 4760 4761 4762 4763 4764 4767 4768 4769 4770 4771 4798 4799 4817 4904 4905 4907 ' +
    '4912 5140 5145 4656 4661 4663 4657 4616 4611 4985'
)
const connections = codes('5152 5154 5156 5157 5158 5159')
const privileges = codes('4672 4673 4674 4704 4705 4741 4742 4743')

/** IANA protocol numbers as events 5152 to 5158 write them. */
const transports: ReadonlyMap<string, string> = new Map(
  (
    '1 icmp,2 igmp,4 ipv4,6 tcp,8 egp,9 igp,12 pup,17 udp,27 rdp,28 irtp,33 dccp,35 idpr,41 ipv6,43 ipv6-route,44 ipv6-frag,' +
    '46 rsvp,47 gre,50 esp,58 ipv6-icmp,59 ipv6-nonxt,60 ipv6-opts'
  )
    .split(',')
    .map(one => one.split(' ') as [string, string])
)

export function mapSecurity(draft: Draft): void {
  const { source, data } = draft
  const code = source.eventId
  draft.module = 'system'
  draft.dataset = 'system.security'
  const action = securityActions.get(code)
  if (action !== undefined) {
    draft.action = action.action
    draft.category = action.category
    draft.type = action.type
  }
  describeData(draft)
  if (code === '4778' || code === '4779') sessions(draft)
  securityUsers(draft)
  logonIds(draft)
  if (withProcess.has(code)) processAndPeer(draft)
  if (connections.has(code)) connection(draft)
  if (code === '4688') createdProcess(draft)
  const list = saidText(data, 'PrivilegeList')
  if (list !== undefined && privileges.has(code)) data['PrivilegeList'] = words(list)
  if (code === '5136') {
    draft.reason = said(data, 'OperationType')
  }
  paths(draft)
  const ip = draft.from?.['ip']
  if (typeof ip === 'string') relate(draft.relatedIps, ip)
  scheduledTask(draft)
}

/** 4778 and 4779: a session over remote desktop. */
function sessions(draft: Draft): void {
  const { data } = draft
  const name = said(data, 'AccountName')
  const domain = said(data, 'AccountDomain')
  if (name !== undefined || domain !== undefined) draft.user = { ...draft.user, name, domain }
  relate(draft.relatedUsers, name)
  const address = said(data, 'ClientAddress')
  const ip = address === 'LOCAL' ? '127.0.0.1' : address
  draft.from = { ip: ip !== undefined && isIp(ip) ? plainIp(ip) : undefined, domain: said(data, 'ClientName') }
}

/** `winlog.logon.id`: the session that acted; where none is told, the one that was made or ended. */
function logonIds(draft: Draft): void {
  const { source, data } = draft
  const id =
    said(source.userData, 'SubjectLogonId') ??
    said(data, 'SubjectLogonId') ??
    (['4634', '4647', '4964'].includes(source.eventId) ? said(data, 'TargetLogonId') : undefined) ??
    said(data, 'LogonID')
  if (id !== undefined) draft.winlog['logon'] = { ...(draft.winlog['logon'] as object | undefined), id }
}

function processAndPeer(draft: Draft): void {
  const { data } = draft
  const pid = decodeNumber(said(data, 'ProcessId'))
  const executable = said(data, 'ProcessName')
  if (pid !== undefined || executable !== undefined)
    draft.process = { ...draft.process, pid, executable, name: baseName(executable) }
  const ip = said(data, 'IpAddress') ?? said(data, 'ClientAddress')
  const port = portOf(said(data, 'IpPort'))
  const domain = said(data, 'WorkstationName')
  if (ip === undefined && port === undefined && domain === undefined) return
  // Besides addresses there is `LOCAL`, and a host's name now and then.
  const isAddress = ip !== undefined && isIp(ip)
  draft.from = {
    ...draft.from,
    ip: isAddress ? plainIp(ip) : undefined,
    port,
    domain: domain ?? (isAddress || ip === 'LOCAL' ? undefined : ip)
  }
}

/** The filtering platform's events. */
function connection(draft: Draft): void {
  const { data } = draft
  const sourceIp = said(data, 'SourceAddress')
  const destinationIp = said(data, 'DestAddress')
  draft.from = { ip: isIp(sourceIp) ? sourceIp : undefined, port: portOf(said(data, 'SourcePort')) }
  draft.destination = { ip: isIp(destinationIp) ? destinationIp : undefined, port: portOf(said(data, 'DestPort')) }
  if (isIp(destinationIp)) relate(draft.relatedIps, destinationIp)
  if (isIp(sourceIp)) relate(draft.relatedIps, sourceIp)
  const protocol = said(data, 'Protocol')
  const direction = data['DirectionDescription']
  draft.network = {
    iana_number: protocol,
    transport: protocol === undefined ? undefined : transports.get(protocol),
    direction: typeof direction === 'string' ? direction.toLowerCase() : undefined,
    community_id: isIp(sourceIp) && isIp(destinationIp) ? COMMUNITY_ID : undefined
  }
  const executable = said(data, 'Application')
  const pid = decodeNumber(said(data, 'ProcessID'))
  if (executable !== undefined || pid !== undefined) draft.process = { pid, executable, name: baseName(executable) }
}

function createdProcess(draft: Draft): void {
  const { data } = draft
  const executable = said(data, 'NewProcessName')
  const parent = said(data, 'ParentProcessName')
  const line = said(data, 'CommandLine')
  const args = line === undefined ? undefined : splitOnBlanks(line)
  draft.process = {
    pid: decodeNumber(said(data, 'NewProcessId')),
    executable,
    name: baseName(executable),
    command_line: line,
    args,
    args_count: args?.length,
    parent: { pid: decodeNumber(said(data, 'ProcessId')), executable: parent, name: baseName(parent) }
  }
  relate(draft.relatedUsers, said(data, 'TargetUserName'))
}

/** Files, shares and registry keys that were touched. */
function paths(draft: Draft): void {
  const { data, source } = draft
  const code = source.eventId
  if (code === '5140' || code === '5145') {
    const name = said(data, 'RelativeTargetName')
    const directory = said(data, 'ShareLocalPath')
    const share = said(data, 'ShareName')
    const dot = name === undefined ? -1 : name.lastIndexOf('.')
    draft.file = {
      name,
      directory,
      path: name !== undefined && directory !== undefined ? `${directory}\\${name}` : undefined,
      target_path: name !== undefined && share !== undefined ? `${share}\\${name}` : undefined,
      extension: dot < 0 ? undefined : name!.slice(dot + 1) || undefined
    }
    return
  }
  const name = said(data, 'ObjectName')
  const type = said(data, 'ObjectType')
  if (code === '4664') {
    const path = said(data, 'FileName')
    if (path !== undefined) draft.file = fileOfPath(path)
  } else if (name !== undefined && (code === '4657' || objectCodes.has(code))) {
    if (code === '4657' || type === 'Key' || name.toUpperCase().startsWith('\\REGISTRY\\'))
      draft.registry = { path: name }
    else if (type === 'File') draft.file = fileOfPath(name)
  }
  const account = accountParts(said(data, 'AccountName'))
  if (code === '4697' && account !== undefined) relate(draft.relatedUsers, account.name)
}

const objectCodes = codes('4656 4658 4659 4660 4661 4662 4663 4691')
