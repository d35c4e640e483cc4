/** The two engines agree: SQL on the real ClickHouse, over rows that the real encoder wrote, finds what the predicate finds. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { capitalsMark } from '../core/columns.ts'
import { EventEncoder } from '../store/encode/event-encoder.ts'
import { type Engine, engineLibrary, startEngine } from '../store/engine.ts'
import { openStore, type Store } from '../store/store.ts'
import { arbitraryEvent, arbitraryRuleExpression } from '../testing/filter-arbitraries.ts'
import { encodeEvent, fillEvents } from '../testing/search-store.ts'
import { addressText } from './address.ts'
import { communityIdOfEvent } from './event-values.ts'
import type { Expression } from './expression.ts'
import { formatQuery } from './format-query.ts'
import { numberOfText, timeOfText } from './literals.ts'
import { parseQuery, queryDepthMax, queryTestsMax } from './parse-query.ts'
import { addressOfTextSql, communityIdExpression, numberOfTextSql, timeOfTextSql } from './sql-expressions.ts'
import { toPredicate } from './to-predicate.ts'
import { toSql } from './to-sql.ts'

const seed = Number(process.env['FILTER_SEED'] ?? 20261121)
const expressionsCount = Number(process.env['FILTER_RUNS'] ?? 300)

let folder: string
let engine: Engine | undefined
let store: Store
const skip = engineIsThere() ? false : 'the embedded engine is not installed'

function engineIsThere(): boolean {
  try {
    engineLibrary()
    return true
  } catch {
    return false
  }
}

before(async () => {
  if (skip) return
  folder = mkdtempSync(join(tmpdir(), 'picket-filter-'))
  const log = { info: () => {}, warn: () => {} }
  engine = await startEngine({ folder, memoryBytesMax: 700_000_000, freeDiskBytesMin: 1, log })
  store = await openStore(engine.access)
})

after(async () => {
  if (engine === undefined) return
  await store.close()
  await engine.close()
  rmSync(folder, { recursive: true, force: true })
})

async function found(expression: Expression): Promise<number[]> {
  const { sql, params } = toSql(expression)
  const rows = await store.query<{ ids: string[] }>(
    `SELECT arraySort(groupArray(id)) AS ids FROM events WHERE ${sql}`,
    params
  )
  return rows[0]!.ids.map(Number)
}

test('SQL and predicate give the same events', { skip }, async () => {
  const events = fc.sample(arbitraryEvent, { numRuns: 150, seed })
  await fillEvents(store, events)
  const expressions = fc.sample(arbitraryRuleExpression, { numRuns: expressionsCount, seed: seed + 1 })
  let matches = 0
  const differences: string[] = []
  for (const expression of expressions) {
    const predicate = toPredicate(expression)
    const expected = events.flatMap((event, i) => (predicate(event) ? [i] : []))
    matches += expected.length
    let actual: number[]
    try {
      actual = await found(expression)
    } catch (error) {
      differences.push(
        `${formatQuery(expression)}\n  ${JSON.stringify(expression)}\n  failed: ${String(error).slice(0, 600)}`
      )
      continue
    }
    const missing = expected.filter(id => !actual.includes(id))
    const extra = actual.filter(id => !expected.includes(id))
    if (missing.length + extra.length === 0) continue
    const example = events[missing[0] ?? extra[0]!]
    differences.push(
      `${formatQuery(expression)}\n  ${JSON.stringify(expression)}\n  only the predicate: ${missing}; only SQL: ${extra}\n  ${JSON.stringify(example)}`
    )
  }
  assert.deepEqual(
    differences.length,
    0,
    `${differences.length} differences, the first: ${differences.slice(0, 5).join('\n')}`
  )
  assert.ok(matches > expressions.length, 'the random expressions find something')
})

test('the Community ID that SQL computes is the one of the library', { skip }, async () => {
  const events = fc.sample(arbitraryEvent, { numRuns: 1500, seed: seed + 2 })
  await fillEvents(store, events)
  const rows = await store.query<{ id: string; found: string }>(
    `SELECT id, ${communityIdExpression} AS found FROM events ORDER BY id`
  )
  const expected = events.map(event => communityIdOfEvent(event) ?? '')
  for (const [i, row] of rows.entries()) assert.equal(row.found, expected[i], JSON.stringify(events[i]))
  assert.ok(expected.filter(id => id !== '').length > 20)
})

function compiled(query: string): ReturnType<typeof toSql> {
  const parsed = parseQuery(query)
  assert.ok(parsed.ok, query)
  return toSql(parsed.expression)
}

test('the largest queries that the parser accepts are accepted by ClickHouse', { skip }, async () => {
  let deep = 'user.name:x'
  for (let i = 0; i < Math.min(queryDepthMax, queryTestsMax) - 1; i++)
    deep = i % 2 === 0 ? `(not ${deep} or a.b:1)` : `(${deep} and c.d:2)`
  const wide = Array.from({ length: queryTestsMax }, (_, i) => `source.ip:10.0.${i >> 8}.${i & 255}`).join(' or ')
  const words = Array.from({ length: queryTestsMax }, (_, i) => `"w${i} x"`).join(' ')
  const list = `user.name:(${Array.from({ length: 5000 }, (_, i) => `u${i}`).join(' or ')})`
  for (const query of [deep, wide, words, list]) {
    const { sql, params } = compiled(query)
    await store.query(`SELECT count() FROM events WHERE ${sql}`, params)
  }
})

const indexed: readonly (readonly [string, readonly string[]])[] = [
  ['alpha', ['words', 'pivot', 'mapped']],
  ['10.1.2.3', ['words', 'pivot', 'mapped']],
  ['"failed password"', ['words', 'pivot', 'mapped']],
  ['source.ip:10.1.2.3', ['pivot', 'mapped']],
  ['user.name:alpha', ['pivot', 'mapped']],
  ['source.address:10.1.2.3', ['pivot', 'mapped']],
  ['message:alpha', ['words', 'mapped']],
  ['related.ip:10.1.2.3', ['pivot', 'mapped']],
  ['custom.text:alpha', ['mapped']],
  ['custom.text:(alpha or beta)', ['mapped']],
  ['source.ip:(10.1.2.3 or 10.1.2.4)', ['pivot', 'mapped']],
  ['@timestamp>=2024-05-07', ['time_range']]
]

test('queries use the indexes', { skip }, async () => {
  for (const [query, expected] of indexed) {
    const { sql, params } = compiled(query)
    const rows = await store.query<{ explain: string }>(
      `EXPLAIN indexes = 1 SELECT id FROM events WHERE ${sql}`,
      params
    )
    const names = rows.flatMap(row => /Name: (\w+)/.exec(row.explain)?.[1] ?? [])
    for (const name of expected) assert.ok(names.includes(name), `${query} uses ${names.join(', ')}`)
  }
})

/** Texts that are nearly addresses, numbers and times. */
const nearly = fc.oneof(
  fc.array(
    fc.constantFrom(
      '0',
      '1',
      '10',
      '255',
      '256',
      'ffff',
      'DB8',
      ':',
      ':',
      '::',
      '.',
      'g',
      '%',
      '00',
      '0001',
      '1.2.3.4'
    ),
    { maxLength: 14 }
  ),
  fc.array(
    fc.constantFrom('0', '1', '9', '.', 'e', 'E', '+', '-', '12345678901234567890', ' ', '_', 'x', 'n', 'inf', '1e3'),
    { maxLength: 7 }
  ),
  fc.tuple(
    fc.constantFrom('2024', '1999', '1901', '2253', '1970', '1850'),
    fc.constantFrom('-02-29', '-02-30', '-13-01', '-04-31', '-12-31', '-00-10'),
    fc.constantFrom('T', 't', ' ', '_'),
    fc.constantFrom('00:00:00', '23:59:60', '24:00:00', '12:60:00', '07:08:09'),
    fc.constantFrom('', '.1', '.123', '.123456', '.1234567', '.9999999999', ',5', '.'),
    fc.constantFrom('', 'Z', 'z', '+02:00', '-0530', '+02', '+2', '+24:00', ' Z', '+00:60')
  )
)

test('SQL reads addresses, numbers and times as the predicate does', { skip }, async () => {
  const texts = fc.sample(nearly, { numRuns: 3000, seed: seed + 3 }).map(parts => parts.join(''))
  const rows = await store.query<{ v: string; address: string; number: string; time: string }>(
    `SELECT v, ifNull(${addressOfTextSql('v')}, '-') AS address, ifNull(toString(${numberOfTextSql('v')}), '-') AS number,
     ifNull(toString(toUnixTimestamp64Micro(${timeOfTextSql('v')})), '-') AS time FROM (SELECT arrayJoin({texts:Array(String)}) AS v)`,
    { texts }
  )
  assert.equal(rows.length, texts.length)
  for (const row of rows) {
    assert.equal(row.address, addressText(row.v) ?? '-', row.v)
    const number = row.number === '-' ? undefined : Number(row.number.replace('inf', 'Infinity'))
    assert.equal(number, numberOfText(row.v), row.v)
    assert.equal(row.time, String(timeOfText(row.v) ?? '-'), row.v)
  }
})

test('where no value of the table’s order ever had capitals, it is asked without lower, and finds the same', {
  skip
}, async () => {
  const events = ['a.b', 'a.c', ''].map((dataset, i) => ({
    '@timestamp': `2024-05-06T07:08:0${i}Z`,
    message: 'x',
    ...(dataset === '' ? {} : { event: { dataset } })
  }))
  await fillEvents(store, events)
  for (const [expression, ids] of [
    [{ kind: 'equals', field: 'event.dataset', value: 'A.b' }, [0]],
    [{ kind: 'inList', field: 'event.dataset', values: ['a.B', 'a.c', ''] }, [0, 1]],
    [{ kind: 'not', of: { kind: 'equals', field: 'event.dataset', value: 'A.C' } }, [0, 2]]
  ] as const) {
    const { sql, params } = toSql(expression as Expression, { mayBeInMap: () => false })
    assert.doesNotMatch(sql, /lower/)
    const rows = await store.query<{ id: number }>(`SELECT id FROM events WHERE ${sql} ORDER BY id`, params)
    assert.deepEqual(
      rows.map(row => Number(row.id)),
      ids
    )
  }
  const encoder = new EventEncoder()
  for (const [dataset, noted] of [
    ['a.b', false],
    ['a.B', true]
  ] as const) {
    encoder.begin()
    encodeEvent(encoder, { '@timestamp': '2024-05-06T07:08:00Z', event: { dataset } }, 1)
    encoder.finish()
    assert.equal(encoder.spilled.has(capitalsMark('event.dataset')), noted)
  }
})
