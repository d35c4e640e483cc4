/** What the page on SonicWall is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Syslog of SonicWall’s firewalls (SonicOS 5, 6, 7) in the default and enhanced formats. What a message means is told by its number ' +
    'for the commonest, and by its words for others. ArcSight output is read as CEF.',
  from: 'On the firewall: Device, Log, Syslog: add Picket as a server, format Enhanced Syslog, facility Local Use 0; UTC in the time stamps.',
  specifications: ['SonicOS Log Events Reference Guide'],
  sample:
    '<134>id=firewall sn=000000000001 time="2025-03-02 10:15:30 UTC" fw=203.0.113.1 pri=6 c=1024 gcat=7 m=537 msg="Connection Closed" n=4711 src=10.0.0.5:51234:X0:ws5 dst=198.51.100.7:443:X1 proto=tcp/https sent=1000 rcvd=9000 spkt=10 rpkt=12 cdur=30000 rule="out" fw_action="NA"',
  mapping: [
    ['event.code', 'm'],
    ['event.severity, log.level', 'pri'],
    ['event.category, event.type, event.outcome', 'm, msg'],
    ['event.action', 'fw_action'],
    ['source.*, destination.*', 'src, dst, srcV6, dstV6, srcMac, dstMac, sent, rcvd, spkt, rpkt, natSrc, natDst'],
    ['observer.ingress.*, observer.egress.*', 'the interfaces in src and dst, srcZone, dstZone'],
    ['network.transport, network.protocol', 'proto'],
    ['user.name, url.domain, url.path, http.request.method', 'usr, dstname, arg, op'],
    ['message', 'msg and note'],
    ['sonicwall.firewall.*', 'every other key']
  ]
}
