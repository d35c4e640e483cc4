/**
 * All of Zeek's logs that have a mapping of their own, and how a record says which of them it belongs to: by its `_path`, else by
 * the keys that only this log has. The name of the file goes first where the keys agree with it.
 */

import type { JsonObject } from '../../core/parser.ts'
import { analyzer, dpd, intel, notice, signatures, weird } from './alerts.ts'
import { kerberos, ldap, ldapSearch, ntlm, radius, rdp, rfb, ssh } from './authentication.ts'
import { knownCerts, ocsp, quic, ssl, x509 } from './certificates.ts'
import { conn } from './connection.ts'
import { dns } from './dns.ts'
import type { Log } from './draft.ts'
import { files, ftp, irc, pe, smbCmd, smbFiles, smbMapping } from './files.ts'
import { describe, info, network } from './log.ts'
import { captureLoss, knownHosts, knownServices, reporter, software, stats } from './monitoring.ts'
import {
  dceRpc,
  dhcp,
  dnp3,
  modbus,
  mqttConnect,
  mqttPublish,
  mqttSubscribe,
  mysql,
  ntp,
  postgresql,
  sip,
  smtp,
  snmp,
  socks,
  syslog,
  traceroute,
  tunnel
} from './services.ts'
import { http, websocket } from './web.ts'

/**
 * The keys that tell a log, the most telling first. `a b` asks for both keys, `|` separates alternatives, `!a` forbids a key.
 * The order counts, and since the log of the record before is tried first, no record may have the keys of two.
 */
const table: readonly (readonly [Log, string])[] = [
  [conn, 'conn_state uid|orig_ip_bytes history|orig_pkts resp_pkts'],
  [dns, 'trans_id rejected|trans_id AA|qtype_name query|trans_id query'],
  [sip, 'trans_depth call_id|trans_depth request_path|trans_depth response_path|seq call_id'],
  [smtp, 'helo trans_depth|mailfrom|rcptto|last_reply fuids'],
  [websocket, 'client_extensions|server_extensions|client_subprotocols|server_subprotocol|subprotocol uri'],
  [http, 'trans_depth request_body_len !seq !call_id|trans_depth status_code !seq !call_id|method uri version !seq'],
  [ssl, 'established resumed|cipher established|cert_chain_fuids|cert_chain_fps|ssl_history'],
  [x509, 'certificate.serial|certificate.version|certificate.subject'],
  [files, 'fuid seen_bytes|fuid analyzers|tx_hosts rx_hosts'],
  [quic, 'client_initial_dcid|client_scid|server_scid'],
  [ssh, 'auth_attempts|kex_alg|host_key_alg'],
  [ftp, 'reply_msg command|reply_code command|data_channel.passive|data_channel.resp_p'],
  [mqttConnect, 'connect_status|proto_name client_id'],
  [mqttPublish, 'from_client topic|retain qos'],
  [mqttSubscribe, 'topics action|qos_levels|granted_qos_level'],
  [smbFiles, 'times.modified !command|times.created !command'],
  [smbCmd, 'command tree|command tree_service|command referenced_file.name|command argument|command sub_command'],
  [smbMapping, 'share_type|native_file_system path'],
  [irc, 'nick command|nick addl|nick user|dcc_file_name|command addl'],
  [dhcp, 'msg_types|assigned_addr|client_addr mac|uids mac'],
  [kerberos, 'request_type client|request_type service|request_type success|request_type'],
  [ntlm, 'domainname|server_nb_computer_name|server_dns_computer_name|server_tree_name|hostname username uid'],
  [dceRpc, 'named_pipe|endpoint operation'],
  [rdp, 'security_protocol|cert_count|client_dig_product_id|keyboard_layout|cookie result'],
  [rfb, 'client_major_version|server_major_version|share_flag|desktop_name'],
  [snmp, 'get_bulk_requests|community version'],
  [socks, 'bound_p|request_p|bound.host|request.host|request.name'],
  [modbus, 'func uid|pdu_type tid'],
  [dnp3, 'fc_request|fc_reply|iin'],
  [mysql, 'cmd arg|cmd success|cmd uid'],
  [postgresql, 'frontend|backend|frontend_arg|backend_arg'],
  [ntp, 'xmt_time|org_time|ref_id|stratum'],
  [ldapSearch, 'base_object|deref_aliases|result_count scope'],
  [ldap, 'message_id opcode|message_id result object'],
  [
    radius,
    'result mac|result username|framed_addr|tunnel_client|connect_info|result uid !security_protocol !message_id !cookie'
  ],
  [tunnel, 'tunnel_type'],
  [syslog, 'facility severity'],
  [signatures, 'sig_id|event_msg|src_addr dst_addr'],
  [notice, 'note !sig_id !event_msg|suppress_for'],
  [intel, 'seen.indicator|seen.where|seen.indicator_type'],
  [weird, 'name notice|name addl|name peer uid|name notice peer'],
  [software, 'software_type|unparsed_version'],
  [knownCerts, 'issuer_subject|port_num subject|port_num serial'],
  [knownServices, 'port_num port_proto|port_num service'],
  [captureLoss, 'percent_lost|ts_delta gaps'],
  [stats, 'pkts_proc|events_proc|events_queued'],
  [pe, 'compile_ts|is_exe machine|section_names'],
  [ocsp, 'certStatus|hashAlgorithm|issuerNameHash'],
  [analyzer, 'analyzer_kind|analyzer_name'],
  [dpd, 'analyzer failure_reason'],
  [reporter, 'level message location'],
  [traceroute, 'src dst proto !uid'],
  [knownHosts, 'host !uid !name !service']
]

type Tells = { readonly log: Log; readonly alternatives: readonly Alternative[] }
type Alternative = { readonly present: readonly string[]; readonly absent: readonly string[] }

const tells: readonly Tells[] = table.map(([log, keys]) => ({ log, alternatives: keys.split('|').map(alternativeOf) }))

function alternativeOf(text: string): Alternative {
  const words = text.split(' ')
  return {
    present: words.filter(word => !word.startsWith('!')),
    absent: words.filter(word => word.startsWith('!')).map(word => word.slice(1))
  }
}

/** The last log has few keys, so only a record without many others can be one. */
const knownHostKeysMax = 4

function isOf(record: JsonObject, { log, alternatives }: Tells): boolean {
  if (log === knownHosts && Object.keys(record).length > knownHostKeysMax) return false
  for (const { present, absent } of alternatives) {
    if (hasAll(record, present) && hasNone(record, absent)) return true
  }
  return false
}

function hasAll(record: JsonObject, keys: readonly string[]): boolean {
  for (const key of keys) if (record[key] === undefined) return false
  return true
}

function hasNone(record: JsonObject, keys: readonly string[]): boolean {
  for (const key of keys) if (record[key] !== undefined) return false
  return true
}

/** The log that the keys of a record (nested objects as dotted keys) tell. */
export function logByKeys(record: JsonObject, hint: Log | undefined): Log | undefined {
  if (hint !== undefined) {
    const own = tellsOf.get(hint)
    if (own !== undefined && isOf(record, own)) return hint
  }
  let first = tells.length
  for (const key in record) {
    const candidates = toldBy.get(key)
    if (candidates === undefined) continue
    for (const rank of candidates) if (rank < first && isOf(record, tells[rank]!)) first = rank
  }
  return tells[first]?.log
}

/** Of a key: the places in the list of the logs that need it first. So a record is held against those few alone that it may be. */
const toldBy = new Map<string, number[]>()
tells.forEach(({ alternatives }, rank) => {
  for (const { present } of alternatives) toldBy.set(present[0]!, [...(toldBy.get(present[0]!) ?? []), rank])
})

const tellsOf: ReadonlyMap<Log, Tells> = new Map(tells.map(entry => [entry.log, entry]))
const byPath: ReadonlyMap<string, Log> = new Map([
  ...tells.map(({ log }) => [log.path, log] as const),
  ...tells.map(({ log }) => [log.dataset, log] as const)
])

const unknownLogs = new Map<string, Log>()
const unknownLogsMax = 256
const pathLengthMax = 64

/** For records that say nothing of their log. */
export const unknownLog: Log = unmapped('unknown')

/** The log of a `_path`, `#path` or stream name: one of the known ones, or an unmapped one of that name. Undefined if it cannot be a name. */
export function logByPath(path: string): Log | undefined {
  const known = byPath.get(path) ?? byPath.get(path.toLowerCase())
  if (known !== undefined) return known
  const made = unknownLogs.get(path)
  if (made !== undefined) return made
  if (!isName(path)) return undefined
  // Sensors that thin out their logs call them conn_red, http_red, conn_long.
  const base = path.endsWith('_red') ? path.slice(0, -4) : path.endsWith('_long') ? path.slice(0, -5) : ''
  const like = byPath.get(base)
  const log = like === undefined ? unmapped(path) : { ...like, path }
  if (unknownLogs.size < unknownLogsMax) unknownLogs.set(path, log)
  return log
}

function unmapped(path: string): Log {
  return describe(path, {
    type: info,
    map(draft) {
      if (draft.source.address !== undefined) draft.event.category = network
    }
  })
}

/** Letters, digits, `_` and `-`; not a name that means something else under `zeek.*`. */
function isName(path: string): boolean {
  if (path.length === 0 || path.length > pathLengthMax || path === 'session_id' || path === 'splunk') return false
  if (path.startsWith('__')) return false
  for (let i = 0; i < path.length; i++) {
    const c = path.charCodeAt(i)
    const letter = (c | 32) >= 97 && (c | 32) <= 122
    if (!letter && !(c >= 48 && c <= 57) && c !== 95 && c !== 45) return false
  }
  return true
}

/**
 * The known log that a file's name speaks of: `conn.log`, `dns.2024-01-01-00-00-00.log.gz`, `http.10:00:00-11:00:00.log`,
 * `test-capture-loss.log`, `/var/log/zeek/ssl.log`. Undefined for any other name.
 */
export function logByFileName(fileName: string | undefined): Log | undefined {
  if (fileName === undefined) return undefined
  const name = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1)
  const dot = name.indexOf('.')
  const stem = (dot < 0 ? name : name.slice(0, dot)).slice(0, 128).toLowerCase().replaceAll('-', '_')
  const words = stem.split('_')
  // The longest run of words that names a log: `test_known_certs_2` is known_certs.
  for (let length = Math.min(words.length, 3); length > 0; length--) {
    for (let from = 0; from + length <= words.length; from++) {
      const log = byPath.get(words.slice(from, from + length).join('_'))
      if (log !== undefined) return log
    }
  }
  return undefined
}
