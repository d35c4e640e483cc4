/**
 * Lines of any format with a time put before each: CloudWatch Logs exports to S3, `aws logs tail` (which adds the log stream),
 * `kubectl logs --timestamps`, `docker logs --timestamps`.
 *   line = time SP [ log-stream SP ] record
 */

import type { NO_EVENT, ParseContext, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { withEnvelope } from '../shared/envelope.ts'
import { isIsoStamp } from '../syslog/header.ts'

export const stampedLines: Parser = {
  name: 'stamped-lines',
  title: 'Lines of any format with a time before each (CloudWatch Logs exports, kubectl and docker logs --timestamps)',
  input: 'text',
  framing: 'lines',
  recognise,
  open: context => text => {
    const space = stampEnd(text)
    const timeUs = space < 0 ? undefined : parseIso(text.slice(0, space))
    if (timeUs === undefined) return { ok: false, reason: 'does not begin with a time' }
    const record = text.slice(space + 1)
    const { inner, stream } = split(record, text.charCodeAt(space - 1) !== 90, context)
    if (typeof inner === 'symbol') return inner
    if (inner?.ok === true)
      return withEnvelope(inner, {
        timeUs,
        identity: undefined,
        kind: undefined,
        facts: {
          event: { created: isoMs(timeUs) },
          aws: stream === undefined ? undefined : { cloudwatch: { log_stream: stream } }
        }
      })
    return {
      ok: true,
      timeUs,
      event: { '@timestamp': isoMs(timeUs), message: record, event: { kind: 'event', dataset: 'unknown' } }
    }
  },
  description: {
    reads:
      'Lines of another format with a time before each. The record behind the time is read as what it is, and keeps its own time; ' +
      'the time before it is `event.created`. A record that no format knows stays `message`. Chosen where most of the records are known.',
    from:
      'A CloudWatch Logs export to S3 (`aws logs create-export-task`), `aws logs tail NAME`, `kubectl logs --timestamps POD`, ' +
      '`docker logs --timestamps NAME`.',
    specifications: [
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html',
      'https://docs.aws.amazon.com/cli/latest/reference/logs/tail.html',
      'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/'
    ],
    sample: '2026-01-01T00:00:00.000Z <34>Oct 11 22:14:15 web-1 sshd[7]: Server listening on 0.0.0.0 port 22.',
    mapping: [
      ['@timestamp', 'the record’s own time, else the time before it'],
      ['event.created', 'the time before the record'],
      ['aws.cloudwatch.log_stream', 'the word after the time', '`aws logs tail`']
    ]
  }
}

/** The record; or, behind a time with an offset (only `aws logs tail` writes one), the log stream's name and the record. */
function split(
  record: string,
  offset: boolean,
  context: ParseContext
): { readonly inner: Parsed | typeof NO_EVENT | undefined; readonly stream: string | undefined } {
  const space = offset ? record.indexOf(' ') : -1
  const inner = space > 0 ? context.parseInner?.(record.slice(space + 1)) : undefined
  if (inner !== undefined) return { inner, stream: record.slice(0, space) }
  return { inner: context.parseInner?.(record), stream: undefined }
}

/** Where the time ends: a space within the first 40 characters. */
function stampEnd(text: string): number {
  if (!isIsoStamp(text, 0)) return -1
  const space = text.indexOf(' ', 19)
  return space > 0 && space <= 40 ? space : -1
}

function recognise(sample: Sample): number {
  const lines = sample.lines.slice(0, 20)
  let good = 0
  for (const line of lines) {
    const space = stampEnd(line)
    if (space < 0) continue
    if (isKnown(sample, line.slice(space + 1))) good++
    else if (line.charCodeAt(space - 1) !== 90) {
      const second = line.indexOf(' ', space + 1)
      if (second > 0 && isKnown(sample, line.slice(second + 1))) good++
    }
  }
  return good > 0 && good >= lines.length * 0.8 ? 0.75 : 0
}

function isKnown(sample: Sample, record: string): boolean {
  return (sample.recogniseInner?.(record)?.confidence ?? 0) >= 0.8
}
