/** What the codes in an event of the Security log mean, beside them in `winlog.event_data`, `winlog.logon` and `service`. */

import { auditSubcategory } from './audit-subcategories.ts'
import { type Draft, type Fields, relate } from './draft.ts'
import { messageOf } from './message-table.ts'
import { knownSid, readSddl, sidName } from './sddl.ts'
import {
  accessNames,
  accountControlNames,
  kerberosStatus,
  logonStatus,
  logonTypes,
  serviceTypes,
  ticketEncryption,
  ticketOptionNames,
  trustAttributes,
  trustDirections,
  trustTypes
} from './security-codes.ts'
import { decodeNumber, said, saidAll, saidText, words } from './win-event.ts'

export function describeData(draft: Draft): void {
  const { data, source } = draft
  const code = source.eventId
  logon(draft)
  const account = accountControlNames(said(data, 'NewUacValue'))
  if (account !== undefined) {
    data['NewUACList'] = account
    const changes = saidText(data, 'UserAccountControl')
    if (changes !== undefined) data['UserAccountControl'] = linesOf(changes)
  }
  const options = ticketOptionNames(said(data, 'TicketOptions'))
  if (options !== undefined) data['TicketOptionsDescription'] = options
  const encryption = ticketEncryption.get(said(data, 'TicketEncryptionType')?.toLowerCase() ?? '')
  if (encryption !== undefined) data['TicketEncryptionTypeDescription'] = encryption
  if (code === '4768' || code === '4769' || code === '4770' || code === '4771') {
    const status = kerberosStatus.get(said(data, 'Status')?.toLowerCase() ?? '')
    if (status !== undefined) data['StatusDescription'] = status
  }
  const service = said(data, 'ServiceName')
  const serviceType = said(data, 'ServiceType')
  if (service !== undefined || serviceType !== undefined)
    draft.service = { name: service, type: serviceTypes.get(serviceType ?? '') }
  const subcategory = auditSubcategory(said(data, 'SubcategoryGuid') ?? '')
  if (subcategory !== undefined) {
    data['Category'] = subcategory[0]
    data['SubCategory'] = subcategory[1]
  }
  accesses(draft)
  trust(draft)
  sids(draft)
  if (code === '4692' || code === '4693' || code === '4694' || code === '4695') {
    const failure = said(data, 'FailureReasons') ?? said(data, 'FailureReason')
    if (failure === '0x0') data['FailureReasonsOutcome'] = 'Success'
  }
}

function logon(draft: Draft): void {
  const { data, source } = draft
  const type = logonTypes.get(said(data, 'LogonType') ?? '')
  const reason = said(data, 'FailureReason')
  let failure: Fields | undefined
  if (reason !== undefined) failure = { reason: messageOf(reason) ?? reason.replaceAll('%%', '') }
  if (source.eventId === '4625' || source.eventId === '4776') {
    const status = logonStatus.get(said(data, 'Status')?.toLowerCase() ?? '')
    const subStatus = logonStatus.get(said(data, 'SubStatus')?.toLowerCase() ?? '')
    if (status !== undefined || subStatus !== undefined) failure = { ...failure, status, sub_status: subStatus }
  }
  if (type !== undefined || failure !== undefined) draft.winlog['logon'] = { type, failure }
}

/** `%%4417 %%4418` stays as it is: rules search for it. What it means stands beside it. */
function accesses(draft: Draft): void {
  const { data } = draft
  const changes = saidText(data, 'AuditPolicyChanges')
  if (changes !== undefined)
    data['AuditPolicyChangesDescription'] = changes
      .split(',', 64)
      .map(one => messageOf(one.trim()) ?? one.replaceAll('%%', '').trim())
  const list = saidAll(data, 'AccessList')
  if (list !== undefined)
    data['AccessListDescription'] = words(list)
      .slice(0, 128)
      .map(one => messageOf(one) ?? one.replaceAll('%%', ''))
  for (const [name, described] of [
    ['Direction', 'DirectionDescription'],
    ['LayerName', 'LayerNameDescription']
  ] as const) {
    const message = messageOf(said(data, name)?.trim() ?? '')
    if (message !== undefined) data[described] = message
  }
  const masks = saidAll(data, 'AccessMask')
  if (masks === undefined) return
  let mask = 0
  for (const one of words(masks).slice(0, 64)) mask = (mask | (decodeNumber(one.replaceAll('%%', '')) ?? 0)) >>> 0
  const names = accessNames(mask)
  if (names !== undefined) data['AccessMaskDescription'] = names
}

function trust(draft: Draft): void {
  const { data, winlog } = draft
  winlog['trustType'] = trustTypes.get(said(data, 'TdoType') ?? '')
  winlog['trustDirection'] = trustDirections.get(said(data, 'TdoDirection') ?? '')
  winlog['trustAttribute'] = trustAttributes.get(said(data, 'TdoAttributes') ?? '')
}

function sids(draft: Draft): void {
  const { data, source } = draft
  for (const [name, described] of [
    ['RemoteMachineID', 'RemoteMachineDescription'],
    ['RemoteUserID', 'RemoteUserDescription']
  ] as const) {
    const known = knownSid(said(data, name) ?? '')
    if (known !== undefined) data[described] = known
  }
  if (!['4670', '4675', '4817', '4907', '4908'].includes(source.eventId)) return
  for (const name of ['OldSd', 'NewSd']) {
    const sddl = said(data, name)
    if (sddl !== undefined) descriptor(draft, name, sddl)
  }
  const list = saidText(data, 'SidList')
  if (list === undefined) return
  const found = words(list).slice(0, 256)
  data['SidList'] = found
  data['SidListDesc'] = found.map(sid => sidName(sid.replace(/[%{} ]/g, '')) ?? sid)
}

function descriptor(draft: Draft, name: string, sddl: string): void {
  const { data, relatedUsers } = draft
  const read = readSddl(sddl)
  if (read.owner !== undefined) data[`${name}Owner`] = read.owner
  if (read.group !== undefined) data[`${name}Group`] = read.group
  for (const [part, aces] of [
    ['Dacl', read.dacl],
    ['Sacl', read.sacl]
  ] as const)
    aces.forEach((ace, i) => {
      data[`${name}${part}${i}`] = ace.words
      if (ace.grantee === 'Administrator' || ace.grantee === 'Guest' || ace.grantee === 'KRBTGT')
        relate(relatedUsers, ace.grantee)
    })
}

/** `%%2080` or what it means, one a line. */
function linesOf(text: string): string[] {
  return text
    .split('\n', 64)
    .map(line => line.replaceAll('%%', '').trim())
    .filter(line => line !== '')
}
