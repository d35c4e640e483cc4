/** The formats that Picket reads, most telling first. A new one is a folder and a line here (see docs/how-to/add-a-parser.md). */

import type { Parser } from '../core/parser.ts'
import { apacheAccess, apacheError } from './apache/apache.ts'
import { appLog } from './app-log/app-log.ts'
import { auditd } from './auditd/auditd.ts'
import { awsApiGateway } from './aws-api-gateway/aws-api-gateway.ts'
import { awsCloudfront, awsCloudfrontJson } from './aws-cloudfront/aws-cloudfront.ts'
import { awsConfig } from './aws-config/aws-config.ts'
import { awsElb } from './aws-elb/aws-elb.ts'
import { awsEnvelope } from './aws-envelope/aws-envelope.ts'
import { awsGuardduty } from './aws-guardduty/aws-guardduty.ts'
import { awsInspector } from './aws-inspector/aws-inspector.ts'
import { awsNetworkFirewall } from './aws-network-firewall/aws-network-firewall.ts'
import { awsRoute53Queries } from './aws-route53/aws-route53-queries.ts'
import { awsRoute53Resolver } from './aws-route53/aws-route53-resolver.ts'
import { awsS3Access } from './aws-s3-access/aws-s3-access.ts'
import { awsSecurityHub } from './aws-security-hub/aws-security-hub.ts'
import { awsVpn } from './aws-vpn/aws-vpn.ts'
import { awsWaf } from './aws-waf/aws-waf.ts'
import { caddy } from './caddy/caddy.ts'
import { clamav } from './clamav/clamav.ts'
import { cloudtrail } from './cloudtrail/cloudtrail.ts'
import { cloudwatch } from './cloudwatch/cloudwatch.ts'
import { containerCri } from './container/container-cri.ts'
import { containerDocker } from './container/container-docker.ts'
import { csv } from './csv/csv.ts'
import { daemonLogs } from './daemon-logs.ts'
import { aptHistory } from './dpkg/apt-history.ts'
import { dpkg } from './dpkg/dpkg.ts'
import { email } from './email/email.ts'
import { entra } from './entra/entra.ts'
import { envoy } from './envoy/envoy.ts'
import { fail2ban } from './fail2ban/fail2ban.ts'
import { falco } from './falco/falco.ts'
import { gelf } from './gelf/gelf.ts'
import { githubAudit } from './github/github.ts'
import { googleWorkspace } from './google-workspace/google-workspace.ts'
import { iis } from './iis/iis.ts'
import { journald } from './journald/journald.ts'
import { kubernetesAudit } from './kubernetes-audit/kubernetes-audit.ts'
import { logfmt } from './logfmt/logfmt.ts'
import { mail } from './mail/mail.ts'
import { mixed } from './mixed/mixed.ts'
import { modsecurityJson, modsecuritySerial } from './modsecurity/modsecurity.ts'
import { mongodbJson, mongodbText } from './mongodb/mongodb.ts'
import { mysqlError, mysqlSlow } from './mysql/mysql.ts'
import { ndjson } from './ndjson/ndjson.ts'
import { netflow } from './netflow/netflow.ts'
import { nginxIngressLog } from './nginx/ingress-log.ts'
import { nginxAccess, nginxError, nginxIngress } from './nginx/nginx.ts'
import { o365 } from './o365/o365.ts'
import { ocsf } from './ocsf/ocsf.ts'
import { okta } from './okta/okta.ts'
import { osquery } from './osquery/osquery.ts'
import { otlp } from './otlp/otlp.ts'
import { packets } from './packets/packets.ts'
import { postgresql, postgresqlJson } from './postgresql/postgresql.ts'
import { rabbitmq } from './rabbitmq/rabbitmq.ts'
import { redis } from './redis/redis.ts'
import { shipper } from './shipper/shipper.ts'
import { snortJson } from './snort/snort-json.ts'
import { splunkHec } from './splunk-hec/splunk-hec.ts'
import { squid } from './squid/squid.ts'
import { stampedLines } from './stamped-lines/stamped-lines.ts'
import { suricata } from './suricata/suricata.ts'
import { syslog } from './syslog/syslog.ts'
import { sysmonLinux } from './sysmon-linux/sysmon-linux.ts'
import { textLines } from './text/text.ts'
import { tomcat } from './tomcat/tomcat.ts'
import { traefikCommon, traefikJson } from './traefik/traefik.ts'
import { unifiedLog } from './unified-log/unified-log.ts'
import { unifiedLogText } from './unified-log/unified-log-text.ts'
import { vaultAudit } from './vault/vault.ts'
import { vpcFlow } from './vpc-flow/vpc-flow.ts'
import { vpcFlowRows } from './vpc-flow/vpc-flow-rows.ts'
import { wazuh } from './wazuh/wazuh.ts'
import { windowsJson, windowsXml } from './windows/windows.ts'
import { zeekJson, zeekTsv } from './zeek/zeek.ts'

export const parsers: readonly Parser[] = [
  suricata,
  snortJson,
  netflow,
  packets,
  cloudtrail,
  zeekJson,
  zeekTsv,
  vpcFlow,
  vpcFlowRows,
  awsNetworkFirewall,
  awsRoute53Resolver,
  awsRoute53Queries,
  awsS3Access,
  o365,
  entra,
  googleWorkspace,
  okta,
  githubAudit,
  kubernetesAudit,
  vaultAudit,
  ocsf,
  nginxIngress,
  nginxIngressLog,
  nginxAccess,
  nginxError,
  apacheAccess,
  apacheError,
  auditd,
  journald,
  osquery,
  falco,
  wazuh,
  fail2ban,
  dpkg,
  aptHistory,
  clamav,
  sysmonLinux,
  unifiedLog,
  unifiedLogText,
  awsElb,
  awsWaf,
  awsGuardduty,
  awsSecurityHub,
  awsInspector,
  awsConfig,
  awsVpn,
  awsApiGateway,
  awsCloudfront,
  awsCloudfrontJson,
  windowsJson,
  windowsXml,
  gelf,
  splunkHec,
  email,
  mail,
  otlp,
  squid,
  envoy,
  caddy,
  tomcat,
  mongodbJson,
  mongodbText,
  mysqlError,
  mysqlSlow,
  redis,
  rabbitmq,
  postgresql,
  postgresqlJson,
  modsecurityJson,
  modsecuritySerial,
  iis,
  traefikCommon,
  traefikJson,
  ...daemonLogs,
  syslog,
  logfmt,
  appLog,
  cloudwatch,
  awsEnvelope,
  containerDocker,
  containerCri,
  stampedLines,
  shipper,
  mixed,
  ndjson,
  csv,
  textLines
]

/** With the parsers that people keep in their data folder, as they are in force in this thread. */
let everyParser: readonly Parser[] = parsers

/** Puts people's own parsers in force (see `declared/`). They are asked first: who describes a format means it. */
export function setOwnParsers(own: readonly Parser[]): void {
  everyParser = [...own, ...parsers]
}

/** Own parsers, then Picket's. The same array until they change. */
export function allParsers(): readonly Parser[] {
  return everyParser
}

export function parserNamed(name: string): Parser | undefined {
  return everyParser.find(parser => parser.name === name)
}
