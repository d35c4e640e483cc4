/**
 * Where the positions of consumer groups are kept. The product may keep them elsewhere (in one transaction with its ledger);
 * this is the store of a bus by itself: one small file, replaced as a whole, with a checksum. Commits that arrive while it is being
 * written share the next write.
 */
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { messageOf, PicketError } from '../../core/errors.ts'
import { codeOf, isFull } from './disk.ts'
import { replaceFile } from './replace-file.ts'

export type CursorStore = {
  get(group: string, topic: string, partition: number): Promise<number | undefined>
  /** Resolves once the position is durable. */
  set(group: string, topic: string, partition: number, offset: number): Promise<void>
  /**
   * The furthest position of any group. If the end of a partition was lost, a bus that knows this gives no offset a second time.
   */
  highest?(topic: string, partition: number): Promise<number | undefined>
}

type Cursor = readonly [group: string, topic: string, partition: number, offset: number]
type Waiting = { readonly key: string; readonly cursor: Cursor; resolve(): void; reject(error: unknown): void }

export async function openFileCursors(path: string): Promise<CursorStore & { close(): Promise<void> }> {
  const durable = new Map((await load(path)).map(cursor => [keyOf(cursor[0], cursor[1], cursor[2]), cursor]))
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    await undefined
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      const next = new Map(durable)
      for (const { key, cursor } of group) next.set(key, cursor)
      try {
        await replaceFile(path, textOf([...next.values()]))
        for (const { key, cursor } of group) durable.set(key, cursor)
        for (const { resolve } of group) resolve()
      } catch (cause) {
        const message = `commit a position to ${path}: ${messageOf(cause)}`
        const error = new PicketError(isFull(cause) ? 'bus-full' : 'bus-write-failed', message, {
          retryable: true,
          cause
        })
        for (const { reject } of group) reject(error)
      }
    }
    writing = undefined
  }

  return {
    async get(group, topic, partition) {
      return durable.get(keyOf(group, topic, partition))?.[3]
    },
    set(group, topic, partition, offset) {
      return new Promise((resolve, reject) => {
        waiting.push({
          key: keyOf(group, topic, partition),
          cursor: [group, topic, partition, offset],
          resolve,
          reject
        })
        writing ??= writeAll()
      })
    },
    async highest(topic, partition) {
      let highest: number | undefined
      for (const cursor of durable.values()) {
        if (cursor[1] === topic && cursor[2] === partition && cursor[3] >= (highest ?? 0)) highest = cursor[3]
      }
      return highest
    },
    async close() {
      await writing
    }
  }
}

function keyOf(group: string, topic: string, partition: number): string {
  return JSON.stringify([group, topic, partition])
}

function textOf(cursors: readonly Cursor[]): string {
  const text = JSON.stringify(cursors)
  return JSON.stringify({ version: 1, crc: crc32(text), cursors })
}

async function load(path: string): Promise<readonly Cursor[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
  const { crc, cursors } = parse(text)
  if (crc === undefined || crc32(JSON.stringify(cursors)) !== crc) {
    const message = `${path}, the positions of consumer groups, is damaged; restore it, or remove it to read everything again`
    throw new PicketError('bus-damaged', message)
  }
  return cursors
}

function parse(text: string): { readonly crc?: number; readonly cursors: readonly Cursor[] } {
  try {
    return JSON.parse(text)
  } catch {
    return { cursors: [] }
  }
}
