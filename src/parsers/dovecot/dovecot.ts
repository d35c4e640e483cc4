/**
 * Dovecot (2.2 to 2.4): logins to IMAP, POP3, submission and sieve, failures to log in, deliveries. A reader of syslog messages;
 * `dovecot-log.ts` reads the files that it writes itself.
 *
 *   message = service [ "(" user ")" ] [ "<" pid "><" session ">" ] ": " [ level ": " ] text
 *   login   = "Login: " pairs | [ reason ": " ] "Disconnected" [ ": " reason ] " (" why "): " pairs
 *   pairs   = "user=<" user ">, " [ "method=" m ", " ] "rip=" ip ", lip=" ip [ ", rport=" … ] [ ", mpid=" n ] [ ", TLS" … ] ", session=<" id ">"
 */

import { portNumber } from '../shared/endpoint.ts'
import { type Fields, finish, phraseEvent, put, setAddress, setField } from '../shared/phrase-event.ts'
import { compilePhrases, matchPhrase } from '../shared/phrases.ts'
import { between } from '../syslog/facts.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'

export const dovecot: MessageReader = {
  name: 'dovecot',
  title: 'Dovecot: logins, deliveries',
  programs: ['dovecot', 'imap-login', 'pop3-login'],
  description,
  read
}

const phrases = compilePhrases([
  ['msgid=<{email.message_id>}>: saved mail to {dovecot.mailbox*}', 'mail-delivered', 'email', 'info', 'success'],
  ['msgid={email.message_id}: saved mail to {dovecot.mailbox*}', 'mail-delivered', 'email', 'info', 'success'],
  [
    "sieve: msgid=<{email.message_id>}>: stored mail into mailbox '{dovecot.mailbox*}'",
    'mail-delivered',
    'email',
    'info',
    'success'
  ],
  [
    'sieve: msgid=<{email.message_id>}>: forwarded to <{email.to.address>}>',
    'mail-forwarded',
    'email',
    'info',
    'success'
  ],
  ['sieve: msgid=<{email.message_id>}>: discarded duplicate {_*}', 'mail-discarded', 'email', 'info', 'success'],
  ['sieve: msgid=<{email.message_id>}>: rejected {_*}', 'mail-rejected', 'email', 'denied', 'failure'],
  ['Logged out {dovecot.statistics*}', 'logged-out', 'session', 'end'],
  ['Disconnected: Logged out {dovecot.statistics*}', 'logged-out', 'session', 'end'],
  ['Disconnected: {event.reason*} in={_} out={_*}', 'session-ended', 'session', 'end'],
  ['Connection closed {event.reason*} in={_} out={_*}', 'session-ended', 'session', 'end'],
  ['Dovecot v{dovecot.version} ({_}) starting up for {dovecot.protocols*}', 'started', 'process', 'start'],
  ['Warning: Killed with signal {_*}', 'stopped', 'process', 'end'],
  ['Killed with signal {_*}', 'stopped', 'process', 'end']
])

const levels: ReadonlySet<string> = new Set(['Info', 'Warning', 'Error', 'Fatal', 'Panic', 'Debug'])

function read(message: SyslogMessage): ReadMessage | undefined {
  const { header, body } = message
  let at = 0
  let service: string | undefined
  let name: string | undefined
  // "imap(alice)<812><Qx3Y…>: " or "imap-login: "; a tag that is the service itself has none.
  let head = body
  const open = headEnd(body)
  if (open > 0) {
    head = body.slice(0, open)
    const bracket = head.search(/[(<]/)
    service = bracket < 0 ? head : head.slice(0, bracket)
    at = open + 2
  }
  if (service === undefined && header.program?.endsWith('-login') === true) service = header.program
  if (head.includes('(') && service !== undefined) name = between(head, '(', ')')
  let level: string | undefined
  const colon = body.indexOf(': ', at)
  if (colon > 0 && levels.has(body.slice(at, colon))) {
    level = body.slice(at, colon).toLowerCase()
    at = colon + 2
  }
  const text = body.slice(at)
  const login = service === undefined ? false : service.endsWith('-login')
  const matched = login ? undefined : matchPhrase(phrases, text)
  const protocol = service === undefined ? undefined : protocolOf(service)
  const event = phraseEvent(matched, {
    module: 'dovecot',
    dataset: 'dovecot.log',
    host: header.host,
    protocol,
    transport: protocol === undefined ? undefined : 'tcp'
  }) as Fields
  const own = (event['dovecot'] ??= {}) as Fields
  own['service'] = service
  if (level !== undefined) event['log'] = { level }
  if (login) readLogin(event, own, text)
  else if (service === 'auth' || service === 'auth-worker') readAuth(event, text)
  else if (name !== undefined && name !== '') {
    // Newer ones: "lda(alice)<812><session>", older: "imap(alice, 192.0.2.1)"
    put(event, ['user', 'name'], name.split(',', 1)[0])
    const session = head.lastIndexOf('<')
    if (session > 0 && head.endsWith('>')) own['session'] = head.slice(session + 1, -1)
  }
  const to = (event['email'] as { to?: { address?: unknown } } | undefined)?.to
  if (typeof to?.address === 'string') to.address = [to.address]
  finish(event, header.host)
  return { event, kind: login ? 'login' : 'other' }
}

/** Where the head ends (at its colon), or -1. User names may hold colons and blanks: the brackets are passed over. */
function headEnd(body: string): number {
  let i = 0
  while (i < 40) {
    const c = body.charCodeAt(i)
    if (!((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 45 || c === 95)) break
    i++
  }
  if (i === 0) return -1
  if (body.charCodeAt(i) === 40) {
    const close = body.indexOf(')', i)
    if (close < 0 || close - i > 320) return -1
    i = close + 1
  }
  for (let part = 0; part < 2 && body.charCodeAt(i) === 60; part++) {
    const close = body.indexOf('>', i)
    if (close < 0 || close - i > 80) return -1
    i = close + 1
  }
  return body.startsWith(': ', i) ? i : -1
}

function protocolOf(service: string): string | undefined {
  for (const name of ['imap', 'pop3', 'lmtp', 'managesieve', 'submission']) if (service.startsWith(name)) return name
  return undefined
}

const keys = ['user=<', ', method=', ', rip=', ', lip=', ', rport=', ', lport=', ', session=<', ', mpid='] as const

function readLogin(event: Fields, own: Fields, text: string): void {
  const facts = event['event'] as Fields
  // What stands before the pairs is Dovecot's; the user's name is the client's.
  const pairsAt = text.indexOf('user=<')
  const head = pairsAt < 0 ? text : text.slice(0, pairsAt)
  const accepted = head.startsWith('Login: ')
  const failed =
    /auth failed|Aborted login|Auth process|Inactivity|tried to use|disallowed|unsupported|no auth attempts|failed/i.test(
      head
    )
  facts['action'] = accepted
    ? 'logged-in'
    : head.includes('no auth attempts')
      ? 'disconnected'
      : failed
        ? 'login-failed'
        : 'disconnected'
  const attempt = accepted || (failed && !head.includes('no auth attempts'))
  facts['category'] = attempt ? ['authentication', 'session'] : ['network']
  facts['type'] = accepted ? ['start'] : attempt ? ['start', 'denied'] : ['connection', 'end']
  if (attempt) {
    facts['outcome'] = accepted ? 'success' : 'failure'
    if (!accepted) facts['category'] = ['authentication']
  }
  if (!accepted) {
    const reason = head.trim()
    facts['reason'] = reason.endsWith(':') ? reason.slice(0, -1) : reason
    const attempts = between(head, '(auth failed, ', ' attempts')
    if (attempts !== undefined && attempts.length < 8) own['attempts'] = Number(attempts) || undefined
  }
  if (pairsAt < 0) {
    const rip = between(text, 'rip=', ',') ?? between(text, 'rip=', '')
    if (rip !== undefined) setAddress(event, 'source', rip)
    return
  }
  // A name may hold anything: the pairs behind it are looked for from the last "rip=".
  const ripAt = text.lastIndexOf(', rip=')
  const methodAt = text.lastIndexOf(', method=', ripAt < 0 ? undefined : ripAt)
  const nameEnd = text.lastIndexOf('>', methodAt > pairsAt ? methodAt : ripAt > pairsAt ? ripAt : text.length)
  const user = nameEnd > pairsAt + 6 ? text.slice(pairsAt + 6, nameEnd) : ''
  if (user !== '') setField(event, 'user.name', ['user', 'name'], user)
  for (const key of keys) {
    if (key === 'user=<') continue
    const at = key === ', method=' ? methodAt : text.indexOf(key, Math.max(ripAt, pairsAt))
    if (at < pairsAt) continue
    const end = text.indexOf(key.endsWith('<') ? '>' : ',', at + key.length)
    const value = text.slice(at + key.length, end < 0 ? undefined : end)
    if (value === '') continue
    if (key === ', method=') own['method'] = value
    else if (key === ', rip=') setAddress(event, 'source', value)
    else if (key === ', lip=') setAddress(event, 'destination', value)
    else if (key === ', rport=') put(event, ['source', 'port'], portNumber(value))
    else if (key === ', lport=') put(event, ['destination', 'port'], portNumber(value))
    else if (key === ', session=<') own['session'] = value
    else own['mail_pid'] = value
  }
  const rest = ripAt < 0 ? '' : text.slice(ripAt)
  if (rest.includes(', TLS') || rest.includes(', secured'))
    put(event, ['tls', 'established'], !rest.includes('TLS handshaking'))
  const problem = between(rest, 'TLS handshaking: ', ', session=') ?? between(rest, 'TLS: ', ', session=')
  if (problem !== undefined) own['tls_error'] = problem
}

/** `passwd-file(admin,203.0.113.66,<session>): unknown user`, `pam(alice,203.0.113.66): pam_authenticate() failed: …` */
function readAuth(event: Fields, text: string): void {
  const open = text.indexOf('(')
  const close = text.indexOf('): ', open)
  if (open <= 0 || close < 0 || open > 40) return
  const inside = text.slice(open + 1, close).split(',')
  // user,ip[,session]: the name may hold commas.
  if (inside.at(-1)?.startsWith('<') === true) inside.pop()
  const address = inside.pop()
  const facts = event['event'] as Fields
  const reason = text.slice(close + 3)
  if (inside.length > 0) setField(event, 'user.name', ['user', 'name'], inside.join(','))
  if (address !== undefined && (address.includes('.') || address.includes(':'))) setAddress(event, 'source', address)
  const lower = reason.toLowerCase()
  if (
    lower.includes('unknown user') ||
    lower.includes('mismatch') ||
    lower.includes('failed') ||
    lower.includes('denied')
  ) {
    facts['action'] = 'login-failed'
    facts['category'] = ['authentication']
    facts['type'] = ['info']
    facts['outcome'] = 'failure'
  }
  facts['reason'] = reason
}
