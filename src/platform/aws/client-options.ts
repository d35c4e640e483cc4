/**
 * What every client of the AWS SDK is made with. Credentials come from the SDK's default chain (environment, profile, web identity, the
 * machine's role), and are exchanged for a role's where one is named. The SDK's modules are loaded by who uses them, when first needed.
 */

import { assumedRole, type Credentials } from './assume-role.ts'
import type { AwsSettings } from './settings.ts'

export type ClientOptions = {
  readonly region?: string
  readonly endpoint?: string
  readonly profile?: string
  readonly credentials?: () => Promise<Credentials>
  readonly maxAttempts: number
  readonly requestHandler: {
    readonly connectionTimeout: number
    readonly socketTimeout: number
    readonly httpAgent: { readonly maxSockets: number }
    readonly httpsAgent: { readonly maxSockets: number }
  }
}

/**
 * Kinesis' client would speak HTTP 2, which neither every proxy nor every test server does; nor does it know these bounds. The handler of
 * another client is HTTP 1's.
 */
export async function http1Options(settings: AwsSettings) {
  const { SQSClient } = await import('@aws-sdk/client-sqs')
  const options = clientOptions(settings)
  return { ...options, requestHandler: new SQSClient(options).config.requestHandler }
}

/** The settings with the region that a queue's address or an ARN names, where none is given: it wins over the environment's. */
export function inRegionOf<T extends AwsSettings>(settings: T, named: string | undefined): T {
  const region = /^arn:[a-z0-9-]+:[a-z0-9-]+:([a-z]{2}[a-z0-9-]+-\d):|^https:\/\/sqs\.([a-z]{2}[a-z0-9-]+-\d)\./.exec(
    named ?? ''
  )
  return settings.region !== undefined || region === null ? settings : { ...settings, region: region[1] ?? region[2] }
}

/** Longer than a long poll (20 s), and than a request that waits for its answer. */
const socketMs = 90_000

/** `requestsMax`: what is asked for at once. */
export function clientOptions(settings: AwsSettings, requestsMax = 64): ClientOptions {
  const { region, endpoint, profile, role, externalId } = settings
  const agent = { maxSockets: requestsMax }
  const plain: ClientOptions = {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    // Two quick tries; longer waits are the source's own, where they can be told and left.
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: socketMs, httpAgent: agent, httpsAgent: agent }
  }
  const reached = endpoint === undefined ? plain : { ...plain, endpoint }
  if (role === undefined) return reached
  const credentials = assumedRole({
    role,
    externalId,
    endpoint,
    async own() {
      const { SQSClient } = await import('@aws-sdk/client-sqs')
      const client = new SQSClient(plain)
      return { credentials: await client.config.credentials(), region: await client.config.region() }
    }
  })
  return { ...reached, credentials }
}
