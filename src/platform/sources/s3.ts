/** A source of type `s3` in `picket.yaml`. */

import { z } from 'zod'
import { awsSettings } from '../aws/settings.ts'
import { duration, sourceName } from '../config-values.ts'
import { shared } from './shared.ts'

export const s3 = z
  .strictObject({
    type: z
      .literal('s3')
      .describe('Fetches objects of S3: told of by a queue, or found by listing: [docs/sources/s3.md](sources/s3.md).'),
    name: sourceName().describe('What the source is called in the ledger.'),
    queue: z
      .url({ protocol: /^https?$/ })
      .max(1024)
      .optional()
      .describe(
        'The URL of an SQS queue to which notifications of new objects are sent (by S3, through SNS, or by EventBridge). Without it, `bucket` is listed.'
      ),
    bucket: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, 'is not the name of a bucket')
      .optional()
      .describe('The bucket that is listed. With a queue: notifications of other buckets are passed over.'),
    prefix: z.string().max(1024).optional().describe('Only objects whose keys begin so.'),
    startAfter: z.string().max(1024).optional().describe('Listing: only keys that sort after this one.'),
    keysAscend: z
      .boolean()
      .prefault(false)
      .describe(
        'Listing: new keys sort after all older ones (one trail, one region, dates in the keys), so that each round begins where the look-back does, not at the first key.'
      ),
    lookBack: duration()
      .prefault('6h')
      .describe('Listing: how long after its time of change an object may show up, at most, and is still found.'),
    interval: duration().prefault('60s').describe('Listing: how long to wait between rounds.'),
    visibilityTimeout: duration()
      .prefault('2m')
      .describe(
        'Queue: how long a message stays hidden when Picket is gone. While Picket works on it, this is extended.'
      ),
    objectsMax: z.int().min(1).max(256).prefault(64).describe('How many objects are read at once, at most.'),
    skipDigests: z
      .boolean()
      .prefault(false)
      .describe("Pass over CloudTrail's digest files (lists of its files' hashes, one an hour and region)."),
    forcePathStyle: z
      .boolean()
      .optional()
      .describe('Ask for `endpoint/bucket/key`, not `bucket.endpoint/key`. Default: where `endpoint` is set.'),
    ...awsSettings,
    ...shared
  })
  .refine(({ queue, bucket }) => queue !== undefined || bucket !== undefined, {
    path: ['queue'],
    message: 'or a bucket must be named: the queue that tells of new objects, or the bucket to list'
  })
  .refine(({ visibilityTimeout }) => visibilityTimeout >= 1_000 && visibilityTimeout <= 12 * 3_600_000, {
    path: ['visibilityTimeout'],
    message: 'must be between 1s and 12h'
  })
