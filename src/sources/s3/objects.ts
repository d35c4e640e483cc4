/**
 * Reads objects into the intake as a file would be: unpacked, recognised, cut into chunks. An object's records are set apart from those of
 * others by its bucket, key and ETag, so that an object that is told of twice, by whatever way, is stored once (docs/adr/0021).
 */

import { gunzipSync } from 'node:zlib'
import type { S3Client } from '@aws-sdk/client-s3'
import { ChunkMaker } from '../files/chunk-maker.ts'
import { importFile } from '../files/import-files.ts'
import { shownName } from '../files/stream.ts'
import { Room } from '../pull/room.ts'
import type { PullContext } from '../pull/source.ts'
import { together } from '../pull/together.ts'
import type { NamedObject } from './notification.ts'
import { ObjectFailure, openObject } from './object-bytes.ts'

export type ObjectsOptions = {
  readonly client: S3Client
  readonly source: string
  readonly format: string | undefined
  readonly timezoneMinutes: number | undefined
  readonly skipDigests: boolean
  readonly objectsMax: number
  readonly context: PullContext
}

/** What one object takes: unpacked records that wait for the disk, four appends of 4 MiB, and the next. A small one takes less. */
const streamBytes = 20 << 20
const roomBytes = 160 << 20
/** Of compressed logs. */
const usualRatio = 12

export class Objects {
  readonly #options: ObjectsOptions
  readonly #room: Room
  readonly #append: PullContext['append']
  records = 0
  objects = 0
  bytes = 0
  gone = 0
  skipped = 0
  /** Those being read: each can be stopped by itself. */
  readonly #reading = new Set<AbortController>()
  #stopped = false

  constructor(options: ObjectsOptions) {
    this.#options = options
    this.#room = new Room(options.objectsMax, roomBytes)
    this.#append = together(chunks => options.context.append(chunks))
  }

  get inWork(): number {
    return this.#room.pieces
  }

  get isStopped(): boolean {
    return this.#stopped
  }

  /** What is being read fails, and so does what is still to be read. */
  stop(): void {
    this.#stopped = true
    for (const reading of this.#reading) reading.abort(stopping())
  }

  /** Resolves when its records are durable, or when it is known that there are none. Throws `ObjectFailure` where it must be tried again. */
  read(object: NamedObject): Promise<void> {
    const size = object.sizeBytes ?? 1 << 20
    return this.#room.with(Math.min(streamBytes, 256 * 1024 + size * usualRatio), () => this.#read(object))
  }

  async #read(object: NamedObject): Promise<void> {
    if (this.#stopped) throw stopping()
    // A folder made in the console, and digests: lists of hashes, which are no events.
    const isFolder = object.key.endsWith('/') && (object.sizeBytes ?? 0) === 0
    if (isFolder || (this.#options.skipDigests && isDigest(object.key))) {
      this.skipped++
      return
    }
    // Its own: when its bytes fail, what was made of the beginning is not taken for the whole.
    const stop = new AbortController()
    this.#reading.add(stop)
    try {
      await this.#import(object, stop)
      this.objects++
    } catch (error) {
      const failure = stop.signal.aborted ? (stop.signal.reason as unknown) : error
      if (!(failure instanceof ObjectFailure)) throw failure
      if (failure.failure.kind !== 'gone' && failure.failure.kind !== 'archived') throw failure
      await this.bury(
        `${object.bucket}/${object.key} ${object.version ?? ''}`,
        JSON.stringify({ bucket: object.bucket, key: object.key, version: object.version }),
        failure.failure.kind === 'gone'
          ? `the object is gone: it was deleted before it was read (${pathOf(object)})`
          : `the object is archived: restore it, then copy it onto itself (${pathOf(object)})`,
        object
      )
      this.gone++
    } finally {
      this.#reading.delete(stop)
    }
  }

  async #import(object: NamedObject, stop: AbortController): Promise<void> {
    const { signal } = stop
    const { client, context, source, format, timezoneMinutes } = this.#options
    const open = await openObject(client, object, signal)
    const watched = async function* (): AsyncGenerator<Buffer, void> {
      try {
        yield* open.bytes
      } catch (error) {
        stop.abort(error)
        throw error
      }
    }
    const path = pathOf(object)
    const raw = Buffer.from(object.key)
    let records = 0
    try {
      const isSmall = open.sizeBytes > 0 && open.sizeBytes <= smallBytes
      const bytes = isSmall ? [await smallBody(watched())] : watched()
      await importFile(
        { path: shownName(path), raw, sizeBytes: open.sizeBytes, mtimeMs: open.modifiedMs, bytes: iterated(bytes) },
        {
          append: this.#append,
          run: '',
          nowMs: context.nowMs,
          recordBytesMax: context.recordBytesMax(),
          format,
          timezoneMinutes,
          source,
          origin: stream => `s3 ${path} ${open.etag}${stream.name.slice(shownName(path).length)}`,
          object: stream => stream.name,
          onRecords: count => {
            records += count
          },
          signal
        }
      )
    } finally {
      open.drop()
    }
    signal.throwIfAborted()
    this.records += records
    this.bytes += open.sizeBytes
  }

  /** What is told of but cannot be had is a dead letter with the reason. `identity` makes it one, however often it comes. */
  async bury(identity: string, text: string, reason: string, object?: NamedObject): Promise<void> {
    const { context, source } = this.#options
    const base = { source, format: 'unknown', receivedMs: context.nowMs(), run: '' }
    const maker = new ChunkMaker(
      object === undefined ? base : { ...base, object: pathOf(object) },
      `s3 dead ${identity}`
    )
    const record = maker.beginDead()
    record.add(Buffer.from(text))
    await this.#append([maker.dead(record, reason)])
    this.records++
  }
}

/** A small object is held, and unpacked at once: a stream of its own costs more than its content. */
const smallBytes = 128 * 1024
const smallInflatedBytes = 4 << 20

async function smallBody(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(piece)
  const body = Buffer.concat(parts)
  if (body.length < 3 || body[0] !== 0x1f || body[1] !== 0x8b) return body
  try {
    const options = { maxOutputLength: smallInflatedBytes, info: true }
    const { buffer, engine } = gunzipSync(body, options) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    // What is behind the data is for the reader of files to judge; so is what is damaged or large.
    return engine.bytesWritten === body.length ? buffer : body
  } catch {
    return body
  }
}

async function* iterated(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer, void> {
  for await (const piece of pieces) yield piece
}

const stopping = (): Error => new Error('the source is stopping')

export const pathOf = ({ bucket, key }: Pick<NamedObject, 'bucket' | 'key'>): string => `s3://${bucket}/${key}`

/** `AWSLogs/123456789012/CloudTrail-Digest/…`, and Insight's as well. */
const isDigest = (key: string): boolean => /(?:^|\/)CloudTrail-Digest\//.test(key)
