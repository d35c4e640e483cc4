/** Calls to AWS as CloudTrail records them (record version 1.09). */

import { accountId } from './cast.ts'
import type { Stage } from './stage.ts'
import { toSecond } from './stamps.ts'

export type CloudCall = {
  readonly user: string
  readonly from: string
  readonly source: string
  readonly name: string
  readonly readOnly: boolean
  readonly agent?: string
  readonly request?: object
  readonly response?: object
  readonly error?: string
}

const region = 'eu-central-1'

function identity(user: string): string {
  return `"userIdentity":{"type":"IAMUser","principalId":"AIDA${user.toUpperCase().padEnd(16, 'X')}","arn":"arn:aws:iam::${accountId}:user/${user}","accountId":"${accountId}","accessKeyId":"AKIA${user.toUpperCase().padEnd(16, '7')}","userName":"${user}"}`
}

export function cloudCall(stage: Stage, atMs: number, call: CloudCall): void {
  if (!stage.wants('cloudtrail')) return
  const { user, from, source, name, readOnly, request, response, error } = call
  const agent = call.agent ?? 'aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux'
  const failed =
    error === undefined
      ? ''
      : `,"errorCode":"${error}","errorMessage":"User: arn:aws:iam::${accountId}:user/${user} is not authorized to perform this action"`
  // CloudTrail delivers minutes later; the event's own time is that of the call.
  stage.say(
    atMs,
    'cloudtrail',
    `{"eventVersion":"1.09",${identity(user)},"eventTime":"${toSecond(atMs)}Z","eventSource":"${source}","eventName":"${name}","awsRegion":"${region}","sourceIPAddress":"${from}","userAgent":"${agent}"${failed},"requestParameters":${JSON.stringify(request ?? null)},"responseElements":${JSON.stringify(response ?? null)},"requestID":"${stage.guid()}","eventID":"${stage.guid()}","readOnly":${readOnly},"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"${accountId}","eventCategory":"Management"}`
  )
}

export function consoleLogin(
  stage: Stage,
  atMs: number,
  user: string,
  from: string,
  agent: string,
  mfa: boolean
): void {
  if (!stage.wants('cloudtrail')) return
  stage.say(
    atMs,
    'cloudtrail',
    `{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDA${user.toUpperCase().padEnd(16, 'X')}","arn":"arn:aws:iam::${accountId}:user/${user}","accountId":"${accountId}","userName":"${user}"},"eventTime":"${toSecond(atMs)}Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"${region}","sourceIPAddress":"${from}","userAgent":"${agent}","requestParameters":null,"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"${mfa ? 'Yes' : 'No'}"},"eventID":"${stage.guid()}","readOnly":false,"eventType":"AwsConsoleSignIn","managementEvent":true,"recipientAccountId":"${accountId}","eventCategory":"Management"}`
  )
}
