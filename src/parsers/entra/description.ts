/** What a person reads about Entra ID's logs. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Sign-ins (`SignInLogs`, `NonInteractiveUserSignInLogs`, `ServicePrincipalSignInLogs`, `ManagedIdentitySignInLogs`, ' +
    '`ADFSSignInLogs`) and audit logs (`AuditLogs`) as Azure Monitor writes them, and the same records from Microsoft Graph.',
  from: 'Entra admin centre, Diagnostic settings, to a storage account or Event Hubs; or `GET /auditLogs/signIns` and `/auditLogs/directoryAudits` of Microsoft Graph.',
  specifications: [
    'https://learn.microsoft.com/azure/azure-monitor/reference/tables/signinlogs',
    'https://learn.microsoft.com/graph/api/resources/signin',
    'https://learn.microsoft.com/graph/api/resources/directoryaudit'
  ],
  sample:
    '{"time":"2025-01-01T10:11:12.0729893Z","resourceId":"/tenants/8a4de8b5/providers/Microsoft.aadiam","operationName":"Sign-in activity","category":"SignInLogs","resultType":"0","callerIpAddress":"192.0.2.7","properties":{"id":"s-1","userPrincipalName":"ann@example.com","appDisplayName":"Office 365","ipAddress":"192.0.2.7","status":{"errorCode":0}}}',
  mapping: [
    ['@timestamp', 'time, else properties.createdDateTime, activityDateTime'],
    ['event.action', 'operationName'],
    ['event.outcome', 'properties.status.errorCode; properties.result'],
    ['event.duration', 'durationMs'],
    ['message', 'properties.status.failureReason and additionalDetails'],
    ['user.name, user.domain', 'properties.userPrincipalName; initiatedBy.user.userPrincipalName'],
    ['user.full_name, user.id', 'properties.userDisplayName, userId'],
    ['user.target.*', 'targetResources of type User'],
    ['source.ip, client.ip', 'properties.ipAddress, else callerIpAddress'],
    ['geo.*', 'location, properties.location'],
    ['user_agent.*', 'properties.userAgent'],
    ['azure.resource.*, azure.tenant_id, azure.correlation_id', 'resourceId, tenantId, correlationId'],
    ['azure.signinlogs.*, azure.auditlogs.*', 'everything else, names in snake case']
  ]
}
