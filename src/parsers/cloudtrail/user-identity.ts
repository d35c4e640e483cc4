/**
 * Who made the call: CloudTrail's `userIdentity` to `aws.cloudtrail.user_identity`. Used by `record-event.ts`, which maps the parts
 * that ECS has fields for (`user.*`, `cloud.account.id`).
 *
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */

import { object, textOf } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'
import { time } from './digest.ts'
import { keep, scalar } from './leaves.ts'

const identityMapped = new Set(['type', 'userName', 'principalId', 'arn', 'accountId', 'accessKeyId', 'invokedBy'])
const issuerMapped = new Set(['type', 'userName', 'principalId', 'arn', 'accountId'])

export function userIdentity(
  identity: JsonObject,
  session: JsonObject | undefined,
  issuer: JsonObject | undefined,
  identityName: string | undefined
): Record<string, unknown> {
  const out: Record<string, unknown> = {
    type: textOf(identity['type']),
    arn: textOf(identity['arn']),
    access_key_id: textOf(identity['accessKeyId']),
    invoked_by: textOf(identity['invokedBy']),
    session_context: session === undefined ? undefined : sessionContext(session, issuer, identityName)
  }
  for (const key of Object.keys(identity)) {
    const value = identity[key]!
    if (identityMapped.has(key) && (typeof value !== 'object' || value === null)) continue
    if (key === 'sessionContext' && session !== undefined) continue
    keep(out, key, value)
  }
  return out
}

function sessionContext(
  session: JsonObject,
  issuer: JsonObject | undefined,
  identityName: string | undefined
): Record<string, unknown> {
  const attributes = object(session['attributes'])
  const out: Record<string, unknown> = {
    mfa_authenticated: scalar(attributes?.['mfaAuthenticated']),
    creation_date: time(attributes?.['creationDate']),
    session_issuer: issuer === undefined ? undefined : sessionIssuer(issuer, identityName)
  }
  for (const key of Object.keys(session)) {
    const value = session[key]!
    if (key === 'sessionIssuer' && issuer !== undefined) continue
    if (key !== 'attributes' || attributes === undefined) keep(out, key, value)
    else {
      for (const name of Object.keys(attributes)) {
        const attribute = attributes[name]!
        if (name === 'creationDate') continue
        if (name !== 'mfaAuthenticated' || typeof attribute === 'object') keep(out, name, attribute)
      }
    }
  }
  return out
}

function sessionIssuer(issuer: JsonObject, identityName: string | undefined): Record<string, unknown> {
  const out: Record<string, unknown> = {
    type: textOf(issuer['type']),
    principal_id: textOf(issuer['principalId']),
    arn: textOf(issuer['arn']),
    account_id: textOf(issuer['accountId']),
    // Else it is `user.name`.
    user_name: identityName === undefined ? undefined : textOf(issuer['userName'])
  }
  for (const key of Object.keys(issuer)) {
    const value = issuer[key]!
    if (!issuerMapped.has(key) || (typeof value === 'object' && value !== null)) keep(out, key, value)
  }
  return out
}
