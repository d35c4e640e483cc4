/** What the page of load balancers' logs is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Access logs of classic, application and network load balancers (those log TLS listeners only), and connection logs of application load balancers. Fields that AWS adds later are kept in `aws.elb.further_fields`.',
  from: "In the EC2 console, open the load balancer's *Attributes* and switch access logs (and connection logs) on: they are written to a bucket as gzipped files.",
  specifications: [
    'User Guide for Classic Load Balancers, "Access logs for your Classic Load Balancer"',
    'User Guide for Application Load Balancers, "Access log entries", "Connection log entries"',
    'User Guide for Network Load Balancers, "Access log entries"'
  ],
  sample:
    'http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.0.2.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"',
  mapping: [
    ['@timestamp, event.end', 'time', 'when the response was sent, or the connection closed'],
    ['event.start', 'request_creation_time'],
    ['event.outcome', 'elb_status_code', '`failure` from 400 on'],
    ['source.ip, source.port', 'client:port'],
    ['aws.elb.backend.ip, aws.elb.backend.port', 'target:port'],
    ['http.request.method, url.*, http.version', 'request'],
    ['http.response.status_code', 'elb_status_code'],
    ['aws.elb.backend.http.response.status_code', 'target_status_code'],
    [
      'http.request.body.bytes, http.response.body.bytes',
      'received_bytes, sent_bytes',
      'without HTTP: source.bytes and destination.bytes'
    ],
    ['user_agent.*', 'user_agent'],
    ['tls.cipher, tls.version', 'ssl_cipher, ssl_protocol'],
    ['destination.domain', 'domain_name', 'the name that the client asked for (SNI)'],
    ['trace.id', 'trace_id'],
    ['cloud.region, cloud.account.id', 'target_group_arn, chosen_cert_arn'],
    ['aws.elb.*', 'all other fields']
  ]
}
