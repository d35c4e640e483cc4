/** What is asked of Kinesis, and nothing more: so that it can be played in tests, with everything that goes wrong there. */

import type { KinesisClient } from '@aws-sdk/client-kinesis'

export type Shard = {
  readonly id: string
  readonly parents: readonly string[]
  /** It was split or merged: it gets no more records. */
  readonly isClosed: boolean
}

export type Position = { readonly after: string } | { readonly fromMs: number } | 'oldest'

export type StreamRecord = { readonly sequence: string; readonly data: Buffer }

export type Records = {
  readonly records: readonly StreamRecord[]
  /** Undefined: the shard is closed and was read to its end. */
  readonly next: string | undefined
  readonly behindMs: number
}

/** Rejects with what the SDK throws. */
export type KinesisApi = {
  shards(signal: AbortSignal): Promise<readonly Shard[]>
  iterator(shard: string, from: Position, signal: AbortSignal): Promise<string>
  records(iterator: string, signal: AbortSignal): Promise<Records>
}

/** Kinesis gives 10 MB at most, whatever is asked for. */
const recordsMax = 5_000

export async function kinesisApi(client: KinesisClient, stream: string): Promise<KinesisApi> {
  const { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } = await import('@aws-sdk/client-kinesis')
  const isArn = stream.startsWith('arn:')
  const named = isArn ? { StreamARN: stream } : { StreamName: stream }
  const arn = isArn ? { StreamARN: stream } : {}
  return {
    async shards(abortSignal) {
      const found: Shard[] = []
      let NextToken: string | undefined
      do {
        const answer = await client.send(
          // With a token, only the token may be given.
          new ListShardsCommand(NextToken === undefined ? { ...named, MaxResults: 1000 } : { NextToken }),
          { abortSignal }
        )
        for (const shard of answer.Shards ?? []) {
          const parents = [shard.ParentShardId, shard.AdjacentParentShardId].filter(id => id !== undefined)
          const isClosed = shard.SequenceNumberRange?.EndingSequenceNumber !== undefined
          found.push({ id: shard.ShardId!, parents, isClosed })
        }
        NextToken = answer.NextToken
      } while (NextToken !== undefined)
      return found
    },
    async iterator(ShardId, from, abortSignal) {
      const where =
        from === 'oldest'
          ? { ShardIteratorType: 'TRIM_HORIZON' as const }
          : 'after' in from
            ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: from.after }
            : { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(from.fromMs) }
      const answer = await client.send(new GetShardIteratorCommand({ ...named, ShardId, ...where }), { abortSignal })
      return answer.ShardIterator!
    },
    async records(ShardIterator, abortSignal) {
      const answer = await client.send(new GetRecordsCommand({ ...arn, ShardIterator, Limit: recordsMax }), {
        abortSignal
      })
      return {
        records: (answer.Records ?? []).map(({ SequenceNumber, Data }) => ({
          sequence: SequenceNumber!,
          data: Buffer.from(Data!.buffer, Data!.byteOffset, Data!.byteLength)
        })),
        next: answer.NextShardIterator,
        behindMs: answer.MillisBehindLatest ?? 0
      }
    }
  }
}
