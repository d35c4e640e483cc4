/** What a person reads about the format. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'EVE JSON of Suricata 4 to 8, every event type: alert, anomaly, dns (versions 1 to 3), flow, netflow, http, tls, ssh, smtp, smb, ' +
    'krb5, ftp, tftp, rdp, snmp, sip, mqtt, modbus, dnp3, dhcp, quic, fileinfo, stats and those to come. What ECS has no field for ' +
    'stays below `suricata.eve` under Suricata’s own names.',
  from: 'Suricata writes it to `/var/log/suricata/eve.json` (`outputs: - eve-log` in suricata.yaml). Follow that file, or import it and its rotated copies.',
  specifications: [
    'Suricata User Guide, section 17.1, EVE JSON Output and Format',
    'the EVE JSON schema of Suricata 7.0.10'
  ],
  sample:
    '{"timestamp":"2026-03-01T08:15:42.120034+0000","flow_id":1204911,"event_type":"dns","src_ip":"10.0.0.5","src_port":51022,"dest_ip":"10.0.0.53","dest_port":53,"proto":"UDP","dns":{"type":"query","id":7,"rrname":"www.example.com","rrtype":"A","tx_id":0}}',
  mapping: [
    ['@timestamp', 'timestamp', 'milliseconds; the original keeps the rest'],
    ['event.category, event.type, event.action, event.outcome', 'event_type and what it holds'],
    ['source.*', 'src_ip, src_port, flow.pkts_toserver, flow.bytes_toserver'],
    ['destination.*', 'dest_ip, dest_port, flow.pkts_toclient, flow.bytes_toclient'],
    ['network.transport', 'proto'],
    ['network.protocol', 'app_proto, else the event’s type'],
    ['network.community_id', 'computed from addresses, ports and protocol', 'the sensor’s own is checked against it'],
    ['rule.id, rule.name, rule.category', 'alert.signature_id, alert.signature, alert.category'],
    ['event.severity', 'alert.severity'],
    ['threat.*', 'alert.metadata.mitre_*'],
    ['dns.question.*, dns.answers, dns.response_code', 'dns'],
    ['url.*, http.*, user_agent.*', 'http'],
    ['tls.*', 'tls'],
    ['file.*', 'fileinfo'],
    ['related.ip, related.hosts, related.hash', 'every address, name and hash of the event'],
    ['suricata.eve.*', 'all that is left']
  ]
}
