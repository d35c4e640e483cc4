/**
 * unbound: queries, answers, and what it refused. A reader of syslog messages; `unbound-log.ts` reads the files that it writes itself.
 *
 *   message = [ "[" pid ":" thread "] " ] level ": " text
 *   query   = ip SP name SP type SP class                                                                log-queries
 *   reply   = ip SP name SP type SP class SP rcode SP seconds SP cached SP bytes                         log-replies (tag "reply:")
 */

import { isIp } from '../../core/ip.ts'
import { dnsQuestion } from '../shared/dns-question.ts'
import { type Fields, setAddress } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import type { SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'

const levels: ReadonlySet<string> = new Set([
  'info',
  'notice',
  'warning',
  'error',
  'debug',
  'fatal error',
  'query',
  'reply'
])

export const unbound = phraseReader({
  name: 'unbound',
  title: 'unbound: queries and answers',
  module: 'unbound',
  dataset: 'unbound.log',
  programs: ['unbound', 'unbound-control'],
  protocol: 'dns',
  description,
  phrases: [
    ['start of service (unbound {unbound.version}).', 'started', 'process', 'start'],
    ['service stopped (unbound {unbound.version}).', 'stopped', 'process', 'end'],
    [
      'validation failure <{question*}>: {event.reason*}',
      'dnssec-validation-failure',
      'network',
      'protocol error',
      'failure'
    ],
    [
      'validation failure {question.name} {question.type} {question.class}: {event.reason*}',
      'dnssec-validation-failure',
      'network',
      'protocol error',
      'failure'
    ],
    ['ratelimit exceeded {dns.question.name} {_*}', 'dns-rate-limit', 'network', 'denied', 'failure'],
    ['ip_ratelimit exceeded {source.address} {_*}', 'dns-rate-limit', 'network', 'denied', 'failure'],
    [
      'ssl handshake failed {source.address} port {source.port}',
      'tls-handshake-failed',
      'network',
      'protocol error',
      'failure'
    ],
    ['ssl handshake failed {event.reason*}', 'tls-handshake-failed', 'network', 'protocol error', 'failure']
  ],
  clean: body => body.slice(scanLevel(body).at),
  complete
})

/** The thread, the level, and where the text begins. */
export function scanLevel(body: string): { readonly level: string | undefined; readonly at: number } {
  let at = 0
  if (body.startsWith('[')) {
    const close = body.indexOf('] ')
    if (close > 0 && close < 24) at = close + 2
  }
  const colon = body.indexOf(': ', at)
  const level = colon < 0 || colon - at > 12 ? undefined : body.slice(at, colon)
  return level !== undefined && levels.has(level) ? { level, at: colon + 2 } : { level: undefined, at }
}

function complete(event: Fields, text: string, { body }: SyslogMessage): void {
  const { level } = scanLevel(body)
  if (level !== undefined && level !== 'query' && level !== 'reply') event['log'] = { level }
  const facts = event['event'] as Fields
  const asked = event['question'] as Fields | string | undefined
  if (asked !== undefined) {
    delete event['question']
    const [name = '', type, dnsClass] =
      typeof asked === 'string'
        ? asked.split(' ')
        : [String(asked['name']), String(asked['type']), String(asked['class'])]
    event['dns'] = { type: 'answer', question: dnsQuestion(name, type, dnsClass) }
    return
  }
  if (facts['action'] !== undefined) return
  // local-zone with "inform": "example.com. inform 192.0.2.1@53124 example.com. A IN"
  const words = text.split(' ', 10)
  if (isIp(words[0]) && words.length >= 4) readQuery(event, facts, words)
  else if (
    words.length >= 6 &&
    (words[1] === 'inform' ||
      words[1] === 'deny' ||
      words[1]?.startsWith('inform_') === true ||
      words[1]?.startsWith('always_') === true)
  ) {
    const at = words[2]!.lastIndexOf('@')
    facts['action'] = 'dns-local-zone'
    facts['category'] = ['network']
    facts['type'] = [words[1] === 'inform' ? 'info' : 'denied']
    setAddress(event, 'source', at < 0 ? words[2]! : words[2]!.slice(0, at))
    event['dns'] = { type: 'query', question: dnsQuestion(words[3]!, words[4], words[5]) }
    event['rule'] = { name: words[0], category: words[1] }
  }
}

function readQuery(event: Fields, facts: Fields, words: readonly string[]): void {
  const [address, name, type, dnsClass, code, took, cached, bytes] = words
  setAddress(event, 'source', address!)
  event['client'] = { ...(event['source'] as Fields) }
  facts['category'] = ['network']
  facts['type'] = ['connection', 'protocol']
  const reply = code !== undefined
  facts['action'] = reply ? 'dns-answer' : 'dns-query'
  event['dns'] = { type: reply ? 'answer' : 'query', question: dnsQuestion(name!, type, dnsClass), response_code: code }
  if (!reply) return
  facts['outcome'] = code === 'NOERROR' ? 'success' : 'failure'
  const seconds = Number(took)
  if (took !== undefined && Number.isFinite(seconds)) facts['duration'] = Math.round(seconds * 1e9)
  const size = Number(bytes)
  event['unbound'] = {
    cached: cached === undefined ? undefined : cached === '1',
    response_bytes: bytes !== undefined && Number.isInteger(size) ? size : undefined
  }
}
