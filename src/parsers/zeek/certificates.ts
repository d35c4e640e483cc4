/** The logs about TLS and certificates: ssl, x509, ocsp, known_certs, and quic, which carries TLS. */

import { distinct, numberOf, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject } from '../../core/parser.ts'
import { distinguishedName, longName, plain, x509Name } from './distinguished-name.ts'
import { type Draft, type Log, setNetworkType, setSession } from './draft.ts'
import { type Own, place } from './leftovers.ts'
import { connectionProtocol, describe, info, network } from './log.ts'
import { isoTime, texts } from './values.ts'

/** https://docs.zeek.org/en/master/logs/ssl.html */
export const ssl: Log = describe('ssl', {
  category: network,
  type: connectionProtocol,
  transport: 'tcp',
  protocol: 'tls',
  moves: {
    server_name: 'server.name',
    cert_chain: 'server.cert_chain',
    cert_chain_fuids: 'server.cert_chain_fuids',
    cert_chain_fps: 'server.cert_chain_fps',
    client_cert_chain: 'client.cert_chain',
    client_cert_chain_fuids: 'client.cert_chain_fuids',
    client_cert_chain_fps: 'client.cert_chain_fps',
    validation_status: 'validation.status',
    validation_code: 'validation.code',
    not_valid_before: '*',
    not_valid_after: '*',
    subject: '$',
    issuer: '$',
    client_subject: '$',
    client_issuer: '$',
    resp_certificate_sha1: '$',
    ja3: '$',
    ja3s: '$'
  },
  map(draft, record, own) {
    const client = side(record['client_subject'], record['client_issuer'], own, 'client')
    const server = side(record['subject'], record['issuer'], own, 'server')
    const version = versionOf(text(record['version']))
    const ja3 = text(record['ja3'])
    const ja3s = text(record['ja3s'])
    const serverName = text(record['server_name'])
    if (version?.protocol === 'dtls' && record['proto'] === undefined) draft.network.transport = 'udp'
    draft.related.hash = distinct(ja3s, ja3)
    draft.related.hosts = distinct(serverName)
    draft['client'] = { address: draft.source.address }
    draft['server'] = { address: draft.destination.address }
    draft['tls'] = {
      version: version?.version,
      version_protocol: version?.protocol,
      cipher: text(record['cipher']),
      curve: text(record['curve']),
      next_protocol: text(record['next_protocol']),
      established: boolean(record['established']),
      resumed: boolean(record['resumed']),
      client: { server_name: serverName, ja3, subject: client?.subject, issuer: client?.issuer, x509: client?.x509 },
      server: {
        ja3s,
        hash: { sha1: text(record['resp_certificate_sha1'])?.toUpperCase() },
        not_before: isoTime(record['not_valid_before']) ?? record['not_valid_before'],
        not_after: isoTime(record['not_valid_after']) ?? record['not_valid_after'],
        subject: server?.subject,
        issuer: server?.issuer,
        x509: server?.x509
      }
    }
  }
})

type Side = { subject: string | undefined; issuer: string | undefined; x509: { subject: unknown; issuer: unknown } }

/** The certificate names of one side of the connection; their attributes go to `zeek.ssl.client` or `zeek.ssl.server` as well. */
function side(subjectValue: unknown, issuerValue: unknown, own: Own, who: 'client' | 'server'): Side | undefined {
  const subject = typeof subjectValue === 'string' && subjectValue !== '' ? subjectValue : undefined
  const issuer = typeof issuerValue === 'string' && issuerValue !== '' ? issuerValue : undefined
  if (subject === undefined && issuer === undefined) return undefined
  const subjectName = subject === undefined ? undefined : distinguishedName(subject)
  const issuerName = issuer === undefined ? undefined : distinguishedName(issuer)
  if (subjectName !== undefined) place(own, [who, 'subject'], longName(subjectName))
  if (issuerName !== undefined) place(own, [who, 'issuer'], longName(issuerName))
  return {
    subject: subject === undefined ? undefined : plain(subject),
    issuer: issuer === undefined ? undefined : plain(issuer),
    x509: {
      subject: subjectName === undefined ? undefined : x509Name(subjectName),
      issuer: issuerName === undefined ? undefined : x509Name(issuerName)
    }
  }
}

/** `TLSv12` is 1.2 of tls, `SSLv3` is 3.0 of ssl, `DTLSv10` is 1.0 of dtls. */
function versionOf(name: string | undefined): { version: string; protocol: string } | undefined {
  if (name === undefined) return undefined
  const at = name.indexOf('v')
  const digits = name.slice(at + 1)
  if (at <= 0 || digits === '' || digits.includes('v')) return undefined
  const family = name.slice(0, at)
  return {
    version: family === 'SSL' ? digits + '.0' : digits.slice(0, 1) + '.' + digits.slice(1),
    protocol: family.toLowerCase()
  }
}

function boolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  return value === 'true' ? true : value === 'false' ? false : undefined
}

/** https://docs.zeek.org/en/master/logs/quic.html */
export const quic: Log = describe('quic', {
  category: network,
  type: connectionProtocol,
  transport: 'udp',
  protocol: 'quic',
  map(draft, record) {
    const serverName = text(record['server_name'])
    draft.related.hosts = distinct(serverName)
    draft['tls'] = { client: { server_name: serverName }, next_protocol: text(record['client_protocol']) }
  }
})

/** Signature algorithms by the names that ECS expects. */
const signatureAlgorithms: ReadonlyMap<string, string> = new Map([
  ['md2WithRSAEncryption', 'MD2-RSA'],
  ['md5WithRSAEncryption', 'MD5-RSA'],
  ['sha-1WithRSAEncryption', 'SHA1-RSA'],
  ['sha1WithRSAEncryption', 'SHA1-RSA'],
  ['sha256WithRSAEncryption', 'SHA256-RSA'],
  ['sha384WithRSAEncryption', 'SHA384-RSA'],
  ['sha512WithRSAEncryption', 'SHA512-RSA'],
  ['dsaWithSha1', 'DSA-SHA1'],
  ['dsaWithSha256', 'DSA-SHA256'],
  ['ecdsa-with-SHA1', 'ECDSA-SHA1'],
  ['ecdsa-with-SHA256', 'ECDSA-SHA256'],
  ['ecdsa-with-SHA384', 'ECDSA-SHA384'],
  ['ecdsa-with-SHA512', 'ECDSA-SHA512'],
  ['id-Ed25519', 'Ed25519']
])

/** https://docs.zeek.org/en/master/logs/x509.html */
export const x509: Log = describe('x509', {
  type: info,
  moves: {
    id: '$',
    logcert: 'log_cert',
    'certificate.not_valid_before': '~certificate.valid.from',
    'certificate.not_valid_after': '~certificate.valid.until',
    'certificate.subject': '$',
    'certificate.issuer': '$',
    'certificate.cn': 'certificate.common_name',
    'certificate.key_alg': 'certificate.key.algorithm',
    'certificate.key_length': 'certificate.key.length',
    'certificate.key_type': 'certificate.key.type',
    'certificate.sig_alg': 'certificate.signature_algorithm',
    'basic_constraints.ca': 'basic_constraints.certificate_authority',
    'basic_constraints.path_len': 'basic_constraints.path_length'
  },
  map(draft, record, own) {
    setSession(draft, own, text(record['id']))
    const subject = text(record['certificate.subject'])
    const issuer = text(record['certificate.issuer'])
    const subjectName = subject === undefined ? undefined : distinguishedName(subject)
    const issuerName = issuer === undefined ? undefined : distinguishedName(issuer)
    if (subjectName !== undefined) place(own, ['certificate', 'subject'], longName(subjectName))
    if (issuerName !== undefined) place(own, ['certificate', 'issuer'], longName(issuerName))
    const algorithm = text(record['certificate.sig_alg'])
    const fingerprint = text(record['fingerprint'])
    draft.related.hash = distinct(fingerprint)
    draft['file'] = {
      x509: {
        version_number: textOf(record['certificate.version']),
        serial_number: textOf(record['certificate.serial']),
        signature_algorithm: algorithm === undefined ? undefined : (signatureAlgorithms.get(algorithm) ?? algorithm),
        public_key_algorithm: text(record['certificate.key_alg']),
        public_key_size: numberOf(record['certificate.key_length']),
        public_key_exponent: numberOf(record['certificate.exponent']),
        not_before: isoTime(record['certificate.not_valid_before']),
        not_after: isoTime(record['certificate.not_valid_after']),
        alternative_names: alternativeNames(record),
        subject: subjectName === undefined ? undefined : x509Name(subjectName, subject),
        issuer: issuerName === undefined ? undefined : x509Name(issuerName, issuer)
      }
    }
  }
})

function alternativeNames(record: JsonObject): string[] | undefined {
  const names: string[] = []
  for (const key of ['san.dns', 'san.uri', 'san.email', 'san.ip']) {
    const found = texts(record[key])
    if (found !== undefined) for (const name of found) names.push(name)
  }
  return names.length === 0 ? undefined : names
}

/** https://docs.zeek.org/en/master/logs/ocsp.html */
export const ocsp: Log = describe('ocsp', {
  transport: 'tcp',
  moves: {
    id: 'file_id',
    hashAlgorithm: 'hash.algorithm',
    issuerNameHash: 'hash.issuer.name',
    issuerKeyHash: 'hash.issuer.key',
    serialNumber: 'serial_number',
    certStatus: 'status',
    revoketime: '~revoke.date',
    revokereason: 'revoke.reason',
    thisUpdate: '~update.this',
    nextUpdate: '~update.next'
  },
  map(draft, record) {
    draft.related.hash = distinct(text(record['issuerNameHash']), text(record['issuerKeyHash']))
  }
})

/** https://docs.zeek.org/en/master/logs/known-and-software.html */
export const knownCerts: Log = describe('known_certs', {
  category: ['network', 'file'],
  type: info,
  moves: { host: '$', port_num: '#', subject: '$', issuer_subject: '$', serial: '$' },
  map(draft, record) {
    knownHost(draft, record)
    const subject = text(record['subject'])
    const issuer = text(record['issuer_subject'])
    draft['tls'] = {
      server: {
        subject,
        issuer,
        x509: {
          serial_number: text(record['serial']),
          subject: { distinguished_name: subject, common_name: commonName(subject) },
          issuer: { distinguished_name: issuer, common_name: commonName(issuer) }
        }
      }
    }
  }
})

function commonName(name: string | undefined): string[] | undefined {
  const at = name?.indexOf('CN=') ?? -1
  if (name === undefined || at < 0) return undefined
  const end = name.indexOf(',', at)
  const value = name.slice(at + 3, end < 0 ? undefined : end)
  return value === '' ? undefined : [value]
}

/** The host that a known_*, or software, record is about; a server where the record names a port. */
export function knownHost(draft: Draft, record: JsonObject): void {
  const host = text(record['host'])
  const ip = isIp(host) ? host : undefined
  const port = numberOf(record['port_num'])
  const ips = ip === undefined ? undefined : [ip]
  draft['host'] = { ip: ips, name: ip === undefined ? host : undefined }
  draft.related.ip = ips
  if (port !== undefined) draft['server'] = { ip: ips, port }
  setNetworkType(draft, ip)
}
