/** What the page of CloudFront's logs is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Standard logs with any choice of fields below a `#Fields:` line (without one: the order of the legacy logs), standard logs in JSON, and real-time logs with all fields in the documented order.',
  from: "In the CloudFront console, open the distribution's *Logging* tab: add a delivery to S3, CloudWatch Logs or Firehose in W3C, plain or JSON format; or a real-time log configuration with all fields.",
  specifications: [
    'Amazon CloudFront Developer Guide, "Standard logging reference"',
    'Amazon CloudFront Developer Guide, "Use real-time access logs"'
  ],
  sample:
    '#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end\n' +
    '2026-03-01\t08:15:42\tFRA56-P4\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tcurl/8.5.0\t-\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\twww.example.com\thttps\t23\t0.001\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-',
  mapping: [
    ['@timestamp', 'date, time', 'else timestamp, timestamp(ms)'],
    ['event.id, http.request.id', 'x-edge-request-id'],
    ['event.outcome', 'sc-status', '`failure` from 400 on, and for 000'],
    ['event.duration', 'time-taken', 'in nanoseconds'],
    ['source.ip, source.port', 'c-ip, c-port'],
    ['destination.domain', 'x-host-header'],
    ['url.*', 'cs-protocol, x-host-header, cs-uri-stem, cs-uri-query'],
    ['http.request.method, http.request.bytes, http.request.referrer', 'cs-method, cs-bytes, cs(Referer)'],
    ['http.response.status_code, http.response.bytes, http.response.mime_type', 'sc-status, sc-bytes, sc-content-type'],
    ['user_agent.*', 'cs(User-Agent)'],
    ['network.forwarded_ip', 'x-forwarded-for'],
    ['tls.version, tls.cipher', 'ssl-protocol, ssl-cipher'],
    ['aws.cloudfront.domain', 'cs(Host)'],
    ['aws.cloudfront.*', 'all other fields']
  ]
}
