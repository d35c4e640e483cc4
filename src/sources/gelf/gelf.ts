/** Listens for GELF: UDP (chunked, compressed), TCP (each message ends with NUL) and HTTP (POST /gelf). */

import type { SourceConfig } from '../../platform/config-schema.ts'
import { senderCheck } from '../listen/allowed.ts'
import { type HttpListener, listenHttp } from '../listen/http.ts'
import { Outlet } from '../listen/outlet.ts'
import type { ListenContext, Listening } from '../listen/source.ts'
import { listenTcp, type TcpListener } from '../listen/tcp.ts'
import { listenUdp, type UdpListener } from '../listen/udp.ts'
import { MessageFramer } from '../syslog/frame-messages.ts'
import { GelfAssembler, inflated } from './assemble.ts'

export type GelfConfig = Extract<SourceConfig, { type: 'gelf' }>

export async function listenGelf(first: GelfConfig, context: ListenContext): Promise<Listening<GelfConfig>> {
  let config = first
  const isAllowed = senderCheck(() => config)
  let refused = 0
  let drops = 0
  const outlet = new Outlet(context, settingsOf(config))
  const messageBytesMax = () => Math.min(config.messageBytesMax, context.recordBytesMax())

  const assembler = new GelfAssembler((parts, reason) => {
    const stream = outlet.streamOf('unknown')
    stream.bury(parts)
    stream.buried(reason)
  })
  const datagram = (bytes: Buffer, address: string, port: number): void => {
    if (!isAllowed(address)) {
      refused++
      return
    }
    if (outlet.full) {
      drops++
      return
    }
    const payload = assembler.add(bytes, `${address} ${port}`, performance.now())
    if (payload === undefined) return
    const json = inflated(payload, messageBytesMax())
    const stream = outlet.streamOf(address)
    if (typeof json !== 'string') {
      stream.add(json, 0, json.length)
      return
    }
    stream.bury(payload)
    stream.buried(json)
  }
  const expiry = setInterval(() => assembler.expire(performance.now()), 1000).unref()

  let udp: UdpListener | undefined
  let tcp: TcpListener | undefined
  let http: HttpListener | undefined
  const close = async (): Promise<void> => {
    clearInterval(expiry)
    await Promise.all([udp?.close(), tcp?.close(), http?.close()])
    assembler.expire(Number.POSITIVE_INFINITY)
    await outlet.drain()
  }
  try {
    // Any free port is the same for both: one that is free for TCP mostly is for UDP, too.
    const at = { host: config.host, port: config.port }
    if (config.transports.includes('tcp'))
      tcp = await listenTcp({
        ...at,
        tls: undefined,
        outlet,
        log: context.log,
        connectionsMax: () => config.connectionsMax,
        idleMs: () => config.idleTimeout,
        isAllowed,
        open: address =>
          new MessageFramer(outlet.stream(address), messageBytesMax, { counted: false, terminators: [0] })
      })
    if (config.transports.includes('http'))
      http = await listenHttp({
        ...at,
        log: context.log,
        rates: context.rates,
        connectionsMax: () => config.connectionsMax,
        bodyBytesMax: messageBytesMax,
        // Anybody may send: a few slow bodies must not keep the others out.
        bodiesBytesMax: Math.max(64 << 20, 4 * messageBytesMax()),
        isAllowed,
        async answer({ method, path, body, address }) {
          if (path !== '/gelf') return { status: 404, text: 'POST to /gelf\n' }
          if (method !== 'POST') return { status: 405, text: 'POST it\n' }
          if (body.length === 0) return { status: 400, text: 'the body is empty\n' }
          if (outlet.full) return { status: 503, text: 'too much is waiting for the disk: send it again later\n' }
          const stream = outlet.streamOf(address)
          stream.add(body, 0, body.length)
          await stream.durable()
          return { status: 202, text: '' }
        }
      })
    if (config.transports.includes('udp'))
      udp = await listenUdp({ ...at, port: tcp?.port ?? http?.port ?? at.port }, datagram, context.log, context.rates)
  } catch (error) {
    await close()
    throw error
  }

  return {
    ports: [udp?.port, tcp?.port, http?.port].filter(port => port !== undefined),
    use(next) {
      config = next
      outlet.settings = settingsOf(config)
    },
    figures: () => ({
      records: outlet.records,
      kernelDrops: udp?.kernelDrops ?? 0,
      drops,
      refused: refused + (tcp?.refused ?? 0) + (http?.refused ?? 0),
      connections: (tcp?.connections ?? 0) + (http?.connections ?? 0),
      waitingBytes: outlet.waitingBytes
    }),
    close
  }
}

function settingsOf({ name }: GelfConfig) {
  return { source: name, timezoneMinutes: undefined, formatOf: () => 'gelf' }
}
