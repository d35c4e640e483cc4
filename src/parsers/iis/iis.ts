/** IIS: W3C extended logs of web and FTP sites, and HTTPERR. First stage of the pipeline, line → ECS event. */

import { type FormatDescription, NO_EVENT, type Parser, type RecordParser, type Sample } from '../../core/parser.ts'
import { guessLayout, layoutOfHeader } from './fields.ts'
import { iisEvent } from './iis-event.ts'

const lineMax = 65_536

const description: FormatDescription = {
  reads:
    'The W3C extended logs of IIS with any fields (`#Fields:` lines decide; without one, the orders that IIS versions 6 to 10 and Exchange have are recognised), FTP sites’ logs, and the error logs of HTTP.sys (HTTPERR). Fields that are not known here stay below `iis.access`.',
  from: '`C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex*.log`, `C:\\Windows\\System32\\LogFiles\\HTTPERR\\httperr*.log`.',
  specifications: [
    'W3C extended log file format (WD-logfile-960323)',
    'https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging',
    'https://learn.microsoft.com/en-us/troubleshoot/developer/webapps/aspnet/site-behavior-performance/error-logging-http-apis',
    'Elastic integration iis, access and error'
  ],
  sample: `#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2026-03-14 09:26:53
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken
2026-03-14 09:26:53 10.0.0.5 GET /shop/cart.aspx item=3 443 EXAMPLE\\alice 192.0.2.7 curl/8.5.0 - 200 0 0 15`,
  mapping: [
    ['@timestamp', 'date, time'],
    ['source.address, source.ip, source.port', 'c-ip, c-port', 'source.ip without the zone of a link-local address'],
    ['destination.address, destination.ip, destination.port', 's-ip, s-port'],
    ['destination.domain, url.domain', 'cs-host'],
    ['host.name, iis.access.server_name', 's-computername'],
    ['iis.access.site_name', 's-sitename'],
    ['http.request.method, http.version', 'cs-method, cs-version'],
    ['url.original, url.path, url.extension', 'cs-uri-stem'],
    ['url.query', 'cs-uri-query', 'percent-escapes decoded, + is a blank'],
    ['user.name, user.domain', 'cs-username'],
    ['user_agent.*, http.request.referrer, iis.access.cookie', 'cs(User-Agent), cs(Referer), cs(Cookie)'],
    ['http.response.status_code', 'sc-status', 'event.outcome is failure from 400 on'],
    ['iis.access.sub_status, iis.access.win32_status', 'sc-substatus, sc-win32-status'],
    ['http.response.body.bytes, http.request.body.bytes', 'sc-bytes, cs-bytes'],
    ['event.duration', 'time-taken', 'in nanoseconds'],
    ['network.forwarded_ip', 'X-Forwarded-For', 'the first address'],
    ['iis.error.reason_phrase, iis.error.queue_name', 's-reason, s-queuename']
  ]
}

export const iis: Parser = {
  name: 'iis',
  title: 'IIS: W3C extended access logs, FTP, HTTPERR',
  input: 'text',
  framing: 'lines',
  isHeader: line => line.startsWith('#Fields:') || line.startsWith('#Software:'),
  recognise,
  surest: 0.95,
  open(context): RecordParser {
    const header = context.header?.findLast(line => line.startsWith('#Fields:'))
    const told = header === undefined ? undefined : layoutOfHeader(header)
    return text => {
      // `#Version`, `#Date`, `#Remark`
      if (text.charCodeAt(0) === 35) return NO_EVENT
      if (text.length > lineMax) return { ok: false, reason: `a line of ${text.length} characters` }
      const values = text.trimEnd().split(' ', 200)
      const layout = told !== undefined && told.count === values.length ? told : guessLayout(values)
      if (layout !== undefined) return iisEvent(values, layout)
      return {
        ok: false,
        reason:
          told === undefined
            ? `no #Fields line, and ${values.length} values are in no usual order`
            : `${values.length} values where #Fields names ${told.count}`
      }
    }
  },
  description
}

function recognise(sample: Sample): number {
  let fields = 0
  let good = 0
  let others = 0
  for (const line of sample.lines) {
    if (line.startsWith('#Software: Microsoft ')) return 0.95
    if (line.startsWith('#Fields:')) {
      // Amazon CloudFront and others have W3C logs too.
      if (!/ (s-ip|s-sitename|s-computername|s-reason)( |$)/.test(line) || line.includes(' x-edge-')) return 0
      fields++
    } else if (!line.startsWith('#')) {
      if (guessLayout(line.trimEnd().split(' ', 60)) === undefined) others++
      else good++
    }
  }
  if (fields > 0) return 0.93
  return good > 0 && good >= (good + others) * 0.8 ? 0.9 : 0
}
