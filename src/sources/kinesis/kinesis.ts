/** Reads a data stream of Kinesis: its shards, from checkpoints, through splits and merges. */

import { http1Options, inRegionOf } from '../../platform/aws/client-options.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import type { PullContext, Pulling } from '../pull/source.ts'
import { Trouble } from '../pull/trouble.ts'
import { kinesisApi } from './api.ts'
import { Readers } from './readers.ts'

export type KinesisConfig = Extract<SourceConfig, { type: 'kinesis' }>

export async function pullKinesis(config: KinesisConfig, context: PullContext): Promise<Pulling> {
  const { KinesisClient } = await import('@aws-sdk/client-kinesis')
  const client = new KinesisClient(await http1Options(inRegionOf(config, config.stream)))
  const { checkpoints } = context
  const trouble = new Trouble(context.log, config.name)
  const readers = new Readers({
    api: await kinesisApi(client, config.stream),
    stream: config.stream,
    start: config.start === 'oldest' ? 'oldest' : { fromMs: begunMs(config.stream, context) },
    checkpoints,
    trouble,
    chunks: {
      source: config.name,
      format: config.format,
      timezoneMinutes: config.timezone,
      recordBytesMax: context.recordBytesMax(),
      nowMs: context.nowMs,
      append: chunks => context.append(chunks)
    }
  })
  return {
    figures: () => ({
      records: readers.records,
      problem: trouble.problem,
      more: {
        behind_ms: readers.behindMs,
        shards: readers.shards,
        shards_read: readers.reading,
        answers: readers.answers,
        throttled: readers.throttled
      }
    }),
    async close() {
      await readers.close()
      client.destroy()
    }
  }
}

/** `latest` is when the source first began: a shard that is born later, or found after a restart, is read from there as well. */
function begunMs(stream: string, { checkpoints, nowMs }: PullContext): number {
  const key = `begun:${stream}`
  const known = Number(checkpoints.get(key))
  if (known > 0) return known
  const now = nowMs()
  checkpoints.save(new Map([[key, String(now)]]))
  return now
}
