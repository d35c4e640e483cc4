/**
 * Postfix's lines of pairs, which tell a message's way:
 *
 *   smtpd    client=host[ip][:port], sasl_method=…, sasl_username=…, orig_client=…
 *   cleanup  message-id=<…>                       pickup  uid=… from=<…>
 *   qmgr     from=<…>, size=…, nrcpt=… (queue active)
 *   smtp …   to=<…>[, orig_to=<…>], relay=host[ip]:port, delay=…, delays=a/b/c/d, dsn=2.0.0, status=sent (answer)
 */

import { portNumber } from '../shared/endpoint.ts'
import { type Fields, put, setAddress, setField } from '../shared/phrase-event.ts'

type Status = readonly [action: string, outcome: string, type: string]

const statuses: Readonly<Record<string, Status>> = {
  sent: ['mail-delivered', 'success', 'info'],
  deferred: ['mail-deferred', 'failure', 'error'],
  bounced: ['mail-bounced', 'failure', 'error'],
  expired: ['mail-expired', 'failure', 'error'],
  undeliverable: ['mail-undeliverable', 'failure', 'error'],
  deliverable: ['mail-deliverable', 'success', 'info'],
  SOFTBOUNCE: ['mail-deferred', 'failure', 'error']
}

export function readPairs(text: string, job: string, event: Fields): void {
  const facts = event['event'] as Fields
  facts['category'] = ['email']
  facts['type'] = ['info']
  const own = (event['postfix'] ??= {}) as Fields
  let at = 0
  for (let pair = 0; pair < 32 && at < text.length; pair++) {
    const equals = text.indexOf('=', at)
    if (equals < 0) break
    const key = text.slice(at, equals)
    if (key === '' || key.length > 32 || key.includes(' ')) break
    if (key === 'status') {
      readStatus(text.slice(equals + 1), facts, own)
      break
    }
    const end = valueEnd(text, equals + 1)
    setPair(event, own, key, unwrapped(text.slice(equals + 1, end)))
    at = end
    while (text.charCodeAt(at) === 44 || text.charCodeAt(at) === 32) at++
  }
  if (text.endsWith('(queue active)')) facts['action'] = 'mail-queued'
  else if (facts['action'] === undefined && job === 'smtpd') facts['action'] = 'mail-received'
  else if (facts['action'] === undefined && job === 'pickup') facts['action'] = 'mail-submitted'
  else if (facts['action'] === undefined && job === 'cleanup') facts['action'] = 'mail-accepted'
  if (job === 'smtpd' && (event['user'] as Fields | undefined)?.['name'] !== undefined) {
    facts['category'] = ['email', 'authentication']
    facts['outcome'] = 'success'
    facts['type'] = ['start']
  }
}

/** Up to the comma or blank behind the value; what stands in `<…>` may hold both. */
function valueEnd(text: string, from: number): number {
  let i = from
  if (text.charCodeAt(from) === 60) {
    // Local parts may be quoted and hold a ">": the one before a comma or the end counts.
    const close = text.indexOf('>,', from)
    const space = text.indexOf('> ', from)
    const best = close < 0 ? space : space < 0 ? close : Math.min(close, space)
    return best < 0 ? text.length : best + 1
  }
  while (i < text.length && text.charCodeAt(i) !== 44 && text.charCodeAt(i) !== 32) i++
  return i
}

function unwrapped(value: string): string {
  return value.startsWith('<') && value.endsWith('>') ? value.slice(1, -1) : value
}

function setPair(event: Fields, own: Fields, key: string, value: string): void {
  if (value === '') return
  switch (key) {
    case 'from':
      put(event, ['email', 'from', 'address'], value)
      break
    case 'to':
      put(event, ['email', 'to', 'address'], value)
      break
    case 'message-id':
      put(event, ['email', 'message_id'], value)
      break
    case 'sasl_username':
      setField(event, 'user.name', ['user', 'name'], value)
      break
    case 'uid':
      put(event, ['user', 'id'], value)
      break
    case 'client':
      setHost(event, 'source', value)
      break
    case 'relay':
      own['relay'] = value
      if (value.includes('[')) setHost(event, 'destination', value)
      break
    case 'size':
    case 'nrcpt':
      own[key] = numberOf(value)
      break
    case 'delay':
      own['delay'] = numberOf(value)
      put(event, ['event', 'duration'], duration(value))
      break
    default:
      own[key.replaceAll('-', '_')] = value
  }
}

/** `mail.example.com[192.0.2.25]:25`, `unknown[192.0.2.9]` */
function setHost(event: Fields, side: string, value: string): void {
  const open = value.lastIndexOf('[')
  const close = value.indexOf(']', open)
  if (open < 0 || close < 0) return
  setAddress(event, side, value.slice(open + 1, close))
  const end = event[side] as Fields
  const name = value.slice(0, open)
  if (name !== '' && name !== 'unknown') end['domain'] = name
  if (value.charCodeAt(close + 1) === 58) end['port'] = portNumber(value.slice(close + 2))
}

function numberOf(value: string): number | undefined {
  const number = value.length > 16 ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : undefined
}

function duration(value: string): number | undefined {
  const seconds = numberOf(value)
  return seconds === undefined ? undefined : Math.round(seconds * 1e9)
}

/** `sent (250 2.0.0 Ok: queued as 4F2x…)` */
function readStatus(text: string, facts: Fields, own: Fields): void {
  const space = text.indexOf(' ')
  const word = space < 0 ? text : text.slice(0, space)
  own['status'] = word
  const status = statuses[word]
  facts['action'] = status?.[0] ?? 'mail-' + word.toLowerCase()
  facts['outcome'] = status?.[1]
  facts['type'] = [status?.[2] ?? 'info']
  const answer = space < 0 ? '' : text.slice(space + 1)
  const inside = answer.startsWith('(') && answer.endsWith(')') ? answer.slice(1, -1) : answer
  if (inside === '') return
  own['response'] = inside
  if (status?.[1] === 'failure') facts['reason'] = inside
  const queued = inside.indexOf('queued as ')
  if (queued >= 0) own['next_queue_id'] = inside.slice(queued + 10).split(' ', 1)[0]
}
