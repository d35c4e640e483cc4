/** What the page of S3's server access logs is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Server access logs of Amazon S3 in all lengths that AWS has given them: from 18 fields to those with the access point, the ACL requirement and the source region. Fields that AWS adds later are kept in `aws.s3access.further_fields`.',
  from: "In the S3 console, open the bucket's *Properties*, *Server access logging*, and choose a target bucket; S3 writes the log there as objects.",
  specifications: ['Amazon S3 User Guide, "Amazon S3 server access log format"'],
  sample:
    '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be example-bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /example-bucket?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader example-bucket.s3.us-west-1.amazonaws.com TLSV1.2 - -',
  mapping: [
    ['@timestamp', 'time'],
    ['client.ip, client.user.id', 'remote IP, requester'],
    ['event.action', 'operation'],
    ['event.id', 'request id'],
    ['event.outcome', 'error code', '`failure` where there is one (also in `event.code`)'],
    ['event.duration', 'total time', 'in nanoseconds'],
    ['http.request.method, url.*, http.version', 'request-URI'],
    ['http.response.status_code, http.response.body.bytes', 'HTTP status, bytes sent'],
    ['user_agent.*, http.request.referrer', 'user agent, referer'],
    ['tls.cipher, tls.version', 'cipher suite, TLS version'],
    ['related.user', 'bucket owner'],
    ['cloud.region', 'host header', "where it is one of S3's regional endpoints"],
    ['aws.s3access.*', 'all fields', "under AWS's names"]
  ]
}
