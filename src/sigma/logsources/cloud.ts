/** Clouds, identity providers and services that keep audit logs. */

import { snake } from '../../parsers/shared/draft.ts'
import { fieldTable, type Meaning } from './meaning.ts'

/** `userIdentity.sessionContext` → `user_identity.session_context`. */
const snakePath = (field: string): string => field.split('.').map(snake).join('.')
/** A field under this prefix, by its own name and in snake case. */
const under =
  (...prefixes: readonly string[]) =>
  (field: string): readonly string[] => [
    ...new Set(prefixes.flatMap(prefix => [`${prefix}.${snakePath(field)}`, `${prefix}.${field}`]))
  ]

const cloudtrail: Meaning = {
  when: { product: 'aws', service: 'cloudtrail' },
  about: 'CloudTrail. Below `requestParameters`, `responseElements` and `additionalEventData` fields keep their names',
  route: 'event.dataset:aws.cloudtrail',
  fields: fieldTable(`
    eventName           event.action
    eventSource         event.provider
    eventID             event.id
    eventType           aws.cloudtrail.event_type
    awsRegion           cloud.region
    sourceIPAddress     source.address
    src_ip              source.ip
    userAgent           user_agent.original
    errorCode           aws.cloudtrail.error_code
    errorMessage        aws.cloudtrail.error_message
    readOnly            aws.cloudtrail.read_only
    recipientAccountId  aws.cloudtrail.recipient_account_id
    userIdentity.userName   user.name aws.cloudtrail.user_identity.user_name
    userIdentity.principalId user.id aws.cloudtrail.user_identity.principal_id
    userIdentity.accountId  cloud.account.id aws.cloudtrail.user_identity.account_id
    userIdentity.accessKeyId aws.cloudtrail.user_identity.access_key_id
    requestParameters   aws.cloudtrail.request_parameters
    responseElements    aws.cloudtrail.response_elements
    additionalEventData aws.cloudtrail.additional_eventdata
    status              event.outcome
    src_country         source.geo.country_iso_code
  `),
  rest: field => {
    const [first, ...path] = field.split('.') as [string, ...string[]]
    const container = {
      requestParameters: 'request_parameters',
      responseElements: 'response_elements',
      additionalEventData: 'additional_eventdata'
    }[first]
    return container === undefined
      ? [`aws.cloudtrail.${snakePath(field)}`]
      : [`aws.cloudtrail.flattened.${container}.${path.join('.')}`]
  }
}

const aws = (service: string, dataset: string, about: string, fields = ''): Meaning => ({
  when: { product: 'aws', service },
  about,
  route: `event.dataset:${dataset}`,
  fields: fieldTable(fields),
  rest: field => [`${dataset}.${snakePath(field)}`, `${dataset}.${field}`]
})

const vpcflow = `
  srcaddr      source.ip
  dstaddr      destination.ip
  srcport      source.port
  dstport      destination.port
  src_ip       source.ip
  dst_ip       destination.ip
  src_port     source.port
  dst_port     destination.port
  protocol     network.iana_number network.transport
  action       aws.vpcflow.action
  bytes        network.bytes
  packets      network.packets
  flow-direction network.direction
  region       cloud.region
  account-id   aws.vpcflow.account_id
  interface-id aws.vpcflow.interface_id
  vpc-id       aws.vpcflow.vpc_id
  subnet-id    aws.vpcflow.subnet_id
  instance-id  aws.vpcflow.instance_id
  tcp-flags    aws.vpcflow.tcp_flags
  log-status   aws.vpcflow.log_status
  pkt-srcaddr  aws.vpcflow.pkt_srcaddr
  pkt-dstaddr  aws.vpcflow.pkt_dstaddr
`

const entraActor = `
  callerIpAddress         source.ip source.address
  ipAddress               source.ip source.address
  userPrincipalName       azure.signinlogs.properties.user_principal_name user.name
  Username                azure.signinlogs.properties.user_principal_name user.name
  userAgent               user_agent.original
`

const entraSignin = fieldTable(`${entraActor}
  ResultType              azure.signinlogs.result_type azure.signinlogs.properties.status.error_code
  resultType              azure.signinlogs.result_type azure.signinlogs.properties.status.error_code
  ResultDescription       azure.signinlogs.result_description message
  Resultdescription       azure.signinlogs.result_description message
  properties.message      event.action message
  location                azure.signinlogs.location azure.signinlogs.properties.location source.geo.country_iso_code
  ClientApp               azure.signinlogs.properties.client_app_used
  ResourceDisplayName     azure.signinlogs.properties.resource_display_name
  conditionalAccessStatus azure.signinlogs.properties.conditional_access_status
  DeviceDetail.trusttype  azure.signinlogs.properties.device_detail.trust_type
  RiskState               azure.signinlogs.properties.risk_state
`)

const entraAudit = fieldTable(`
  properties.message      event.action azure.auditlogs.properties.activity_display_name
  OperationName           event.action azure.auditlogs.operation_name
  operationName           event.action azure.auditlogs.operation_name
  ActivityDisplayName     azure.auditlogs.properties.activity_display_name event.action
  ActivityType            azure.auditlogs.properties.activity_display_name event.action
  activityType            azure.auditlogs.properties.activity_display_name event.action
  Category                azure.auditlogs.properties.category azure.auditlogs.category
  category                azure.auditlogs.properties.category azure.auditlogs.category
  LoggedByService         azure.auditlogs.properties.logged_by_service
  Status                  event.outcome azure.auditlogs.properties.result
  properties.result       event.outcome azure.auditlogs.properties.result
  Target                  user.target.name azure.auditlogs.properties.target_resources.0.display_name
`)

const withProperties =
  (prefix: string) =>
  (field: string): readonly string[] => {
    const path = snakePath(field.replace(/^properties\./, ''))
    return [`${prefix}.properties.${path}`, `${prefix}.${path}`]
  }

const azure = (service: string, about: string, route: string, prefix: string): Meaning => ({
  when: { product: 'azure', service },
  about,
  route,
  fields: fieldTable(entraActor),
  rest: withProperties(prefix)
})

const o365 = fieldTable(`
  Operation     event.action
  eventName     event.action o365.audit.Name
  Workload      event.provider o365.audit.Workload
  eventSource   event.provider
  ClientIP      source.ip client.address
  UserId        o365.audit.UserId user.id
  ResultStatus  o365.audit.ResultStatus
  status        o365.audit.Status o365.audit.ResultStatus event.outcome
  UserAgent     user_agent.original
  RequestType   o365.audit.ExtendedProperties.RequestType
`)

export const cloud: readonly Meaning[] = [
  cloudtrail,
  aws('vpcflow', 'aws.vpcflow', 'VPC flow logs', vpcflow),
  aws('guardduty', 'aws.guardduty', 'GuardDuty'),
  aws(
    'waf',
    'aws.waf',
    'AWS WAF',
    'action aws.waf.action event.action\nhttpRequest.clientIp source.ip\nhttpRequest.uri url.path\nhttpRequest.args url.query\nhttpRequest.httpMethod http.request.method'
  ),
  aws(
    'elb',
    'aws.elb_logs',
    'Elastic Load Balancing',
    'client_ip source.ip\nrequest_url url.original\nelb_status_code http.response.status_code\nuser_agent user_agent.original'
  ),
  aws('s3_access', 'aws.s3access', 'Server access logs of S3'),
  aws(
    'route53',
    'aws.route53_*',
    'Route 53: public queries and the resolver',
    'query_name dns.question.name\nquery_type dns.question.type\nrcode dns.response_code\nsrcaddr source.ip'
  ),
  aws('securityhub', 'aws.securityhub_findings', 'Security Hub'),
  aws('network_firewall', 'aws.firewall_logs', 'AWS Network Firewall'),
  aws('config', 'aws.config', 'AWS Config'),
  aws('inspector', 'aws.inspector', 'Inspector'),
  aws('vpn', 'aws.vpn_logs', 'Site-to-Site VPN'),
  { when: { product: 'aws' }, about: 'Anything of AWS', route: 'event.module:aws', rest: field => [`aws.${field}`] },
  {
    when: { product: 'azure', service: 'signinlogs' },
    about: 'Sign-ins of Entra ID',
    route: 'event.dataset:azure.signinlogs',
    fields: entraSignin,
    rest: withProperties('azure.signinlogs')
  },
  {
    when: { product: 'azure', service: 'auditlogs' },
    about: 'Audit logs of Entra ID',
    route: 'event.dataset:azure.auditlogs',
    fields: entraAudit,
    rest: withProperties('azure.auditlogs')
  },
  azure('activitylogs', 'Activity logs of Azure', 'event.dataset:azure.activitylogs', 'azure.activitylogs'),
  azure(
    'riskdetection',
    'Risk detections of Entra ID',
    'event.dataset:(azure.identity_protection or azure.riskdetection)',
    'azure.identityprotection'
  ),
  azure('pim', 'Alerts of Privileged Identity Management', 'event.dataset:azure.pim', 'azure.pim'),
  { when: { product: 'azure' }, about: 'Anything of Azure', route: 'event.module:azure', rest: under('azure') },
  {
    when: { product: 'm365', service: ['threat_management', 'threat_detection'] },
    about: 'Alerts of Microsoft 365 in its audit log',
    route: 'event.module:o365 and event.provider:SecurityComplianceCenter',
    fields: fieldTable('eventName rule.name o365.audit.Name event.action', o365),
    rest: field => [`o365.audit.${field}`]
  },
  {
    when: { product: 'm365' },
    about: 'The unified audit log of Microsoft 365',
    route: 'event.dataset:o365.audit',
    fields: o365,
    rest: field => [`o365.audit.${field}`]
  },
  {
    when: { product: 'okta' },
    about: 'The System Log of Okta',
    route: 'event.dataset:okta.system',
    fields: fieldTable(`
      eventType  event.action okta.event_type
      eventtype  event.action okta.event_type
      client.ipAddress source.ip
      actor.alternateId okta.actor.alternate_id
      outcome.result okta.outcome.result
    `),
    rest: field => [
      ...under('okta')(field),
      ...(field.startsWith('debugContext.debugData.')
        ? [`okta.debug_context.debug_data.flattened.${field.slice('debugContext.debugData.'.length)}`]
        : [])
    ]
  },
  {
    when: { product: 'github' },
    about: 'The audit log of GitHub',
    route: 'event.dataset:github.audit',
    fields: fieldTable(`
      action    event.action
      actor     user.name
      actor_ip  source.ip
      user      user.target.name github.user
    `),
    rest: field => [`github.${field}`]
  },
  {
    when: { product: 'gcp', service: ['google_workspace.admin', 'google_workspace.login'] },
    about: 'Audit logs of Google Workspace',
    route: 'event.dataset:(google_workspace.admin or google_workspace.login)',
    fields: fieldTable(`
      eventName                event.action
      protoPayload.methodName  event.action
      eventService             event.provider
    `),
    values: new Map([
      [
        'eventService',
        new Map([
          ['admin.googleapis.com', 'admin'],
          ['login.googleapis.com', 'login']
        ])
      ]
    ]),
    rest: under('google_workspace')
  },
  {
    when: { product: 'gcp' },
    about: 'Audit logs of Google Cloud',
    route: 'event.module:gcp or cloud.provider:gcp',
    fields: fieldTable('gcp.audit.method_name event.action gcp.audit.method_name'),
    rest: under('gcp')
  },
  {
    when: { product: 'kubernetes' },
    about: 'The audit log of Kubernetes',
    route: 'event.dataset:kubernetes.audit_logs',
    fields: fieldTable('verb kubernetes.audit.verb event.action'),
    rest: field => [`kubernetes.audit.${field}`, `kubernetes.audit.requestObject.${field}`]
  }
]
