/** FortiGate's security profiles: virus, webfilter, ips, app-ctrl, dns, ssl, dlp, emailfilter, anomaly, voip … */

import { registeredDomain } from '../shared/registered-domain.ts'
import type { Draft } from './draft.ts'
import { macOf } from './fortigate.ts'

export function mapUtm(draft: Draft): void {
  const { source, destination } = draft
  const action = draft.peek('action')
  if (action === 'block' || action === 'blocked') draft.type.push('denied')
  if (draft.peek('subtype') === 'dns') draft.type.push('info')
  if (action === 'pass' || action === 'passthrough') draft.type.push('allowed')
  draft.outcome = action === undefined ? undefined : 'success'
  draft.category.push('network')
  destination.ip = draft.take('dstip') ?? draft.take('remip')
  destination.port = draft.count('dst_port') ?? draft.count('remport') ?? draft.count('dstport')
  destination.bytes = draft.count('rcvdbyte')
  source.ip = draft.take('locip') ?? draft.take('srcip')
  source.port = draft.count('locport') ?? draft.count('src_port') ?? draft.count('srcport')
  source.bytes = draft.count('sentbyte')
  source.domain = draft.take('srcdomain')
  source.mac = macOf(draft.take('srcmac'))
  source.groupName = draft.take('group')
  source.userName = draft.take('unauthuser') ?? draft.take('user')
  draft.email.to = draft.take('recipient')
  draft.email.sender = draft.peek('sender')
  draft.email.from = draft.peek('from')
  draft.http = { request: { method: draft.take('httpmethod'), referrer: draft.take('referralurl') } }
  draft.userAgent = draft.take('agent')
  draft.application = draft.take('app')
  draft.eventMessage = draft.take('error')
  draft.code = draft.take('errorcode') ?? draft.code ?? draft.take('logid')
  draft.eventId ??= draft.take('event_id') ?? draft.take('eventid')
  draft.ianaNumber = draft.take('proto')
  draft.protocol = draft.take('service')
  draft.reference = draft.take('ref')
  draft.rule = {
    id: draft.take('policy_id') ?? draft.take('policyid'),
    category: (draft.take('appcat') ?? draft.take('catdesc'))?.replaceAll('.', '-'),
    ruleset: draft.take('applist') ?? draft.take('profile')
  }
  draft.file = {
    name: draft.take('filename') ?? draft.take('infectedfilename') ?? draft.take('matchedfilename'),
    size: draft.count('filesize') ?? draft.count('infectedfilesize'),
    extension: draft.take('filetype') ?? draft.take('infectedfiletype') ?? draft.take('matchedfiletype')
  }
  draft.url = { domain: draft.take('hostname'), path: draft.take('url') }
  draft.fileHash = draft.take('filehash')
  const kind = draft.take('dtype')
  if (kind !== undefined) draft.vulnerability = { category: [kind] }
  mapDns(draft)
  mapTls(draft)
}

function mapDns(draft: Draft): void {
  const name = draft.take('qname')
  const parts = name === undefined ? undefined : registeredDomain(name)
  draft.dns = {
    question: {
      name,
      class: draft.take('qclass'),
      type: draft.take('qtype'),
      registered_domain: parts?.registered_domain,
      subdomain: parts?.subdomain,
      top_level_domain: parts?.top_level_domain
    },
    id: draft.take('xid'),
    resolved_ip: draft.take('ipaddr')?.split(', ')
  } as Draft['dns']
}

function mapTls(draft: Draft): void {
  const { destination } = draft
  const issuer = draft.take('scertissuer') ?? draft.take('issuer')
  const clientIssuer = draft.take('ccertissuer')
  const algorithm = draft.take('authalgo') ?? draft.take('keyalgo')
  const before = draft.take('notbefore')
  const after = draft.take('notafter')
  const sha1 = draft.take('certhash')
  const names = draft.take('san')?.split(';') ?? []
  const commonName = draft.take('cn')
  if (commonName !== undefined && !names.includes(commonName)) names.push(commonName)
  const subject = draft.take('scertcname')
  const serverName = draft.take('sni')
  destination.domain ??= serverName
  const version = draft.peek('tlsver')?.toLowerCase()
  const digits = version === undefined ? -1 : version.search(/\d/)
  if (digits >= 0) draft.take('tlsver')
  const number = version === undefined || digits < 0 ? undefined : version.slice(digits)
  draft.hashes = [sha1, draft.fileHash]
  draft.tls = {
    version: number === undefined || number.includes('.') ? number : `${number}.0`,
    version_protocol: version === undefined || digits <= 0 ? undefined : version.slice(0, digits),
    cipher: draft.take('cipher'),
    curve: draft.take('kxcurve'),
    established: draft.peek('handshake') === 'full' ? true : undefined,
    client: {
      server_name: serverName,
      issuer: clientIssuer,
      x509: { issuer: { common_name: clientIssuer }, public_key_algorithm: algorithm }
    },
    server: {
      issuer,
      not_before: before,
      not_after: after,
      hash: { sha1 },
      x509: {
        subject: { common_name: subject },
        issuer: { common_name: issuer },
        public_key_algorithm: algorithm,
        public_key_size: draft.count('keysize'),
        serial_number: draft.take('sn'),
        not_before: before,
        not_after: after,
        alternative_names: names
      }
    }
  }
}
