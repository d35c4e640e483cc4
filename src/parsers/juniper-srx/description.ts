/** What the page on Juniper's SRX is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Security logs of Juniper’s SRX firewalls as structured data: RT_FLOW, RT_IDS, RT_IDP, RT_UTM, RT_AAMW, RT_SECINTEL; sessions also as ' +
    'plain text. What other daemons of Junos say stays syslog.',
  from: '`set security log mode stream`, `set security log format sd-syslog`, `set security log stream picket host 192.0.2.10`.',
  specifications: ['Junos OS System Log Explorer: RT_FLOW, RT_IDS, RT_IDP, RT_UTM', 'RFC 5424'],
  sample:
    '<14>1 2025-03-02T10:15:30.123Z srx1 RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@2636.1.1.1.2.28 reason="TCP FIN" source-address="10.0.0.5" source-port="51234" destination-address="198.51.100.7" destination-port="443" service-name="junos-https" nat-source-address="203.0.113.2" nat-source-port="5123" nat-destination-address="198.51.100.7" nat-destination-port="443" protocol-id="6" policy-name="out" source-zone-name="trust" destination-zone-name="untrust" session-id-32="4711" packets-from-client="10" bytes-from-client="1000" packets-from-server="12" bytes-from-server="9000" elapsed-time="30" application="SSL"]',
  mapping: [
    ['juniper.srx.tag, juniper.srx.process', 'the message’s id, the program'],
    ['event.action, event.type', 'follow from the tag'],
    ['source.*, destination.*, client.*, server.*', 'addresses, ports, bytes, packets, NAT'],
    ['observer.ingress.*, observer.egress.*', 'zones and interfaces'],
    ['network.iana_number, network.transport', 'protocol-id'],
    ['event.duration, event.start, event.end', 'elapsed-time', 'the session ended when it was logged'],
    ['rule.name', 'policy-name'],
    ['url.domain, url.path, file.name', 'url, obj, filename'],
    ['juniper.srx.*', 'every other key, in snake case']
  ]
}
