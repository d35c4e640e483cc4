/** Listens for syslog: UDP (RFC 5426), TCP (RFC 6587), TLS (RFC 5425). A datagram is a message; connections are cut into them. */

import type { SourceConfig } from '../../platform/config-schema.ts'
import { senderCheck } from '../listen/allowed.ts'
import { Outlet } from '../listen/outlet.ts'
import type { ListenContext, Listening } from '../listen/source.ts'
import { listenTcp, type TcpListener, tcpOptionsOf } from '../listen/tcp.ts'
import { listenUdp, type UdpListener } from '../listen/udp.ts'
import { MessageFramer } from './frame-messages.ts'

export type SyslogConfig = Extract<SourceConfig, { type: 'syslog' }>

export async function listenSyslog(first: SyslogConfig, context: ListenContext): Promise<Listening<SyslogConfig>> {
  let config = first
  const isAllowed = senderCheck(() => config)
  let refused = 0
  let drops = 0
  const outlet = new Outlet(context, settingsOf(config))
  const messageBytesMax = () => Math.min(config.messageBytesMax, context.recordBytesMax())

  const datagram = (bytes: Buffer, address: string): void => {
    if (!isAllowed(address)) refused++
    else if (outlet.full) drops++
    else {
      let end = bytes.length
      while (end > 0 && (bytes[end - 1] === 10 || bytes[end - 1] === 13 || bytes[end - 1] === 0)) end--
      outlet.streamOf(address).add(bytes, 0, end)
    }
  }

  let udp: UdpListener | undefined
  let tcp: TcpListener | undefined
  // Any free port is the same for both: one that is free for TCP mostly is for UDP, too.
  if (config.transports.some(transport => transport !== 'udp'))
    tcp = await listenTcp({
      ...tcpOptionsOf(() => config, context, outlet),
      open(address) {
        const stream = outlet.stream(address)
        return new MessageFramer(stream, messageBytesMax)
      }
    })
  if (config.transports.includes('udp'))
    try {
      udp = await listenUdp({ host: config.host, port: tcp?.port ?? config.port }, datagram, context.log, context.rates)
    } catch (error) {
      await tcp?.close()
      throw error
    }

  return {
    ports: [udp?.port, tcp?.port].filter(port => port !== undefined),
    use(next) {
      config = next
      outlet.settings = settingsOf(config)
    },
    figures: () => ({
      records: outlet.records,
      kernelDrops: udp?.kernelDrops ?? 0,
      drops,
      refused: refused + (tcp?.refused ?? 0),
      connections: tcp?.connections ?? 0,
      waitingBytes: outlet.waitingBytes
    }),
    async close() {
      await Promise.all([udp?.close(), tcp?.close()])
      await outlet.drain()
    }
  }
}

/** Whatever comes to a syslog port: each record is read as what it is. */
function settingsOf({ name, format, timezone }: SyslogConfig) {
  return {
    source: name,
    timezoneMinutes: timezone,
    formatOf: (prioritised: boolean) => format ?? (prioritised ? 'syslog' : 'mixed')
  }
}
