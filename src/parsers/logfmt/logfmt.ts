/**
 * logfmt and its relatives: lines that are nothing but `key=value` pairs (Go services, Heroku, Grafana, HAProxy's and firewalls' own
 * logs that no other format knows). The names are understood as in any JSON log (`names.ts`).
 *
 *   line  = pair *( ( SP / "," SP / ";" SP ) pair )
 *   pair  = key [ "=" value ]
 *   key   = ( ALPHA / "_" / "@" ) *( ALPHA / DIGIT / "_" / "-" / "." / "/" / "@" )
 *   value = *( any but SP and `"` ) / `"` *( any but `"` and "\" / "\" any ) `"`
 */

import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { type Document, own, put } from '../ndjson/document.ts'
import { parseGeneric } from '../ndjson/generic.ts'
import { rememberNames } from '../ndjson/names.ts'
import { Names } from '../shared/names.ts'

const lineMax = 1_000_000
const pairsMax = 512
const keys = new Names()

export const logfmt: Parser = {
  name: 'logfmt',
  title: 'Lines of key=value pairs (logfmt)',
  input: 'text',
  framing: 'lines',
  recognise,
  open(context) {
    const names = rememberNames()
    return (text): Parsed => {
      if (text.length > lineMax) return { ok: false, reason: `a line of ${text.length} characters` }
      const pairs = scanPairs(text)
      if (pairs === undefined) return { ok: false, reason: 'not key=value pairs all along' }
      const parsed = parseGeneric(pairs, context, names)
      if (!parsed.ok) return parsed
      const event = parsed.event as Document
      put(event, 'event', { ...(own(event, 'event') as object), module: 'logfmt', dataset: 'logfmt' })
      // What would sit where ECS has an object.
      const odd = own(event, 'ndjson')
      if (odd !== undefined) {
        delete event['ndjson']
        put(event, 'logfmt', odd)
      }
      return parsed
    }
  },
  description: {
    reads:
      'Lines that are `key=value` pairs from end to end, separated by blanks (or a comma or semicolon and a blank), values bare or in ' +
      'double quotes. Times, levels, messages, addresses and users are found by their usual names.',
    from: 'Go programs with slog’s TextHandler, logrus or go-kit, Grafana and Prometheus, Heroku’s router.',
    specifications: ['https://brandur.org/logfmt', 'https://pkg.go.dev/github.com/kr/logfmt'],
    sample:
      'time=2025-01-01T00:00:00.25Z level=INFO msg="request done" method=GET status=200 client_ip=192.0.2.7 duration=12ms',
    mapping: [
      ['@timestamp', 'time, ts, timestamp …'],
      ['message', 'msg, message'],
      ['log.level', 'level, lvl, severity'],
      ['source.ip, destination.ip, …', 'client_ip, src_ip, dst_ip …'],
      ['the key itself', 'every other key']
    ]
  }
}

/** The pairs of a line, or undefined if anything stands between them. Numbers become numbers where they are written as such. */
export function scanPairs(line: string): JsonObject | undefined {
  const out: { [key: string]: string | number | boolean } = {}
  let at = 0
  let count = 0
  const length = line.length
  for (;;) {
    while (at < length && isBetween(line.charCodeAt(at))) at++
    if (at >= length) break
    const keyAt = at
    if (!isKeyStart(line.charCodeAt(at))) return undefined
    while (at < length && isKeyCode(line.charCodeAt(at))) at++
    const key = keys.at(line, keyAt, at)
    if (key.length > 128 || ++count > pairsMax) return undefined
    if (line.charCodeAt(at) !== 61) {
      // A key alone says that something is so.
      if (at < length && !isBetween(line.charCodeAt(at))) return undefined
      put(out, key, true)
      continue
    }
    at++
    if (line.charCodeAt(at) !== 34) {
      const from = at
      while (at < length && line.charCodeAt(at) > 32) at++
      let to = at
      if (to > from && (line.charCodeAt(to - 1) === 44 || line.charCodeAt(to - 1) === 59)) to--
      put(out, key, bare(line.slice(from, to)))
      continue
    }
    const end = quoteEnd(line, at)
    if (end < 0) return undefined
    put(out, key, unescaped(line.slice(at + 1, end)))
    at = end + 1
    if (at < length && !isBetween(line.charCodeAt(at))) return undefined
  }
  return count === 0 ? undefined : out
}

function isBetween(code: number): boolean {
  return code <= 32 || code === 44 || code === 59
}

function isKeyStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 64
}

function isKeyCode(code: number): boolean {
  return isKeyStart(code) || (code >= 45 && code <= 57)
}

function quoteEnd(line: string, quote: number): number {
  for (let i = quote + 1; i < line.length; i++) {
    const code = line.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34) return i
  }
  return -1
}

function unescaped(text: string): string {
  if (text.indexOf('\\') < 0) return text
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== 92 || i + 1 >= text.length) {
      out += text[i]
      continue
    }
    const next = text[++i]!
    out +=
      next === 'n'
        ? '\n'
        : next === 't'
          ? '\t'
          : next === 'r'
            ? '\r'
            : next === '"' || next === '\\'
              ? next
              : `\\${next}`
  }
  return out
}

/** Only what reads back the same: `007`, `1e5` and `0x1F` stay text. */
function bare(text: string): string | number | boolean {
  if (text === 'true') return true
  if (text === 'false') return false
  const first = text.charCodeAt(0)
  if (!((first >= 48 && first <= 57) || first === 45) || text.length > 16) return text
  const number = Number(text)
  return Number.isFinite(number) && String(number) === text ? number : text
}

/** All lines but the last (it may be cut off) are pairs, of three or more with a value, and two of their keys are usual ones. */
function recognise(sample: Sample): number {
  const whole = sample.lines.length === 1 ? 1 : sample.lines.length - 1
  let good = 0
  for (const line of sample.lines) {
    if (line.length > 16_384) return 0
    const pairs = scanPairs(line)
    if (pairs === undefined) continue
    let values = 0
    let usual = 0
    for (const key in pairs) {
      if (pairs[key] !== true) values++
      if (usualKeys.has(key.toLowerCase())) usual++
    }
    if (values >= 3 && usual >= 2 && values * 2 >= Object.keys(pairs).length) good++
  }
  return good >= whole && good > 0 ? 0.6 : 0
}

const usualKeys: ReadonlySet<string> = new Set(
  (
    'time ts timestamp t at date level lvl severity msg message log logger caller component method path status host src dst ' +
    'srcip dstip src_ip dst_ip client_ip remote_addr user username action proto service duration err error request_id trace_id'
  ).split(' ')
)
