/**
 * Rules asked of events by SQL: the events are written into an embedded ClickHouse of their own, in a temporary folder, and each rule's
 * condition is asked there. Loaded only when somebody wants this engine.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EcsEvent } from '../core/parser.ts'
import type { SqlParam } from '../filter/sql-context.ts'
import { toSql } from '../filter/to-sql.ts'
import type { SigmaRule } from '../sigma/rule.ts'
import { EventEncoder } from '../store/encode/event-encoder.ts'
import { startEngine } from '../store/engine.ts'
import { openStore, type Store } from '../store/store.ts'

export type Question = { readonly rule: SigmaRule; readonly event: EcsEvent }

const eventsPerBlock = 20_000
/** Of one statement. ClickHouse reads 256 KiB by default. */
const sqlLengthMax = 100_000
const rulesPerStatement = 50

/** Does each rule's expression match its event? In the order of the questions. */
export async function evaluateWithSql(questions: readonly Question[]): Promise<boolean[]> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-rules-eval-'))
  const log = { info: () => {}, warn: () => {} }
  try {
    const engine = await startEngine({ folder, memoryBytesMax: 900_000_000, freeDiskBytesMin: 1 << 20, log })
    try {
      const store = await openStore(engine.access)
      try {
        await fill(store, questions)
        return await ask(store, questions)
      } finally {
        await store.close()
      }
    } finally {
      await engine.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each event's id is its question's place. */
async function fill(store: Store, questions: readonly Question[]): Promise<void> {
  const encoder = new EventEncoder()
  const bytes = Buffer.from('x')
  for (let from = 0; from < questions.length; from += eventsPerBlock) {
    encoder.begin()
    for (let at = from; at < Math.min(from + eventsPerBlock, questions.length); at++) {
      encoder.add({
        event: questions[at]!.event,
        timeUs: 1_700_000_000_000_000,
        kind: '',
        source: 'eval',
        format: 'eval',
        receivedMs: 1_700_000_000_000,
        idHigh: 0,
        idLow: at,
        text: 'x',
        bytes,
        start: 0,
        end: 1,
        json: undefined,
        tokens: false,
        undated: false
      })
    }
    await store.insert(encoder.finish(), `eval-${from}`)
  }
}

type Asked = { readonly rule: SigmaRule; readonly places: number[] }

async function ask(store: Store, questions: readonly Question[]): Promise<boolean[]> {
  const answers = new Array<boolean>(questions.length).fill(false)
  const byRule = new Map<SigmaRule, Asked>()
  for (const [place, { rule }] of questions.entries()) {
    const asked = byRule.get(rule)
    if (asked === undefined) byRule.set(rule, { rule, places: [place] })
    else asked.places.push(place)
  }
  let parts: string[] = []
  let params: Record<string, SqlParam> = {}
  let length = 0
  const flush = async (): Promise<void> => {
    if (parts.length === 0) return
    const rows = await store.query<{ ids: (string | number)[] }>(parts.join(' UNION ALL '), params)
    for (const { ids } of rows) for (const id of ids) answers[Number(id)] = true
    parts = []
    params = {}
    length = 0
  }
  for (const { rule, places } of byRule.values()) {
    const filter = toSql(rule.expression, { paramPrefix: `r${parts.length}_` })
    const known = `r${parts.length}_places`
    const part = `SELECT groupArray(id) AS ids FROM events WHERE id IN {${known}:Array(UInt64)} AND ${filter.sql}`
    if (parts.length > 0 && length + part.length > sqlLengthMax) {
      await flush()
      const again = toSql(rule.expression, { paramPrefix: 'r0_' })
      parts.push(`SELECT groupArray(id) AS ids FROM events WHERE id IN {r0_places:Array(UInt64)} AND ${again.sql}`)
      params = { ...again.params, r0_places: places }
    } else {
      parts.push(part)
      params = { ...params, ...filter.params, [known]: places }
    }
    length += part.length
    if (parts.length >= rulesPerStatement) await flush()
  }
  await flush()
  return answers
}
