/**
 * GELF, the Graylog Extended Log Format, versions 1.0 and 1.1, as JSON (the payload; chunks and compression are the transport's affair).
 * Additional fields (`_name`) are read by their names as those of any JSON log; what is left of them stays under its name.
 */

import type { JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import type { Document } from '../ndjson/document.ts'
import { merge, own, put } from '../ndjson/document.ts'
import { parseGeneric } from '../ndjson/generic.ts'
import { rememberNames } from '../ndjson/names.ts'

export const gelf: Parser = {
  name: 'gelf',
  title: 'GELF, the Graylog Extended Log Format (JSON)',
  input: 'json',
  framing: 'lines',
  recognise,
  open(context) {
    const names = rememberNames()
    return (_text, json): Parsed => {
      if (!isGelf(json)) return { ok: false, reason: 'not GELF: version, host and short_message are not all there' }
      const plain: { [key: string]: JsonValue } = {}
      const additional: JsonObject = json
      for (const key in additional) {
        if (kept.has(key)) continue
        // `_id` is reserved; `_host` and its like must not take the place of the fields without the underscore.
        const name =
          key.charCodeAt(0) === 95 && key.length > 1 && !Object.hasOwn(json, key.slice(1)) ? key.slice(1) : key
        put(plain, name, additional[key])
      }
      plain['level'] = levelOf(json['level']) ?? json['level'] ?? null
      const parsed = parseGeneric(plain, context, names)
      if (!parsed.ok) return parsed
      const event = parsed.event as Document
      put(event, 'event', { ...(own(event, 'event') as object), module: 'gelf', dataset: 'gelf' })
      merge(event, 'log.syslog.facility.name', textOf(json['facility']))
      merge(event, 'log.syslog.severity.code', levelOf(json['level']))
      merge(event, 'log.origin.file.name', textOf(json['file']))
      merge(event, 'log.origin.file.line', numberOf(json['line']))
      merge(event, 'gelf.version', json['version'])
      merge(event, 'gelf.full_message', textOf(json['full_message']))
      return parsed
    }
  },
  description: {
    reads:
      'GELF 1.0 and 1.1 messages as JSON. Additional fields lose their underscore and are mapped by their usual names (`_src_ip` is ' +
      '`source.ip`, `_user` is `user.name`), the others stay under their own.',
    from: 'Docker (`--log-driver gelf`), log4j2, logback, Python and many other libraries send GELF; write it to a file, or post it.',
    specifications: ['https://go2docs.graylog.org/current/getting_in_log_data/gelf.html'],
    sample:
      '{"version":"1.1","host":"example.org","short_message":"A short message","full_message":"Backtrace here","timestamp":1735689600.25,"level":3,"_user_id":9001,"_some_info":"foo"}',
    mapping: [
      ['@timestamp', 'timestamp', 'seconds with a fraction'],
      ['message', 'short_message'],
      ['host.name', 'host'],
      ['log.level', 'level', 'the name of syslog’s severity'],
      ['log.syslog.severity.code', 'level'],
      ['log.syslog.facility.name', 'facility'],
      ['log.origin.file.name, .line', 'file, line'],
      ['gelf.full_message', 'full_message']
    ]
  }
}

/** Fields with a place of their own. */
const kept: ReadonlySet<string> = new Set(['version', 'full_message', 'facility', 'file', 'line'])

function isGelf(json: JsonObject): boolean {
  const { version, host, short_message: message } = json
  return (
    (version === '1.0' || version === '1.1' || version === 1.1 || version === 1) &&
    typeof host === 'string' &&
    typeof message === 'string'
  )
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(json => json !== undefined && isGelf(json)).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.92 : 0
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function numberOf(value: JsonValue | undefined): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

function levelOf(value: JsonValue | undefined): number | undefined {
  const level = numberOf(value)
  return level !== undefined && level >= 0 && level <= 7 ? level : undefined
}
