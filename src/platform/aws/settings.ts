/** How AWS is reached: the keys that every source of Amazon's has in `picket.yaml`. Secrets are none of them: the SDK's own places are looked in. */

import { z } from 'zod'

export const awsSettings = {
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'is not a region like eu-central-1')
    .optional()
    .describe(
      'The region. Default: that of the queue’s URL or the stream’s ARN, else `AWS_REGION`, else the profile’s.'
    ),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional()
    .describe(
      'Another address than Amazon’s own: a store that speaks S3 (MinIO, Ceph), a VPC endpoint, a test server.'
    ),
  profile: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe(
      'A profile of `~/.aws/config`. Without it: the environment (`AWS_ACCESS_KEY_ID` …), the default profile, the role of the container or machine.'
    ),
  role: z
    .string()
    .regex(/^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'is not like arn:aws:iam::123456789012:role/NAME')
    .optional()
    .describe('A role to assume with these credentials, in another account, say.'),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/)
    .optional()
    .describe('The external id that the role asks for.')
}

export type AwsSettings = {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly profile?: string | undefined
  readonly role?: string | undefined
  readonly externalId?: string | undefined
}
