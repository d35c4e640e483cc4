/**
 * `npm run bench correlations -- --events 5000000`: sliding windows over events of a million groups, as the scheduled detections ask for
 * them: one statement, one processor of the engine, within 500 MB. Rows are made by the engine itself: what is measured is the question.
 */

import { join } from 'node:path'
import { Statement } from '../src/correlate/hits-sql.ts'
import type { Windowed, WindowedKind } from '../src/correlate/windowed.ts'
import { windowedSql } from '../src/correlate/windowed-sql.ts'
import { equals } from '../src/filter/expression.ts'
import { startEngine } from '../src/store/engine.ts'
import { openStore } from '../src/store/store.ts'
import { processorSeconds } from './processor.ts'

type Row = (workload: string, figure: string, ceiling?: string, ratio?: string) => void

const memoryMax = 500_000_000
const groups = 1_000_000
const startUs = Date.UTC(2026, 0, 1) * 1000

export async function benchCorrelations(events: number, folder: string, row: Row): Promise<void> {
  const log = { info() {}, warn() {} }
  const engine = await startEngine({
    folder: join(folder, 'correlations-engine'),
    memoryBytesMax: 900e6,
    freeDiskBytesMin: 1e8,
    log
  })
  const store = await openStore(engine.access)
  try {
    // A million sources within five minutes; each thousandth a hundred times as busy.
    await store.command(
      `INSERT INTO picket.events (id, ingested, position, timestamp, event_action, event_dataset, source_ip, destination_port)
       SELECT number, now(), 1, fromUnixTimestamp64Micro(${startUs} + intDiv(number * 300000000, ${events})), 'fail', 'bench',
         toIPv6(IPv4NumToString(toUInt32(if(number % 10 = 0, intDiv(number, 10) % ${groups / 1000} * 1000, number * 7919 % ${groups}) + 167772160))), intDiv(number, 10000) % 60000
       FROM numbers(${events}) SETTINGS max_block_size = 20000, min_insert_block_size_rows = 20000, max_threads = 1`
    )
    const windowed = (kind: WindowedKind, bound: Windowed['bound'], values: string[][]): Windowed => ({
      kind,
      bases: [
        {
          name: 'base',
          of: { kind: 'events', expression: equals('event.action', 'fail') },
          keys: [['source.ip']],
          values
        }
      ],
      groupBy: ['source.ip'],
      spanUs: 300_000_000,
      bound
    })
    for (const [name, asked] of [
      ['event_count, few groups reach the number', windowed('event_count', { gte: 50 }, [])],
      ['event_count, most groups do', windowed('event_count', { gte: 3 }, [])],
      ['value_count, few groups do', windowed('value_count', { gte: 50 }, [['destination.port']])]
    ] as const) {
      let best = Number.POSITIVE_INFINITY
      let processor = Number.POSITIVE_INFINITY
      let found = 0
      for (const count of [1, 4, 16] as const) {
        try {
          for (let times = 0; times < 2; times++) {
            const startedMs = performance.now()
            const before = processorSeconds().children
            found = 0
            for (let number = 0; number < count; number++)
              found += await ask(asked, count === 1 ? undefined : { number, of: count })
            best = Math.min(best, performance.now() - startedMs)
            processor = Math.min(processor, processorSeconds().children - before)
          }
          const rate = Math.round(events / (best / 1000))
          const perSecond = Math.round(events / Math.max(0.01, processor))
          const parts = count === 1 ? '' : `, in ${count} parts`
          row(
            `correlations: ${name} (${events} events)`,
            `${rate} events/s, ${found} groups${parts}; ${perSecond} a second of the engine's processor`,
            'asked for: 500,000 events/s in 500 MB'
          )
          break
        } catch (error) {
          if (count === 16) throw error
        }
      }
    }

    async function ask(asked: Windowed, slice: { number: number; of: number } | undefined): Promise<number> {
      const statement = new Statement({ table: 'picket.events', mayBeInMap: () => false })
      const about = {
        ...{ fromUs: startUs, toUs: startUs + 600_000_000, seen: 0, committed: 1, overUs: 0, overSeenUs: 0 },
        ...{ groupsMax: 1000, samplesMax: 10 },
        ...(slice === undefined ? {} : { slice })
      }
      const sql = windowedSql(asked, about, statement)
      const { rows } = await store.table(sql, statement.params, { memoryBytesMax: memoryMax, background: true })
      return Number(rows[0]?.[7] ?? 0)
    }
  } finally {
    await store.close()
    await engine.close()
  }
}
