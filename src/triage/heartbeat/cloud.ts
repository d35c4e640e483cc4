/** Test attacks for what clouds and services write down of what is done in them. */

import { type Attack, attackerOf, iso, isoSecond, json } from './attack.ts'

const trailOff = 'The audit trail is switched off, by root'
const uuid = (unique: string): string => `00000000-0000-4000-9000-0000${unique}`

const trail = (ms: number, unique: string) => ({
  eventVersion: '1.09',
  userIdentity: {
    type: 'Root',
    principalId: '123456789012',
    arn: 'arn:aws:iam::123456789012:root',
    accountId: '123456789012'
  },
  eventTime: isoSecond(ms),
  eventSource: 'cloudtrail.amazonaws.com',
  eventName: 'StopLogging',
  awsRegion: 'eu-central-1',
  sourceIPAddress: attackerOf(unique),
  userAgent: 'aws-cli/2',
  requestParameters: { name: 'arn:aws:cloudtrail:eu-central-1:123456789012:trail/heartbeat' },
  responseElements: null,
  requestID: `00000000-0000-4000-8000-0000${unique}`,
  eventID: uuid(unique),
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '123456789012',
  eventCategory: 'Management'
})

export const cloudAttacks: readonly Attack[] = [
  { format: 'cloudtrail', title: trailOff, record: (ms, unique) => json(trail(ms, unique)) },
  {
    format: 'aws-envelope',
    title: trailOff,
    record: (ms, unique) =>
      json({
        version: '0',
        id: uuid(unique),
        'detail-type': 'AWS API Call via CloudTrail',
        source: 'aws.cloudtrail',
        account: '123456789012',
        time: isoSecond(ms),
        region: 'eu-central-1',
        resources: [],
        detail: trail(ms, unique)
      })
  },
  {
    format: 'cloudwatch',
    title: trailOff,
    record: (ms, unique) =>
      json({
        logGroup: 'CloudTrail/heartbeat',
        logStream: '123456789012_CloudTrail_eu-central-1',
        id: `3195310660696698337880902507980421121114328${unique}`,
        timestamp: ms,
        message: json(trail(ms, unique))
      })
  },
  {
    format: 'okta',
    title: 'Somebody becomes an administrator',
    record: (ms, unique) =>
      json({
        actor: {
          alternateId: `heartbeat-${unique}@heartbeat.example`,
          displayName: 'Heartbeat',
          id: '00u1',
          type: 'User'
        },
        client: { ipAddress: attackerOf(unique), userAgent: { rawUserAgent: 'Mozilla/5.0' } },
        displayMessage: 'Grant user privilege',
        eventType: 'user.account.privilege.grant',
        outcome: { result: 'SUCCESS' },
        published: iso(ms),
        severity: 'INFO',
        target: [{ alternateId: 'bob@heartbeat.example', displayName: 'Bob', id: '00u3', type: 'User' }],
        uuid: uuid(unique),
        version: '0'
      })
  },
  {
    format: 'github',
    title: 'A repository becomes public',
    record: (ms, unique) =>
      json({
        '@timestamp': ms,
        _document_id: `heartbeat${unique}`,
        action: 'repo.access',
        actor: `heartbeat-${unique}`,
        actor_ip: attackerOf(unique),
        created_at: ms,
        org: 'heartbeat-example',
        repo: 'heartbeat-example/app',
        visibility: 'public',
        previous_visibility: 'private'
      })
  },
  {
    format: 'o365',
    title: 'Mail is forwarded to elsewhere',
    record: (ms, unique) =>
      json({
        CreationTime: isoSecond(ms).replace('Z', ''),
        Id: uuid(unique),
        Operation: 'New-InboxRule',
        OrganizationId: '00000000-0000-4000-8000-000000000001',
        RecordType: 1,
        ResultStatus: 'True',
        UserKey: 'heartbeat',
        UserType: 2,
        Version: 1,
        Workload: 'Exchange',
        ClientIP: `${attackerOf(unique)}:43210`,
        UserId: `heartbeat-${unique}@heartbeat.example`,
        ObjectId: 'heartbeat',
        Parameters: [
          { Name: 'Name', Value: '.' },
          { Name: 'ForwardTo', Value: 'eve@heartbeat.example' }
        ]
      })
  },
  {
    format: 'entra',
    title: 'Somebody becomes an administrator',
    record: (ms, unique) =>
      json({
        time: iso(ms),
        resourceId: '/tenants/heartbeat/providers/Microsoft.aadiam',
        operationName: 'Add member to role',
        operationVersion: '1.0',
        category: 'AuditLogs',
        tenantId: 'heartbeat',
        correlationId: uuid(unique),
        identity: 'Heartbeat',
        Level: '4',
        durationMs: 0,
        properties: {
          id: `Directory_${unique}`,
          category: 'RoleManagement',
          result: 'success',
          activityDisplayName: 'Add member to role',
          activityDateTime: iso(ms).replace('Z', '+00:00'),
          loggedByService: 'Core Directory',
          operationType: 'Assign',
          initiatedBy: {
            user: {
              displayName: 'Heartbeat',
              id: 'u-9',
              ipAddress: attackerOf(unique),
              userPrincipalName: 'heartbeat@heartbeat.example'
            }
          },
          targetResources: [
            {
              displayName: 'Bob',
              id: 'u-2',
              type: 'User',
              userPrincipalName: `bob-${unique}@heartbeat.example`,
              modifiedProperties: [
                { displayName: 'Role.DisplayName', oldValue: null, newValue: '"Global Administrator"' }
              ]
            }
          ]
        }
      })
  }
]
