/**
 * The standing `files` sources: looks at their files again and again, and brings in what has come, in rounds. What a look at a file
 * (`follow-tail.ts`) gives is made durable together with that of the others, and then the places are kept: a crash in between gives the
 * same records again, with the same identity, and they are not stored twice. One file's failure is told, and never stops the others.
 */
import type { Chunk } from '../../core/chunk.ts'
import { messageOf, PicketError } from '../../core/errors.ts'
import { type PresentFile, presentFiles } from './follow-discover.ts'
import { type FileKey, type KeptPlace, type Place, type Places, wholePlace } from './follow-place.ts'
import { findCopy, findMoved, isThere } from './follow-rotated.ts'
import { type FollowedSource, type Look, Tail } from './follow-tail.ts'
import { importFile } from './import-files.ts'
import { worldReason } from './walk.ts'

export type FollowerOptions = {
  /** Resolves when the chunks are durable. */
  readonly append: (chunks: readonly Chunk[]) => Promise<void>
  readonly places: Places
  readonly log: FollowerLog
  readonly nowMs: () => number
  readonly recordBytesMax: () => number
  /** How often the paths are looked at for files, at most. */
  readonly everyMs: number
  /** Default: 1 MiB, as imports have it. */
  readonly chunkBytes?: number
  /** Default: 256 files stay open between looks. */
  readonly openMax?: number
}

export type FollowerLog = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Read of one file before the next has its turn. */
const budgetBytes = 4 << 20
/** Gathered for one append. */
const appendBytes = 4 << 20
/** Unfinished records held in memory, over all files. */
const heldBytesMax = 64 << 20
/** A renamed file stays open while its writer may still write to it; a deleted one keeps its disk space. */
const renamedMs = 300_000
const deletedMs = 10_000
/** What failed is left alone for a while. */
const retryMs = 5_000
const dayMs = 86_400_000
/** At most this share of the time is spent looking for files, one in: */
const discoverShare = 10

export class Follower {
  readonly #o: FollowerOptions
  readonly #stop = new AbortController()
  readonly #tails = new Map<string, Tail>()
  readonly #problems = new Map<string, string>()
  #sources = new Map<string, FollowedSource>()
  /** Sources whose files were looked for. */
  readonly #met = new Set<string>()
  #discoverAtMs = 0
  #gathered: Chunk[] = []
  #gatheredBytes = 0
  /** Looks whose chunks are gathered, by tail. */
  readonly #looks = new Map<Tail, Look>()
  #looking: Tail | undefined
  /** Durable on the bus, but not written down yet. */
  readonly #unkept = new Map<string, KeptPlace>()
  /** Files to be taken whole, in turn; and when to try again. */
  readonly #whole = new Map<string, { readonly tail: Tail; readonly keep: boolean }>()
  readonly #retryAtMs = new Map<Tail, number>()
  #importing: Promise<void> | undefined
  #round: Promise<boolean> | undefined

  constructor(options: FollowerOptions) {
    this.#o = options
  }

  /** Replaces the sources. A file of a source that stays is followed from where it was left. */
  use(sources: readonly FollowedSource[]): void {
    this.#sources = new Map(sources.map(source => [source.name, source]))
    for (const name of this.#met) if (!this.#sources.has(name)) this.#met.delete(name)
    this.#discoverAtMs = 0
  }

  /** Files that are followed now. */
  get files(): number {
    return this.#tails.size
  }

  /** Looks at everything once. True where there is more to read at once. Never throws. */
  round(): Promise<boolean> {
    this.#round = this.#lookAtAll()
    return this.#round
  }

  /** Ends what is under way (it is taken up again at the next start) and closes all files. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#round
    await this.#importing
    for (const tail of this.#tails.values()) await tail.close().catch(() => {})
    this.#tails.clear()
  }

  /** Waits for the files that are being taken whole. */
  async imported(): Promise<void> {
    while (this.#importing !== undefined) await this.#importing
  }

  async #lookAtAll(): Promise<boolean> {
    const nowMs = this.#o.nowMs()
    let more = false
    try {
      if (nowMs >= this.#discoverAtMs || this.#discoverAtMs - nowMs > dayMs) await this.#discover(nowMs)
      await this.#letGo()
      for (const tail of [...this.#tails.values()]) {
        if (this.#stop.signal.aborted) break
        if (this.#sources.get(tail.source.name) !== tail.source) continue
        if ((await this.#lookAt(tail)) === 'more') more = true
        if (this.#gatheredBytes >= appendBytes) await this.#flush()
      }
      await this.#flush()
      this.#clear('append')
    } catch (error) {
      this.#forget()
      if (!this.#stop.signal.aborted) this.#problem('append', {}, messageOf(error), 'what was read could not be taken')
      more = false
    }
    await this.#bound()
    this.#importNext()
    return more && !this.#stop.signal.aborted
  }

  async #discover(nowMs: number): Promise<void> {
    const startedMs = performance.now()
    const found = new Set<Tail>()
    const taken = new Set<string>()
    for (const source of this.#sources.values()) {
      const problems = new Set<string>()
      const files = await presentFiles(source.paths, {
        signal: this.#stop.signal,
        onProblem: ({ path, reason }) => {
          problems.add(path)
          this.#problem(`${source.name}\0${path}`, { source: source.name, path }, reason)
        }
      })
      for (const path of source.paths) if (!problems.has(path)) this.#clear(`${source.name}\0${path}`)
      if (!this.#met.has(source.name)) {
        this.#met.add(source.name)
        await this.#findMissing(source, files, nowMs)
      }
      for (const file of files) {
        const tail = this.#tailOf(source, file, nowMs)
        tail.source = source
        tail.found(file, nowMs)
        found.add(tail)
        taken.add(`${source.name}\0${file.path}`)
      }
    }
    for (const [id, tail] of [...this.#tails]) {
      if (found.has(tail)) continue
      const isNew = tail.goneSinceMs === undefined
      tail.goneSinceMs ??= nowMs
      const source = this.#sources.get(tail.source.name)
      // Not asked for any more, or just not rotated: a file that is where it was is left alone from now on.
      if (source === undefined || (isNew && (await isThere(tail)))) await this.#drop(id, tail)
      else {
        tail.source = source
        tail.isReplaced ||= taken.has(`${source.name}\0${tail.file.path}`)
      }
    }
    // A source of very many files must not take all of the time.
    const tookMs = performance.now() - startedMs
    this.#discoverAtMs = nowMs + Math.max(this.#o.everyMs * 0.9, Math.min(tookMs * discoverShare, 60_000))
    if (this.#o.everyMs === 0) this.#discoverAtMs = 0
  }

  #tailOf(source: FollowedSource, file: PresentFile, nowMs: number): Tail {
    const key = { source: source.name, device: file.device, inode: file.inode }
    const id = idOf(key)
    const known = this.#tails.get(id)
    if (known !== undefined) return known
    const { places } = this.#o
    const own = this.#unkept.get(id) ?? places.at(key)
    const tail = new Tail(source, file, own?.place)
    if (own === undefined) {
      const isHeir = (kept: KeptPlace) => kept.place.done !== true && !this.#tails.has(idOf(kept))
      tail.heir = places.atPath(source.name, file.path).find(isHeir)
      tail.place = tail.heir?.place
    } else if (nowMs - own.seenMs > dayMs) this.#unkept.set(id, { ...own, path: file.path, seenMs: nowMs })
    this.#tails.set(id, tail)
    return tail
  }

  /** Files that were followed, and that others took the place of while nobody looked: they are where they were, under another name. */
  async #findMissing(source: FollowedSource, files: readonly PresentFile[], nowMs: number): Promise<void> {
    const present = new Set(files.map(({ device, inode }) => `${device}:${inode}`))
    const paths = new Set(files.map(({ path }) => path))
    for (const kept of this.#o.places.of(source.name)) {
      if (kept.place.done || kept.place.taking === 'whole' || present.has(`${kept.device}:${kept.inode}`)) continue
      if (!paths.has(kept.path)) continue
      const file = await findMoved(kept)
      if (file !== undefined) this.#readToItsEnd(source, file, kept, nowMs)
    }
  }

  #readToItsEnd(source: FollowedSource, file: PresentFile, kept: KeptPlace, nowMs: number): void {
    this.#o.log.info(
      { source: source.name, path: kept.path, rotated: file.path },
      'a file was rotated; its rest is read'
    )
    const tail = new Tail(source, file, kept.place)
    tail.found(file, nowMs)
    tail.goneSinceMs = nowMs
    this.#tails.set(idOf(tail.key), tail)
  }

  /** Something else stands where the file stood: what was written to it last is in a copy, perhaps. */
  async #findRest(source: FollowedSource, kept: KeptPlace, nowMs: number): Promise<boolean> {
    const { position } = kept.place
    const copy = await findCopy(kept, file => this.#tails.has(idOf({ ...file, source: source.name })))
    if (copy === undefined) return false
    const { file, compressed } = copy
    if (!compressed) {
      this.#readToItsEnd(source, file, kept, nowMs)
      return true
    }
    this.#o.log.info(
      { source: source.name, path: kept.path, rotated: file.path, position },
      'a file was rotated; its rest is read'
    )
    const tail = new Tail(source, file, undefined)
    this.#whole.set(idOf(tail.key), { tail, keep: false })
    return true
  }

  async #drop(id: string, tail: Tail): Promise<void> {
    this.#tails.delete(id)
    this.#whole.delete(id)
    this.#retryAtMs.delete(tail)
    this.#clear(id)
    await tail.close().catch(() => {})
  }

  /** Files whose path leads elsewhere are read as long as they may grow. */
  async #letGo(): Promise<void> {
    const nowMs = this.#o.nowMs()
    for (const [id, tail] of [...this.#tails]) {
      if (this.#stop.signal.aborted) return
      if (tail.goneSinceMs === undefined) continue
      if (tail.place === undefined && !tail.isOpen) {
        await this.#drop(id, tail)
        continue
      }
      try {
        const { links } = await tail.stat(nowMs)
        const patienceMs = links === 0 ? deletedMs : renamedMs
        if (tail.needsLook(nowMs) || nowMs - Math.max(tail.quietSinceMs, tail.goneSinceMs) < patienceMs) continue
        if (tail.place !== undefined) this.#unkept.set(id, this.#keptOf(tail, { ...tail.place, done: true }, nowMs))
        await this.#drop(id, tail)
      } catch {
        // It was not open, and is not to be found under its name.
        const kept = tail.place === undefined ? undefined : this.#keptOf(tail, tail.place, nowMs)
        await this.#drop(id, tail)
        if (kept === undefined || !tail.isReplaced || kept.place.taking === 'whole') continue
        const moved = await findMoved(kept)
        if (moved !== undefined) this.#readToItsEnd(tail.source, moved, kept, nowMs)
        else await this.#findRest(tail.source, kept, nowMs)
      }
    }
  }

  async #lookAt(tail: Tail): Promise<'more' | undefined> {
    const nowMs = this.#o.nowMs()
    const id = idOf(tail.key)
    if (this.#whole.has(id) || !tail.needsLook(nowMs)) return undefined
    const retryAtMs = this.#retryAtMs.get(tail)
    if (retryAtMs !== undefined && nowMs < retryAtMs && retryAtMs - nowMs <= retryMs) return undefined
    const { source } = tail
    this.#looking = tail
    const look = tail.look({
      nowMs,
      recordBytesMax: this.#o.recordBytesMax(),
      budgetBytes,
      ...(this.#o.chunkBytes === undefined ? {} : { chunkBytes: this.#o.chunkBytes })
    })
    try {
      for (;;) {
        const next = await look.next()
        if (next.done === true) {
          const { place, lost, decided, whole, more } = next.value
          if (place !== undefined) this.#looks.set(tail, next.value)
          if (decided !== undefined)
            this.#o.log.info({ source: source.name, path: tail.file.path, ...decided }, 'a file is followed')
          if (lost !== undefined) await this.#lost(tail, lost, nowMs)
          if (tail.heir !== undefined) {
            const { heir } = tail
            tail.heir = undefined
            this.#unkept.set(idOf(heir), { ...heir, place: { ...heir.place, done: true } })
          }
          if (whole) await this.#wantsWhole(tail, nowMs)
          this.#retryAtMs.delete(tail)
          this.#clear(id)
          return more ? 'more' : undefined
        }
        this.#gathered.push(next.value)
        this.#gatheredBytes += next.value.body.length
        if (this.#gatheredBytes >= appendBytes * 2) await this.#flush()
      }
    } catch (error) {
      if (error instanceof AppendFailure) throw error
      tail.rollback()
      this.#looks.delete(tail)
      this.#retryAtMs.set(tail, nowMs + retryMs)
      const moved = error instanceof PicketError && error.code === 'file-moved'
      if (!moved) this.#problem(id, { source: source.name, path: tail.file.path }, worldReason(error))
      return undefined
    }
  }

  /** The file holds something else than it did. */
  async #lost(tail: Tail, lost: Place, nowMs: number): Promise<void> {
    if (lost.taking === 'whole') return
    const { source, heir } = tail
    const fields = { source: source.name, path: tail.file.path, position: lost.position }
    const isFound = await this.#findRest(source, heir ?? this.#keptOf(tail, lost, nowMs), nowMs)
    if (heir === undefined) this.#o.log.info(fields, 'the file was truncated or replaced: it is read from its start')
    else if (!isFound)
      this.#o.log.warn(
        fields,
        'the file was replaced while nobody looked; what was written to the old one after this position is missing: import it (nothing is stored twice)'
      )
  }

  async #wantsWhole(tail: Tail, nowMs: number): Promise<void> {
    if (tail.goneSinceMs === undefined && tail.isAtRest(nowMs)) this.#whole.set(idOf(tail.key), { tail, keep: true })
    await tail.close()
  }

  /** Makes durable what was gathered, then keeps the places. Throws `AppendFailure`: then none of it was taken. */
  async #flush(): Promise<void> {
    const chunks = this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    if (chunks.length > 0) await this.#append(chunks)
    const nowMs = this.#o.nowMs()
    for (const [tail, look] of this.#looks) {
      tail.place = look.place
      this.#unkept.set(idOf(tail.key), this.#keptOf(tail, look.place!, nowMs))
    }
    this.#looks.clear()
    this.#keep()
  }

  #keep(): void {
    if (this.#unkept.size === 0) return
    try {
      this.#o.places.save([...this.#unkept.values()])
      this.#unkept.clear()
      this.#clear('places')
    } catch (error) {
      this.#problem('places', {}, `the places in the files cannot be written down: ${messageOf(error)}`)
    }
  }

  /** Waits for `append`, but not beyond the end. */
  async #append(chunks: readonly Chunk[]): Promise<void> {
    const { signal } = this.#stop
    const appended = this.#o.append(chunks)
    let onAbort: () => void = () => {}
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
    })
    try {
      signal.throwIfAborted()
      await Promise.race([appended, aborted])
    } catch (error) {
      appended.catch(() => {})
      throw new AppendFailure(messageOf(error))
    } finally {
      signal.removeEventListener('abort', onAbort)
      aborted.catch(() => {})
    }
  }

  /** What was gathered is given again by the next looks. */
  #forget(): void {
    this.#gathered = []
    this.#gatheredBytes = 0
    for (const tail of this.#looks.keys()) tail.rollback()
    this.#looks.clear()
    this.#looking?.rollback()
    this.#looking = undefined
  }

  /** Bounds the files that are open and the bytes that are held: the quietest and the largest go first. */
  async #bound(): Promise<void> {
    const open = [...this.#tails.values()].filter(tail => tail.isOpen)
    const tooMany = open.length - (this.#o.openMax ?? 256)
    if (tooMany > 0) {
      const closable = open.filter(tail => tail.goneSinceMs === undefined)
      closable.sort((a, b) => a.quietSinceMs - b.quietSinceMs)
      for (const tail of closable.slice(0, tooMany)) await tail.close().catch(() => {})
    }
    let held = 0
    for (const tail of this.#tails.values()) held += tail.heldBytes
    if (held <= heldBytesMax) return
    for (const tail of [...this.#tails.values()].sort((a, b) => b.heldBytes - a.heldBytes)) {
      if (held <= heldBytesMax) return
      held -= tail.heldBytes
      tail.rollback()
    }
  }

  #importNext(): void {
    if (this.#importing !== undefined || this.#stop.signal.aborted) return
    const next = this.#whole.entries().next().value
    if (next === undefined) return
    const [id, { tail, keep }] = next
    this.#importing = this.#importWhole(tail, keep).finally(() => {
      this.#whole.delete(id)
      this.#importing = undefined
      this.#importNext()
    })
  }

  /** Beside the rounds: a large archive must not keep the others waiting. */
  async #importWhole(tail: Tail, keep: boolean): Promise<void> {
    const { source, file } = tail
    const { signal } = this.#stop
    try {
      const { records } = await importFile(file, {
        append: chunks => this.#append(chunks),
        run: '',
        nowMs: this.#o.nowMs,
        recordBytesMax: this.#o.recordBytesMax(),
        source: source.name,
        signal,
        ...(source.format === undefined ? {} : { format: source.format }),
        ...(source.timezone === undefined ? {} : { timezoneMinutes: source.timezone })
      })
      this.#o.log.info({ source: source.name, path: file.path, records }, 'a file was taken whole')
      if (keep) {
        tail.place = wholePlace(file.sizeBytes, file.mtimeMs, source.format ?? '')
        this.#unkept.set(idOf(tail.key), this.#keptOf(tail, tail.place, this.#o.nowMs()))
        this.#keep()
      }
    } catch (error) {
      if (signal.aborted) return
      this.#retryAtMs.set(tail, this.#o.nowMs() + retryMs)
      this.#problem(idOf(tail.key), { source: source.name, path: file.path }, messageOf(error))
    }
  }

  #keptOf(tail: Tail, place: Place, seenMs: number): KeptPlace {
    return { ...tail.key, path: tail.file.path, seenMs, place }
  }

  /** Said once, until it is something else or over. */
  #problem(subject: string, fields: object, reason: string, what = 'a source could not be read'): void {
    if (this.#problems.get(subject) === reason) return
    if (this.#problems.size > 10_000) this.#problems.clear()
    this.#problems.set(subject, reason)
    this.#o.log.warn({ ...fields, error: reason }, `${what}; it is tried again`)
  }

  #clear(subject: string): void {
    this.#problems.delete(subject)
  }
}

class AppendFailure extends Error {}

function idOf({ source, device, inode }: FileKey): string {
  return `${source}\0${device}:${inode}`
}
