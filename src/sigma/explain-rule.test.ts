/** Why and why not: the tree says what the rule says, and its answer is the rule's. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EcsEvent } from '../core/parser.ts'
import { and } from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { type ClauseResult, explainRule } from './explain-rule.ts'
import { parseRules } from './parse-rules.ts'

const text = `title: A rule
id: one
logsource: { product: windows, category: process_creation }
detection:
  selection:
    Image|endswith: ['\\a.exe', '\\b.exe']
    CommandLine|contains|all: [x, y]
  keywords: [needle]
  filter_main:
    User: null
  condition: (selection or keywords) and not 1 of filter_*
---
title: The backup may
logsource: { product: windows }
filter:
  rules: [one]
  selection: { ParentImage|fieldref: Image }
  condition: not selection
`
const [rule] = parseRules([{ path: 'a.yml', text }]).rules
const whole = toPredicate(and([rule!.route, rule!.expression]))

function leaves(result: ClauseResult): ClauseResult[] {
  return result.of === undefined ? [result] : result.of.flatMap(leaves)
}

const event = (more: Record<string, unknown> = {}): EcsEvent => ({
  event: { provider: 'Microsoft-Windows-Sysmon', code: '1' },
  process: { executable: 'C:\\a.exe', command_line: 'x and y', parent: { executable: 'C:\\c.exe' } },
  winlog: { event_data: { User: 'A\\b' } },
  ...more
})

test('each clause names the field that it read, and the value there', () => {
  const tree = explainRule(rule!, event())
  assert.equal(tree.result, true)
  const shown = leaves(tree).map(({ text, field, value, result }) => [text, field, value, result])
  assert.deepEqual(shown.slice(1), [
    ['Image|endswith: \\a.exe', 'process.executable', 'C:\\a.exe', true],
    ['Image|endswith: \\b.exe', 'process.executable', 'C:\\a.exe', false],
    ['CommandLine|contains|all: x', 'process.command_line', 'x and y', true],
    ['CommandLine|contains|all: y', 'process.command_line', 'x and y', true],
    ['keywords: needle', undefined, undefined, false],
    ['User: null', 'winlog.event_data.User', 'A\\b', false],
    [
      'ParentImage|fieldref: Image',
      'process.parent.executable beside process.executable',
      'C:\\c.exe beside C:\\a.exe',
      false
    ]
  ])
  const other = explainRule(rule!, event({ event: { code: '5' }, message: 'a needle in hay' }))
  assert.deepEqual([other.result, other.of![0]!.result], [false, false])
  assert.deepEqual(
    leaves(other).find(({ text }) => text === 'keywords: needle'),
    { kind: 'test', text: 'keywords: needle', result: true, field: 'message', value: 'a needle in hay' }
  )
})

test('the answer is that of the rule', () => {
  const texts = fc.constantFrom('C:\\a.exe', 'C:\\b.exe', 'x y', 'needle', '', undefined)
  const events = fc.record({ image: texts, line: texts, parent: texts, user: texts, code: fc.constantFrom('1', '5') })
  fc.assert(
    fc.property(events, ({ image, line, parent, user, code }) => {
      const one = event({
        event: { provider: 'Microsoft-Windows-Sysmon', code },
        process: { executable: image, command_line: line, parent: { executable: parent } },
        winlog: { event_data: { User: user } }
      })
      const tree = explainRule(rule!, one)
      assert.equal(tree.result, whole(one))
      assert.equal(
        tree.result,
        tree.of!.every(({ result }) => result)
      )
    }),
    { numRuns: 300 }
  )
})
