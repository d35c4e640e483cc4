/** The fast matcher says of random rules and events what the obvious one says. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EcsEvent } from '../core/parser.ts'
import {
  all,
  and,
  contains,
  type Expression,
  equals,
  none,
  not,
  or,
  regex,
  wildcard,
  word
} from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { arbitraryEvent, arbitraryRuleExpression } from '../testing/filter-arbitraries.ts'
import { compileMatcher } from './matcher.ts'
import { piecesOfRegex } from './regex-pieces.ts'
import type { DetectionRule } from './rule.ts'

const summary = { id: 'r', version: '1', kind: 'rule', title: 'r', level: 'low', tags: [] } as const
const rule = (expression: Expression, route: Expression = all): DetectionRule => ({
  summary,
  route,
  expression,
  groupBy: []
})

function obvious(rules: readonly DetectionRule[]): (event: EcsEvent) => number[] {
  const predicates = rules.map(({ route, expression }) => toPredicate(and([route, expression])))
  return event => predicates.flatMap((passes, i) => (passes(event) ? [i] : []))
}

const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b)

test('the fast matcher equals the obvious one on random rules and events', () => {
  const routes = [all, equals('event.category', 'alpha'), or([equals('tags', 'beta'), word('alpha')]), none]
  let hits = 0
  fc.assert(
    fc.property(
      fc.array(fc.tuple(arbitraryRuleExpression, fc.constantFrom(...routes)), { minLength: 1, maxLength: 40 }),
      fc.array(arbitraryEvent, { minLength: 1, maxLength: 8 }),
      (parts, events) => {
        const rules = parts.map(([expression, route]) => rule(expression, route))
        const matcher = compileMatcher(rules)
        const wanted = obvious(rules)
        for (const event of events) {
          const expected = wanted(event)
          hits += expected.length
          assert.deepEqual(sorted(matcher.match(event)), expected)
        }
      }
    ),
    { numRuns: 600 }
  )
  assert.ok(hits > 1_000, `only ${hits} matches: the test says little`)
})

test('values under several names, in lists, and as dotted keys are found', () => {
  const rules = [
    rule(contains('process.command_line', 'mimikatz')),
    rule({ ...equals('process.name', 'a.exe'), also: ['winlog.event_data.Image', 'Image'] } as Expression),
    rule(wildcard('file.path', '*\\temp\\\\*.exe')),
    rule(regex('file.path', 'temp.[a-z]{3}\\.exe$', true)),
    rule(not(equals('process.name', 'a.exe'))),
    rule(and([equals('list.of.name', 'x'), contains('list.of.name', 'yyy')]))
  ]
  const matcher = compileMatcher(rules)
  const cases: [EcsEvent, number[]][] = [
    [{ process: { command_line: 'x MIMIKATZ y' } }, [0, 4]],
    [{ 'process.command_line': 'mimikatz' }, [0, 4]],
    [{ process: [{ command_line: ['a', 'Mimikatz'] }] }, [0, 4]],
    [{ winlog: { event_data: { Image: 'A.EXE' } } }, [1, 4]],
    [{ Image: 'a.exe' }, [1, 4]],
    [{ process: { name: 'a.exe' } }, [1]],
    [{ file: { path: 'C:\\Temp\\abc.exe' } }, [2, 4]],
    [{ file: { path: 'C:\\temp\\abc.exe' } }, [2, 3, 4]],
    [{ list: { of: [{ name: 'x' }, { name: 'YYYY' }] } }, [4, 5]],
    [{}, [4]]
  ]
  for (const [event, expected] of cases) {
    assert.deepEqual(sorted(matcher.match(event)), expected, JSON.stringify(event))
    assert.deepEqual(obvious(rules)(event), expected, JSON.stringify(event))
  }
})

test('many rules with the same and with overlapping literals', () => {
  const words = ['abc', 'abcd', 'bcd', 'abcde', 'xabc', 'cde', 'ab', 'e', 'äbc', 'abcabc']
  const rules = words.flatMap(text => [
    rule(contains('message', text)),
    rule(wildcard('message', `${text}*`)),
    rule(wildcard('message', `*${text}`)),
    rule(equals('message', text)),
    rule(and([contains('message', text), contains('message', 'abc')]))
  ])
  const matcher = compileMatcher(rules)
  const wanted = obvious(rules)
  fc.assert(
    fc.property(fc.stringMatching(/^[abcdexäÄ ]{0,12}$/), message => {
      assert.deepEqual(sorted(matcher.match({ message })), wanted({ message }))
    }),
    { numRuns: 2_000 }
  )
})

test('what a regular expression needs is in all that it finds', () => {
  const cases: [string, string[]][] = [
    ['abc', ['abc']],
    ['abc.*def', ['abc', 'def']],
    ['ab+c', ['ab', 'c']],
    ['abc?d', ['ab', 'd']],
    ['a{2}bc', ['bc']],
    ['foo{b|c}bar', []],
    ['foo|bar', []],
    ['(foo|bar)baz', ['baz']],
    ['[abc]def\\.exe$', ['def.exe']],
    ['\\d+\\x41\\x{42}tail', ['tail']],
    ['\\pLrest\\p{Greek}end', ['rest', 'end']],
    ['[]a]bc', ['bc']],
    ['[[:alpha:]]bc', ['bc']],
    ['\\Qa|b\\E', []],
    ['(?i)wordpress', ['wordpre']],
    ['unclosed[', []]
  ]
  for (const [pattern, expected] of cases) assert.deepEqual(piecesOfRegex(pattern, true), expected, pattern)
  assert.deepEqual(piecesOfRegex('task', false), ['ta'])
})

test('nothing of one event is seen in the next, however many there are', () => {
  const matcher = compileMatcher([
    rule(equals('a', '1')),
    rule(equals('b', '1')),
    rule(equals('c', '1')),
    rule(not(equals('d', '1')))
  ])
  for (let i = 0; i < 2_000; i++) {
    const key = 'abcd'[i % 4]!
    assert.deepEqual(sorted(matcher.match({ [key]: '1' })), { a: [0, 3], b: [1, 3], c: [2, 3], d: [] }[key])
  }
})
