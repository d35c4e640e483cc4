/**
 * What the ingress-nginx controller itself logs (klog, as all of Kubernetes), to ECS events as Elastic's nginx_ingress_controller
 * integration maps it (its `error` stream).
 *
 *   record = level mm dd " " hh:mm:ss.ffffff 1*" " thread " " file ":" line "] " message *( LF line )        ; level: I W E F
 */

import type { EcsEvent, FormatDescription, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseBsd, zoneText } from '../../core/time.ts'

const recordMax = 262_144
const head = /^([IWEF])(\d\d)(\d\d) (\d\d:\d\d:\d\d)\.(\d{6}) {1,10}(\d{1,10}) ([A-Za-z0-9_.-]{1,100}):(\d{1,6})\] ?/
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const notKlog: Parsed = { ok: false, reason: 'not a record of klog: no "I0314 09:26:53.815929 8 main.go:236] "' }

const description: FormatDescription = {
  reads:
    'The log of the ingress-nginx controller, records over several lines included. It is recognised by the banner at its start or by a file name with `ingress` in it; times are local and have no year.',
  from: '`kubectl logs -n ingress-nginx deploy/ingress-nginx-controller`.',
  specifications: ['https://github.com/kubernetes/klog', 'Elastic integration nginx_ingress_controller, error'],
  sample: `-------------------------------------------------------------------------------
NGINX Ingress controller
  Release:       v1.11.2
-------------------------------------------------------------------------------
I0314 09:26:53.816067       8 main.go:236] "Creating API client" host="https://10.96.0.1:443"`,
  mapping: [
    ['@timestamp', 'month, day and time', 'the year is that of its receipt'],
    ['log.level', 'level', 'event.type is error for E and F'],
    ['nginx_ingress_controller.error.thread_id', 'thread'],
    ['nginx_ingress_controller.error.source.file / line_number', 'file:line'],
    ['message', 'message']
  ]
}

export const nginxIngressLog: Parser = {
  name: 'nginx-ingress-log',
  title: 'ingress-nginx (Kubernetes) controller log',
  input: 'text',
  framing: 'multiline',
  begins: line => head.test(line.slice(0, 200)),
  recognise,
  open: context => record => parseRecord(record, context.receivedMs, context.timezoneMinutes ?? 0),
  description
}

function parseRecord(record: string, receivedMs: number, timezoneMinutes: number): Parsed {
  if (record.length > recordMax) return { ok: false, reason: `a record of ${record.length} characters` }
  const match = head.exec(record.slice(0, 200))
  // The banner says which version started, and not when.
  if (match === null) return record.startsWith('-----') ? { ok: true, kind: 'log', event: bannerOf(record) } : notKlog
  const [all, level, month, day, clock, fraction, thread, file, line] = match
  const second = parseBsd(`${months[Number(month) - 1] ?? ''} ${day} ${clock}`, receivedMs, timezoneMinutes)
  if (second === undefined) return notKlog
  const timeUs = second + Number(fraction)
  return {
    ok: true,
    timeUs,
    kind: 'log',
    event: {
      '@timestamp': isoMs(timeUs),
      message: record.slice(all.length),
      event: {
        kind: 'event',
        module: 'nginx_ingress_controller',
        dataset: 'nginx_ingress_controller.error',
        category: ['web'],
        type: [level === 'E' || level === 'F' ? 'error' : 'info'],
        timezone: zoneText(timezoneMinutes)
      },
      log: { level },
      nginx_ingress_controller: {
        error: { thread_id: Number(thread), source: { file, line_number: Number(line) } }
      }
    }
  }
}

function bannerOf(message: string): EcsEvent {
  const event = { kind: 'event', module: 'nginx_ingress_controller', dataset: 'nginx_ingress_controller.error' }
  return { message, event: { ...event, category: ['web'], type: ['info'] } }
}

function recognise(sample: Sample): number {
  const banner = sample.lines.slice(0, 6).some(line => line.startsWith('NGINX Ingress controller'))
  if (!banner && sample.fileName?.toLowerCase().includes('ingress') !== true) return 0
  return sample.lines.some(line => head.test(line.slice(0, 200))) ? 0.95 : 0
}
