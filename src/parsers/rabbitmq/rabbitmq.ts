/**
 * RabbitMQ's log: first stage of the pipeline, record → ECS event, as Elastic's rabbitmq integration maps it.
 *
 *   record = yyyy-mm-dd " " hh:mm:ss.ffffff [ zone ] " [" level "] <" n "." n "." n "> " message *( LF line )
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { FormatDescription, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { portNumber } from '../shared/addresses.ts'

const recordMax = 262_144
const head =
  /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{1,6}(?:Z|[+-]\d\d:\d\d)?) \[([a-z]{1,12})\] (<\d{1,10}\.\d{1,10}\.\d{1,10}>)(?: |$)/
const notRabbit: Parsed = { ok: false, reason: 'not a record of RabbitMQ: no "time [level] <0.1.2>"' }

const description: FormatDescription = {
  reads: 'The text log of RabbitMQ 3.7 to 4, records over several lines included.',
  from: '`/var/log/rabbitmq/rabbit@HOST.log`.',
  specifications: ['https://www.rabbitmq.com/docs/logging', 'Elastic integration rabbitmq, log'],
  sample:
    '2026-03-14 09:26:53.123456+00:00 [info] <0.593.0> accepting AMQP connection <0.593.0> (192.0.2.7:51230 -> 10.0.0.5:5672)',
  mapping: [
    ['@timestamp', 'time', 'local where it has no zone'],
    ['log.level', 'level'],
    ['rabbitmq.log.pid', 'the Erlang process'],
    ['message', 'message'],
    ['source.*, destination.*', 'the addresses of a connection, where the message names them']
  ]
}

export const rabbitmq: Parser = {
  name: 'rabbitmq',
  title: 'RabbitMQ log',
  input: 'text',
  framing: 'multiline',
  begins: line => head.test(line.slice(0, 120)),
  recognise,
  open: context => record => parseRecord(record, context.timezoneMinutes ?? 0),
  description
}

function parseRecord(record: string, timezoneMinutes: number): Parsed {
  if (record.length > recordMax) return { ok: false, reason: `a record of ${record.length} characters` }
  const match = head.exec(record.slice(0, 120))
  const timeUs = match === null ? undefined : parseIso(`${match[1]}T${match[2]}`, timezoneMinutes)
  if (match === null || timeUs === undefined) return notRabbit
  const message = record.slice(match[0].length)
  const named = /\(([0-9A-Fa-f:.[\]]{3,45}:\d{1,5}) -> ([0-9A-Fa-f:.[\]]{3,45}:\d{1,5})[,) ]/.exec(
    message.slice(0, 500)
  )
  const source = named === null ? undefined : endpoint(named[1]!)
  const destination = named === null ? undefined : endpoint(named[2]!)
  const level = match[3]
  return {
    ok: true,
    timeUs,
    kind: 'log',
    event: {
      '@timestamp': isoMs(timeUs),
      message,
      event: { kind: 'event', module: 'rabbitmq', dataset: 'rabbitmq.log', type: ['info'] },
      log: { level },
      source,
      destination,
      related: { ip: distinct(source?.ip, destination?.ip) },
      rabbitmq: { log: { pid: match[4] } }
    }
  }
}

function endpoint(text: string): { readonly address: string; readonly ip: string; readonly port: number } | undefined {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '')
  const port = portNumber(text.slice(colon + 1))
  return isIp(host) && port !== undefined ? { address: host, ip: host, port } : undefined
}

function recognise(sample: Sample): number {
  const good = sample.lines.filter(line => head.test(line.slice(0, 120))).length
  return good > 0 && head.test((sample.lines[0] ?? '').slice(0, 120)) && good * 3 >= sample.lines.length ? 0.95 : 0
}
