/** FortiGate's event logs (system, vpn, user, router, wireless, ha, endpoint …) and logins of administrators. */

import { isIp } from '../../core/ip.ts'
import { urlParts } from '../shared/url.ts'
import type { Draft } from './draft.ts'
import { macOf } from './fortigate.ts'

export function mapEvent(draft: Draft): void {
  const action = draft.peek('action')
  const subtype = draft.peek('subtype')
  const result = draft.peek('result')
  categorize(draft, action, subtype)
  if (result === 'ERROR' || draft.peek('status') === 'negotiate_error') draft.outcome = 'failure'
  if (result === 'OK' || isLogon(action) || isLogoff(action)) draft.outcome = 'success'
  const { source, destination } = draft
  destination.ip = draft.take('dstip') ?? draft.take('remip')
  destination.port = draft.count('dstport') ?? draft.count('remport')
  destination.bytes = draft.count('rcvdbyte')
  destination.address = draft.take('daddr') ?? draft.take('dst_host')
  source.ip = draft.take('srcip') ?? draft.take('locip')
  source.port = draft.count('srcport') ?? draft.count('locport')
  source.bytes = draft.count('sentbyte')
  source.mac = macOf(draft.take('srcmac') ?? draft.take('source_mac'))
  source.address = draft.take('saddr')
  source.groupName = draft.take('group')
  source.userName = draft.take('user')
  draft.userAgent = draft.take('agent')
  draft.file = { name: draft.take('file'), size: draft.count('filesize') }
  draft.code ??= draft.take('logid')
  draft.ianaNumber = draft.take('proto')
  draft.protocol = draft.take('service')
  draft.errorCode = draft.take('error_num')
  draft.rule = { id: draft.take('policyid'), description: draft.take('logdesc') }
  const url = draft.take('url')
  const host = draft.take('hostname')
  if (url !== undefined) draft.url = { ...urlParts(url), domain: host ?? urlParts(url)?.domain }
  else if (host !== undefined) draft.url = { domain: host }
  draft.durationNs ??= draft.count('sess_duration')
  if (subtype === 'vpn') {
    source.userName = draft.peek('eapuser') ?? draft.peek('xauthuser') ?? source.userName
    // The client is the remote end: the source. The user is the client's.
    draft.source = destination
    draft.destination = source
    destination.userName = source.userName
    destination.groupName = source.groupName
    source.userName = undefined
    source.groupName = undefined
    const { mac } = destination
    destination.mac = source.mac
    source.mac = mac
  }
}

function categorize(draft: Draft, action: string | undefined, subtype: string | undefined): void {
  if (isLogon(action)) draft.type.push('start')
  if (isLogoff(action)) draft.type.push('end')
  if (subtype === 'vpn') {
    draft.type.push('connection')
    draft.category.push('network')
  }
  if (action === 'perf-stats') {
    draft.type.push('info')
    draft.category.push('host')
  }
  if (subtype === 'update') {
    draft.type.push('info')
    draft.category.push('host', 'malware')
  }
  if (subtype === 'user') draft.category.push('authentication')
}

const isLogon = (action: string | undefined) => action === 'FSSO-logon' || action === 'auth-logon'
const isLogoff = (action: string | undefined) => action === 'FSSO-logoff' || action === 'auth-logout'

/** `Administrator bob login failed from ssh(192.0.2.9) because of invalid password`, `Login from ssh: Failed for bob from …`. */
export function mapLogin(draft: Draft): void {
  const { source } = draft
  const text = draft.message ?? ''
  draft.action ??= 'login'
  if (!draft.category.includes('authentication')) draft.category.push('authentication')
  draft.userName = source.userName
  const profile = draft.take('adminprof')
  const roles = profile === undefined ? [] : [profile]
  const from = draft.peek('userfrom')
  if (from?.startsWith('JSON(') && from.endsWith(')')) {
    const ip = from.slice(5, -1)
    if (isIp(ip)) {
      source.ip = ip
      draft.take('userfrom')
    }
  }
  if (text.startsWith('user')) outcomeFrom(draft, afterText(draft.peek('desc'), 'User login/logout '))
  const ssh = /^Login from ssh: (\S+) for (\S+) from (\S+) port (\d{1,5})/.exec(text)
  if (ssh !== null) {
    outcomeFrom(draft, ssh[1])
    draft.userName = ssh[2]
    if (isIp(ssh[3])) source.ip = ssh[3]
    source.port = Number(ssh[4])
  }
  const admin = /^(\S+) (\S+) (?:login|logged in) (\S+) from [^(]*\(([^)]*)\)/.exec(text)
  if (admin !== null && text.startsWith('Administrator')) {
    outcomeFrom(draft, admin[3])
    draft.userName = admin[2]
    if (isIp(admin[4])) source.ip = admin[4]
    roles.push(admin[1]!)
  }
  draft.eventId ??= draft.take('log_id')
  draft.level = draft.take('pri') ?? draft.level
  draft.serialNumber ??= draft.take('device_id')
  if (roles.length > 0) {
    draft.roles = roles
    source.roles = roles
  }
}

function outcomeFrom(draft: Draft, word: string | undefined): void {
  const lower = word?.toLowerCase()
  if (lower?.startsWith('fail')) draft.outcome = 'failure'
  else if (lower?.startsWith('success')) draft.outcome = 'success'
}

function afterText(text: string | undefined, prefix: string): string | undefined {
  return text?.startsWith(prefix) ? text.slice(prefix.length) : undefined
}
