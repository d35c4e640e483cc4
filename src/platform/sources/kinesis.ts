/** A source of type `kinesis` in `picket.yaml`. */

import { z } from 'zod'
import { awsSettings } from '../aws/settings.ts'
import { sourceName } from '../config-values.ts'
import { shared } from './shared.ts'

export const kinesis = z.strictObject({
  type: z.literal('kinesis').describe('Reads a data stream of Kinesis: [docs/sources/kinesis.md](sources/kinesis.md).'),
  name: sourceName().describe('What the source is called in the ledger.'),
  stream: z
    .string()
    .regex(
      /^(?:arn:[a-z0-9-]+:kinesis:[a-z0-9-]+:\d{12}:stream\/)?[a-zA-Z0-9_.-]{1,128}$/,
      'is neither a name nor an ARN of a stream'
    )
    .describe('The stream: its name, or its ARN (for one of another account).'),
  start: z
    .enum(['oldest', 'latest'])
    .prefault('oldest')
    .describe(
      'Where the first run begins: with the oldest records that the stream still has, or with what comes from then on.'
    ),
  ...awsSettings,
  ...shared
})
