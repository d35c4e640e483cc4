/**
 * Which files are followed: those that the sources' paths lead to now, and those whose path leads elsewhere (rotated) as long as they may
 * still grow. The follower (`follow.ts`) asks here before it looks at them.
 */
import type { FollowBatch } from './follow-batch.ts'
import { type PresentFile, presentFile, presentFiles } from './follow-discover.ts'
import { idOf, isUnread, orphanOf, type Place, type Places, unseenSince } from './follow-place.ts'
import type { FollowerLog, Problems } from './follow-problems.ts'
import { Searches } from './follow-searches.ts'
import { type FollowedSource, Tail } from './follow-tail.ts'
import type { WholeFiles } from './follow-whole.ts'

export type RosterOptions = {
  readonly places: Places
  readonly batch: FollowBatch
  readonly wholes: WholeFiles
  readonly problems: Problems
  readonly log: FollowerLog
  readonly everyMs: number
  readonly signal: AbortSignal
}

/** A renamed file stays open while its writer may still write to it; a deleted one keeps its disk space. */
const renamedMs = 300_000
const deletedMs = 10_000
/** At most this share of the time is spent looking for files, one in: */
const discoverShare = 10
const dayMs = 86_400_000
/** How long the place in a file that is gone is kept. */
const keptMs = 60 * dayMs

export class Roster {
  readonly #o: RosterOptions
  readonly #tails = new Map<string, Tail>()
  #sources = new Map<string, FollowedSource>()
  /** Sources whose files were looked for. */
  readonly #met = new Set<string>()
  readonly #searches: Searches
  /** On the clock that never steps. */
  #discoverAt = 0
  #touchedAtMs = 0

  constructor(options: RosterOptions) {
    this.#o = options
    this.#searches = new Searches({
      ...options,
      tails: this.#tails,
      sourceNamed: name => this.#sources.get(name),
      follow: tail => this.#tails.set(idOf(tail.key), tail)
    })
  }

  get tails(): ReadonlyMap<string, Tail> {
    return this.#tails
  }

  use(sources: readonly FollowedSource[]): void {
    this.#sources = new Map(sources.map(source => [source.name, source]))
    for (const name of this.#met) if (!this.#sources.has(name)) this.#met.delete(name)
    this.#discoverAt = 0
  }

  /** Is its source as it was when the file was found? */
  isCurrent(tail: Tail): boolean {
    return this.#sources.get(tail.source.name) === tail.source
  }

  /** Looks for files, if it is time to. */
  async discover(nowMs: number): Promise<void> {
    const startedAt = performance.now()
    if (startedAt < this.#discoverAt) return
    const { everyMs, problems, signal } = this.#o
    // A source of very many files must not take all of the time. Set first: a changed configuration meanwhile sets it back.
    this.#discoverAt = startedAt + everyMs * 0.9
    const found = new Set<Tail>()
    for (const source of this.#sources.values()) {
      const broken = new Set<string>()
      const files = await presentFiles(source.paths, {
        signal,
        onProblem: ({ path, reason }) => {
          broken.add(path)
          problems.tell(`${source.name}\0${path}`, { source: source.name, path }, reason)
        }
      })
      for (const path of source.paths) if (!broken.has(path)) problems.clear(`${source.name}\0${path}`)
      const present = new Set(files.map(inodeOf))
      for (const file of files) {
        const tail = this.#tailOf(source, file, present, nowMs)
        tail.source = source
        tail.found(file, nowMs)
        found.add(tail)
      }
      if (!this.#met.has(source.name)) this.#meet(source, files, present, nowMs)
    }
    for (const tail of [...this.#tails.values()]) {
      if (found.has(tail)) continue
      const isNew = tail.goneSinceMs === undefined
      tail.goneSinceMs ??= nowMs
      const source = this.#sources.get(tail.source.name)
      // Not asked for any more, and not rotated: a file that is where it was is left alone from now on.
      if (source === undefined || (isNew && (await isThere(tail)))) await this.#drop(tail)
      else tail.source = source
    }
    this.#touch(found, nowMs)
    const tookMs = performance.now() - startedAt
    const pauseMs = Math.min(tookMs * discoverShare, 60_000)
    if (everyMs > 0 && this.#discoverAt > 0) this.#discoverAt = Math.max(this.#discoverAt, startedAt + pauseMs)
  }

  #tailOf(source: FollowedSource, file: PresentFile, present: ReadonlySet<string>, nowMs: number): Tail {
    const key = { source: source.name, device: file.device, inode: file.inode }
    const id = idOf(key)
    const followed = this.#tails.get(id)
    if (followed !== undefined) return followed
    const { batch } = this.#o
    const own = batch.placeAt(key)
    const tail = new Tail(source, file, own?.place)
    tail.wasAt = own?.path
    this.#tails.set(id, tail)
    if (own === undefined) {
      const known = batch.placesAt(source.name, file.path)
      tail.heir = known.find(kept => isUnread(kept) && !present.has(inodeOf(kept)) && !this.#tails.has(idOf(kept)))
      tail.place = tail.heir && { ...tail.heir.place, unseenSinceMs: undefined }
      tail.unseenSinceMs = unseenSince(known)
    } else tail.unseenSinceMs = own.place.unseenSinceMs
    if (tail.unseenSinceMs !== undefined)
      this.#searches.begin(source.name, own?.path ?? file.path, tail.unseenSinceMs, nowMs)
    return tail
  }

  /** What a process before this one was looking for, or would have to: files that others took the place of meanwhile. */
  #meet(source: FollowedSource, files: readonly PresentFile[], present: ReadonlySet<string>, nowMs: number): void {
    this.#met.add(source.name)
    const paths = new Set(files.map(({ path }) => path))
    for (const kept of this.#o.places.of(source.name)) {
      if (!paths.has(kept.path)) continue
      const { unseenSinceMs } = kept.place
      const isLeft = isUnread(kept) && !present.has(inodeOf(kept))
      if (isLeft || unseenSinceMs !== undefined)
        this.#searches.begin(source.name, kept.path, unseenSinceMs ?? Number.POSITIVE_INFINITY, nowMs)
    }
  }

  /** Looks for files that left their path, rotated. True where some were found: they are to be looked at. */
  search(nowMs: number): Promise<boolean> {
    return this.#searches.ask(nowMs, this.#o.signal)
  }

  /** Once a day, what is there is marked as seen, and what was not seen for long is forgotten. */
  #touch(found: ReadonlySet<Tail>, nowMs: number): void {
    if (Math.abs(nowMs - this.#touchedAtMs) < dayMs) return
    this.#touchedAtMs = nowMs
    const { batch, places } = this.#o
    for (const tail of found) {
      if (tail.place !== undefined && tail.heir === undefined) batch.keep(tail.kept(tail.place, nowMs))
    }
    batch.writeDown()
    places.forget(nowMs - keptMs)
  }

  /** Files whose path leads elsewhere are followed as long as they may grow. */
  async letGo(nowMs: number): Promise<void> {
    for (const tail of [...this.#tails.values()]) {
      this.#o.signal.throwIfAborted()
      if (tail.goneSinceMs === undefined || this.#o.wholes.has(idOf(tail.key))) continue
      const path = tail.searchedAt ?? tail.file.path
      if (tail.place === undefined && !tail.isOpen) {
        // It was moved before it could be opened: it is another one's rotated file now.
        await this.#drop(tail)
        this.#searches.begin(tail.source.name, path, tail.unseenSinceMs ?? tail.file.mtimeMs, nowMs)
        continue
      }
      try {
        const { links } = await tail.stat(nowMs)
        const patienceMs = links === 0 ? deletedMs : renamedMs
        if (tail.needsLook(nowMs) || nowMs - Math.max(tail.quietSinceMs, tail.goneSinceMs) < patienceMs) continue
        if (tail.place !== undefined) this.#o.batch.keep(tail.kept({ ...tail.place, done: true }, nowMs))
        await this.#drop(tail)
      } catch {
        // It was not open, and its name leads nowhere, or elsewhere.
        await this.#drop(tail)
        if (tail.place?.taking !== 'whole')
          this.#searches.begin(tail.source.name, path, tail.unseenSinceMs ?? Number.POSITIVE_INFINITY, nowMs)
      }
    }
  }

  /** The file holds something else than it did: what was written last before that is in a copy, perhaps. */
  lost(tail: Tail, place: Place, nowMs: number): void {
    const { source, heir } = tail
    const { batch, log } = this.#o
    const path = tail.searchedAt ?? tail.file.path
    tail.place = undefined
    if (heir !== undefined || tail.settles !== undefined) {
      // Only tried: its own place is still written down.
      tail.settles = undefined
      this.#searches.begin(source.name, path, tail.unseenSinceMs ?? Number.POSITIVE_INFINITY, nowMs)
      return
    }
    // Truncated, or a new file that was given the inode of one that is gone.
    const mine = { ...tail.kept(place, nowMs), path: tail.wasAt ?? path }
    tail.wasAt = undefined
    const others = batch.placesAt(source.name, path).filter(kept => idOf(kept) !== idOf(mine))
    tail.unseenSinceMs = unseenSince(mine.path === path ? [mine, ...others] : others)
    if (tail.unseenSinceMs !== undefined) this.#searches.begin(source.name, path, tail.unseenSinceMs, nowMs)
    if (place.taking === 'whole' || place.done === true) return
    batch.keep(orphanOf(mine))
    this.#searches.begin(source.name, mine.path, Number.POSITIVE_INFINITY, nowMs)
    const fields = { source: source.name, path: tail.file.path, position: place.position }
    log.info(fields, 'the file was truncated or replaced: it is read from its start')
  }

  async #drop(tail: Tail): Promise<void> {
    const id = idOf(tail.key)
    this.#tails.delete(id)
    this.#o.wholes.drop(id)
    this.#o.problems.clear(id)
    await tail.close().catch(() => {})
  }

  async close(): Promise<void> {
    for (const tail of this.#tails.values()) await tail.close().catch(() => {})
    this.#tails.clear()
  }
}

/** Is the file still where it was found? */
async function isThere({ key, file }: Tail): Promise<boolean> {
  const present = await presentFile(file.raw).catch(() => undefined)
  return present?.device === key.device && present.inode === key.inode
}

function inodeOf({ device, inode }: { readonly device: string; readonly inode: string }): string {
  return `${device}:${inode}`
}
