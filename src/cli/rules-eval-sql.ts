/**
 * Rules asked of events by SQL: the events are written into an embedded ClickHouse of their own, in a temporary folder, and each rule's
 * condition is asked there. Loaded only when somebody wants this engine.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EcsEvent } from '../core/parser.ts'
import type { Expression } from '../filter/expression.ts'
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
/** A request has at most a thousand. */
const paramsMax = 700
const rulesPerStatement = 50

/** Does what is asked of each rule (default: its detection) hold of its event? In the order of the questions. */
export async function evaluateWithSql(
  questions: readonly Question[],
  asked: (rule: SigmaRule) => Expression = rule => rule.expression
): Promise<boolean[]> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-rules-eval-'))
  const log = { info: () => {}, warn: () => {} }
  try {
    const engine = await startEngine({ folder, memoryBytesMax: 900_000_000, freeDiskBytesMin: 1 << 20, log })
    try {
      const store = await openStore(engine.access)
      try {
        await fill(store, questions)
        return await ask(store, questions, asked)
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

async function ask(
  store: Store,
  questions: readonly Question[],
  expressionOf: (rule: SigmaRule) => Expression
): Promise<boolean[]> {
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
    for (;;) {
      const prefix = `r${parts.length}_`
      const filter = toSql(expressionOf(rule), { paramPrefix: prefix })
      const part = `SELECT groupArray(id) AS ids FROM events WHERE id IN {${prefix}places:Array(UInt64)} AND ${filter.sql}`
      const count = Object.keys(params).length + Object.keys(filter.params).length + 1
      // It goes into the next statement, as its first.
      if (parts.length > 0 && (length + part.length > sqlLengthMax || count > paramsMax)) {
        await flush()
        continue
      }
      parts.push(part)
      params = { ...params, ...filter.params, [`${prefix}places`]: places }
      length += part.length
      break
    }
    if (parts.length >= rulesPerStatement) await flush()
  }
  await flush()
  return answers
}
