/** Many rules in one reading find what each finds by itself, asked of the store: random events, random expressions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Statement } from '../correlate/hits-sql.ts'
import { leanFieldsOf } from '../correlate/lean-events.ts'
import { and } from '../filter/expression.ts'
import { formatQuery } from '../filter/format-query.ts'
import { arbitraryEvent, arbitraryRuleExpression } from '../testing/filter-arbitraries.ts'
import { hasEngine, realStore } from '../testing/real-store.ts'
import { fillEvents } from '../testing/search-store.ts'
import { backtestMany } from './backtest-many.ts'

test('many rules at once agree with each by itself', { skip: !hasEngine(), timeout: 280_000 }, async () => {
  await using real = await realStore()
  const { store } = real
  const seed = 20261121
  const events = fc.sample(arbitraryEvent, { numRuns: 200, seed })
  await fillEvents(store, events)
  const expressions = fc.sample(arbitraryRuleExpression, { numRuns: 150, seed: seed + 7 })
  const routes = fc.sample(arbitraryRuleExpression, { numRuns: 4, seed: seed + 9 })
  const rules = expressions.map((expression, i) => ({
    expression,
    route: i % 5 === 4 ? ({ kind: 'all' } as const) : routes[i % 5]!
  }))
  const span = { fromUs: 0, toUs: Date.UTC(2106, 0, 1) * 1000 }
  const { hits } = await backtestMany(rules, span, { store })
  const differences: string[] = []
  let matched = 0
  let lean = 0
  for (const [i, rule] of rules.entries()) {
    const statement = new Statement({ table: 'picket.events' })
    const whole = and([rule.route, rule.expression])
    const { rows } = await store.table(
      `SELECT toString(toDate(timestamp, 'UTC')), count() FROM picket.events WHERE ${statement.condition(whole)} GROUP BY 1`,
      statement.params
    )
    const expected: Record<string, number> = Object.fromEntries(rows.map(([day, n]) => [String(day), Number(n)]))
    const total = Object.values(expected).reduce((a, b) => a + b, 0)
    matched += total
    if (leanFieldsOf(whole) !== undefined) lean++
    try {
      assert.deepEqual({ ...hits[i]!.days }, expected)
      assert.equal(hits[i]!.total, total)
    } catch {
      differences.push(`${formatQuery(whole)}: ${JSON.stringify(hits[i])}, not ${JSON.stringify(expected)}`)
    }
  }
  assert.deepEqual(differences.slice(0, 5), [], `${differences.length} differ`)
  assert.ok(matched > 500, `too few matches to say much: ${matched}`)
  assert.ok(lean > 30 && lean < 150, `both ways are taken: ${lean}`)
})
