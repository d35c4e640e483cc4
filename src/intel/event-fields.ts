/**
 * Which of an event's fields are looked at for indicators, and what as. The one list: the table in memory, the retro-match, STIX patterns
 * and `docs/intel/README.md` (a test compares them) follow it.
 */

import type { IndicatorType } from './indicator.ts'

export type FieldUse = {
  readonly field: string
  /** `url` also stands for the URL's host, `email` for the address's domain. */
  readonly as: readonly IndicatorType[]
}

const list: readonly (readonly [string, string])[] = [
  ['ip', 'source.ip destination.ip source.nat.ip destination.nat.ip client.ip server.ip'],
  ['ip', 'dns.resolved_ip network.forwarded_ip'],
  ['ip domain', 'source.address destination.address client.address server.address'],
  ['ip domain', 'url.domain destination.domain source.domain server.domain client.domain dns.answers.data'],
  ['ip domain', 'picket.mail.domain'],
  ['domain', 'dns.question.name dns.answers.name tls.client.server_name'],
  ['domain', 'tls.server.x509.subject.common_name tls.server.x509.alternative_names'],
  ['url', 'url.full url.original http.request.referrer picket.mail.url'],
  ['email', 'email.from.address email.sender.address email.reply_to.address picket.mail.envelope.from'],
  ['email', 'email.to.address email.cc.address email.bcc.address user.email'],
  ['md5', 'file.hash.md5 process.hash.md5 process.parent.hash.md5 dll.hash.md5 email.attachments.file.hash.md5'],
  ['sha1', 'file.hash.sha1 process.hash.sha1 process.parent.hash.sha1 dll.hash.sha1 email.attachments.file.hash.sha1'],
  ['sha1', 'tls.server.hash.sha1 tls.client.hash.sha1'],
  [
    'sha256',
    'file.hash.sha256 process.hash.sha256 process.parent.hash.sha256 dll.hash.sha256 email.attachments.file.hash.sha256'
  ],
  ['sha256', 'tls.server.hash.sha256 tls.client.hash.sha256'],
  ['sha512', 'file.hash.sha512 process.hash.sha512 dll.hash.sha512'],
  ['ja3', 'tls.client.ja3'],
  ['ja3s', 'tls.server.ja3s'],
  ['ja4', 'tls.client.ja4'],
  ['user-agent', 'user_agent.original']
]

export const fieldUses: readonly FieldUse[] = list.flatMap(([types, fields]) =>
  fields.split(' ').map(field => ({ field, as: types.split(' ') as IndicatorType[] }))
)

/** A URL may also stand in parts: the host here, and what was asked of it there. */
export const urlParts = { scheme: 'url.scheme', host: 'url.domain', port: 'url.port', path: 'url.original' } as const

/** Who wrote a mail, not who received it: these addresses' domains are looked at as domains. */
export const senderFields: ReadonlySet<string> = new Set([
  'email.from.address',
  'email.sender.address',
  'email.reply_to.address',
  'picket.mail.envelope.from'
])

/** The fields that are looked at for indicators of a type. */
export function fieldsFor(type: IndicatorType): readonly string[] {
  const wanted: readonly IndicatorType[] =
    type === 'cidr' ? ['ip'] : type === 'ip' || type === 'domain' ? [type, 'url'] : [type]
  return fieldUses
    .filter(({ field, as }) => as.some(use => wanted.includes(use)) || (type === 'domain' && senderFields.has(field)))
    .map(({ field }) => field)
}
