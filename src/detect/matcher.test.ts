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
  inList,
  none,
  not,
  or,
  regex,
  wildcard,
  word
} from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { anyField } from '../filter/virtual-fields.ts'
import { escapeWildcard } from '../filter/wildcard.ts'
import { arbitraryEvent, arbitraryRuleExpression } from '../testing/filter-arbitraries.ts'
import { compileMatcher } from './matcher.ts'
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

test('lists of texts in one field, as rules have them', () => {
  const literal = fc
    .tuple(
      fc.stringMatching(/^[abäß.*?\\😀\u202e]{1,5}$/u),
      fc.constantFrom('contains', 'start', 'end', 'both', 'equals', 'inList'),
      fc.constantFrom('custom.text', 'custom.text', 'message', 'source.ip', anyField),
      fc.constantFrom(undefined, ['other.text'])
    )
    .map(([text, how, field, also]): Expression => {
      const escaped = escapeWildcard(text)
      const test =
        how === 'contains'
          ? contains(field, text)
          : how === 'equals'
            ? equals(field, text)
            : how === 'inList'
              ? inList(field, [text, `${text}a`])
              : wildcard(field, how === 'start' ? `${escaped}*` : how === 'end' ? `*${escaped}` : `*${escaped}*`)
      return also === undefined || field === anyField ? test : ({ ...test, also } as Expression)
    })
  const list = fc.array(literal, { minLength: 4, maxLength: 16 }).map(or)
  const value = fc.oneof(
    fc.stringMatching(/^[abABäÄß.*?\\😀\u202e ]{0,10}$/u),
    fc.array(fc.stringMatching(/^[abAB😀]{0,6}$/u), { maxLength: 3 })
  )
  const event = fc.record({ custom: fc.record({ text: value }), other: fc.record({ text: value }), message: value })
  let hits = 0
  fc.assert(
    fc.property(
      fc.array(fc.oneof(list, list.map(not), fc.tuple(list, list).map(and)), { minLength: 1, maxLength: 6 }),
      fc.array(event, { minLength: 1, maxLength: 6 }),
      (expressions, events) => {
        const rules = expressions.map(expression => rule(expression))
        const matcher = compileMatcher(rules)
        const wanted = obvious(rules)
        for (const event of events) {
          const expected = wanted(event)
          hits += expected.length
          assert.deepEqual(sorted(matcher.match(event)), expected, JSON.stringify(event))
        }
      }
    ),
    { numRuns: 1_500 }
  )
  assert.ok(hits > 2_000, `only ${hits} matches`)
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
