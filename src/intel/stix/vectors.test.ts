/** All of OASIS's vectors for the pattern language; skipped where they are not installed. Our own cases are in `evaluate.test.ts`. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkPattern, type StixVersion } from './check-pattern.ts'
import { evaluatePattern } from './evaluate.ts'
import { type Json, observationsOf } from './observations.ts'
import { parsePattern } from './parse-pattern.ts'

const folder = join(import.meta.dirname, '../../../../shared/data/stix')
const skip = existsSync(folder) ? false : 'the vectors are not installed'

test('all vectors of what matches', { skip }, () => {
  type Vector = { file: string; test: string; pattern: string; observations: Json[]; expected: string }
  const vectors = JSON.parse(readFileSync(join(folder, 'stix-pattern-match-vectors.json'), 'utf8')) as Vector[]
  const wrong: string[] = []
  const times = { match: 0, nomatch: 0 }
  for (const { file, test, pattern, observations, expected } of vectors) {
    if (file.includes('temporal')) restoreTimes(test, observations, times)
    const got = verdict(pattern, observations)
    if (got !== expected) wrong.push(`${file}: ${pattern}: expected ${expected}, got ${got}`)
  }
  assert.equal(vectors.length, 837)
  assert.deepEqual(wrong, [])
})

/**
 * The vectors' authors change the times of the first two observations from test to test; the file holds them as the last test left
 * them (so that the same pattern and observations are there with both answers). These are the times that each test had.
 */
const originals: Span[] = [span('1994-11-29T13:37:52'), span('1994-11-29T13:37:57')]
const at = (second: number): string => `2000-01-01T00:00:0${second - 1}`
const within: Readonly<Record<'match' | 'nomatch', Span[][]>> = {
  match: [
    [
      [1, 1],
      [1, 1]
    ],
    [
      [1, 1],
      [1, 2]
    ],
    [
      [1, 1],
      [1, 2]
    ],
    [
      [1, 2],
      [2, 3]
    ],
    [
      [1, 2],
      [3, 4]
    ],
    [
      [1, 4],
      [2, 3]
    ],
    [
      [1, 3],
      [2, 4]
    ],
    [
      [1, 2],
      [4, 5]
    ]
  ].map(pair => pair.map(([from, to]) => span(at(from!), at(to!)))),
  nomatch: [
    [
      [1, 2],
      [4, 5]
    ],
    [
      [1, 1],
      [4, 5]
    ],
    [
      [1, 2],
      [5, 5]
    ]
  ].map(pair => pair.map(([from, to]) => span(at(from!), at(to!))))
}
type Span = { first_observed: string; last_observed: string }
function span(first: string, last = first): Span {
  return { first_observed: `${first}Z`, last_observed: `${last}Z` }
}

function restoreTimes(name: string, observations: Json[], seen: { match: number; nomatch: number }): void {
  const kind = name === 'test_within_match' ? 'match' : name === 'test_within_nomatch' ? 'nomatch' : undefined
  const spans = kind === undefined ? originals : within[kind][seen[kind]++ % within[kind].length]!
  spans.forEach((span, index) => {
    const item = observations[index] as { objects: unknown }
    Object.assign(Array.isArray(item.objects) ? (item.objects[0] as object) : item, span)
  })
}

function verdict(text: string, given: Json[]): string {
  const parsed = parsePattern(text)
  if (!parsed.ok) return parsed.kind === 'syntax' ? 'parse_error' : 'matcher_error'
  const observed = observationsOf(given)
  if (!observed.ok) return observed.message
  const result = evaluatePattern(parsed.pattern, observed.observations)
  return !result.ok ? 'matcher_error' : result.matches ? 'match' : 'nomatch'
}

test('all vectors of what is a pattern', { skip }, () => {
  type Vector = { ver: 'v20' | 'v21'; kind: string; pattern: string | [string, string] }
  const vectors = JSON.parse(readFileSync(join(folder, 'stix-pattern-syntax-vectors.json'), 'utf8')) as Vector[]
  const wrong: string[] = []
  for (const { ver, kind, pattern } of vectors) {
    const text = typeof pattern === 'string' ? pattern : pattern[0]
    const version: StixVersion = ver === 'v20' ? '2.0' : '2.1'
    const parsed = parsePattern(text)
    const problem = parsed.ok ? checkPattern(parsed, version) : parsed.message
    const passes = problem === undefined
    if (passes !== kind.endsWith('pass')) wrong.push(`${ver} ${kind}: ${text}: ${problem ?? 'accepted'}`)
  }
  assert.equal(vectors.length, 169)
  assert.deepEqual(wrong, [])
})
