/** What one line says about an event: its badge, its two ends, and a sentence made of the fields that matter for its kind. Pure. */

import type { Document } from '../api.ts'
import { numberAt, textAt, valuesAt } from './event-fields.ts'
import { bytes, count, duration } from './format.ts'

export type Tone = 'red' | 'amber' | 'green' | 'teal' | 'blue' | 'violet' | 'pink' | 'slate'
/** `strong` is what the eye should find, `faint` goes with it. */
export type Part = { readonly text: string; readonly weight?: 'strong' | 'faint' | undefined; readonly tone?: Tone }
export type Summary = {
  readonly badge: string
  readonly tone: Tone
  readonly dataset: string | undefined
  /** For the mark at the row's edge. */
  readonly alarm: 'high' | 'low' | undefined
  readonly parts: readonly Part[]
}

export function summaryOf(document: Document): Summary {
  const at = (path: string) => textAt(document, path)
  const dataset = at('event.dataset') ?? at('event.module')
  const isAlert = at('event.kind') === 'alert'
  const kind = at('picket.kind') ?? at('suricata.eve.event_type') ?? dataset?.split('.').at(-1)
  const badge = isAlert ? 'alert' : (kind ?? 'event')
  const severity = numberAt(document, 'event.severity') ?? numberAt(document, 'suricata.eve.alert.severity')
  return {
    badge,
    tone: isAlert ? 'red' : toneOf(badge, dataset),
    dataset,
    alarm: isAlert ? (severity === undefined || severity <= 2 ? 'high' : 'low') : undefined,
    parts: partsOf(document, badge)
  }
}

const tones: readonly (readonly [Tone, RegExp])[] = [
  ['red', /alert|anomaly|notice|weird|error/],
  ['violet', /dns|mdns/],
  ['blue', /http|access|web|url|nginx|apache/],
  ['teal', /tls|ssl|x509|quic|ocsp/],
  ['pink', /file|smb|ftp|nfs|tftp|pe$/],
  ['amber', /auth|cloudtrail|login|ssh|sudo|krb5|ntlm|rdp|radius/],
  ['green', /dhcp|ntp|smtp|email|snmp|syslog|capture|^known/]
]

function toneOf(kind: string, dataset: string | undefined): Tone {
  const text = `${kind} ${dataset ?? ''}`.toLowerCase()
  const own = tones.find(([, pattern]) => pattern.test(kind.toLowerCase()))
  return (own ?? tones.find(([, pattern]) => pattern.test(text)))?.[0] ?? 'slate'
}

/** `10.0.0.1:443`, with brackets where the address has colons. */
export function endOf(document: Document, side: 'source' | 'destination'): string | undefined {
  const host =
    textAt(document, `${side}.ip`) ?? textAt(document, `${side}.address`) ?? textAt(document, `${side}.domain`)
  const port = numberAt(document, `${side}.port`)
  if (host === undefined) return undefined
  if (port === undefined) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function partsOf(document: Document, kind: string): Part[] {
  const parts = (
    alertParts(document) ??
    mailParts(document) ??
    dnsParts(document) ??
    httpParts(document) ??
    tlsParts(document) ??
    cloudParts(document) ??
    loginParts(document) ??
    fileParts(document) ??
    messageParts(document) ??
    flowParts(document) ??
    otherParts(document)
  ).filter(part => part.text !== '')
  return parts.length > 0 ? parts : [{ text: kind, weight: 'faint' }]
}

const strong = (text: string | undefined): Part => ({ text: text ?? '', weight: 'strong' })
const faint = (text: string | undefined): Part => ({ text: text ?? '', weight: 'faint' })
const plain = (text: string | undefined): Part => ({ text: text ?? '' })

/** Good, bad or neither, from `event.outcome` and the words that formats use for it. */
function outcomePart(text: string | undefined): Part {
  if (text === undefined) return plain(undefined)
  if (/^(fail|den|block|drop|reject|refus|error|unauthor)/i.test(text)) return { text, tone: 'red' }
  if (/^(success|allow|accept|pass|permit)/i.test(text)) return { text, tone: 'green' }
  return { text }
}

function alertParts(document: Document): Part[] | undefined {
  const at = (path: string) => textAt(document, path)
  const name = at('rule.name') ?? at('suricata.eve.alert.signature')
  if (name === undefined) return undefined
  const action = at('event.action') ?? at('suricata.eve.alert.action')
  const verdict = action !== undefined && /block|drop|den|reject/i.test(action) ? outcomePart(action) : plain(undefined)
  return [strong(name), verdict, faint(at('rule.category') ?? at('suricata.eve.alert.category'))]
}

function mailParts(document: Document): Part[] | undefined {
  if (textAt(document, 'event.dataset') !== 'mail.message') return undefined
  const from = textAt(document, 'picket.mail.from.name') ?? textAt(document, 'email.from.address')
  const subject = textAt(document, 'email.subject')
  if (from === undefined && subject === undefined) return undefined
  const failed = valuesAt(document, 'picket.mail.failed').length
  return [
    faint(from),
    strong(subject ?? '(no subject)'),
    failed === 0 ? plain(undefined) : { text: `${failed} failed`, tone: 'red' },
    faint(textAt(document, 'email.attachments.file.name'))
  ]
}

function dnsParts(document: Document): Part[] | undefined {
  const at = (path: string) => textAt(document, path)
  const name = at('dns.question.name')
  if (name === undefined) return undefined
  const answer = at('dns.answers.data') ?? at('dns.resolved_ip')
  const code = at('dns.response_code')
  return [
    faint(at('dns.question.type') ?? at('dns.type')),
    strong(name),
    plain(answer === undefined ? undefined : `→ ${answer}`),
    code === undefined || code === 'NOERROR' ? plain(undefined) : { text: code, tone: 'amber' }
  ]
}

function httpParts(document: Document): Part[] | undefined {
  const at = (path: string) => textAt(document, path)
  const method = at('http.request.method')
  const domain = at('url.domain')
  const path = at('url.original') ?? at('url.path')
  const full = at('url.full') ?? (path?.includes('://') ? path : `${domain ?? ''}${path ?? ''}`)
  const status = numberAt(document, 'http.response.status_code')
  if (full === '' || (method === undefined && status === undefined && at('url.full') === undefined)) return undefined
  const size = numberAt(document, 'http.response.body.bytes')
  return [
    faint(method),
    strong(full),
    status === undefined
      ? plain(undefined)
      : { text: String(status), tone: status >= 500 ? 'red' : status >= 400 ? 'amber' : 'green' },
    faint(size === undefined ? undefined : bytes(size)),
    faint(at('user_agent.name') ?? at('user_agent.original'))
  ]
}

function tlsParts(document: Document): Part[] | undefined {
  const at = (path: string) => textAt(document, path)
  const name = at('tls.client.server_name') ?? at('tls.server.subject') ?? at('tls.server.x509.subject.common_name')
  const version = at('tls.version')
  if (name === undefined && version === undefined) return undefined
  const issuer = at('tls.server.issuer')
  return [
    strong(name ?? 'TLS'),
    faint(version === undefined ? undefined : `${at('tls.version_protocol')?.toUpperCase() ?? 'TLS'} ${version}`),
    plain(at('tls.cipher')),
    faint(issuer === undefined ? undefined : `issued by ${issuer}`)
  ]
}

function cloudParts(document: Document): Part[] | undefined {
  const at = (path: string) => textAt(document, path)
  const provider = at('event.provider')
  const action = at('event.action')
  if (provider === undefined || action === undefined || !provider.includes('.')) return undefined
  const who = at('user.name') ?? at('aws.cloudtrail.user_identity.arn') ?? at('aws.cloudtrail.user_identity.type')
  return [
    strong(action),
    faint(`of ${provider.replace(/\.amazonaws\.com$/, '')}`),
    plain(who === undefined ? undefined : `by ${who}`),
    outcomePart(at('event.outcome')),
    plain(at('aws.cloudtrail.error_code') ?? at('error.code')),
    faint(at('cloud.region'))
  ]
}

function loginParts(document: Document): Part[] | undefined {
  const at = (path: string) => textAt(document, path)
  const user = at('user.name')
  const action = at('event.action') ?? at('system.auth.ssh.event')
  if (user === undefined || (action === undefined && at('event.outcome') === undefined)) return undefined
  const target = at('user.effective.name') ?? at('user.target.name')
  return [
    strong(user),
    plain(action),
    plain(target === undefined ? undefined : `as ${target}`),
    outcomePart(at('event.outcome')),
    faint(at('process.name')),
    plain(at('process.command_line') ?? at('message'))
  ]
}

function fileParts(document: Document): Part[] | undefined {
  const at = (path: string) => textAt(document, path)
  const name = at('file.path') ?? at('file.name')
  if (name === undefined) return undefined
  const size = numberAt(document, 'file.size')
  return [
    strong(name),
    faint(size === undefined ? undefined : bytes(size)),
    faint(at('file.mime_type')),
    faint(at('file.hash.sha256') ?? at('file.hash.md5'))
  ]
}

function messageParts(document: Document): Part[] | undefined {
  const message = textAt(document, 'message') ?? textAt(document, 'error.message')
  if (message === undefined) return undefined
  return [faint(textAt(document, 'process.name') ?? textAt(document, 'log.level')), plain(message)]
}

function flowParts(document: Document): Part[] | undefined {
  const at = (path: string) => numberAt(document, path)
  const out = at('source.bytes')
  const back = at('destination.bytes')
  const all = at('network.bytes') ?? (out === undefined && back === undefined ? undefined : (out ?? 0) + (back ?? 0))
  const packets = at('network.packets') ?? at('source.packets')
  const nanos = at('event.duration')
  const action = textAt(document, 'event.action')
  const transport = textAt(document, 'network.transport')
  if (all === undefined && transport === undefined) return undefined
  const protocol = textAt(document, 'network.protocol')
  return [
    strong([transport, protocol === transport ? undefined : protocol].filter(Boolean).join(' · ')),
    outcomePart(
      action !== undefined && /allow|accept|pass|permit|den|drop|block|reject/i.test(action) ? action : undefined
    ),
    plain(all === undefined ? undefined : bytes(all)),
    faint(out === undefined || back === undefined ? undefined : `↑ ${bytes(out)} ↓ ${bytes(back)}`),
    faint(packets === undefined ? undefined : `${count(packets)} ${packets === 1 ? 'packet' : 'packets'}`),
    faint(nanos === undefined || nanos === 0 ? undefined : duration(nanos / 1e6)),
    faint(textAt(document, 'suricata.eve.flow.state') ?? textAt(document, 'zeek.connection.state_message'))
  ]
}

function otherParts(document: Document): Part[] {
  const at = (path: string) => textAt(document, path)
  return [
    strong(at('event.action') ?? at('event.reason')),
    plain(at('host.name')),
    plain(at('process.name')),
    faint(at('event.outcome')),
    faint(at('event.original')?.slice(0, 300))
  ]
}
