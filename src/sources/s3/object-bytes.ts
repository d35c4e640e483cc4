/**
 * An object's bytes, as a stream that survives a broken connection: what is missing is asked for again from where it broke, as long as
 * the object is the same (its ETag).
 */

import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { type AwsFailure, awsFailure } from '../../platform/aws/failure.ts'
import { pause } from '../pull/trouble.ts'
import type { NamedObject } from './notification.ts'

export type OpenObject = {
  /** Without its quotes. */
  readonly etag: string
  /** 0 where the store does not say. */
  readonly sizeBytes: number
  readonly modifiedMs: number | undefined
  readonly bytes: AsyncIterable<Buffer>
  /** For an object that is not wanted after all. */
  drop(): void
}

/** Tries in a row that bring not one byte. */
const triesMax = 4

export class ObjectFailure extends Error {
  override name = 'ObjectFailure'
  readonly failure: AwsFailure
  constructor(failure: AwsFailure, cause: unknown) {
    super(failure.message, { cause })
    this.failure = failure
  }
}

/** Throws `ObjectFailure`; so do its bytes. */
export async function openObject(client: S3Client, object: NamedObject, signal: AbortSignal): Promise<OpenObject> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3')
  const what = `read s3://${object.bucket}/${object.key}`
  const ask = async (range: string | undefined, etag: string | undefined): Promise<GetObjectCommandOutput> => {
    try {
      return await client.send(
        new GetObjectCommand({
          Bucket: object.bucket,
          Key: object.key,
          VersionId: object.version,
          Range: range,
          IfMatch: etag
        }),
        { abortSignal: signal }
      )
    } catch (error) {
      throw new ObjectFailure(awsFailure(error, what), error)
    }
  }
  const first = await ask(undefined, undefined)
  const quoted = first.ETag ?? ''
  const size = first.ContentLength ?? 0

  async function* bytes(): AsyncGenerator<Buffer, void> {
    let answer = first
    let at = 0
    for (let tries = 0; ; tries++) {
      let failure: unknown
      try {
        for await (const piece of answer.Body as unknown as AsyncIterable<Buffer>) {
          at += piece.length
          tries = 0
          yield piece
        }
      } catch (error) {
        failure = error
      }
      if (failure === undefined && at >= size) return
      failure ??= new Error(`it ended after ${at} of ${size} bytes`)
      if (signal.aborted || tries >= triesMax) throw new ObjectFailure(awsFailure(failure, what), failure)
      await pause(250 * 2 ** tries, signal)
      answer = await ask(`bytes=${at}-`, quoted === '' ? undefined : quoted)
    }
  }

  return {
    etag: quoted.replaceAll('"', ''),
    sizeBytes: size,
    modifiedMs: first.LastModified?.getTime(),
    bytes: bytes(),
    drop: () => (first.Body as { destroy?: () => void } | undefined)?.destroy?.()
  }
}
