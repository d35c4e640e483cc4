/** What must hold after every fault: each record is there once and as it came, the books balance, and the engine is well. */

import assert from 'node:assert/strict'
import type { Picket } from '../../src/wire.ts'
import type { Lab } from './lab.ts'

export type Expectation = {
  /** Rows that are events. */
  readonly stored: number
  /** Rows that are dead letters. */
  readonly dead: number
  /** What the originals of a source's rows must be, in any order. */
  readonly originals?: readonly { readonly source: string; readonly lines: readonly (string | Buffer)[] }[]
}

export type Facts = {
  readonly rows: number
  readonly ids: number
  readonly dead: number
  readonly histogram: number
  readonly received: number
  readonly duplicates: number
}

/** More originals than this are compared by a sample. */
const originalsMax = 20_000

export async function verify(lab: Lab, data: string, expected: Expectation): Promise<Facts> {
  return lab.inspect(data, picket => verifyOpen(picket, expected))
}

async function verifyOpen(picket: Picket, expected: Expectation): Promise<Facts> {
  const { store, ledger, engine } = picket
  const { totals, pending } = ledger.report()
  const [counted] = await store.query<{ rows: string; ids: string; dead: string }>(
    "SELECT toString(count()) AS rows, toString(uniqExact(id)) AS ids, toString(countIf(event_kind = 'pipeline_error')) AS dead FROM picket.events"
  )
  const [summed] = await store.query<{ events: string }>('SELECT toString(sum(events)) AS events FROM picket.histogram')
  const facts: Facts = {
    rows: Number(counted!.rows),
    ids: Number(counted!.ids),
    dead: Number(counted!.dead),
    histogram: Number(summed!.events),
    received: totals.received,
    duplicates: totals.duplicates
  }
  const seen = JSON.stringify({ facts, totals, pending, expected: { stored: expected.stored, dead: expected.dead } })
  assert.equal(pending, 0, `something is still under way: ${seen}`)
  assert.equal(
    totals.received,
    totals.stored + totals.deadLettered + totals.duplicates,
    `the books do not balance: ${seen}`
  )
  assert.equal(facts.ids, facts.rows, `a row is there twice: ${seen}`)
  assert.equal(facts.rows - facts.dead, expected.stored, `the events stored are not those of the corpus: ${seen}`)
  assert.equal(facts.dead, expected.dead, `the dead letters are not those of the corpus: ${seen}`)
  assert.equal(totals.stored, expected.stored, `the ledger's stored are not the store's: ${seen}`)
  assert.equal(totals.deadLettered, expected.dead, `the ledger's dead letters are not the store's: ${seen}`)
  assert.equal(facts.histogram, expected.stored, `the histogram does not count the events: ${seen}`)
  for (const { source, lines } of expected.originals ?? []) await verifyOriginals(picket, source, lines)
  if (engine !== undefined) {
    const { url, writer } = engine.access
    const query = 'CHECK TABLE picket.events SETTINGS check_query_single_value_result = 1'
    const response = await fetch(`${url}/?query=${encodeURIComponent(query)}`, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': writer.user, 'X-ClickHouse-Key': writer.password }
    })
    assert.equal((await response.text()).trim(), '1', 'the engine finds its table damaged')
    assert.equal(engine.restarts(), 0, 'the engine died while it was looked at')
  }
  return facts
}

async function verifyOriginals(picket: Picket, source: string, lines: readonly (string | Buffer)[]): Promise<void> {
  const key = (line: string | Buffer): string =>
    (typeof line === 'string' ? Buffer.from(line) : line).toString('latin1')
  const wanted = new Map<string, number>()
  for (const line of lines) wanted.set(key(line), (wanted.get(key(line)) ?? 0) + 1)
  const part = Math.ceil(lines.length / originalsMax)
  const { rows } = await picket.store.search(
    {
      sql: 'picket_source = {source:String} AND modulo(intHash64(id), {part:UInt32}) = 0',
      params: { source, part }
    },
    {},
    { limit: 4_000_000, oldestFirst: true }
  )
  if (part === 1) assert.equal(rows.length, lines.length, `rows of ${source}`)
  else assert.ok(rows.length > lines.length / part / 2, `a sample of ${source} has ${rows.length} rows`)
  for (const row of rows) {
    const original = key(row.original)
    const left = wanted.get(original) ?? 0
    assert.ok(
      left > 0,
      `an original that ${source} does not hold: ${JSON.stringify(row.original.toString().slice(0, 300))}`
    )
    wanted.set(original, left - 1)
  }
}
