/** What the applications of Google Workspace (login, drive, groups, saml, user accounts, token) add to an event. */

import { isoMs } from '../../core/time.ts'
import type { Document } from '../ndjson/document.ts'
import { asText, look, set, take } from '../shared/draft.ts'
import { splitMail } from './mail-address.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

/** Adds kinds and fields to the event; gives the parameters as they are kept. `users` are added to `related.user`. */
export type AddApplication = (event: Document, parameters: Document, action: string, users: string[]) => Document

const sessions = words('login_failure login_success logout')
const disabled = words(
  'account_disabled_generic account_disabled_spamming_through_relay account_disabled_spamming account_disabled_hijacked ' +
    'account_disabled_password_leak'
)
const warnings = words(
  'gov_attack_warning login_challenge login_verification suspicious_login suspicious_login_less_secure_app suspicious_programmatic_login'
)

export const login: AddApplication = (event, parameters, action, users) => {
  const category = ['authentication']
  const type: string[] = []
  if (sessions.has(action)) category.push('session')
  if (action === 'login_failure' || action === 'login_success') type.push('start')
  if (action === 'logout') type.push('end')
  if (disabled.has(action)) type.push('user', 'change')
  if (warnings.has(action)) type.push('info')
  setKinds(event, category, type)
  if (action === 'login_failure') set(event, 'event.outcome', 'failure')
  else if (action === 'login_success') set(event, 'event.outcome', 'success')
  else {
    const status = asText(look(parameters, 'challenge_status'))
    if (status !== undefined) set(event, 'event.outcome', status === 'Challenge Passed' ? 'success' : 'failure')
  }
  const stamp = Number(look(parameters, 'timestamp'))
  if (stamp > 1e14 && stamp < 9e15) set(event, 'event.start', isoMs(stamp))
  const affected = splitMail(look(parameters, 'affected_email_address'))
  if (affected !== undefined) {
    set(event, 'user.target.name', affected.name)
    set(event, 'user.target.domain', affected.domain)
    users.push(affected.name)
  }
  return parameters
}

const driveAccess = words(
  'approval_canceled approval_comment_added approval_requested approval_reviewer_responded change_acl_editors ' +
    'change_document_access_scope change_document_visibility shared_drive_membership_change shared_drive_settings_change ' +
    'sheets_import_range_access_change change_user_access'
)
const driveChanges = words('add_to_folder edit add_lock move remove_from_folder rename remove_lock sheets_import_range')

export const drive: AddApplication = (event, parameters, action, users) => {
  const category = ['file']
  const type: string[] = []
  if (driveChanges.has(action) || driveAccess.has(action)) type.push('change')
  if (driveAccess.has(action)) category.push('iam', 'configuration')
  if (action === 'create' || action === 'untrash' || action === 'upload') type.push('creation')
  if (action === 'delete' || action === 'trash') type.push('deletion')
  if (action === 'download' || action === 'preview' || action === 'print' || action === 'view') type.push('info')
  setKinds(event, category, type)
  const out: Document = { ...parameters }
  move(out, 'doc_id', 'file.id')
  const name = asText(take(out, 'doc_title'))
  move(out, 'doc_type', 'file.type')
  move(out, 'owner', 'file.owner.email')
  move(out, 'owner_is_shared_drive', 'file.owner.is_shared_drive')
  move(out, 'new_settings_state', 'new_value')
  move(out, 'old_settings_state', 'old_value')
  if (look(out, 'target') === undefined) move(out, 'target_user', 'target')
  const kind = look(out, 'file', 'type')
  const dot = name?.lastIndexOf('.') ?? -1
  const owner = splitMail(look(out, 'file', 'owner', 'email'))
  set(event, 'file.name', name)
  set(event, 'file.type', kind === 'folder' || kind === 'shared' ? 'dir' : 'file')
  if (name !== undefined && dot >= 0) set(event, 'file.extension', name.slice(dot + 1))
  const target = splitMail(look(out, 'target'))
  if (target !== undefined) users.push(target.name)
  if (owner !== undefined) {
    set(event, 'file.owner', owner.name)
    users.push(owner.name)
  }
  return out
}

const groupSettings = words(
  'change_basic_setting change_identity_setting change_info_setting change_new_members_restrictions_setting ' +
    'change_post_replies_setting change_spam_moderation_setting change_topic_setting'
)
const groupInfos = words(
  'accept_invitation request_to_join ban_user_with_moderation revoke_invitation invite_user reject_join_request reinvite_user ' +
    'moderate_message always_post_from_user'
)
const groupPeople = words(
  'accept_invitation approve_join_request join request_to_join ban_user_with_moderation revoke_invitation invite_user ' +
    'reject_join_request reinvite_user add_user remove_user'
)

export const groups: AddApplication = (event, parameters, action, users) => {
  const category = ['iam']
  const type = ['group']
  if (groupSettings.has(action) || action === 'change_acl_permission') type.push('change')
  else if (action === 'approve_join_request' || action === 'join') type.push('change')
  if (groupSettings.has(action) || action === 'add_info_setting' || action === 'remove_info_setting')
    category.push('configuration')
  if (groupInfos.has(action)) type.push('info')
  if (groupPeople.has(action)) type.push('user')
  if (action === 'create_group' || action === 'add_info_setting' || action === 'add_user') type.push('creation')
  if (action === 'delete_group' || action === 'remove_info_setting' || action === 'remove_user') type.push('deletion')
  setKinds(event, category, type)
  const out: Document = { ...parameters }
  move(out, 'group_email', 'email')
  move(out, 'new_value_repeated', 'new_value')
  move(out, 'old_value_repeated', 'old_value')
  move(out, 'user_email', 'member.email')
  for (const name of [
    'basic',
    'identity',
    'info',
    'new_members_restrictions',
    'post_replies',
    'spam_moderation',
    'topic'
  ])
    move(out, `${name}_setting`, 'setting')
  move(out, 'message_id', 'message.id')
  move(out, 'message_moderation_action', 'message.moderation_action')
  move(out, 'member_role', 'member.role')
  const status = look(out, 'status')
  if (status === 'failed') set(event, 'event.outcome', 'failure')
  if (status === 'success') set(event, 'event.outcome', 'success')
  const group = splitMail(look(out, 'email'))
  const member = splitMail(look(out, 'member', 'email'))
  if (group !== undefined) {
    set(event, 'group.name', group.name)
    set(event, 'group.domain', group.domain)
    set(event, 'user.target.group.name', group.name)
    set(event, 'user.target.group.domain', group.domain)
  }
  if (member !== undefined) {
    set(event, 'user.target.name', member.name)
    set(event, 'user.target.domain', member.domain)
    set(event, 'user.target.email', look(out, 'member', 'email'))
    users.push(member.name)
  }
  return out
}

export const saml: AddApplication = (event, parameters, action) => {
  setKinds(event, ['authentication', 'session'], ['start'])
  if (action === 'login_success') set(event, 'event.outcome', 'success')
  if (action === 'login_failure') set(event, 'event.outcome', 'failure')
  return parameters
}

export const userAccounts: AddApplication = (event, parameters) => {
  setKinds(event, ['iam'], ['change', 'user'])
  return parameters
}

export const token: AddApplication = (event, parameters, action) => {
  const type = ['info']
  if (action === 'authorize' || action === 'revoke') type.push('user')
  if (action === 'revoke') type.push('deletion')
  setKinds(event, ['iam'], type)
  const out: Document = { ...parameters }
  move(out, 'client_id', 'client.id')
  move(out, 'client_type', 'client.type')
  const data = take(out, 'scope_data')
  const value = take(out, 'scope')
  set(out, 'scope.value', value)
  set(out, 'scope.data', data)
  const bytes = look(out, 'num_response_bytes')
  if (typeof bytes === 'string' && /^\d{1,15}$/.test(bytes)) out['num_response_bytes'] = Number(bytes)
  return out
}

function setKinds(event: Document, category: string[], type: string[]): void {
  set(event, 'event.category', category)
  if (type.length > 0) set(event, 'event.type', type)
}

function move(from: Document, name: string, to: string): void {
  const value = take(from, name)
  if (value !== undefined) set(from, to, value)
}
