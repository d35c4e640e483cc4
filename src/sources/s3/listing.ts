/**
 * Objects by listing a bucket, round after round. Taken is what was changed since the round before began, less a look-back, and was not
 * taken yet; so a key that sorts before others, or shows late, is found. A checkpoint keeps where a round is, when the last one began, and
 * what was taken within the look-back.
 */

import { createHash } from 'node:crypto'
import type { S3Client } from '@aws-sdk/client-s3'
import { messageOf } from '../../core/errors.ts'
import { awsFailure } from '../../platform/aws/failure.ts'
import type { PullContext } from '../pull/source.ts'
import { pause, type Trouble } from '../pull/trouble.ts'
import type { NamedObject } from './notification.ts'
import { ObjectFailure } from './object-bytes.ts'
import { type Objects, pathOf } from './objects.ts'

export type ListingOptions = {
  readonly client: S3Client
  readonly bucket: string
  readonly prefix: string
  readonly startAfter: string
  /** New keys come after all older ones: a round begins where keys are not older than the look-back. */
  readonly keysAscend: boolean
  readonly lookBackMs: number
  readonly intervalMs: number
  readonly objects: Objects
  readonly trouble: Trouble
  readonly context: PullContext
}

/** Where a listing is. Times are this machine's; the look-back is for what clocks and S3 differ as well. */
type Place = {
  /** When the last whole round began; 0: there was none. */
  lastMs: number
  /** When this round began; undefined between rounds. */
  nowMs: number | undefined
  /** All keys to here are done in this round. */
  key: string
  /** With `keysAscend`: rounds begin here. */
  floor: string
}

type Listed = NamedObject & { readonly etag: string; readonly modifiedMs: number; readonly isArchived: boolean }

const closeMs = 10_000
/** Keys remembered within the look-back. More of them: those of the oldest are read again, and are duplicates. */
const rememberedMax = 1_000_000
const saveEvery = 200

export class Listing {
  readonly #options: ListingOptions
  readonly #stop = new AbortController()
  /** Taken within the look-back: the hash of key and ETag → when the object was changed. */
  readonly #taken = new Map<string, number>()
  #place: Place
  readonly #running: Promise<void>
  listed = 0
  waiting: number | undefined

  constructor(options: ListingOptions) {
    this.#options = options
    const { checkpoints } = options.context
    for (const [key, value] of checkpoints.startingWith('taken:')) this.#taken.set(key.slice(6), Number(value))
    this.#place = this.#readPlace()
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    const timer = setTimeout(() => this.#options.objects.stop(), closeMs)
    await this.#running
    clearTimeout(timer)
  }

  /** Another bucket, prefix or beginning is another listing; what was taken is known all the same. */
  get #placeKey(): string {
    const { bucket, prefix, startAfter } = this.#options
    return `place:${hashOf(JSON.stringify([bucket, prefix, startAfter]))}`
  }

  #readPlace(): Place {
    const text = this.#options.context.checkpoints.get(this.#placeKey)
    const none: Place = { lastMs: 0, nowMs: undefined, key: '', floor: '' }
    return text === undefined ? none : { ...none, ...(JSON.parse(text) as Partial<Place>) }
  }

  async #run(): Promise<void> {
    const { intervalMs, trouble, bucket } = this.#options
    while (!this.#stop.signal.aborted) {
      try {
        await this.#round()
        trouble.over('listing')
        await pause(intervalMs, this.#stop.signal)
      } catch (error) {
        if (this.#stop.signal.aborted) return
        const message =
          error instanceof ObjectFailure
            ? error.message
            : (error as { $metadata?: unknown }).$metadata === undefined
              ? messageOf(error)
              : awsFailure(error, `list the bucket ${bucket}`).message
        await pause(trouble.met('listing', message), this.#stop.signal)
      }
    }
  }

  async #round(): Promise<void> {
    const { client, bucket, prefix, startAfter, keysAscend, lookBackMs, context } = this.#options
    const { ListObjectsV2Command } = await import('@aws-sdk/client-s3')
    const place = this.#place
    if (place.nowMs === undefined) {
      place.nowMs = context.nowMs()
      place.key = ''
      this.#save([])
    }
    const sinceMs = place.lastMs === 0 ? 0 : place.lastMs - lookBackMs
    const begun = place.nowMs
    let floor = place.floor
    let floorHolds = keysAscend
    for (;;) {
      this.#stop.signal.throwIfAborted()
      const after = [startAfter, place.floor, place.key].reduce((a, b) => (compareKeys(a, b) >= 0 ? a : b))
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(after === '' ? {} : { StartAfter: after }) }),
        { abortSignal: this.#stop.signal }
      )
      const found = (page.Contents ?? []).flatMap(each => listedOf(bucket, each) ?? [])
      this.listed += found.length
      const wanted = found.filter(each => each.modifiedMs >= sinceMs && !this.#taken.has(idOf(each)))
      await this.#takeAll(wanted)
      for (const each of found) {
        if (floorHolds && each.modifiedMs < begun - lookBackMs) floor = each.key
        else floorHolds = false
      }
      const last = page.Contents?.at(-1)?.Key
      if (last !== undefined) place.key = last
      if (page.IsTruncated !== true || last === undefined) break
      this.#save([])
    }
    place.lastMs = begun
    place.nowMs = undefined
    place.key = ''
    place.floor = floor
    this.#save(this.#forget(begun - lookBackMs))
    this.waiting = 0
  }

  /** Resolves when all are durable and noted; throws the first failure when those under way are. */
  async #takeAll(wanted: readonly Listed[]): Promise<void> {
    const { objects } = this.#options
    let failure: unknown
    let done: Listed[] = []
    const note = (): void => {
      const own = done
      done = []
      for (const each of own) this.#taken.set(idOf(each), each.modifiedMs)
      this.#save(own.map(each => [`taken:${idOf(each)}`, String(each.modifiedMs)]))
    }
    this.waiting = wanted.length
    const each = async (object: Listed): Promise<void> => {
      if (failure !== undefined || this.#stop.signal.aborted) return
      try {
        if (object.isArchived)
          await objects.bury(
            `${object.bucket}/${object.key} `,
            JSON.stringify({ bucket: object.bucket, key: object.key }),
            `the object is archived: restore it, then copy it onto itself (${pathOf(object)})`,
            object
          )
        else await objects.read(object)
        done.push(object)
        this.waiting = (this.waiting ?? 1) - 1
        if (done.length >= saveEvery) note()
      } catch (error) {
        failure ??= error
      }
    }
    await Promise.all(wanted.map(each))
    note()
    if (failure !== undefined) throw failure
    this.#stop.signal.throwIfAborted()
  }

  #forget(beforeMs: number): (readonly [string, undefined])[] {
    const old: string[] = []
    for (const [id, modifiedMs] of this.#taken) if (modifiedMs < beforeMs) old.push(id)
    const over = this.#taken.size - old.length - rememberedMax
    if (over > 0) {
      const rest = [...this.#taken].filter(([, ms]) => ms >= beforeMs).sort(([, a], [, b]) => a - b)
      for (const [id] of rest.slice(0, over)) old.push(id)
    }
    for (const id of old) this.#taken.delete(id)
    return old.map(id => [`taken:${id}`, undefined] as const)
  }

  #save(more: readonly (readonly [string, string | undefined])[]): void {
    const entries: [string, string | undefined][] = [[this.#placeKey, JSON.stringify(this.#place)]]
    for (const [key, value] of more) entries.push([key, value])
    this.#options.context.checkpoints.save(new Map(entries))
  }
}

function listedOf(
  bucket: string,
  each: { Key?: string; Size?: number; ETag?: string; LastModified?: Date; StorageClass?: string }
): Listed | undefined {
  if (each.Key === undefined) return undefined
  return {
    bucket,
    key: each.Key,
    sizeBytes: each.Size,
    version: undefined,
    etag: (each.ETag ?? '').replaceAll('"', ''),
    modifiedMs: each.LastModified?.getTime() ?? 0,
    isArchived: each.StorageClass === 'GLACIER' || each.StorageClass === 'DEEP_ARCHIVE'
  }
}

/** As S3 sorts: by the bytes of UTF-8. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const idOf = ({ key, etag }: Listed): string => hashOf(`${etag} ${key}`)

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16)
