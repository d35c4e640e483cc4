/**
 * Kinesis: PutRecords within its limits (500 records, 5 MiB a request with the keys, 1 MiB a record). Of a request of which some records failed, only
 * those are sent again.
 */

import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { http1Options } from '../platform/aws/client-options.ts'
import { awsError, awsOptions, awsSettings } from './aws.ts'
import { Batcher } from './batcher.ts'
import { countOption, timeOption } from './options.ts'
import { AttemptError, Attempts, batchedSink } from './retry.ts'
import { sinkKind } from './sink.ts'

const recordBytesMax = 1 << 20
const keyCharactersMax = 256

export const kinesis = sinkKind({
  schemes: ['kinesis'],
  example: 'kinesis://stream?region=eu-central-1',
  about: 'An Amazon Kinesis data stream. Credentials as the AWS CLI finds them.',
  ownsQuery: true,
  options: z.strictObject({
    ...awsOptions,
    lines: countOption(1, 500).optional().describe('Records a request, at most. Default: 500.'),
    linger: timeOption().optional().describe('How long a record waits for others. Default: 500ms.'),
    requests: countOption(1, 16).optional().describe('Requests at once. Default: 1, which keeps the order.')
  }),
  async open({ host, path, shown }, options, context) {
    if (host === '' || path !== '') throw new PicketError('sink-options', 'Name the stream: kinesis://STREAM')
    const { KinesisClient, PutRecordsCommand } = await import('@aws-sdk/client-kinesis')
    const client = new KinesisClient({ ...(await http1Options(awsSettings(options))), maxAttempts: 1 })
    const attempts = new Attempts(shown, context)
    const limits = {
      lines: options.lines ?? 500,
      // The keys count, too: 256 characters each at most, of up to 4 bytes.
      bytes: 5 * (1 << 20) - 500 * keyCharactersMax * 4,
      lingerMs: options.linger ?? 500,
      inFlight: options.requests ?? 1
    }
    const batcher = new Batcher(limits, async ({ lines, keys }) => {
      let left = lines.flatMap((line, at) => {
        const Data = Buffer.from(line)
        const PartitionKey = (keys[at] || String(Math.floor(context.random() * 2 ** 32))).slice(0, keyCharactersMax)
        if (Data.length + Buffer.byteLength(PartitionKey) <= recordBytesMax) return [{ Data, PartitionKey }]
        attempts.refuse(1, 'a record is larger than 1 MiB')
        return []
      })
      if (left.length === 0) return
      await attempts.until(async () => {
        const answer = await client
          .send(new PutRecordsCommand({ StreamName: host, Records: left }), { abortSignal: context.signal })
          .catch(error => {
            throw awsError(error)
          })
        if ((answer.FailedRecordCount ?? 0) === 0) return
        const results = answer.Records ?? []
        const code = results.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorCode
        left = left.filter((_, at) => results[at]?.ErrorCode !== undefined)
        throw new AttemptError(`${left.length} records failed: ${code}`, true)
      })
    })
    return batchedSink(shown, batcher, attempts, () => client.destroy())
  }
})
