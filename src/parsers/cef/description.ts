/** What a person reads about CEF. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'CEF versions 0 and 1: inside syslog (RFC 3164, RFC 5424, also `CEF: 0|…` with a blank) and on lines without a header. Escapes ' +
    'are resolved; an equals sign that a device forgot to escape does not cut its value. All extensions stay below ' +
    '`cef.extensions` by the full names of the dictionary, in their types; a value that is not of its type is kept below `cef.invalid`.',
  from: 'Nearly every firewall, proxy and endpoint product can send CEF to a syslog server: give it the address of Picket, or of an rsyslog that writes files.',
  specifications: ['Micro Focus Security ArcSight Common Event Format, Version 25, September 28, 2017'],
  sample:
    '<134>Oct 11 22:14:15 fw1.example.com CEF:0|Example|Firewall|4.2|100|Connection denied|5|src=10.0.0.5 spt=51022 dst=192.0.2.7 dpt=443 proto=TCP act=deny',
  mapping: [
    ['observer.vendor, .product, .version', 'header: device vendor, product, version'],
    ['event.code', 'header: device event class id'],
    ['event.severity', 'header: severity', 'Low is 0, Medium 4, High 7, Very-High 9'],
    ['message', 'msg, else header: name'],
    ['@timestamp', 'rt, else the syslog header'],
    ['source.*', 'src, spt, shost, sourceDnsDomain, smac, suser, suid, spriv, spid, sproc, in, sourceTranslated…'],
    [
      'destination.*',
      'dst, dpt, dhost, destinationDnsDomain, dmac, duser, duid, dpriv, dpid, dproc, out, destinationTranslated…'
    ],
    ['observer.hostname, .ip, .mac', 'dvchost, dvc, dvcmac'],
    ['event.action', 'act'],
    ['event.outcome', 'categoryOutcome (/Success, /Failure), else outcome'],
    ['event.id, .created, .start, .end, .timezone', 'eventId, art, start, end, dtz'],
    ['network.transport, .application, .direction', 'proto, app, deviceDirection'],
    ['file.*', 'fname, filePath, fsize, fileType, fileId, fileCreateTime, fileModificationTime'],
    [
      'url.original, http.request.*, user_agent.original',
      'request, requestMethod, requestContext, requestClientApplication'
    ],
    ['agent.*', 'ahost, agt, aid, at, av, amac'],
    ['checkpoint.*', 'labelled extensions of Check Point'],
    ['cef.extensions.*', 'every extension']
  ]
}
