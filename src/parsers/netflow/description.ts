/** What the page on flow exports is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'NetFlow version 5, version 9 and IPFIX (version 10): files of export packets one behind the other, and captures of them ' +
    '([pcap, pcapng](packets.md)). Templates are learned per exporter and observation domain, wherever they stand in the file. All ' +
    'elements of IANA’s registry are named; others are kept as octets by enterprise and number. nfdump’s files are not read.',
  from: 'Capture what a router exports: `tcpdump -i eth0 -w flows.pcap udp port 2055`. On the router: flow exporter, version 9 or IPFIX.',
  specifications: [
    'RFC 3954 (NetFlow 9)',
    'RFC 7011, RFC 7012, RFC 5103 (IPFIX)',
    'Cisco, NetFlow Export Datagram Format (version 5)',
    'IANA, IPFIX Information Elements'
  ],
  sample:
    '{"type":"netflow_flow","timestamp":"2025-03-02T10:15:30.000Z","exporter":{"version":9,"timestamp":"2025-03-02T10:15:30.000Z","uptime_millis":600000,"address":"192.0.2.1:2055","source_id":0},"netflow":{"source_ipv4_address":"10.0.0.5","destination_ipv4_address":"198.51.100.7","source_transport_port":51234,"destination_transport_port":443,"protocol_identifier":6,"octet_delta_count":1000,"packet_delta_count":10,"flow_start_sys_up_time":570000,"flow_end_sys_up_time":600000}}',
  mapping: [
    ['source.*, destination.*', 'addresses, ports, MAC addresses, octets and packets of each direction'],
    ['network.transport, network.iana_number', 'protocolIdentifier'],
    ['network.bytes, network.packets', 'octets and packets of both directions'],
    [
      'network.direction, source.locality, destination.locality',
      'from the addresses: private ones are internal; else flowDirection'
    ],
    [
      'event.start, event.end, event.duration',
      'flowStart…, flowEnd…, flowDuration…',
      'relative to the exporter’s uptime where that is how they are told'
    ],
    ['observer.ip, netflow.exporter.*', 'the exporter'],
    ['netflow.*', 'every element, in snake case']
  ]
}
