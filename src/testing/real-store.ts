/** A real embedded ClickHouse in a temporary folder, for tests of what is written into it and read back. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RebuiltRow } from '../store/encode/rebuild.ts'
import { type Engine, engineLibrary, startEngine } from '../store/engine.ts'
import { openStore, type Store } from '../store/store.ts'

export type RealStore = AsyncDisposable & {
  readonly store: Store
  readonly engine: Engine
  /** All events, in the order of their ids. */
  rows(condition?: string): Promise<RebuiltRow[]>
  clear(): Promise<void>
  /** Many small blocks in one insert: quicker, as a block costs nearly the same whatever it holds. */
  insertTogether(blocks: readonly Uint8Array[]): Promise<void>
}

/** Is the engine's library installed? Tests are skipped where it is not. */
export function hasEngine(): boolean {
  try {
    engineLibrary()
    return true
  } catch {
    return false
  }
}

export async function realStore(): Promise<RealStore> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-store-test-'))
  const log = { info: () => {}, warn: () => {} }
  const engine = await startEngine({ folder, memoryBytesMax: 900_000_000, freeDiskBytesMin: 1 << 20, log })
  const store = await openStore(engine.access)
  // Nothing here has to outlive a power cut.
  await store.command('ALTER TABLE picket.events MODIFY SETTING fsync_after_insert = 0, fsync_part_directory = 0')
  return {
    store,
    engine,
    async rows(condition = '1') {
      const found = await store.search({ sql: condition, params: {} }, {}, { limit: 4_000_000, oldestFirst: true })
      return found.rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },
    async clear() {
      await store.command('TRUNCATE TABLE picket.events')
    },
    async insertTogether(blocks) {
      const { url, writer } = engine.access
      const query = 'INSERT INTO picket.events SETTINGS min_insert_block_size_rows = 1000000 FORMAT Native'
      const response = await fetch(`${url}/?query=${encodeURIComponent(query)}`, {
        method: 'POST',
        headers: { 'X-ClickHouse-User': writer.user, 'X-ClickHouse-Key': writer.password },
        body: Buffer.concat(blocks)
      })
      if (!response.ok) throw new Error((await response.text()).slice(0, 500))
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await engine.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
