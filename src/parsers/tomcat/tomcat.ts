/**
 * Tomcat's access log (AccessLogValve) to ECS events, as Elastic's apache_tomcat integration maps it.
 *
 *   line = client " " identity " " user " [" time "] " request " " status " " ( bytes / "-" ) [ " ms:" number ] [ " " local-address ]
 *          [ " " ( "X" / "+" / "-" ) ] [ " " response-time ] [ " " referrer " " agent [ " X-Forwarded-For=" list ] ] [ anything ]
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, FormatDescription, Parsed, Parser } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { accessFlavour } from '../shared/access-flavour.ts'
import { closingQuote, orNone, requestLine, scanAccessLine } from '../shared/access-line.ts'
import { addressList } from '../shared/addresses.ts'
import { urlFields } from '../shared/url-fields.ts'
import { userAgent } from '../shared/user-agent.ts'

const notTomcat: Parsed = { ok: false, reason: 'not a line of Tomcat’s access log' }

const description: FormatDescription = {
  reads:
    'The access log of Tomcat: `common`, `combined`, and the pattern that Elastic’s integration describes (`%h %l %u %t "%r" %s %b %A %X %T "%{Referer}i" "%{User-Agent}i" X-Forwarded-For="%{X-Forwarded-For}i"`).',
  from: '`logs/localhost_access_log.*.txt`. Without that name, `common` and `combined` lines are taken for Apache’s or nginx’s: `--format tomcat` says what they are.',
  specifications: [
    'https://tomcat.apache.org/tomcat-11.0-doc/config/valve.html#Access_Log_Valve',
    'Elastic integration apache_tomcat, access'
  ],
  sample:
    '192.0.2.7 - alice [02/Mar/2026:18:58:17 +0530] "POST /manager/text HTTP/1.1" 200 20486 10.0.0.5 + 400 "-" "curl/8.5.0" X-Forwarded-For="198.51.100.3"',
  mapping: [
    ['@timestamp', '%t'],
    ['source.ip, source.address', '%h'],
    ['user.name, apache_tomcat.access.http.useragent', '%u', 'Elastic names the field so'],
    ['apache_tomcat.access.http.ident', '%l'],
    ['http.request.method, url.*, http.version', '%r'],
    ['http.response.status_code', '%s', 'event.outcome: 2xx success, from 400 on failure'],
    ['destination.bytes, http.response.body.bytes', '%b'],
    ['apache_tomcat.access.ip.local', '%A'],
    ['apache_tomcat.access.connection_status', '%X'],
    ['apache_tomcat.access.response_time', '%T, %D'],
    ['client.ip', 'X-Forwarded-For']
  ]
}

export const tomcat: Parser = {
  name: 'tomcat',
  title: 'Tomcat access log',
  input: 'text',
  framing: 'lines',
  recognise: sample => (accessFlavour(sample) === 'tomcat' ? 0.92 : 0),
  open: () => accessEvent,
  description
}

function accessEvent(line: string): Parsed {
  const scanned = scanAccessLine(line)
  if (scanned === undefined) return notTomcat
  const { before, timeUs, request, status, bytes } = scanned
  const one = before.indexOf(' ')
  const two = before.indexOf(' ', one + 1)
  if (one < 1 || two < 0) return notTomcat
  const client = before.slice(0, one)
  const ident = before.slice(one + 1, two)
  const userText = before.slice(two + 1)
  const user = orNone(userText)
  let at = scanned.after
  let local: string | undefined
  let connection: string | undefined
  let responseTime: number | undefined
  const extra: string[] = []
  while (at < line.length && line.charCodeAt(at + 1) !== 34 && extra.length < 16) {
    let end = line.indexOf(' ', at + 1)
    if (end < 0) end = line.length
    const word = line.slice(at + 1, end)
    if (local === undefined && isIp(word)) local = word
    else if (connection === undefined && (word === 'X' || word === '+' || word === '-')) connection = word
    else if (responseTime === undefined && /^\d{1,12}(\.\d{1,9})?$/.test(word)) responseTime = Number(word)
    else if (word !== '') extra.push(word)
    at = end
  }
  let referrer: string | undefined
  let agent: string | undefined
  const referrerEnd = closingQuote(line, at + 1)
  if (referrerEnd > 0) {
    referrer = line.slice(at + 2, referrerEnd)
    at = referrerEnd + 1
    const agentEnd = closingQuote(line, at + 1)
    // The last quote may be cut off.
    agent = line.charCodeAt(at + 1) === 34 ? line.slice(at + 2, agentEnd < 0 ? undefined : agentEnd) : undefined
    at = agentEnd < 0 ? line.length : agentEnd + 1
  }
  let forwarded: string[] | undefined
  if (line.startsWith(' X-Forwarded-For="', at)) {
    forwarded = addressList(line.slice(at + 18)).filter(isIp)
    at = line.length
  }
  if (at < line.length) extra.push(line.slice(at + 1))
  const { method, target, version } = requestLine(request.trimEnd())
  const ip = isIp(client) ? client : undefined
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: {
      kind: 'event',
      module: 'apache_tomcat',
      dataset: 'apache_tomcat.access',
      category: ['web'],
      type: ['access'],
      outcome:
        status === undefined
          ? undefined
          : status >= 400
            ? 'failure'
            : status >= 200 && status < 300
              ? 'success'
              : undefined
    },
    source: { address: client, ip, user: ip === undefined ? { name: client } : undefined },
    client: forwarded === undefined ? undefined : { ip: forwarded },
    destination: { bytes },
    user: user === undefined ? undefined : { name: user },
    http: {
      request: { method, referrer: referrer === '' ? undefined : referrer },
      response: { status_code: status, body: { bytes } },
      version
    },
    url: urlFields(target),
    user_agent: agent === undefined || agent === '' ? undefined : agent === '-' ? { original: '-' } : userAgent(agent),
    related: { ip: distinct(ip, local, ...(forwarded ?? [])), user: distinct(user) },
    apache_tomcat: {
      access: {
        http: { ident, useragent: userText },
        ip: { local },
        connection_status: connection,
        response_time: responseTime,
        header_forwarder: forwarded,
        request: method === undefined ? orNone(request) : undefined,
        rest: extra.length === 0 ? undefined : extra.join(' ')
      }
    }
  }
  return { ok: true, event, timeUs, kind: 'access' }
}
