/** S3 and what speaks its protocol: objects that are closed by size or age, packed or not. What an object will hold lies in memory until it is put. */

import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { compileFormat } from '../generate/dates/format.ts'
import { readZone } from '../generate/dates/zone.ts'
import { clientOptions } from '../platform/aws/client-options.ts'
import { awsError, awsOptions, awsSettings } from './aws.ts'
import { Batcher } from './batcher.ts'
import { flagOption, sizeOption, timeOption } from './options.ts'
import { Attempts, batchedSink } from './retry.ts'
import { sinkKind } from './sink.ts'

const endings = { ndjson: 'ndjson', csv: 'csv', template: 'log' }
const types = { ndjson: 'application/x-ndjson', csv: 'text/csv', template: 'text/plain' }

export const s3 = sinkKind({
  schemes: ['s3'],
  example: 's3://bucket/logs/%Y/%m/%d/%H%M%S-{n}.ndjson.gz?size=16MB&every=1m',
  about: "Objects in an S3 bucket. The key may have strftime's letters, {n} (a number) and {id} (random).",
  ownsQuery: true,
  options: z.strictObject({
    ...awsOptions,
    size: sizeOption(1024, 256e6)
      .optional()
      .describe('Close an object after so many bytes (before packing). Default: 8MB.'),
    every: timeOption().optional().describe('Close an object after so long. Default: 1m.'),
    gzip: flagOption().optional().describe('Pack. Also if the key ends with .gz.')
  }),
  async open({ host, path, shown }, options, context) {
    if (host === '') throw new PicketError('sink-options', 'Name the bucket: s3://BUCKET/PREFIX/')
    const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3')
    const client = new S3Client({
      ...clientOptions(awsSettings(options)),
      maxAttempts: 1,
      forcePathStyle: options.endpoint !== undefined
    })
    const isPrefix = path === '' || path.endsWith('/')
    const template = isPrefix
      ? `${path}%Y/%m/%d/%Y%m%dT%H%M%SZ-{n}-{id}.${endings[context.format]}${options.gzip ? '.gz' : ''}`
      : path
    const gzip = options.gzip === true || template.endsWith('.gz')
    const utc = readZone(undefined)
    // A '%' that strftime does not know is told now, and not after the first minute.
    const format = template.includes('%') ? compileFormat(template, utc) : undefined
    let number = 0
    const keyOf = (): string => {
      const text = format === undefined ? template : format(context.nowMs())
      const id = Math.floor(context.random() * 2 ** 48).toString(36)
      const counted = text.replaceAll('{n}', String(++number).padStart(6, '0')).replaceAll('{id}', id.padStart(10, '0'))
      // Keys without a number would put one object over the other.
      if (number === 1 || /\{n\}|\{id\}/.test(template)) return counted
      const at = counted.search(/\.[^/]*$/)
      return at < 0 ? `${counted}-${number}` : `${counted.slice(0, at)}-${number}${counted.slice(at)}`
    }
    const attempts = new Attempts(shown, context)
    const limits = {
      lines: Number.POSITIVE_INFINITY,
      bytes: options.size ?? 8_000_000,
      lingerMs: options.every ?? 60_000,
      inFlight: 2
    }
    const batcher = new Batcher(limits, async ({ lines }) => {
      const text = `${context.header === undefined ? '' : `${context.header}\n`}${lines.join('\n')}\n`
      const Body = gzip ? gzipSync(text) : Buffer.from(text)
      // The key is chosen once: an object that is put again replaces itself.
      const Key = keyOf()
      await attempts.until(() =>
        client
          .send(
            new PutObjectCommand({
              Bucket: host,
              Key,
              Body,
              ContentType: gzip ? 'application/gzip' : types[context.format]
            }),
            {
              abortSignal: context.signal
            }
          )
          .catch(error => {
            throw awsError(error)
          })
      )
    })
    return batchedSink(shown, batcher, attempts, () => client.destroy())
  }
})
