/** One segment file of a partition: its name, its index (loaded when first needed), its open file, and a stretch of it in memory. */
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, type Disk, readAll } from './disk.ts'
import { SegmentIndex } from './segment-index.ts'
import { walkSegment } from './walk.ts'

/** One read takes no more than this at once, whatever it asks for, unless a single batch is larger. */
const stretchBytesMax = 64 * 1024 * 1024

/** Bytes from one batch's start to another's. */
export type Stretch = {
  /** Undefined if the disk would not give them. */
  readonly bytes: Buffer | undefined
  readonly failure: string
  readonly lengthBytes: number
  /** The offsets of the batches at its start and after its end, as far as the index knows. */
  readonly fromOffset: number
  readonly toOffset: number
}

export class Segment {
  readonly baseOffset: number
  readonly path: string
  readonly #disk: Disk
  readonly #mark: Buffer
  #file: Promise<FileHandle> | undefined
  #users = 0
  #index: Promise<SegmentIndex> | undefined
  #indexWasLoaded = false
  #sizeBytes: number | undefined

  constructor(folder: string, baseOffset: number, mark: Buffer, disk: Disk, index?: SegmentIndex) {
    this.baseOffset = baseOffset
    this.path = segmentPath(folder, baseOffset)
    this.#mark = mark
    this.#disk = disk
    if (index !== undefined) this.#index = Promise.resolve(index)
  }

  get indexPath(): string {
    return `${this.path.slice(0, -4)}.index`
  }

  /** Calls back with the open file, and closes it when nobody uses it any more. */
  async use<T>(callback: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await this.hold()
    try {
      return await callback(file)
    } finally {
      await this.letGo()
    }
  }

  /** Opens the file and keeps it open until `letGo` is called as often as `hold`. */
  async hold(): Promise<FileHandle> {
    this.#users += 1
    try {
      this.#file ??= open(this.path, 'r+')
      return await this.#file
    } catch (error) {
      this.#users -= 1
      this.#file = undefined
      throw error
    }
  }

  async letGo(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    const file = this.#file
    this.#file = undefined
    await (await file)?.close()
  }

  /** Of a segment that is no longer written to. */
  async sizeBytes(): Promise<number> {
    this.#sizeBytes ??= (await stat(this.path)).size
    return this.#sizeBytes
  }

  index(): Promise<SegmentIndex> {
    if (this.#index === undefined) {
      this.#index = this.#loadIndex()
      this.#index.catch(() => {
        this.#index = undefined
      })
    }
    return this.#index
  }

  async #loadIndex(): Promise<SegmentIndex> {
    const size = await this.sizeBytes()
    const loaded = await SegmentIndex.load(this.indexPath, this.#mark, this.baseOffset, size)
    if (loaded !== undefined && loaded.bytes === size) {
      this.#indexWasLoaded = true
      return loaded
    }
    return await this.#buildIndex(size)
  }

  async #buildIndex(size: number): Promise<SegmentIndex> {
    const index = new SegmentIndex(this.baseOffset)
    await this.use(file => walkSegment(this.#disk, file, size, index, this.#mark, false))
    await this.saveIndex(index)
    return index
  }

  /** Damage was found: was it the index that is wrong? True if it had come from a file and has now been built from the segment. */
  async rebuildLoadedIndex(): Promise<boolean> {
    if (!this.#indexWasLoaded) return false
    this.#indexWasLoaded = false
    this.#index = this.#buildIndex(await this.sizeBytes())
    await this.#index
    return true
  }

  /** An index is advice: failing to keep it is no failure. */
  async saveIndex(index: SegmentIndex): Promise<void> {
    await index.save(this.indexPath, this.#mark).catch(() => undefined)
  }

  /** The batches around an offset: from an index entry at or before it, on to about `maxBytes`, in one allocation of their own. */
  async stretch(offset: number, maxBytes: number): Promise<Stretch> {
    const index = await this.index()
    const entry = index.entryOf(offset)
    const start = index.positions[entry] ?? 0
    const fromOffset = index.offsets[entry] ?? this.baseOffset
    const until = start + Math.min(maxBytes, stretchBytesMax)
    const load = async (endEntry: number): Promise<Stretch> => {
      const end = index.positions[endEntry] ?? index.bytes
      const toOffset = index.offsets[endEntry] ?? index.endOffset
      const bytes = Buffer.allocUnsafeSlow(end - start)
      return await this.use(async file => {
        const read = await readAll(this.#disk, file, bytes, start)
        return { bytes: read, failure: '', lengthBytes: end - start, fromOffset, toOffset }
      }).catch(error => {
        if (codeOf(error) !== 'EIO') throw error
        return {
          bytes: undefined,
          failure: 'the disk could not read it',
          lengthBytes: end - start,
          fromOffset,
          toOffset
        }
      })
    }
    const wanted = await load(until >= index.bytes ? index.positions.length : Math.max(entry + 1, index.entryAt(until)))
    return wanted.bytes === undefined ? await load(entry + 1) : wanted
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true })
    await rm(this.indexPath, { force: true })
  }
}

export function segmentPath(folder: string, baseOffset: number): string {
  return join(folder, `${String(baseOffset).padStart(20, '0')}.log`)
}

/** The base offset that a file's name says, if it is a segment's name. */
export function baseOffsetOf(fileName: string): number | undefined {
  if (!/^\d{20}\.log$/.test(fileName)) return undefined
  const offset = Number(fileName.slice(0, 20))
  return Number.isSafeInteger(offset) ? offset : undefined
}
