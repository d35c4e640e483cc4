/** Squid's access log: first stage of the pipeline, line → ECS event. Formats: `squid-event.ts`. */

import type { FormatDescription, Parser, Sample } from '../../core/parser.ts'
import { accessFlavour } from '../shared/access-flavour.ts'
import type { MessageReader } from '../syslog/reader.ts'
import { squidEvent, timeEnd } from './squid-event.ts'

const description: FormatDescription = {
  reads:
    'Squid’s native format (`squid`), its `combined` and `common`, and the extended format that Elastic’s integration describes.',
  from: '`/var/log/squid/access.log`; or `access_log syslog:local4 squid`.',
  specifications: ['https://wiki.squid-cache.org/Features/LogFormat', 'Elastic integration squid, log'],
  sample:
    '1773416922.391    104 10.0.0.21 TCP_MISS/200 904 GET http://www.example.com/a.css alice HIER_DIRECT/203.0.113.10 text/css',
  mapping: [
    ['@timestamp', '%ts.%03tu'],
    ['event.duration', '%tr', 'in nanoseconds'],
    ['source.address, source.ip', '%>a'],
    ['source.user.name', '%[un'],
    ['squid.result_code, squid.status_code', '%Ss/%>Hs', 'event.outcome is failure from 400 on'],
    ['destination.bytes', '%<st'],
    ['http.request.method', '%rm'],
    ['url.*', '%ru'],
    ['squid.peer_status, destination.address, destination.ip', '%Sh/%<a', 'the URL’s host where no peer is named'],
    ['squid.content_type', '%mt']
  ]
}

export const squid: Parser = {
  name: 'squid',
  title: 'Squid access log (native, combined, common)',
  input: 'text',
  framing: 'lines',
  recognise,
  open: () => squidEvent,
  description
}

export const squidMessages: MessageReader = {
  name: 'squid-syslog',
  title: 'Squid access lines in syslog',
  programs: ['squid', '(squid-1)', '(squid)', 'squid-1'],
  read({ body }) {
    const parsed = squidEvent(body)
    return parsed.ok ? parsed : undefined
  }
}

function recognise(sample: Sample): number {
  if (accessFlavour(sample) === 'squid') return 0.95
  let good = 0
  for (const line of sample.lines)
    if (
      timeEnd(line) > 0 &&
      /^[0-9. ]+[^ ]+ ([0-9]+ )?(TCP|UDP|NONE|TAG|ERR)[A-Z_]*\/\d{3} /.test(line) &&
      squidEvent(line).ok
    )
      good++
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}
