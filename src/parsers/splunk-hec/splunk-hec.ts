/**
 * Events of Splunk's HTTP Event Collector: { time?, host?, source?, sourcetype?, index?, fields?, event }. What is in `event`, a line of any
 * format or an object, becomes the event; the envelope says where it comes from.
 */

import { numberOf, object, text } from '../../core/ecs-values.ts'
import type { JsonObject, Parser, Sample } from '../../core/parser.ts'
import { ndjson } from '../ndjson/ndjson.ts'
import { type Envelope, unwrapped, withEnvelope, withoutLineEnd } from '../shared/envelope.ts'

const keys: ReadonlySet<string> = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'fields', 'event'])

export const splunkHec: Parser = {
  name: 'splunk-hec',
  title: 'Events of Splunk’s HTTP Event Collector (JSON)',
  input: 'json',
  framing: 'lines',
  recognise,
  open(context) {
    const parseObject = ndjson.open(context)
    return (record, json) => {
      if (!isHecEvent(json)) return { ok: false, reason: 'not an event of the HTTP Event Collector: no `event`' }
      const envelope = envelopeOf(json)
      const inner = json['event']!
      if (typeof inner === 'string') return unwrapped(context, withoutLineEnd(inner), envelope)
      const own = object(inner)
      if (own === undefined) return unwrapped(context, JSON.stringify(inner), envelope)
      const known = context.parseInner?.(own)
      if (known !== undefined && typeof known === 'object' && known.ok) return withEnvelope(known, envelope)
      const parsed = parseObject(record, own)
      return typeof parsed === 'object' && parsed.ok ? withEnvelope(parsed, envelope) : parsed
    }
  },
  description: {
    reads:
      'Events as programs send them to Splunk over HTTP (`/services/collector/event`), one an event. Metrics are not read.',
    from: 'The source `type: hec` ([docs/sources/hec.md](../sources/hec.md)), or a file of such events.',
    specifications: ['https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector'],
    sample:
      '{"time":1772445600.123,"host":"web1","source":"/var/log/app.log","sourcetype":"app","index":"main","event":"disk is nearly full","fields":{"team":"blue"}}',
    mapping: [
      ['@timestamp', 'time, where the event has none of its own'],
      ['host.name', 'host'],
      ['log.file.path', 'source, where it is a path'],
      ['splunk.source, .sourcetype, .index', 'of the same names'],
      ['labels.*', 'fields'],
      ['everything else', 'event: a line of any format that Picket reads, or an object']
    ]
  }
}

export function isHecEvent(json: JsonObject): boolean {
  const event = json['event']
  if (event === undefined || event === null || event === '') return false
  for (const key in json) if (!keys.has(key)) return false
  return true
}

function recognise(sample: Sample): number {
  let found = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    if (!isHecEvent(json)) return 0
    // `{"event": …}` alone may be anybody's.
    if (json['sourcetype'] !== undefined || (json['time'] !== undefined && json['host'] !== undefined)) found++
  }
  return found > 0 ? 0.85 : 0
}

function envelopeOf(json: JsonObject): Envelope {
  const source = text(json['source'])
  const host = text(json['host'])
  const fields = object(json['fields'])
  const seconds = numberOf(json['time'])
  return {
    timeUs: seconds === undefined || !(seconds > 0 && seconds < 4e9) ? undefined : Math.round(seconds * 1e6),
    identity: undefined,
    kind: 'hec',
    facts: {
      event: { kind: 'event', module: 'splunk', dataset: 'splunk.hec' },
      host: host === undefined ? undefined : { name: host },
      log: source?.startsWith('/') === true ? { file: { path: source } } : undefined,
      labels: fields,
      splunk: { source, sourcetype: text(json['sourcetype']), index: text(json['index']) }
    }
  }
}
