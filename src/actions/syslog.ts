/**
 * Syslog: RFC 5424 messages over UDP (RFC 5426), TCP with octet counting (RFC 6587, 3.4.1) or TLS (RFC 5425). The receiver answers
 * nothing: over UDP "sent" means given to the network; over TCP and TLS that the connection took all of it and was closed in order.
 *
 *   <PRI>1 TIMESTAMP HOST picket PID alert [picket@32473 id="…" …] BOM TEXT
 *
 * 32473 is the number that RFC 5612 keeps for examples: Picket has none of its own.
 */

import { createSocket } from 'node:dgram'
import { connect, isIPv6, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { z } from 'zod'
import type { Level } from '../core/detection.ts'
import { type Action, certificates } from './action.ts'
import { cut, type Message, type Notice, type Outcome, plain } from './message.ts'
import { isoOf } from './payload.ts'
import { failureText, safeLookup } from './post.ts'

type Settings = {
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly facility: number
  readonly ca?: string | undefined
}

const hostName = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9.:_-]+$/, 'must be a name or an address')

export const syslog: Action<Settings, Record<string, never>> = {
  kind: 'syslog',
  label: 'Syslog',
  settings: z.strictObject({
    host: hostName,
    port: z.int().min(1).max(65535).default(514),
    transport: z.enum(['udp', 'tcp', 'tls']).default('udp'),
    facility: z.int().min(0).max(23).default(16).describe('16 is local0, 13 log audit, 10 authpriv'),
    ca: certificates
  }),
  secrets: z.strictObject({}) as z.ZodType<Record<string, never>>,
  rate: undefined,
  followsAlerts: false,
  where: ({ host, port, transport }) => `${transport}://${isIPv6(host) ? `[${host}]` : host}:${port}`,
  show: (message, { facility }, context) => syslogLines(message, facility, context.hostName).join('\n'),
  async send(message, settings, _secrets, context): Promise<Outcome> {
    const lines = syslogLines(message, settings.facility, context.hostName).map(line => Buffer.from(line))
    try {
      if (settings.transport === 'udp') await sendDatagrams(settings, lines)
      else await sendStream(settings, lines)
      return { result: 'sent', detail: settings.transport === 'udp' ? 'given to the network' : 'written' }
    } catch (error) {
      return { result: 'transient', detail: failureText(error) }
    }
  }
}

const severities: Readonly<Record<Level, number>> = { critical: 2, high: 3, medium: 4, low: 5, informational: 6 }
/** What every receiver takes over UDP without cutting it (RFC 5426 asks for 2,048). */
const lineBytesMax = 2000
const structuredBytesMax = 1400
const timeoutMs = 10_000

/** A line for each alert; one for what is no alert. */
export function syslogLines(message: Message, facility: number, host: string): string[] {
  const { key, kind, title, body, severity, createdMs, again } = message
  const head = (level: Level, id: string): string =>
    `<${facility * 8 + severities[level]}>1 ${isoOf(createdMs)} ${word(host, 255)} picket ${process.pid} ${id}`
  const line = (level: Level, id: string, data: readonly (readonly [string, string])[], text: string): string => {
    return cutBytes(`${head(level, id)} ${structured(data)} \ufeff${plain(text)}`)
  }
  const repeat = again ? ([['again', 'true']] as const) : []
  if (message.notices.length === 0)
    return [line(severity, kind, [['key', key], ...repeat], body === '' ? title : `${title}: ${body}`)]
  return message.notices.map((notice, index) =>
    line(
      notice.severity,
      'alert',
      [['key', message.notices.length === 1 ? key : `${key}.${index}`], ...repeat, ...dataOf(notice)],
      message.notices.length === 1 ? title : `[${notice.severity}] ${notice.rule.title}`
    )
  )
}

/** Within its share of the line, so that what is cut is the text, never this. */
function structured(data: readonly (readonly [string, string])[]): string {
  let element = '[picket@32473'
  let left = structuredBytesMax
  for (const [name, value] of data) {
    const param = ` ${name}="${escapeParam(cut(value, 300))}"`
    left -= Buffer.byteLength(param)
    if (left >= 0) element += param
  }
  return `${element}]`
}

function dataOf({ alert, kind, rule, severity, entity, count }: Notice): [string, string][] {
  return [
    ['id', alert],
    ['event', kind],
    ['severity', severity],
    ['rule', rule.id],
    ['count', String(count)],
    // RFC 5424, 6.3.3: names have at most 32 characters, none of them `=`, `]`, `"` or a space.
    ...Object.entries(entity)
      .slice(0, 8)
      .map(([field, value]): [string, string] => [field.replace(/[^A-Za-z0-9._@-]/g, '_').slice(0, 32), plain(value)])
  ]
}

function escapeParam(value: string): string {
  return plain(value).replace(/["\\\]]/g, '\\$&')
}

function word(text: string, max: number): string {
  const clean = text.replace(/[^\x21-\x7e]/g, '').slice(0, max)
  return clean === '' ? '-' : clean
}

function cutBytes(line: string): string {
  const bytes = Buffer.from(line)
  if (bytes.length <= lineBytesMax) return line
  let end = lineBytesMax
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end).toString('utf8')
}

async function sendDatagrams({ host, port }: Settings, lines: readonly Buffer[]): Promise<void> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: safeLookup as never })
  try {
    await within(
      new Promise<void>((resolve, reject) => {
        socket.on('error', reject)
        // Connected, so that a port that nobody listens on is told (ICMP), at least on this machine.
        socket.connect(port, host, () => {
          let left = lines.length
          for (const line of lines)
            socket.send(line, error => {
              if (error) reject(error)
              else if (--left === 0) setTimeout(resolve, 20)
            })
        })
      })
    )
  } finally {
    socket.close()
  }
}

async function sendStream({ host, port, transport, ca }: Settings, lines: readonly Buffer[]): Promise<void> {
  const to = { host, port, lookup: safeLookup as never }
  const socket: Socket =
    transport === 'tls'
      ? connectTls({
          ...to,
          ...(isIPv6(host) ? {} : { servername: /^[\d.]+$/.test(host) ? '' : host }),
          ...(ca ? { ca: [ca] } : {})
        })
      : connect(to)
  try {
    await within(
      new Promise<void>((resolve, reject) => {
        socket.on('error', reject)
        // The peer has taken all of it and closed its side; one that keeps its side open has taken it, too.
        socket.on('close', failed => (failed ? undefined : resolve()))
        socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => {
          const framed = Buffer.concat(lines.flatMap(line => [Buffer.from(`${line.length} `), line]))
          socket.end(framed, () => setTimeout(resolve, 500).unref())
        })
        socket.resume()
      })
    )
  } finally {
    socket.destroy()
  }
}

async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not sent within ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
