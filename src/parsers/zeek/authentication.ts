/** The logs of protocols that let people in: kerberos, ntlm, radius, ssh, rdp, rfb, ldap. */

import { numberOf, text } from '../../core/ecs-values.ts'
import { distinguishedName, plain, x509Name } from './distinguished-name.ts'
import { type Log, outcomeOf, setUser } from './draft.ts'
import { place, stay } from './leftovers.ts'
import {
  connectionInfo,
  connectionProtocol,
  connectionProtocolInfo,
  describe,
  network,
  networkAuthentication
} from './log.ts'
import { timeUs } from './values.ts'

/** https://docs.zeek.org/en/master/logs/kerberos.html (the certificate keys as Zeek and as Elastic name them) */
export const kerberos: Log = describe('kerberos', {
  category: networkAuthentication,
  type: ['connection', 'protocol', 'access'],
  transport: 'tcp',
  protocol: 'kerberos',
  moves: {
    till: '~valid.until',
    from: '~valid.from',
    error_code: 'error.code',
    error_msg: 'error.msg',
    auth_ticket: 'ticket.auth',
    new_ticket: 'ticket.new',
    'cert.client': 'cert.client.value',
    'cert.client_subject': '$',
    'cert.client_fuid': 'cert.client.fuid',
    'cert.server': 'cert.server.value',
    'cert.server_subject': '$',
    'cert.server_fuid': 'cert.server.fuid',
    client_cert_subject: '$',
    client_cert_fuid: 'cert.client.fuid',
    server_cert_subject: '$',
    server_cert_fuid: 'cert.server.fuid'
  },
  map(draft, record, own) {
    draft.event.action = text(record['request_type'])
    draft.event.outcome = outcomeOf(record['success'])
    draft['client'] = { address: draft.source.address }
    draft['server'] = { address: draft.destination.address }
    const client = text(record['client'])
    const at = client?.indexOf('/') ?? -1
    if (client !== undefined && at >= 0) setUser(draft, client.slice(0, at), client.slice(at + 1))
    const from = timeUs(record['from'])
    const till = timeUs(record['till'])
    if (from !== undefined && till !== undefined) place(own, ['valid', 'days'], Math.round((till - from) / 86_400e6))
    const clientSubject = text(record['cert.client_subject']) ?? text(record['client_cert_subject'])
    const serverSubject = text(record['cert.server_subject']) ?? text(record['server_cert_subject'])
    if (record['cert.client_subject'] !== undefined) stay(own, 'client_cert_subject', record['client_cert_subject'])
    if (record['cert.server_subject'] !== undefined) stay(own, 'server_cert_subject', record['server_cert_subject'])
    if (clientSubject !== undefined) place(own, ['cert', 'client', 'subject'], plain(clientSubject))
    if (serverSubject !== undefined) place(own, ['cert', 'server', 'subject'], plain(serverSubject))
    draft['tls'] = { client: { x509: subjectOf(clientSubject) }, server: { x509: subjectOf(serverSubject) } }
  }
})

function subjectOf(name: string | undefined): { subject: unknown } | undefined {
  return name === undefined ? undefined : { subject: x509Name(distinguishedName(name)) }
}

/** https://docs.zeek.org/en/master/logs/ntlm.html */
export const ntlm: Log = describe('ntlm', {
  category: networkAuthentication,
  type: connectionInfo,
  transport: 'tcp',
  protocol: 'ntlm',
  moves: {
    domainname: 'domain',
    server_dns_computer_name: 'server.name.dns',
    server_nb_computer_name: 'server.name.netbios',
    server_tree_name: 'server.name.tree'
  },
  map(draft, record) {
    draft.event.outcome = outcomeOf(record['success'])
    setUser(draft, text(record['username']), text(record['domainname']))
  }
})

/** https://docs.zeek.org/en/master/logs/radius.html. ECS knows no outcome `failed`. */
export const radius: Log = describe('radius', {
  category: networkAuthentication,
  type: connectionInfo,
  transport: 'udp',
  protocol: 'radius',
  map(draft, record) {
    const result = text(record['result'])
    draft.event.outcome =
      result === 'success' ? 'success' : result === undefined ? undefined : result === 'failed' ? 'failure' : 'unknown'
    setUser(draft, text(record['username']))
  }
})

/** https://docs.zeek.org/en/master/logs/ssh.html */
export const ssh: Log = describe('ssh', {
  category: network,
  type: connectionProtocol,
  transport: 'tcp',
  protocol: 'ssh',
  moves: {
    auth_attempts: 'auth.attempts',
    auth_success: 'auth.success',
    cipher_alg: 'algorithm.cipher',
    mac_alg: 'algorithm.mac',
    compression_alg: 'algorithm.compression',
    kex_alg: 'algorithm.key_exchange',
    host_key_alg: 'algorithm.host_key'
  },
  map(draft, record) {
    draft.event.outcome = outcomeOf(record['auth_success'])
  }
})

/** https://docs.zeek.org/en/master/logs/rdp.html */
export const rdp: Log = describe('rdp', {
  category: network,
  type: ['protocol', 'info'],
  transport: 'tcp',
  protocol: 'rdp',
  moves: {
    client_build: 'client.build',
    client_name: 'client.name',
    client_dig_product_id: 'client.product_id',
    desktop_width: 'desktop.width',
    desktop_height: 'desktop.height',
    requested_color_depth: 'desktop.color_depth',
    cert_type: 'cert.type',
    cert_count: 'cert.count',
    cert_permanent: 'cert.permanent',
    encryption_level: 'encryption.level',
    encryption_method: 'encryption.method'
  },
  map(draft, record) {
    if (typeof record['ssl'] === 'boolean') draft['tls'] = { established: record['ssl'] }
  }
})

/** https://docs.zeek.org/en/master/scripts/base/protocols/rfb/main.zeek.html (VNC) */
export const rfb: Log = describe('rfb', {
  category: network,
  type: connectionInfo,
  transport: 'tcp',
  protocol: 'rfb',
  moves: {
    client_major_version: 'version.client.major',
    client_minor_version: 'version.client.minor',
    server_major_version: 'version.server.major',
    server_minor_version: 'version.server.minor',
    auth: 'auth.success',
    authentication_method: 'auth.method'
  }
})

/** https://docs.zeek.org/en/master/logs/ldap.html: messages without a search. A simple bind names its user in `object`. */
export const ldap: Log = describe('ldap', {
  category: network,
  type: connectionProtocolInfo,
  transport: 'tcp',
  protocol: 'ldap',
  map(draft, record) {
    const opcode = text(record['opcode'])
    draft.event.action = opcode
    draft.event.outcome = ldapOutcome(record['result'])
    if (opcode?.startsWith('bind')) {
      draft.event.category = networkAuthentication
      setUser(draft, text(record['object']))
    }
  }
})

export const ldapSearch: Log = describe('ldap_search', {
  category: network,
  type: connectionProtocolInfo,
  transport: 'tcp',
  protocol: 'ldap',
  map(draft, record) {
    draft.event.action = 'search'
    draft.event.outcome = numberOf(record['result_count']) === undefined ? undefined : ldapOutcome(record['result'])
  }
})

function ldapOutcome(result: unknown): 'success' | 'failure' | undefined {
  return typeof result === 'string' && result !== '' ? outcomeOf(result === 'success') : undefined
}
