/** What the page of AWS Network Firewall's logs is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'The alert, flow (netflow) and TLS logs of AWS Network Firewall, as files from S3, lines, or inside CloudWatch and Firehose records. What has no ECS field is below `aws.firewall`.',
  from: 'In the VPC console, open the firewall, *Firewall details*, *Logging*: choose the log types and a bucket, a log group or a delivery stream.',
  specifications: [
    'AWS Network Firewall Developer Guide, "Contents of a AWS Network Firewall log"',
    'Suricata User Guide, "EVE JSON Format"'
  ],
  sample:
    '{"firewall_name":"fw","availability_zone":"us-east-2a","event_timestamp":"1636381332","event":{"timestamp":"2021-11-08T14:22:12.637611+0000","flow_id":706471429191862,"event_type":"alert","src_ip":"192.0.2.1","src_port":51254,"dest_ip":"198.51.100.7","dest_port":80,"proto":"TCP","alert":{"action":"blocked","signature_id":1000003,"rev":1,"signature":"Deny","category":"","severity":3}}}',
  mapping: [
    ['@timestamp', 'event.timestamp', 'else event_timestamp'],
    ['event.kind', 'event.event_type', '`alert` for alerts, else `event`'],
    ['event.type', 'event.alert.action', '`denied` for `blocked`'],
    ['event.severity', 'event.alert.severity', "Suricata's: 1 is the most severe"],
    ['rule.id, rule.name, rule.version', 'event.alert.signature_id, signature, rev'],
    ['source.ip, source.port', 'event.src_ip, src_port'],
    ['destination.ip, destination.port', 'event.dest_ip, dest_port'],
    ['destination.domain', 'event.tls.sni', 'else event.http.hostname'],
    ['network.transport, network.protocol', 'event.proto, event.app_proto'],
    ['aws.firewall.flow.*', 'event.netflow, event.flow_id'],
    ['aws.firewall.tcp_flags_array', 'event.tcp.tcp_flags'],
    ['observer.name', 'firewall_name'],
    ['cloud.availability_zone, cloud.region', 'availability_zone']
  ]
}
