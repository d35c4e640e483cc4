/** The SQL of random searches with commands, on the real ClickHouse, finds what the obvious evaluator finds. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasEngine, realStore } from '../../testing/real-store.ts'
import { Random, randomEvents, randomSearch, testLookup } from '../../testing/search-arbitraries.ts'
import { evaluate } from '../../testing/search-evaluator.ts'
import { fillEvents, fillLookup, runSearch, searchOptions } from '../../testing/search-store.ts'
import { mapTexts, valuesOf } from '../event-values.ts'
import type { Search } from '../search.ts'
import { compileSearch } from './compile.ts'

const skip = hasEngine() ? false : 'the embedded engine is not installed'
const seed = Number(process.env['PIPES_SEED'] ?? 20261121)
const searches = Number(process.env['PIPES_RUNS'] ?? 150)
const nowMs = Date.UTC(2024, 4, 8)

/** Numbers that are computed in another order differ in their last digits. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return a === b || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b)) || Math.abs(a - b) < 1e-9
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]))
  const long = /^-?\d+\.\d{6,}$/
  if (typeof a === 'string' && typeof b === 'string' && long.test(a) && long.test(b))
    return Math.abs(Number(a) - Number(b)) <= 1e-6 * Math.abs(Number(a))
  return a === b
}

const lookups = new Map([['people', testLookup]])
const lookupColumns = new Map([['people', Object.keys(testLookup[0]!)]])

async function compare(random: Random, clean: boolean): Promise<void> {
  await using real = await realStore()
  const events = randomEvents(random, 250, clean)
  await fillEvents(real.store, events)
  await fillLookup(real.store, 'people', testLookup)
  const spilled = new Map<string, boolean>()
  const mayBeInMap = (field: string): boolean => {
    const known = spilled.get(field) ?? events.some(event => mapTexts(field, valuesOf(field)(event)).length > 0)
    spilled.set(field, known)
    return known
  }
  const differences: string[] = []
  let rows = 0
  for (let n = 0; n < searches; n++) {
    const search: Search = randomSearch(random)
    const expected = evaluate(search, events, { nowMs, lookups })
    const options = { ...searchOptions, lookupTable: 'picket.lookup_rows', lookups: lookupColumns, nowMs }
    const compiled = compileSearch(search, clean ? { ...options, mayBeInMap } : options)
    const told = JSON.stringify(search)
    try {
      const actual = await runSearch(real.store, compiled)
      rows += actual.rows.length
      if (same(actual.columns, expected.columns) && same(actual.rows, expected.rows)) continue
      const at = expected.rows.findIndex((row, i) => !same(row, actual.rows[i]))
      differences.push(
        `${told}\n  columns ${actual.columns} for ${expected.columns}; ${actual.rows.length} rows for ${expected.rows.length}; row ${at}:` +
          `\n  SQL  ${JSON.stringify(actual.rows[at])}\n  mine ${JSON.stringify(expected.rows[at])}`
      )
    } catch (error) {
      differences.push(`${told}\n  failed: ${String(error).slice(0, 500)}`)
    }
  }
  const first = differences.slice(0, 5).join('\n')
  assert.equal(differences.length, 0, `${differences.length} differences, the first: ${first}`)
  assert.ok(rows > searches, 'the random searches find something')
}

test('SQL and the obvious evaluator agree', { skip }, () => compare(new Random(seed), false))

test('… where the map is known to hold nothing of most fields', { skip }, () => compare(new Random(seed + 1), true))
