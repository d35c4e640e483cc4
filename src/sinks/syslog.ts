/**
 * Syslog: RFC 5424 or 3164 headers before each record, over UDP (RFC 5426), TCP (RFC 6587, octet counting or lines) or TLS (RFC 5425). The receiver
 * answers nothing: written means taken by the network.
 */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { isoMs } from '../core/time.ts'
import { countOption, flagOption, textOption } from './options.ts'
import { AttemptError, Attempts } from './retry.ts'
import { type Sink, sinkKind } from './sink.ts'

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const connectMs = 10_000

export const syslog = sinkKind({
  schemes: ['syslog', 'syslog+udp', 'syslog+tcp', 'syslog+tls'],
  example: 'syslog+tcp://host:514?header=rfc5424&app=demo',
  about: 'Syslog over UDP (the default), TCP or TLS.',
  ownsQuery: true,
  options: z.strictObject({
    header: z
      .enum(['rfc5424', 'rfc3164', 'none'])
      .optional()
      .describe('rfc5424 (default), rfc3164, or none: records that have one already.'),
    framing: z.enum(['octets', 'lines']).optional().describe('Of TCP and TLS: octets (default) or lines.'),
    facility: countOption(0, 23).optional().describe('Default: 16, local0.'),
    severity: countOption(0, 7).optional().describe('Default: 6, informational.'),
    app: textOption().optional().describe('Default: generate.'),
    hostname: textOption().optional().describe("Default: this machine's."),
    ca: textOption().optional().describe('TLS: a file with the certificates to trust.'),
    insecure: flagOption().optional().describe('TLS: take any certificate. For trials only.')
  }),
  open(target, options, context): Sink | Promise<Sink> {
    const transport = target.scheme === 'syslog' ? 'udp' : target.scheme.slice(7)
    const { host, port } = hostAndPort(target.host, transport === 'tls' ? 6514 : 514)
    if (host === '') throw new PicketError('sink-options', 'Name the receiver: syslog://HOST:514')
    const word = (text: string, max: number): string => text.replace(/[^\x21-\x7e]/g, '').slice(0, max) || '-'
    const from = word(options.hostname ?? hostname(), 255)
    const app = word(options.app ?? 'generate', 48)
    const priority = (options.facility ?? 16) * 8 + (options.severity ?? 6)
    const headOf = (): string => {
      const ms = context.nowMs()
      if (options.header === 'none') return ''
      if (options.header !== 'rfc3164') return `<${priority}>1 ${isoMs(ms * 1000)} ${from} ${app} ${process.pid} - - `
      const at = new Date(ms)
      const two = (n: number): string => String(n).padStart(2, '0')
      const day = String(at.getUTCDate()).padStart(2, ' ')
      const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
      return `<${priority}>${months[at.getUTCMonth()]} ${day} ${time} ${from} ${app}[${process.pid}]: `
    }
    const label = `syslog over ${transport.toUpperCase()} at ${host}:${port}`
    const attempts = new Attempts(label, context)
    if (transport === 'udp') return datagrams(host, port, headOf, label, attempts)

    let socket: Socket | undefined
    const open = async (): Promise<Socket> => {
      if (socket !== undefined && !socket.destroyed && socket.writable) return socket
      const fresh =
        transport === 'tls'
          ? connectTls({
              host,
              port,
              servername: /^[\d.:]+$/.test(host) ? '' : host,
              rejectUnauthorized: options.insecure !== true,
              ...(options.ca === undefined ? {} : { ca: [readFileSync(options.ca)] })
            })
          : connect({ host, port })
      fresh.setNoDelay(true)
      // After it is open, a write finds out.
      fresh.on('error', () => {})
      await once(fresh, transport === 'tls' ? 'secureConnect' : 'connect', {
        signal: AbortSignal.timeout(connectMs)
      }).catch(error => {
        fresh.destroy()
        throw error
      })
      fresh.resume()
      socket = fresh
      return fresh
    }
    return {
      label,
      async write(lines) {
        if (lines.length === 0) return
        const head = headOf()
        const text =
          options.framing === 'lines'
            ? lines.map(line => `${head}${line}\n`).join('')
            : lines.map(line => `${Buffer.byteLength(line) + Buffer.byteLength(head)} ${head}${line}`).join('')
        await attempts.until(async () => {
          const into = await open()
          await new Promise<void>((resolve, reject) =>
            into.write(text, error =>
              error == null ? resolve() : reject(new AttemptError(`the connection broke: ${error.message}`, true))
            )
          )
        })
      },
      async close() {
        const open = socket
        if (open === undefined || open.destroyed) return
        const closed = new Promise<void>(resolve => open.once('close', () => resolve()))
        open.end()
        // A receiver that keeps its side open has taken it all the same.
        await Promise.race([closed, new Promise(resolve => setTimeout(resolve, 2000).unref())])
        open.destroy()
      },
      figures: () => attempts.figures()
    }
  }
})

function datagrams(host: string, port: number, headOf: () => string, label: string, attempts: Attempts): Sink {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' })
  // A port that nobody listens on is told by ICMP, after the fact: UDP has no more to say.
  socket.on('error', () => {})
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.connect(port, host, () => resolve())
  })
  connected.catch(() => {})
  return {
    label,
    async write(lines) {
      await attempts.until(() => connected)
      const head = headOf()
      for (let at = 0; at < lines.length; at++) {
        const message = Buffer.from(head + lines[at])
        if (message.length > 65_000) {
          attempts.refuse(1, 'a record is larger than a datagram')
          continue
        }
        // Waiting now and then keeps what lies in the kernel bounded.
        if (at % 64 === 63 || at === lines.length - 1)
          await new Promise<void>(resolve => socket.send(message, () => resolve()))
        else socket.send(message)
      }
    },
    close: () => new Promise(resolve => socket.close(() => resolve())),
    figures: () => attempts.figures()
  }
}

export function hostAndPort(text: string, portDefault: number): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text)
  if (match === null) throw new PicketError('sink-options', `${text} is no HOST:PORT`)
  return { host: match[1] ?? match[2]!, port: match[3] === undefined ? portDefault : Number(match[3]) }
}
