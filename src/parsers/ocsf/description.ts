/** What a person reads about OCSF. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Events of OCSF 1.0-rc to 1.6, any class, as JSON. Identifiers become strings and times ISO 8601 text below `ocsf.*`; the objects ' +
    '(actor, user, process, file, device, endpoints, HTTP, DNS, TLS, attacks, vulnerabilities) are mapped to ECS.',
  from: 'Amazon Security Lake keeps OCSF in S3 (as Parquet); subscribers, and products that say they write OCSF, give JSON.',
  specifications: [
    'https://schema.ocsf.io/1.3.0/',
    'https://docs.aws.amazon.com/security-lake/latest/userguide/open-cybersecurity-schema-framework.html'
  ],
  sample:
    '{"class_uid":3002,"class_name":"Authentication","category_uid":3,"category_name":"Identity & Access Management","activity_id":1,"activity_name":"Logon","type_uid":300201,"time":1735689600000,"severity_id":1,"status_id":1,"user":{"name":"ann","uid":"u-1"},"src_endpoint":{"ip":"192.0.2.10"},"metadata":{"version":"1.3.0","product":{"name":"Login","vendor_name":"Example"}}}',
  mapping: [
    ['@timestamp', 'time, else time_dt'],
    ['event.kind', 'class_uid', 'findings (2xxx) are alerts'],
    ['event.category, event.type', 'class_uid, activity_name'],
    ['event.action', 'activity_name', 'in lower case, joined by -'],
    ['event.outcome', 'status_id'],
    ['event.severity', 'severity_id'],
    ['event.id', 'metadata.uid'],
    ['event.provider', 'metadata.log_provider, else metadata.product.vendor_name'],
    ['user.*', 'actor.user'],
    ['user.target.*', 'user'],
    ['process.*', 'process, else actor.process'],
    ['file.*', 'file, else process.file'],
    ['host.*', 'device'],
    ['source.*, destination.*', 'src_endpoint, dst_endpoint, traffic'],
    ['network.*', 'connection_info, traffic'],
    ['http.*, url.*, user_agent.*', 'http_request, http_response'],
    ['dns.*', 'query, answers, rcode'],
    ['threat.*', 'attacks'],
    ['vulnerability.*', 'vulnerabilities'],
    ['ocsf.*', 'the whole record']
  ]
}
