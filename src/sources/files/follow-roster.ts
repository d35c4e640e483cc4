/**
 * Which files are followed: those that the sources' paths lead to now, and those whose path leads elsewhere (rotated) as long as they may
 * still grow. The follower (`follow.ts`) asks here before it looks at them.
 */
import type { FollowBatch } from './follow-batch.ts'
import { type PresentFile, presentFiles } from './follow-discover.ts'
import { idOf, type KeptPlace, type Place, type Places } from './follow-place.ts'
import type { FollowerLog, Problems } from './follow-problems.ts'
import { findBetween, findCopy, findMoved, isLeftAt, isThere } from './follow-rotated.ts'
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
/** Of what was followed under a path, so many are remembered when others are looked for. */
const generationsMax = 10

/** A path whose file is another one than before: what came and went between them, nobody has seen. */
type Gap = { readonly source: FollowedSource; readonly path: string; readonly known: readonly KeptPlace[] }

export class Roster {
  readonly #o: RosterOptions
  readonly #tails = new Map<string, Tail>()
  #sources = new Map<string, FollowedSource>()
  /** Sources whose files were looked for. */
  readonly #met = new Set<string>()
  #gaps: Gap[] = []
  /** On the clock that never steps. */
  #discoverAt = 0
  #touchedAtMs = 0

  constructor(options: RosterOptions) {
    this.#o = options
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
    const taken = new Set<string>()
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
      const isFirst = !this.#met.has(source.name)
      this.#met.add(source.name)
      const missing = isFirst ? await this.#findMissing(source, files, present, nowMs) : []
      for (const file of files) {
        const tail = this.#tailOf(source, file, present)
        tail.source = source
        tail.found(file, nowMs)
        found.add(tail)
        taken.add(`${source.name}\0${file.path}`)
      }
      const heirs = new Set([...this.#tails.values()].map(({ heir }) => heir && idOf(heir)))
      // The newest before the one that is there is looked for with it (`lost`); the older ones here.
      for (const kept of missing)
        if (!heirs.has(idOf(kept)) && (await this.#findRest(source, kept, nowMs)))
          this.#o.batch.keep({ ...kept, place: { ...kept.place, done: true } })
    }
    for (const tail of [...this.#tails.values()]) {
      if (found.has(tail)) continue
      const isNew = tail.goneSinceMs === undefined
      tail.goneSinceMs ??= nowMs
      const source = this.#sources.get(tail.source.name)
      // Not asked for any more, and not rotated: a file that is where it was is left alone from now on.
      if (source === undefined || (isNew && (await isThere(tail)))) await this.#drop(tail)
      else {
        tail.source = source
        tail.isReplaced ||= taken.has(`${source.name}\0${tail.file.path}`)
      }
    }
    this.#touch(found, nowMs)
    const tookMs = performance.now() - startedAt
    const pauseMs = Math.min(tookMs * discoverShare, 60_000)
    if (everyMs > 0 && this.#discoverAt > 0) this.#discoverAt = Math.max(this.#discoverAt, startedAt + pauseMs)
  }

  #tailOf(source: FollowedSource, file: PresentFile, present: ReadonlySet<string>): Tail {
    const key = { source: source.name, device: file.device, inode: file.inode }
    const id = idOf(key)
    const known = this.#tails.get(id)
    if (known !== undefined) return known
    const { batch, places } = this.#o
    const own = batch.unkept(id) ?? places.at(key)
    const tail = new Tail(source, file, own?.place)
    tail.wasAt = own?.path
    if (own === undefined) {
      tail.heir = places
        .atPath(source.name, file.path)
        .find(kept => kept.place.done !== true && !present.has(inodeOf(kept)) && !this.#tails.has(idOf(kept)))
      tail.place = tail.heir?.place
      const known = places.atPath(source.name, file.path).slice(0, generationsMax)
      if (known.length > 0) this.#gaps.push({ source, path: file.path, known })
    }
    this.#tails.set(id, tail)
    return tail
  }

  /**
   * Files that were followed, and that others took the place of while nobody looked: they are where they were, under another name. Gives those
   * that are not.
   */
  async #findMissing(
    source: FollowedSource,
    files: readonly PresentFile[],
    present: ReadonlySet<string>,
    nowMs: number
  ): Promise<KeptPlace[]> {
    const missing: KeptPlace[] = []
    const paths = new Set(files.map(({ path }) => path))
    for (const kept of this.#o.places.of(source.name)) {
      if (kept.place.done || kept.place.taking === 'whole' || present.has(inodeOf(kept)) || !paths.has(kept.path))
        continue
      if (this.#tails.has(idOf(kept))) continue
      const file = await findMoved(kept)
      if (file !== undefined) this.#readToItsEnd(source, file, kept.place, kept.path, nowMs)
      else missing.push(kept)
    }
    return missing
  }

  /** Files that took a path and left it between two looks, rotated: they are read from their start. */
  async fillGaps(nowMs: number): Promise<void> {
    for (const gap of this.#gaps.splice(0)) await this.#fill(gap, nowMs)
  }

  async #fill({ source, path, known }: Gap, nowMs: number): Promise<void> {
    if (this.#sources.get(source.name) !== source) return
    const { places, log } = this.#o
    // An inode alone says little: that of a file that is gone is soon another's.
    const isKnown = async (file: PresentFile): Promise<boolean> => {
      const key = { source: source.name, device: file.device, inode: file.inode }
      const tail = this.#tails.get(idOf(key))
      const place = tail === undefined ? places.at(key)?.place : tail.place
      return place === undefined ? tail !== undefined : isLeftAt(file, place)
    }
    for (const { file, compressed } of await findBetween(path, known, isKnown)) {
      if (!compressed) {
        this.#readToItsEnd(source, file, undefined, path, nowMs)
        continue
      }
      log.info({ source: source.name, path, rotated: file.path }, 'a file was rotated before it was seen; it is read')
      this.#o.wholes.add(new Tail(source, file, undefined), false)
    }
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
      if (tail.goneSinceMs === undefined) continue
      if (tail.place === undefined && !tail.isOpen) {
        // One that was found rotated has yet to be looked at.
        if (tail.followedAs === undefined || nowMs - tail.goneSinceMs > renamedMs) await this.#drop(tail)
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
        if (tail.place === undefined || !tail.isReplaced || tail.place.taking === 'whole') continue
        const kept = tail.kept(tail.place, nowMs)
        const moved = await findMoved(kept)
        if (moved !== undefined) this.#readToItsEnd(tail.source, moved, kept.place, kept.path, nowMs)
        else await this.#findRest(tail.source, kept, nowMs)
      }
    }
  }

  /** The file holds something else than it did: what was written last before that is in a copy, perhaps. */
  async lost(tail: Tail, place: Place, nowMs: number): Promise<void> {
    const { source, heir } = tail
    if (heir === undefined) {
      // Truncated, or a new file that was given the inode of one that is gone.
      const mine = tail.kept(place, nowMs)
      const others = this.#o.places.atPath(source.name, mine.path).filter(kept => idOf(kept) !== idOf(mine))
      this.#gaps.push({ source, path: mine.path, known: [mine, ...others.slice(0, generationsMax)] })
    }
    if (place.taking === 'whole' || place.done === true) return
    const fields = { source: source.name, path: tail.file.path, position: place.position }
    const old = heir ?? { ...tail.kept(place, nowMs), path: tail.wasAt ?? tail.file.path }
    tail.wasAt = undefined
    const isFound = await this.#findRest(source, old, nowMs)
    const { log } = this.#o
    if (heir === undefined) log.info(fields, 'the file was truncated or replaced: it is read from its start')
    else if (!isFound)
      log.warn(
        fields,
        'the file was replaced while nobody looked: if more was written to the old one, import that (nothing is stored twice)'
      )
  }

  async #findRest(source: FollowedSource, kept: KeptPlace, nowMs: number): Promise<boolean> {
    const copy = await findCopy(kept, file => this.#tails.has(idOf({ ...file, source: source.name })))
    if (copy === undefined) return false
    const { file, compressed } = copy
    if (!compressed) {
      this.#readToItsEnd(source, file, kept.place, kept.path, nowMs)
      return true
    }
    this.#o.log.info(
      { source: source.name, path: kept.path, rotated: file.path },
      'a file was rotated; its rest is read'
    )
    this.#o.wholes.add(new Tail(source, file, undefined), false)
    return true
  }

  #readToItsEnd(
    source: FollowedSource,
    file: PresentFile,
    place: Place | undefined,
    path: string,
    nowMs: number
  ): void {
    this.#o.log.info(
      { source: source.name, path, rotated: file.path },
      place === undefined ? 'a file was rotated before it was seen; it is read' : 'a file was rotated; its rest is read'
    )
    const tail = new Tail(source, file, place, path)
    tail.found(file, nowMs)
    tail.goneSinceMs = nowMs
    this.#tails.set(idOf(tail.key), tail)
  }

  async #drop(tail: Tail): Promise<void> {
    const id = idOf(tail.key)
    this.#tails.delete(id)
    this.#o.wholes.drop(tail)
    this.#o.problems.clear(id)
    await tail.close().catch(() => {})
  }

  async close(): Promise<void> {
    for (const tail of this.#tails.values()) await tail.close().catch(() => {})
    this.#tails.clear()
  }
}

function inodeOf({ device, inode }: { readonly device: string; readonly inode: string }): string {
  return `${device}:${inode}`
}
