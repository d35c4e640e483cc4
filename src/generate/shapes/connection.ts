/**
 * One connection, and all that tells of it: Suricata's flow (and what it carried), and the VPC's records at each end, minute by minute.
 * The counters of all of them add up to the same bytes and packets.
 */

import { accountId } from './cast.ts'
import type { Stage } from './stage.ts'
import { toMicros } from './stamps.ts'

export type Connection = {
  readonly startMs: number
  readonly durationMs: number
  readonly client: string
  readonly clientPort: number
  readonly server: string
  readonly serverPort: number
  readonly protocol: 'TCP' | 'UDP'
  /** Bytes on the wire, from the client and from the server. Nothing from the server: nobody answered. */
  readonly sent: number
  readonly received: number
  /** Suricata's name of what it carried. */
  readonly app?: string
  /** The server refused (TCP), or a filter stopped it. */
  readonly refused?: 'reset' | 'filter'
  readonly flowId?: number
}

const packetBytes = 1200

export function play(stage: Stage, connection: Connection): void {
  const packets = { sent: packetsOf(connection.sent), received: packetsOf(connection.received) }
  if (stage.wants('eve')) flow(stage, connection, packets)
  if (stage.wants('vpc-flow-v2') || stage.wants('vpc-flow-v5')) vpc(stage, connection, packets)
}

type Packets = { readonly sent: number; readonly received: number }

function packetsOf(bytes: number): number {
  return bytes === 0 ? 0 : Math.max(bytes > 150 ? 4 : 1, Math.ceil(bytes / packetBytes))
}

/** What all of Suricata's events of a connection begin with. */
export function eveHead(connection: Connection, flowId: number, timeMs: number, type: string): string {
  const { client, clientPort, server, serverPort, protocol } = connection
  return `{"timestamp":"${toMicros(timeMs)}+0000","flow_id":${flowId},"in_iface":"eth0","event_type":"${type}","src_ip":"${client}","src_port":${clientPort},"dest_ip":"${server}","dest_port":${serverPort},"proto":"${protocol}"`
}

function flow(stage: Stage, connection: Connection, packets: Packets): void {
  const { startMs, durationMs, protocol, sent, received, app, refused } = connection
  const endMs = startMs + durationMs
  // Suricata tells of a flow when it forgets it.
  const atMs = endMs + (received === 0 ? 30_000 : 1_000) + stage.random.below(2_000_000) / 1000
  const flowId = connection.flowId ?? stage.flowId()
  const state = received === 0 ? 'new' : protocol === 'UDP' ? 'established' : 'closed'
  const reason = received === 0 || protocol === 'UDP' ? 'timeout' : 'shutdown'
  const carried = app === undefined ? '' : `,"app_proto":"${app}"`
  const tcp =
    protocol === 'UDP'
      ? ''
      : refused === 'reset'
        ? ',"tcp":{"tcp_flags":"16","tcp_flags_ts":"02","tcp_flags_tc":"14","syn":true,"rst":true,"ack":true,"state":"closed"}'
        : received === 0
          ? ',"tcp":{"tcp_flags":"02","tcp_flags_ts":"02","tcp_flags_tc":"00","syn":true,"state":"syn_sent"}'
          : ',"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"fin":true,"psh":true,"ack":true,"state":"closed"}'
  stage.say(
    atMs,
    'eve',
    `${eveHead(connection, flowId, atMs, 'flow')}${carried},"flow":{"pkts_toserver":${packets.sent},"pkts_toclient":${packets.received},"bytes_toserver":${sent},"bytes_toclient":${received},"start":"${toMicros(startMs)}+0000","end":"${toMicros(endMs)}+0000","age":${Math.round(durationMs / 1000)},"state":"${state}","reason":"${reason}","alerted":false}${tcp}}`
  )
}

const windowMs = 60_000
const windowsMax = 240

/** For each of our servers at an end: two lines a window, one a direction. */
function vpc(stage: Stage, connection: Connection, packets: Packets): void {
  const { client, server } = connection
  for (const at of Object.values(stage.cast.servers))
    if (at.ip === client || at.ip === server) atInterface(stage, connection, packets, at)
}

function atInterface(
  stage: Stage,
  connection: Connection,
  packets: Packets,
  own: { readonly ip: string; readonly interfaceId: string; readonly instanceId: string }
): void {
  const { startMs, durationMs, protocol, sent, received, refused } = connection
  const endMs = startMs + durationMs
  const first = Math.floor(startMs / windowMs)
  const windows = Math.min(windowsMax, Math.floor(endMs / windowMs) - first + 1)
  const number = protocol === 'TCP' ? 6 : 17
  const accepted = refused !== 'filter'
  /** Of so many packets, how many were before the window. Bytes go with them: there is no window with the one and not the other. */
  const before = (packets: number, window: number): number => Math.floor((packets * window) / windows)
  for (let window = 0; window < windows; window++) {
    const fromS = Math.floor(Math.max(startMs, (first + window) * windowMs) / 1000)
    const toS = Math.ceil(Math.min(endMs, (first + window + 1) * windowMs) / 1000)
    const isFirst = window === 0
    const isLast = window === windows - 1
    // AWS notes ACK only together with SYN.
    const asked = (isFirst ? 2 : 0) | (isLast && refused === undefined && received > 0 ? 1 : 0)
    const answered = refused === 'reset' ? 4 : (isFirst ? 18 : 0) | (isLast ? 1 : 0)
    const one = (asks: boolean, allBytes: number, allPackets: number): void => {
      const [packetsBefore, packetsThen] = [before(allPackets, window), before(allPackets, window + 1)]
      const count = packetsThen - packetsBefore
      if (count === 0) return
      const bytes =
        Math.floor((allBytes * packetsThen) / allPackets) - Math.floor((allBytes * packetsBefore) / allPackets)
      const inward = asks ? connection.server === own.ip : connection.client === own.ip
      const [from, fromPort, to, toPort] = asks
        ? [connection.client, connection.clientPort, connection.server, connection.serverPort]
        : [connection.server, connection.serverPort, connection.client, connection.clientPort]
      const head = `${accountId} ${own.interfaceId} ${from} ${to} ${fromPort} ${toPort} ${number} ${count} ${bytes} ${fromS} ${Math.max(toS, fromS)} ${accepted ? 'ACCEPT' : 'REJECT'} OK`
      const atMs = (first + window + 1) * windowMs + 20_000 + stage.random.below(40_000)
      if (stage.wants('vpc-flow-v2')) stage.say(atMs, 'vpc-flow-v2', `2 ${head}`)
      if (stage.wants('vpc-flow-v5'))
        stage.say(
          atMs,
          'vpc-flow-v5',
          `5 ${head} vpc-0f1e2d3c4b5a69788 subnet-0a9b8c7d6e5f40312 ${own.instanceId} ${number === 6 ? (asks ? asked : answered) : 0} IPv4 ${from} ${to} eu-central-1 euc1-az2 - - ${inward ? 'ingress' : 'egress'} ${inward ? '-' : '1'}`
        )
    }
    one(true, sent, packets.sent)
    if (accepted) one(false, received, packets.received)
  }
}
