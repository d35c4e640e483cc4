/** Rules as text → what they ask, and what is wrong with them, with its place. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EcsEvent } from '../core/parser.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { parseRules } from './parse-rules.ts'
import type { Diagnostic, ParseOptions, SigmaRule } from './rule.ts'

const head = `title: A rule
logsource:
  product: test
`

/** A rule with this detection (indented by two), fields as they are. */
function ruleOf(detection: string, options: ParseOptions = {}): SigmaRule {
  const text = `${head}detection:\n${detection.replace(/^\n/, '')}`
  const { rules, diagnostics } = parseRules([{ path: 'a.yml', text }], { native: true, ...options })
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    []
  )
  return rules[0]!
}

function answers(detection: string, events: readonly (readonly [EcsEvent, boolean])[], options?: ParseOptions): void {
  const predicate = toPredicate(ruleOf(detection, options).expression)
  for (const [event, expected] of events)
    assert.equal(predicate(event), expected, `${detection}\n${JSON.stringify(event)}`)
}

function problemsOf(text: string): readonly Diagnostic[] {
  return parseRules([{ path: 'a.yml', text }], { native: true }).diagnostics
}

test('maps, lists and conditions', () => {
  answers(
    `
  selection:
    Image|endswith: ['\\cmd.exe', '\\powershell.exe']
    User: bob
  filter_main:
    CommandLine|contains|all: ['a', 'b']
  filter_other:
    - Parent: x
    - Parent|startswith: y
  condition: selection and not 1 of filter_*`,
    [
      [{ Image: 'C:\\CMD.exe', User: 'Bob' }, true],
      [{ Image: 'C:\\CMD.exe', User: 'Alice' }, false],
      [{ Image: 'C:\\cmd.exe', User: 'bob', CommandLine: 'b' }, true],
      [{ Image: 'C:\\cmd.exe', User: 'bob', CommandLine: 'ba' }, false],
      [{ Image: 'C:\\cmd.exe', User: 'bob', Parent: 'yes' }, false],
      [{ Image: 'C:\\cmd.exe', User: 'bob', Parent: 'no' }, true]
    ]
  )
})

test('what is wrong is told with its place', () => {
  const [wrong] = problemsOf(`${head}detection:
  selection:
    Image|contians: x
  condition: selection
`)
  assert.deepEqual(wrong, {
    file: 'a.yml',
    line: 6,
    column: 21,
    severity: 'error',
    message: 'There is no modifier "contians".',
    suggestion: 'contains'
  })
})
