/** The logs about the network's hosts and about Zeek itself: software, known_*, capture_loss, stats, reporter. */

import { text } from '../../core/ecs-values.ts'
import { knownHost } from './certificates.ts'
import type { Log } from './draft.ts'
import { stay } from './leftovers.ts'
import { describe, info, network } from './log.ts'
import { texts } from './values.ts'

/** https://docs.zeek.org/en/master/logs/known-and-software.html */
export const software: Log = describe('software', {
  category: ['network', 'file'],
  type: info,
  moves: {
    host: '$',
    software_type: 'type',
    unparsed_version: 'version.full',
    'version.addl': 'version.additional'
  },
  map: knownHost
})

export const knownHosts: Log = describe('known_hosts', {
  category: ['network', 'host'],
  type: info,
  moves: { host: '$' },
  map: knownHost
})

export const knownServices: Log = describe('known_services', {
  category: network,
  type: info,
  moves: { host: '$', port_num: '#', port_proto: '*', service: '*' },
  map(draft, record, own) {
    knownHost(draft, record)
    const services = texts(record['service'])
    draft.network.transport ??= text(record['port_proto'])
    draft.network.application = services?.length === 1 ? services[0] : services
    if (services === undefined) stay(own, 'service', record['service'])
    if (record['port_proto'] !== draft.network.transport) stay(own, 'port_proto', record['port_proto'])
  }
})

/** https://docs.zeek.org/en/master/logs/capture-loss-and-reporter.html */
export const captureLoss: Log = describe('capture_loss', { kind: 'metric', type: info })

export const reporter: Log = describe('reporter', {
  type: info,
  moves: { message: '$' },
  map(draft, record) {
    draft['message'] = text(record['message'])
  }
})

/** https://docs.zeek.org/en/master/scripts/policy/misc/stats.zeek.html */
export const stats: Log = describe('stats', {
  kind: 'metric',
  moves: {
    mem: 'memory',
    pkts_proc: 'packets.processed',
    pkts_dropped: 'packets.dropped',
    pkts_link: 'packets.received',
    bytes_recv: 'bytes.received',
    tcp_conns: 'connections.tcp.count',
    active_tcp_conns: 'connections.tcp.active',
    udp_conns: 'connections.udp.count',
    active_udp_conns: 'connections.udp.active',
    icmp_conns: 'connections.icmp.count',
    active_icmp_conns: 'connections.icmp.active',
    events_proc: 'events.processed',
    events_queued: 'events.queued',
    timers: 'timers.count',
    active_timers: 'timers.active',
    files: 'files.count',
    active_files: 'files.active',
    dns_requests: 'dns_requests.count',
    active_dns_requests: 'dns_requests.active',
    reassem_tcp_size: 'reassembly_size.tcp',
    reassem_file_size: 'reassembly_size.file',
    reassem_frag_size: 'reassembly_size.frag',
    reassem_unknown_size: 'reassembly_size.unknown',
    pkt_lag: 'timestamp_lag'
  }
})
