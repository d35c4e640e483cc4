/** conn.log: one record a connection. Field by field as https://docs.zeek.org/en/master/logs/conn.html describes it. */

import { numberOf, text } from '../../core/ecs-values.ts'
import type { Draft, Log, Words } from './draft.ts'
import { type Own, place, stay } from './leftovers.ts'
import { describe, network } from './log.ts'
import { nanoseconds } from './values.ts'

const begun: Words = ['connection', 'start']
const seen: Words = ['connection', 'info']

/** What `conn_state` means, in the words of Elastic's integration, and the `event.type` that follows from it. */
const states: ReadonlyMap<string, readonly [meaning: string, type: Words]> = new Map([
  ['S0', ['Connection attempt seen, no reply.', begun]],
  ['S1', ['Connection established, not terminated.', begun]],
  ['SF', ['Normal establishment and termination.', ['connection', 'start', 'end']]],
  ['REJ', ['Connection attempt rejected.', ['connection', 'start', 'denied']]],
  ['S2', ['Connection established and close attempt by originator seen (but no reply from responder).', seen]],
  ['S3', ['Connection established and close attempt by responder seen (but no reply from originator).', seen]],
  ['RSTO', ['Connection established, originator aborted (sent a RST).', seen]],
  ['RSTR', ['Responder sent a RST.', seen]],
  ['RSTOS0', ['Originator sent a SYN followed by a RST, we never saw a SYN-ACK from the responder.', seen]],
  ['RSTRH', ['Responder sent a SYN ACK followed by a RST, we never saw a SYN from the (purported) originator.', seen]],
  [
    'SH',
    [
      "Originator sent a SYN followed by a FIN, we never saw a SYN ACK from the responder (hence the connection was 'half' open).",
      seen
    ]
  ],
  ['SHR', ['Responder sent a SYN ACK followed by a FIN, we never saw a SYN from the originator.', seen]],
  ['OTH', ["No SYN seen, just midstream traffic (a 'partial connection' that was not later closed).", seen]]
])

const localBoth = ['local_orig', 'local_resp']
const localOrig = ['local_orig']
const localResp = ['local_resp']

export const conn: Log = describe('conn', {
  dataset: 'connection',
  category: network,
  moves: {
    service: '$',
    duration: '#',
    conn_state: 'state',
    orig_ip_bytes: '#',
    resp_ip_bytes: '#',
    orig_pkts: '#',
    resp_pkts: '#',
    orig_l2_addr: '$',
    resp_l2_addr: '$',
    ip_proto: '#'
  },
  map(draft, record, own) {
    const { event, source, destination, network } = draft
    event.duration = nanoseconds(record['duration'])
    if (event.duration === undefined && numberOf(record['duration']) !== undefined)
      stay(own, 'duration', record['duration'])
    source.bytes = numberOf(record['orig_ip_bytes'])
    destination.bytes = numberOf(record['resp_ip_bytes'])
    source.packets = numberOf(record['orig_pkts'])
    destination.packets = numberOf(record['resp_pkts'])
    source.mac = text(record['orig_l2_addr'])
    destination.mac = text(record['resp_l2_addr'])
    network.protocol = text(record['service'])
    if (source.bytes !== undefined && destination.bytes !== undefined) network.bytes = source.bytes + destination.bytes
    if (source.packets !== undefined && destination.packets !== undefined)
      network.packets = source.packets + destination.packets
    const state = states.get(record['conn_state'] as string)
    if (state !== undefined) {
      stay(own, 'state_message', state[0])
      event.type = state[1]
    }
    const vlan = record['vlan']
    if (typeof vlan === 'number') network.vlan = { id: String(vlan) }
    const number = numberOf(record['ip_proto'])
    if (number !== undefined) network.iana_number = String(number)
    direction(draft, record['local_orig'], record['local_resp'])
    if (network.transport === 'icmp') icmp(draft, own)
  }
})

function direction(draft: Draft, fromInside: unknown, toInside: unknown): void {
  if (fromInside === true) draft['tags'] = toInside === true ? localBoth : localOrig
  else if (toInside === true) draft['tags'] = localResp
  if (typeof fromInside !== 'boolean' || typeof toInside !== 'boolean') return
  draft.network.direction = fromInside ? (toInside ? 'internal' : 'outbound') : toInside ? 'inbound' : 'external'
}

/** For ICMP the ports are type and code. Zeek calls ICMPv6 `icmp` too: the protocol number tells them apart (and the Community ID needs it). */
function icmp(draft: Draft, own: Own): void {
  const { source, destination, network } = draft
  const kind = { type: source.port, code: destination.port }
  place(own, ['icmp'], kind)
  draft['icmp'] = kind
  source.port = undefined
  destination.port = undefined
  if (source.ip?.includes(':')) network.iana_number ??= '58'
}
