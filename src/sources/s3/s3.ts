/** Fetches objects of S3 (or of a store that speaks it): told of by a queue's notifications, or found by listing a bucket. */

import { clientOptions, inRegionOf } from '../../platform/aws/client-options.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import type { PullContext, PullFigures, Pulling } from '../pull/source.ts'
import { Trouble } from '../pull/trouble.ts'
import { Listing } from './listing.ts'
import { Objects } from './objects.ts'
import { Queue } from './queue.ts'

export type S3Config = Extract<SourceConfig, { type: 's3' }>

export async function pullS3(config: S3Config, context: PullContext): Promise<Pulling> {
  const { S3Client } = await import('@aws-sdk/client-s3')
  const options = clientOptions(inRegionOf(config, config.queue), Math.max(64, config.objectsMax))
  const client = new S3Client({
    ...options,
    forcePathStyle: config.forcePathStyle ?? config.endpoint !== undefined,
    followRegionRedirects: true,
    // What is stored with a checksum is checked; what is not, need not be.
    responseChecksumValidation: 'WHEN_REQUIRED'
  })
  const trouble = new Trouble(context.log, config.name)
  const { bucket, prefix = '', queue: url, objectsMax } = config
  const objects = new Objects({
    client,
    source: config.name,
    format: config.format,
    timezoneMinutes: config.timezone,
    skipDigests: config.skipDigests,
    objectsMax,
    context
  })
  const figures = (waiting: number | undefined, more: Readonly<Record<string, number>>): PullFigures => ({
    records: objects.records,
    problem: trouble.problem,
    waiting,
    more: { objects: objects.objects, bytes: objects.bytes, gone: objects.gone, in_work: objects.inWork, ...more }
  })
  if (url !== undefined) {
    const { SQSClient } = await import('@aws-sdk/client-sqs')
    const sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: config.endpoint === undefined })
    const queue = new Queue({
      client: sqs,
      url,
      visibilityMs: config.visibilityTimeout,
      wants: object => (bucket === undefined || object.bucket === bucket) && object.key.startsWith(prefix),
      objects,
      objectsMax,
      trouble,
      context
    })
    return {
      figures: () =>
        figures(queue.waiting, {
          messages: queue.messages,
          messages_in_work: queue.held,
          ignored: queue.ignored + objects.skipped,
          not_understood: queue.notUnderstood
        }),
      async close() {
        await queue.close()
        sqs.destroy()
        client.destroy()
      }
    }
  }
  const listing = new Listing({
    client,
    bucket: bucket!,
    prefix,
    startAfter: config.startAfter ?? '',
    keysAscend: config.keysAscend,
    lookBackMs: config.lookBack,
    intervalMs: config.interval,
    objects,
    trouble,
    context
  })
  return {
    figures: () => figures(listing.waiting, { listed: listing.listed, ignored: objects.skipped }),
    async close() {
      await listing.close()
      client.destroy()
    }
  }
}
