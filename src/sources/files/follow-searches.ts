/**
 * The searches that are under way: paths whose file is another one than before. What was there is beside it, rotated, and perhaps more that came and
 * went unseen. A search is asked again until nothing is found any more and all that was found is read; that there is one is written down with
 * the place of the new file (docs/adr/0030). The roster (`follow-roster.ts`) begins them and follows what they find.
 */
import type { FollowBatch } from './follow-batch.ts'
import type { PresentFile } from './follow-discover.ts'
import { idOf, isOrphan, isUnread, type KeptPlace, orphanOf } from './follow-place.ts'
import type { FollowerLog, Problems } from './follow-problems.ts'
import { type Beside, type Finding, folderNames, lookBeside } from './follow-rotated.ts'
import { type FollowedSource, Tail } from './follow-tail.ts'
import type { WholeFiles } from './follow-whole.ts'

export type SearchesOptions = {
  readonly batch: FollowBatch
  readonly wholes: WholeFiles
  readonly problems: Problems
  readonly log: FollowerLog
  readonly tails: ReadonlyMap<string, Tail>
  /** The source as it is configured now; undefined where it is not any more. */
  readonly sourceNamed: (name: string) => FollowedSource | undefined
  /** From now on, this is followed to its end. */
  readonly follow: (tail: Tail) => void
}

type Search = {
  readonly source: string
  readonly path: string
  /** Generations that nobody has seen were written to since then. Infinity: only the rest of what is known is looked for. */
  sinceMs: number
  /** Nothing was found since then. */
  quietSinceMs: number
  askAtMs: number
  /** Found, but not readable. */
  unreadable: readonly string[]
  /** Compressed files that may still be written: how they were seen, and since when. */
  readonly seen: Map<string, { readonly sizeBytes: number; readonly mtimeMs: number; readonly sinceMs: number }>
}

/** A search ends when nothing was found for so long: a folder is not listed at one moment, and names change meanwhile. */
const quietMs = 10_000
const pauseMsMax = 5_000
/** A compressed file that was not written to for so long is whole. */
const restMs = 2_000
/** Found files that are begun with at once. */
const takenMax = 100

export class Searches {
  readonly #o: SearchesOptions
  readonly #searches = new Map<string, Search>()

  constructor(options: SearchesOptions) {
    this.#o = options
  }

  /** Looks for the rest of what was followed under the path, and for what nobody has seen of it since then. */
  begin(source: string, path: string, sinceMs: number, nowMs: number): void {
    const key = `${source}\0${path}`
    const known = this.#searches.get(key)
    if (known === undefined)
      this.#searches.set(key, {
        source,
        path,
        sinceMs,
        quietSinceMs: nowMs,
        askAtMs: nowMs,
        unreadable: [],
        seen: new Map()
      })
    else {
      known.sinceMs = Math.min(known.sinceMs, sinceMs)
      known.quietSinceMs = nowMs
      known.askAtMs = nowMs
    }
  }

  /** Asks those whose time has come. True where something was found: it is to be looked at. */
  async ask(nowMs: number, signal: AbortSignal): Promise<boolean> {
    let isAny = false
    const names = folderNames()
    for (const [key, search] of [...this.#searches]) {
      signal.throwIfAborted()
      const waitMs = search.askAtMs - nowMs
      if (waitMs > 0 && waitMs <= pauseMsMax) continue
      const source = this.#o.sourceNamed(search.source)
      // What is written down of it begins it again when the source is back.
      if (source === undefined) {
        this.#tell(search, [])
        this.#searches.delete(key)
      } else if (await this.#ask(search, source, names, nowMs)) isAny = true
    }
    return isAny
  }

  async #ask(
    search: Search,
    source: FollowedSource,
    names: (folder: string) => Promise<readonly string[]>,
    nowMs: number
  ): Promise<boolean> {
    const { batch, tails, wholes } = this.#o
    const { path } = search
    const known = batch.placesAt(source.name, path)
    const rests = known.filter(kept => isUnread(kept) && !tails.has(idOf(kept)))
    const keyOf = ({ device, inode }: PresentFile) => ({ source: source.name, device, inode })
    const { found, unclear, unreadable } = await lookBeside(path, {
      known,
      rests,
      sinceMs: search.sinceMs,
      names,
      placeOf: file => batch.placeAt(keyOf(file)),
      isAtRest: file => isAtRest(search, file, nowMs),
      stateOf(file) {
        const id = idOf(keyOf(file))
        const tail = tails.get(id)
        if (tail === undefined) return wholes.has(id) ? 'pending' : 'unknown'
        if (tail.goneSinceMs === undefined) return 'settled'
        if (tail.place === undefined) return 'pending'
        return tail.isOpen ? 'settled' : 'unknown'
      }
    })
    this.#tell(search, unreadable)
    for (const finding of found.slice(0, takenMax)) this.#take(finding, search, source, nowMs)
    if (found.length > 0) search.quietSinceMs = nowMs
    else if (!unclear && nowMs - search.quietSinceMs >= quietMs) this.#end(search, known, rests)
    search.askAtMs = nowMs + Math.min(pauseMsMax, Math.max(0, nowMs - search.quietSinceMs))
    return found.length > 0
  }

  /** What was found but cannot be read is told; what can be by now is not told any more. */
  #tell(search: Search, unreadable: Beside['unreadable']): void {
    const { problems } = this.#o
    const { source } = search
    const subject = (path: string) => `${source}\0beside\0${path}`
    for (const { path, reason } of unreadable) problems.tell(subject(path), { source, path }, reason)
    const paths = unreadable.map(({ path }) => path)
    for (const path of search.unreadable) if (!paths.includes(path)) problems.clear(subject(path))
    search.unreadable = paths
  }

  #take({ file, compressed, of }: Finding, { path, sinceMs }: Search, source: FollowedSource, nowMs: number): void {
    const { batch, follow, log, wholes } = this.#o
    const what =
      of === undefined ? 'a file was rotated before it was seen; it is read' : 'a file was rotated; its rest is read'
    log.info({ source: source.name, path, rotated: file.path }, what)
    const tail = new Tail(source, file, compressed ? undefined : of?.place, path)
    // What was written before it may still be unread.
    if (Number.isFinite(sinceMs)) tail.unseenSinceMs = sinceMs
    if (of === undefined || idOf(of) !== idOf(tail.key)) {
      tail.settles = of
      // It was given the inode of one that is gone, whose rest is still looked for.
      const before = batch.placeAt(tail.key)
      if (before !== undefined && isUnread(before)) {
        batch.keep(orphanOf(before))
        this.begin(source.name, before.path, Number.POSITIVE_INFINITY, nowMs)
      }
    }
    if (compressed) wholes.add(tail)
    else {
      tail.found(file, nowMs)
      tail.goneSinceMs = nowMs
      follow(tail)
    }
  }

  /** What was not found by now is nowhere. */
  #end(search: Search, known: readonly KeptPlace[], rests: readonly KeptPlace[]): void {
    const { batch, log, tails } = this.#o
    const { source, path } = search
    this.#searches.delete(`${source}\0${path}`)
    const followed = [...tails.values()].filter(tail => tail.key.source === source)
    // Where nothing took its place, it may come back (a disk that is not mounted).
    const isTaken = followed.some(tail => tail.goneSinceMs === undefined && tail.file.path === path)
    for (const kept of known) {
      const isGone = isTaken && rests.includes(kept)
      if (isGone || kept.place.unseenSinceMs !== undefined)
        batch.keep({ ...kept, place: { ...kept.place, unseenSinceMs: undefined, ...(isGone ? { done: true } : {}) } })
      // After a truncation without a copy there is nothing to import.
      if (isGone && !isOrphan(kept))
        log.warn(
          { source, path, position: kept.place.position },
          'the file was replaced while nobody looked: if more was written to the old one, import that (nothing is stored twice)'
        )
    }
    for (const tail of followed) {
      if (tail.unseenSinceMs === undefined || (tail.searchedAt ?? tail.file.path) !== path) continue
      tail.unseenSinceMs = undefined
      if (tail.place !== undefined) batch.keepOf(tail, tail.place)
    }
  }
}

function isAtRest({ seen }: Search, { device, inode, sizeBytes, mtimeMs }: PresentFile, nowMs: number): boolean {
  const key = `${device}:${inode}`
  const before = seen.get(key)
  if (before === undefined || before.sizeBytes !== sizeBytes || before.mtimeMs !== mtimeMs)
    seen.set(key, { sizeBytes, mtimeMs, sinceMs: nowMs })
  else if (nowMs - before.sinceMs >= restMs) return true
  // What gzip has done bears the time of what it compressed.
  return nowMs - mtimeMs >= quietMs
}
