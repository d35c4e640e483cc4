/** Followed files in a world of their own: a folder on the disk, places in memory, a clock that the test moves. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Chunk } from '../core/chunk.ts'
import { forEachRecord } from '../parsers/parse-chunk.ts'
import { Follower } from '../sources/files/follow.ts'
import type { KeptPlace, Places } from '../sources/files/follow-place.ts'
import type { FollowedSource } from '../sources/files/follow-tail.ts'
import { readChunks } from '../sources/files/read-chunks.ts'

const root = await mkdtemp(join(tmpdir(), 'picket-follow-'))
after(() => rm(root, { recursive: true }))
let folders = 0

export async function newFolder(): Promise<string> {
  const folder = join(root, String(++folders))
  await mkdir(folder)
  return folder
}

/** What a place table does, in memory. */
function placesInMemory(): Places & { readonly rows: Map<string, string> } {
  const rows = new Map<string, string>()
  const all = () => [...rows.values()].map(row => JSON.parse(row) as KeptPlace)
  return {
    rows,
    at: key => all().find(row => row.source === key.source && row.device === key.device && row.inode === key.inode),
    atPath: (source, path) =>
      all()
        .filter(row => row.source === source && row.path === path)
        .sort((a, b) => b.seenMs - a.seenMs),
    of: source => all().filter(row => row.source === source),
    save: places => {
      for (const place of places) rows.set(`${place.source} ${place.device} ${place.inode}`, JSON.stringify(place))
    },
    forget: beforeMs => {
      for (const [key, row] of rows) if ((JSON.parse(row) as KeptPlace).seenMs < beforeMs) rows.delete(key)
    }
  }
}

export type World = {
  readonly chunks: Chunk[]
  readonly log: string[]
  readonly places: ReturnType<typeof placesInMemory>
  nowMs: number
  chunkBytes: number | undefined
  follower: Follower
  append: (chunks: readonly Chunk[]) => Promise<void>
  /** The next process: what was only in memory is gone. */
  restart(sources: readonly FollowedSource[]): Promise<void>
  /** Looks until nothing more comes; then `passMs` go by. */
  look(passMs?: number): Promise<void>
}

export function world(sources: readonly FollowedSource[], chunkBytes?: number): World {
  const made: World = {
    chunks: [],
    log: [],
    places: placesInMemory(),
    nowMs: Date.now(),
    chunkBytes,
    follower: undefined as unknown as Follower,
    append: async chunks => {
      made.chunks.push(...chunks.map(copied))
    },
    async restart(next) {
      await made.follower?.close()
      start(next)
    },
    async look(passMs = 1000) {
      while (await made.follower.round());
      await made.follower.imported()
      made.nowMs += passMs
    }
  }
  function start(next: readonly FollowedSource[]): void {
    const say = (fields: object, message: string) => {
      made.log.push(`${message} ${JSON.stringify(fields)}`)
    }
    made.follower = new Follower({
      append: chunks => made.append(chunks),
      places: made.places,
      log: { info: say, warn: say },
      nowMs: () => made.nowMs,
      recordBytesMax: () => 100_000,
      everyMs: 0,
      ...(made.chunkBytes === undefined ? {} : { chunkBytes: made.chunkBytes })
    })
    made.follower.use(next)
  }
  start(sources)
  after(() => made.follower.close())
  return made
}

const copied = ({ headers, body }: Chunk): Chunk => ({ headers: structuredClone(headers), body: Buffer.from(body) })

/** Each record with what its id is made of, and what the parser makes of it. */
export function recordsOf(chunks: readonly Chunk[], withEvents = false): string[] {
  const out: string[] = []
  for (const chunk of chunks) {
    const { prefix, firstIndex = 0, dead = '', records } = chunk.headers
    const fixed = { ...chunk, headers: { ...chunk.headers, receivedMs: 0, referenceMs: 0 } }
    const count = forEachRecord(fixed, (index, start, end, _text, _json, parsed) => {
      const event = withEvents ? JSON.stringify(parsed) : ''
      out.push(`${prefix}/${firstIndex + index} ${chunk.body.toString('latin1', start, end)} ${dead} ${event}`)
    })
    assert.equal(count, records)
  }
  return out
}

export async function imported(content: Buffer, format: string | undefined, chunkBytes?: number): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  const bytes = (async function* () {
    yield content
  })()
  for await (const chunk of readChunks(
    { name: 'x', fileName: 'x', mtimeMs: 0, bytes },
    { nowMs: 0, recordBytesMax: 100_000, ...(format && { format }), ...(chunkBytes && { chunkBytes }) }
  )) {
    chunks.push(copied(chunk))
  }
  return chunks
}

export const textsOf = (chunks: readonly Chunk[]) =>
  recordsOf(chunks).map(record => record.split(' ').slice(1).join(' ').trim())
export const eve = (i: number) =>
  `{"timestamp":"2024-01-02T03:04:05.000000+0000","event_type":"dns","flow_id":${i},"src_ip":"10.0.0.1"}`
export const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${eve(from + i)}\n`).join('')
