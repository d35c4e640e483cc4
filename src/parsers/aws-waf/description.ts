/** What the page of AWS WAF's logs is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Logs of AWS WAF (the current one, also called WAFv2, and WAF Classic) from S3, CloudWatch or Firehose. The lists of rules are kept as AWS writes them, below `aws.waf`.',
  from: 'In the WAF console, open the web ACL, *Logging and metrics*, *Enable*: choose a bucket, log group or delivery stream whose name begins with `aws-waf-logs-`.',
  specifications: ['AWS WAF Developer Guide, "Log fields for protection packs (web ACLs)"'],
  sample:
    '{"timestamp":1576280412771,"formatVersion":1,"webaclId":"arn:aws:wafv2:ap-southeast-2:123456789012:regional/webacl/STMTest/1EXAMPLE","terminatingRuleId":"STMTest_SQLi","terminatingRuleType":"REGULAR","action":"BLOCK","terminatingRuleMatchDetails":[],"httpSourceName":"-","httpSourceId":"-","ruleGroupList":[],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"httpRequest":{"clientIp":"192.0.2.1","country":"AU","headers":[{"name":"Host","value":"example.com"}],"uri":"/foo","args":"","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"rid"}}',
  mapping: [
    ['@timestamp', 'timestamp'],
    ['event.action', 'action'],
    ['event.kind', 'action', '`event` for ALLOW, else `alert`'],
    ['event.type', 'action', '`allowed` for ALLOW, `denied` for BLOCK'],
    ['source.ip', 'httpRequest.clientIp'],
    ['source.geo.country_iso_code, source.as.number', 'httpRequest.country, clientAsn'],
    ['http.request.method, http.request.id, http.version', 'httpRequest.httpMethod, requestId, httpVersion'],
    ['url.path, url.query, url.domain', 'httpRequest.uri, args, host'],
    ['user_agent.*', 'httpRequest.headers'],
    ['rule.id, rule.ruleset', 'terminatingRuleId, terminatingRuleType'],
    ['tls.client.ja3', 'ja3Fingerprint'],
    ['cloud.region, cloud.account.id, cloud.service.name, aws.waf.id', 'webaclId'],
    ['aws.waf.request.headers', 'httpRequest.headers', 'by name'],
    ['aws.waf.*', 'all other fields']
  ]
}
