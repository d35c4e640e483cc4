/**
 * Check Point's CEF (Log Exporter): extensions whose meaning its labels give, below `checkpoint.*` or in ECS where they belong.
 * From Check Point's "Log Exporter CEF Field Mappings" and its list of log fields (sk144192).
 */

import type { EcsEvent } from '../../core/parser.ts'
import { merge } from '../ndjson/document.ts'
import type { CefFields } from './event.ts'

const plain: readonly (readonly [from: string, to: string])[] = [
  ['cp_app_risk', 'checkpoint.app_risk'],
  ['cp_severity', 'checkpoint.severity'],
  ['baseEventCount', 'checkpoint.event_count'],
  ['deviceExternalId', 'observer.type'],
  ['deviceInboundInterface', 'observer.ingress.interface.name'],
  ['deviceOutboundInterface', 'observer.egress.interface.name'],
  ['externalId', 'checkpoint.uuid'],
  ['fileHash', 'checkpoint.file_hash'],
  ['reason', 'checkpoint.termination_reason'],
  ['requestCookies', 'checkpoint.cookie'],
  ['checkrequestCookies', 'checkpoint.cookie'],
  ['sourceNtDomain', 'dns.question.name'],
  ['Signature', 'vulnerability.id'],
  ['Recipient', 'destination.user.email'],
  ['Sender', 'source.user.email'],
  ['rule_uid', 'rule.uuid'],
  ['ifname', 'observer.ingress.interface.name'],
  ['inzone', 'observer.ingress.zone'],
  ['outzone', 'observer.egress.zone'],
  ['product', 'observer.product']
]

/** Extension, then what its label (in lower case) may be and the field that it then is. */
const labelled: readonly (readonly [name: string, labels: Readonly<Record<string, string>>])[] = [
  ['deviceCustomFloatingPoint1', { 'update version': 'observer.version' }],
  ['deviceCustomIPv6Address2', { 'source ipv6 address': 'source.ip' }],
  ['deviceCustomIPv6Address3', { 'destination ipv6 address': 'destination.ip' }],
  [
    'deviceCustomNumber1',
    {
      'elapsed time in seconds': 'event.duration',
      'email recipients number': 'checkpoint.email_recipients_num',
      payload: 'network.bytes'
    }
  ],
  ['deviceCustomNumber2', { 'duration in seconds': 'event.duration', 'icmp type': 'checkpoint.icmp_type' }],
  ['deviceCustomNumber3', { 'icmp code': 'checkpoint.icmp_code' }],
  [
    'deviceCustomString1',
    {
      'application rule name': 'rule.name',
      'connectivity state': 'checkpoint.connectivity_state',
      'dlp rule name': 'rule.name',
      'email id': 'checkpoint.email_id',
      'threat prevention rule name': 'rule.name',
      'voip log type': 'checkpoint.voip_log_type'
    }
  ],
  [
    'deviceCustomString2',
    {
      categories: 'rule.category',
      category: 'checkpoint.category',
      'email subject': 'checkpoint.email_subject',
      'peer gateway': 'checkpoint.peer_gateway',
      'protection id': 'checkpoint.protection_id',
      'scan invoke type': 'checkpoint.integrity_av_invoke_type',
      'sensor mode': 'checkpoint.sensor_mode',
      'update status': 'checkpoint.update_status'
    }
  ],
  [
    'deviceCustomString6',
    {
      'application name': 'network.application',
      'malware family': 'checkpoint.malware_family',
      'malware name': 'checkpoint.spyware_name',
      'virus name': 'checkpoint.virus_name'
    }
  ],
  [
    'deviceCustomString3',
    {
      'email spool id': 'checkpoint.email_spool_id',
      'identity type': 'checkpoint.identity_type',
      'incident extension': 'checkpoint.incident_extension',
      'protection type': 'checkpoint.protection_type',
      'user group': 'group.name'
    }
  ],
  [
    'deviceCustomString4',
    {
      'destination os': 'os.name',
      'email control': 'checkpoint.email_control',
      frequency: 'checkpoint.frequency',
      'malware status': 'checkpoint.spyware_status',
      'protection name': 'checkpoint.protection_name',
      'scan result': 'checkpoint.scan_result',
      'tcp flags': 'checkpoint.tcp_flags',
      'threat prevention rule id': 'rule.id',
      'user response': 'checkpoint.user_status'
    }
  ],
  [
    'deviceCustomString5',
    {
      'authentication method': 'checkpoint.auth_method',
      'email session id': 'checkpoint.email_session_id',
      'matched category': 'rule.category',
      'vlan id': 'network.vlan.id'
    }
  ],
  ['deviceCustomDate2', { 'subscription expiration': 'checkpoint.subs_exp' }],
  ['deviceFlexNumber1', { confidence: 'checkpoint.confidence_level' }],
  [
    'deviceFlexNumber2',
    {
      'destination phone number': 'checkpoint.dst_phone_number',
      'performance impact': 'checkpoint.performance_impact'
    }
  ],
  ['flexString1', { 'application signature id': 'checkpoint.app_sig_id' }],
  ['flexString2', { 'attack information': 'event.action', 'malware action': 'rule.description' }]
]

const families = ['Network', 'Endpoint', 'Access', 'Threat', 'Mobile']
const risks = new Map(
  Object.entries({
    unknown: 0,
    informational: 0,
    'very-low': 1,
    low: 2,
    medium: 3,
    high: 4,
    'very-high': 5,
    critical: 5
  })
)
const severities = new Map(
  Object.entries({
    unknown: 0,
    informational: 0,
    'very-low': 1,
    low: 1,
    medium: 2,
    high: 3,
    'very-high': 4,
    critical: 4
  })
)
const numbers: ReadonlySet<string> = new Set(['checkpoint.event_count', 'network.bytes'])
const hashNames = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [64, 'sha256']
])

export function addCheckPoint(event: EcsEvent, x: CefFields): void {
  const found = new Map<string, string | number>()
  for (const [from, to] of plain) if (x[from] !== undefined) found.set(to, x[from])
  const family = families[Number(x['deviceFacility'] ?? -1)]
  if (family !== undefined) found.set('observer.type', family)
  for (const [name, labels] of labelled) {
    const label = x[name] === undefined ? undefined : x[`${name}Label`]
    const to = typeof label === 'string' && label.length < 40 ? labels[label.toLowerCase()] : undefined
    if (to !== undefined) found.set(to, x[name]!)
  }
  const risk = risks.get(String(x['cp_app_risk']).toLowerCase())
  if (risk !== undefined) found.set('event.risk_score', risk)
  const severity = severities.get(String(x['cp_severity']).toLowerCase())
  if (severity !== undefined) found.set('event.severity', severity)
  const duration = found.get('event.duration')
  if (duration !== undefined) found.set('event.duration', Number(duration) * 1e9)
  const hash = found.get('checkpoint.file_hash')
  const hashName = hashNames.get(String(hash ?? '').length)
  if (hash !== undefined && hashName !== undefined) {
    found.delete('checkpoint.file_hash')
    found.set(`file.hash.${hashName}`, hash)
  }
  for (const [to, value] of found) {
    const typed = to.startsWith('event.') || numbers.has(to) ? value : String(value)
    replace(event as Record<string, unknown>, to.split('.'), typed)
  }
  addMail(event, found)
  categorise(event, x, found)
}

/** Sets the field, whatever is there. */
function replace(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = target
  for (const part of path.slice(0, -1)) {
    const inner = at[part]
    if (typeof inner === 'object' && inner !== null) at = inner as Record<string, unknown>
    else {
      const fresh: Record<string, unknown> = {}
      at[part] = fresh
      at = fresh
    }
  }
  at[path.at(-1)!] = value
}

function addMail(event: EcsEvent, found: ReadonlyMap<string, string | number>): void {
  const to = found.get('destination.user.email')
  const from = found.get('source.user.email')
  if (to !== undefined) merge(event, 'email.to.address', [to])
  if (from !== undefined) merge(event, 'email.from.address', [from])
  merge(event, 'email.subject', found.get('checkpoint.email_subject'))
  merge(event, 'email.message_id', found.get('checkpoint.email_session_id'))
}

function categorise(event: EcsEvent, x: CefFields, found: ReadonlyMap<string, string | number>): void {
  const said = event['event'] as { kind?: string; category?: string[]; action?: unknown }
  const hasRule = ['rule.name', 'rule.category', 'rule.id', 'rule.uuid', 'rule.description'].some(to => found.has(to))
  if (x['cp_app_risk'] !== undefined && hasRule) said.kind = 'alert'
  const { source, destination } = event as { source?: { ip?: unknown }; destination?: { ip?: unknown } }
  const category: string[] = []
  if (source?.ip !== undefined && destination?.ip !== undefined) category.push('network')
  if (['protection_id', 'spyware_name', 'malware_family', 'spyware_status'].some(key => found.has(`checkpoint.${key}`)))
    category.push('malware')
  const attack = found.has('checkpoint.protection_type') || x['flexString2Label'] === 'Attack Information'
  if (category.length > 0 && attack && !String(said.action ?? '').includes('malware'))
    category.push('intrusion_detection')
  if (category.length > 0) said.category = category
}
