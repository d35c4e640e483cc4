/** What the pages of Route 53's logs are made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const queries: FormatDescription = {
  reads: 'Query logs of public hosted zones (version 1.0), as exported from CloudWatch Logs or inside its envelopes.',
  from: 'In the Route 53 console, choose the hosted zone, *Configure query logging*, and a CloudWatch log group in us-east-1.',
  specifications: [
    'Amazon Route 53 Developer Guide, "Public DNS query logging", "Values that appear in DNS query logs"'
  ],
  sample: '1.0 2017-12-13T08:15:50.235Z Z123412341234 example.com AAAA NOERROR TCP IAD12 192.0.2.11 198.51.100.0/24',
  mapping: [
    ['@timestamp', 'query timestamp'],
    ['dns.question.name, dns.question.type', 'query name, query type'],
    ['dns.response_code', 'response code'],
    ['event.outcome', 'response code', '`success` for NOERROR'],
    ['source.ip', 'resolver IP address'],
    ['network.transport', 'layer 4 protocol'],
    ['aws.route53.hosted_zone_id', 'hosted zone ID'],
    ['aws.route53.edge_location', 'edge location'],
    ['aws.route53.edns_client_subnet', 'EDNS client subnet']
  ]
}

export const resolver: FormatDescription = {
  reads:
    'Query logs of Route 53 Resolver with their answers, and those of DNS Firewall, from S3, CloudWatch or Firehose.',
  from: 'In the Route 53 console, *Resolver*, *Query logging*: choose a bucket, log group or delivery stream, and the VPCs.',
  specifications: ['Amazon Route 53 Developer Guide, "Values that appear in VPC Resolver query logs"'],
  sample:
    '{"version":"1.100000","account_id":"123456789012","region":"us-east-1","vpc_id":"vpc-0123","query_timestamp":"2022-02-08T08:03:11Z","query_name":"example.com.","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"192.0.2.5","Type":"A","Class":"IN"}],"srcaddr":"10.0.0.5","srcport":"40000","transport":"UDP","srcids":{"instance":"i-0123"}}',
  mapping: [
    ['@timestamp', 'query_timestamp'],
    ['dns.question.name', 'query_name', 'without the dot at the end'],
    ['dns.question.type, dns.question.class', 'query_type, query_class'],
    ['dns.response_code', 'rcode'],
    ['dns.answers', 'answers'],
    ['source.ip, source.port', 'srcaddr, srcport'],
    ['network.transport', 'transport'],
    ['related.ip', 'srcaddr, answers, query_name', "answers' addresses; the address that a PTR query asks about"],
    ['cloud.account.id, cloud.region', 'account_id, region'],
    ['cloud.instance.id, aws.instance_id', 'srcids.instance'],
    ['aws.vpc_id', 'vpc_id'],
    ['aws.route53.firewall.*', 'firewall_rule_action, firewall_rule_group_id, firewall_domain_list_id']
  ]
}
