/** What the sinks of AWS share: their options, and what an error of the SDK means. Credentials as the AWS CLI finds them. */

import type { AwsSettings } from '../platform/aws/settings.ts'
import { textOption } from './options.ts'
import { AttemptError } from './retry.ts'

export const awsOptions = {
  region: textOption().optional().describe('Default: that of the AWS configuration.'),
  endpoint: textOption().optional().describe("Another address than the region's: MinIO, a test server."),
  profile: textOption().optional().describe('A profile of the AWS configuration.'),
  role: textOption().optional().describe('A role to take on: its ARN.')
}

type Options = { region?: string; endpoint?: string; profile?: string; role?: string }

export function awsSettings({ region, endpoint, profile, role }: Options): AwsSettings {
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(profile !== undefined && { profile }),
    ...(role !== undefined && { role })
  }
}

/** Throttling and 5xx pass; a stream or a right that is not there does not. */
export function awsError(error: unknown): AttemptError {
  const { name, message, $metadata, $retryable } = error as {
    name?: string
    message?: string
    $metadata?: { httpStatusCode?: number }
    $retryable?: object
  }
  const status = $metadata?.httpStatusCode
  const again =
    $retryable !== undefined ||
    status === undefined ||
    status >= 500 ||
    status === 429 ||
    /Throttl|ProvisionedThroughputExceeded|LimitExceeded|SlowDown/.test(name ?? '')
  const setUp = /CredentialsProvider|Region is missing/i.test(`${name} ${message}`)
  return new AttemptError(`${name}: ${message}`, again && !setUp)
}
