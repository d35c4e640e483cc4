/** What the page on captures is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Packet captures: pcap (both byte orders, micro- and nanoseconds) and pcapng, also compressed. Ethernet, raw IP, Linux cooked, loopback; ' +
    'VLAN tags, QinQ, MPLS, PPPoE; IPv4 with options and fragments, IPv6 with extension headers; GRE, VXLAN, IP in IP, ERSPAN. One event for ' +
    'each flow and each transaction of DNS, TLS, HTTP/1, DHCP and SSH, and one for the capture with what was not understood. Octets ' +
    'are counted as IP counts them. QUIC, HTTP/2 and what is encrypted is counted as a flow only. See [captures](../sources/packets.md).',
  from: 'Capture with `tcpdump -i eth0 -w file.pcap`, Wireshark or `dumpcap`; or let Picket [capture](../sources/packets.md) by itself.',
  specifications: [
    'IETF drafts draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng',
    'RFC 791, 8200, 9293, 2784, 7348, 1035, 5246, 8446, 9112, 2131, 4253',
    'Community ID flow hashing, version 1',
    'JA3 and JA3S (Salesforce), JA4 (FoxIO, technical_details/JA4.md), HASSH (Salesforce)'
  ],
  sample:
    '{"type":"packets_flow","timestamp":"2026-03-01T08:15:42.120034Z","transport":"tcp","src_ip":"10.0.0.5","src_port":51022,"dest_ip":"192.0.2.10","dest_port":443,"end":"2026-03-01T08:15:43.370034Z","duration":1.25,"src_mac":"02-00-00-00-00-05","dest_mac":"02-00-00-00-00-01","app":"tls","src_bytes":1532,"dest_bytes":6894,"src_packets":12,"dest_packets":10,"state":"SF","src_flags":"FSPA","dest_flags":"FSPA","ended":"closed"}',
  mapping: [
    ['@timestamp, event.start, event.end, event.duration', 'timestamp, end, duration', 'the packets’ own time'],
    [
      'source.*, destination.*',
      'src_…, dest_…',
      'the source is who began: the sender of the first SYN, else of the first packet'
    ],
    ['network.transport, network.protocol', 'transport, app', 'the protocol as it was recognised, whatever the port'],
    ['network.community_id', 'computed from addresses, ports and protocol'],
    ['network.bytes, network.packets', 'src_bytes + dest_bytes, src_packets + dest_packets'],
    ['network.vlan.id, network.inner.vlan.id', 'vlan'],
    ['network.direction', 'from the addresses: private ones are internal'],
    ['packets.state', 'state', 'of a TCP connection, in Zeek’s words: SF, S0, REJ, RSTO …'],
    ['packets.ended', 'ended', 'closed, idle, evicted (the table of flows was full), end (of the capture)'],
    ['packets.source.flags, packets.destination.flags', 'src_flags, dest_flags', 'all TCP flags that a side has set'],
    ['packets.tunnel.*', 'tunnel', 'what the flow was within: gre, vxlan, ipip'],
    ['dns.*', 'dns', 'the question with its answer; without one, type is query'],
    ['tls.*', 'tls', 'JA3, JA3S, JA4; the server’s certificate up to TLS 1.2'],
    ['http.*, url.*, user_agent.*', 'http'],
    ['client.*, packets.dhcp.*', 'dhcp'],
    ['packets.ssh.*', 'ssh', 'banners and HASSH'],
    ['packets.capture.*', 'the capture’s figures', 'what was not understood is counted here']
  ]
}
