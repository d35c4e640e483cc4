/**
 * Postfix: who connected, who logged in, which message went from whom to whom and what became of it. A reader of syslog messages (and
 * of `maillog_file`, whose lines are the same). One program a job: `postfix/smtpd`, `postfix/qmgr`, `postfix/submission/smtpd` …
 *
 *   message = [ level ": " ] [ queue-id ": " ] text
 *   text    = key "=" value *( ", " key "=" value ) | phrase
 */

import { type Fields, finish, phraseEvent, put, setField } from '../shared/phrase-event.ts'
import { compilePhrases, matchPhrase } from '../shared/phrases.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { readPairs } from './pairs.ts'
import { phrases as table } from './phrases.ts'

export const postfix: MessageReader = {
  name: 'postfix',
  title: 'Postfix: connections, logins, messages, deliveries, rejections',
  programs: (
    'smtpd smtp qmgr cleanup local pipe bounce pickup virtual lmtp error discard scache anvil postscreen dnsblog tlsproxy trivial-rewrite ' +
    'master proxymap verify flush nqmgr oqmgr qmqpd tlsmgr postfix-script postdrop sendmail postsuper postlog'
  ).split(' '),
  description,
  read
}

const phrases = compilePhrases(table)
const levels: ReadonlySet<string> = new Set(['warning', 'error', 'fatal', 'panic', 'info', 'debug'])

/** Programs of these names exist elsewhere too; Postfix's are tagged `postfix/…` (or what syslog_name says). */
function isPostfix(program: string | undefined): boolean {
  if (program === undefined) return false
  const slash = program.indexOf('/')
  return slash > 0 && !program.startsWith('/') && program.startsWith('postfix')
}

function read(message: SyslogMessage): ReadMessage | undefined {
  const { header, body } = message
  if (!isPostfix(header.program)) return undefined
  let at = 0
  let level: string | undefined
  const colon = body.indexOf(': ')
  if (colon > 0 && levels.has(body.slice(0, colon))) {
    level = body.slice(0, colon)
    at = colon + 2
  }
  const queueId = queueIdAt(body, at)
  if (queueId !== undefined) at += queueId.length + 2
  const text = at === 0 ? body : body.slice(at)
  const matched = matchPhrase(phrases, text)
  const event = phraseEvent(matched, {
    module: 'postfix',
    dataset: 'postfix.log',
    host: header.host,
    protocol: 'smtp',
    transport: 'tcp'
  }) as Fields
  let kind = matched === undefined ? 'other' : 'known'
  const equals = matched === undefined ? text.indexOf('=') : -1
  if (equals > 0 && equals < 24 && text.lastIndexOf(' ', equals) < 0) {
    readPairs(text, jobOf(header.program!), event)
    kind = 'message'
  }
  if (matched !== undefined && matched.phrase.action?.endsWith('rejected') === true) readEnvelope(text, event)
  const own = (event['postfix'] ??= {}) as Fields
  own['queue_id'] = queueId === 'NOQUEUE' ? undefined : queueId
  own['job'] = jobOf(header.program!)
  if (queueId !== undefined && queueId !== 'NOQUEUE') put(event, ['email', 'local_id'], queueId)
  if (level !== undefined) event['log'] = { level }
  for (const side of ['source', 'destination']) {
    const end = event[side] as Fields | undefined
    if (end?.['domain'] === 'unknown') delete end['domain']
  }
  finish(event, header.host)
  addUsers(event)
  return { event, kind }
}

/** The last part of the tag: `smtpd` of `postfix/submission/smtpd`. */
function jobOf(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1)
}

/** `4F2x1s0Zz9z9yVk: ` (long ids), `3A2B1C4D5E6: `, `NOQUEUE: ` */
function queueIdAt(body: string, at: number): string | undefined {
  if (body.startsWith('NOQUEUE: ', at)) return 'NOQUEUE'
  let i = at
  let digits = 0
  for (; i - at < 24; i++) {
    const c = body.charCodeAt(i)
    const digit = c >= 48 && c <= 57
    if (digit) digits++
    if (!digit && !((c >= 65 && c <= 90) || (c >= 97 && c <= 122))) break
  }
  // Short ids are hexadecimal, and have a digit nearly always; a word with a colon has none.
  return i - at >= 6 && digits > 0 && body.startsWith(': ', i) ? body.slice(at, i) : undefined
}

/** `…; from=<a@example.com> to=<b@example.org> proto=ESMTP helo=<mail.example.com>` */
function readEnvelope(text: string, event: Fields): void {
  const at = text.lastIndexOf('; from=<')
  if (at < 0) return
  for (const [key, path] of [
    ['from=<', ['email', 'from', 'address']],
    [' to=<', ['email', 'to', 'address']],
    [' helo=<', ['postfix', 'helo']],
    [' sasl_username=<', ['user', 'name']]
  ] as const) {
    const start = text.indexOf(key, at)
    if (start < 0) continue
    const end = text.indexOf('>', start)
    const value = text.slice(start + key.length, end < 0 ? undefined : end)
    if (value !== '') setField(event, path.join('.'), path, value)
  }
}

/** Whoever sends and receives is somebody too. */
function addUsers(event: Fields): void {
  const email = event['email'] as { from?: { address?: unknown }; to?: { address?: unknown } } | undefined
  if (email === undefined) return
  const from = email.from?.address
  const to = email.to?.address
  const related = (event['related'] ??= {}) as { user?: string[] }
  const users = related.user ?? []
  for (const value of [from, to]) if (typeof value === 'string' && !users.includes(value)) users.push(value)
  if (users.length > 0) related.user = users
  if (typeof from === 'string') (email.from as Fields)['address'] = [from]
  if (typeof to === 'string') (email.to as Fields)['address'] = [to]
}
