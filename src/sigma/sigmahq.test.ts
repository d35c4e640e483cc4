/**
 * SigmaHQ's rules, the synthetic vectors over them and their own positives, where they lie beside the repository. The vectors' other
 * engine is asked by `npm run sigma:vectors` (all of them, on SQL) and here by a sample.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluateWithSql } from '../cli/rules-eval-sql.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { toSql } from '../filter/to-sql.ts'
import { parsedEvents } from '../testing/parsed-events.ts'
import { hasEngine } from '../testing/real-store.ts'
import {
  sigmaRegressions,
  sigmaRuleFiles,
  sigmaVectors,
  somePlaceholders,
  withoutSigmaData
} from '../testing/sigma-data.ts'
import { parseRules } from './parse-rules.ts'
import type { SigmaRule } from './rule.ts'

const skip = withoutSigmaData

function rulesById(native: boolean): Map<string, SigmaRule> {
  const { rules, diagnostics } = parseRules(sigmaRuleFiles(), { native, placeholders: somePlaceholders })
  assert.deepEqual(diagnostics, [])
  assert.equal(rules.length, 3780)
  return new Map(rules.map(rule => [rule.id, rule]))
}

test('every rule compiles to both engines, with its fields mapped and with its own', { skip }, () => {
  for (const native of [true, false]) {
    for (const rule of rulesById(native).values()) {
      for (const expression of [rule.expression, rule.route]) {
        toPredicate(expression)
        const { sql } = toSql(expression)
        assert.ok(sql.length < 200_000, `${rule.file}: ${sql.length} characters of SQL`)
      }
    }
  }
})

test('the predicate answers every vector as expected', { skip }, () => {
  const rules = rulesById(true)
  const predicates = new Map([...rules].map(([id, { expression }]) => [id, toPredicate(expression)]))
  const wrong = sigmaVectors().filter(({ rule, event, expected }) => predicates.get(rule)!(event) !== expected)
  assert.deepEqual(wrong, [])
})

test('SQL answers vectors as expected', { skip: skip || (hasEngine() ? false : 'no engine') }, async () => {
  const all = process.env['SIGMA_VECTORS'] === 'all'
  const rules = rulesById(true)
  const sampled = new Set([...rules.keys()].filter((_, at) => all || at % 15 === 0))
  const vectors = sigmaVectors().filter(({ rule }) => sampled.has(rule))
  const answers = await evaluateWithSql(vectors.map(({ rule, event }) => ({ rule: rules.get(rule)!, event })))
  assert.deepEqual(
    vectors.filter(({ expected }, at) => answers[at] !== expected),
    []
  )
})

test('SigmaHQ’s positives fire: their records through our parser, fields mapped, logsource asked', {
  skip
}, async () => {
  const rules = rulesById(false)
  const missed: string[] = []
  for (const { rule: id, file, matchesMin } of sigmaRegressions()) {
    const rule = rules.get(id)
    assert.ok(rule !== undefined, file)
    const [detection, route] = [toPredicate(rule.expression), toPredicate(rule.route)]
    const events = await parsedEvents(file)
    const matches = events.filter(event => detection(event) && route(event)).length
    if (matches < matchesMin) missed.push(`${rule.file}: ${matches} of ${matchesMin}`)
  }
  assert.deepEqual(missed, [])
})
