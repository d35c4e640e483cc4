/**
 * Keeps the store within its bounds: days older than the retention go, and the oldest days go early when the disk fills up.
 * Every day dropped is said in the log. The newest day is never dropped: when it alone fills the disk, inserts are refused and retried,
 * the sources wait, and readiness says so.
 */

import { statfs } from 'node:fs/promises'
import type { Bus } from '../core/bus.ts'
import { messageOf } from '../core/errors.ts'
import type { PartitionInfo, Store } from './store.ts'

export type RetentionOptions = {
  readonly store: Pick<Store, 'partitions' | 'dropPartition'>
  readonly bus: Pick<Bus, 'applyRetention'>
  readonly folder: string
  readonly config: () => { readonly retentionDays: number; readonly diskShareMax: number }
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly clock: () => number
  readonly everyMs?: number
  /** For tests. */
  readonly disk?: () => Promise<{ total: number; used: number }>
}

/** Which partitions (days of receipt) to drop, oldest first. */
export function tooMany(
  partitions: readonly PartitionInfo[],
  today: string,
  bounds: { retentionDays: number; diskShareMax: number },
  disk: { total: number; used: number }
): { partition: string; why: 'age' | 'disk' }[] {
  const sorted = [...partitions].sort((a, b) => (a.partition < b.partition ? -1 : 1))
  const oldest = new Date(Date.parse(today) - bounds.retentionDays * 86_400_000).toISOString().slice(0, 10)
  const drop: { partition: string; why: 'age' | 'disk' }[] = []
  let excess = disk.used - disk.total * bounds.diskShareMax
  for (const [index, partition] of sorted.entries()) {
    if (partition.partition < oldest) drop.push({ partition: partition.partition, why: 'age' })
    else if (excess > 0 && index < sorted.length - 1) drop.push({ partition: partition.partition, why: 'disk' })
    else break
    excess -= partition.bytes
  }
  return drop
}

export function keepWithinBounds(options: RetentionOptions): { check(): Promise<void>; close(): void } {
  const { store, bus, folder, config, log, clock } = options
  const measure =
    options.disk ??
    (async () => {
      const disk = await statfs(folder)
      // What is reserved for root counts as used: we cannot have it.
      return { total: disk.blocks * disk.bsize, used: (disk.blocks - disk.bavail) * disk.bsize }
    })
  let running = false
  const check = async (): Promise<void> => {
    if (running) return
    running = true
    try {
      const { removedBytes } = await bus.applyRetention()
      if (removedBytes > 0) log.info({ removedBytes }, 'old raw records left the bus')
      const today = new Date(clock()).toISOString().slice(0, 10)
      const disk = await measure()
      for (const { partition, why } of tooMany(await store.partitions(), today, config(), disk)) {
        await store.dropPartition(partition)
        if (why === 'age')
          log.info({ partition }, `the events received on ${partition} are older than the retention and were deleted`)
        else
          log.warn(
            { partition },
            `the disk is fuller than storage.diskShareMax allows: the events received on ${partition} were deleted early`
          )
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'retention could not be applied; it is tried again')
    } finally {
      running = false
    }
  }
  const timer = setInterval(check, options.everyMs ?? 60_000)
  timer.unref()
  return { check, close: () => clearInterval(timer) }
}
