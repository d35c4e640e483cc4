/** Mistakes in a generator's configuration: each at its place, with what was meant or what would be right. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGenerator, readGeneratorConfig } from './generator-config.ts'

const mistakes: readonly (readonly [
  line: string,
  column: number,
  key: string,
  message: string,
  suggestion?: string
])[] = [
  ['seed: [1]', 7, 'seed', 'must be text or a number, not a list'],
  ['rate: true', 7, 'rate', 'must be a number or text, not true'],
  ['count: -1', 8, 'count', 'must be at least 0'],
  ['start: yesterday', 8, 'start', "is not a time; write it like '2026-03-01', '2026-03-01T08:00:00Z' or 'now'"],
  ['distribution: { a: 3 }', 20, 'distribution.a', 'must be a section (key: value lines), not 3'],
  ['fields:', 0, '', ''],
  [
    '  a: { type: array, length: x, items: { type: uuid } }',
    29,
    'fields.a.length',
    'must be a number or a section, not "x"'
  ],
  [
    "  b: { type: rules, rules: [{ if: '1', valeu: 2, value: 1 }] }",
    40,
    'fields.b.rules[0].valeu',
    'is not a known key',
    'value'
  ],
  ["  c: { type: rules, rules: [{ if: '1' }] }", 29, 'fields.c.rules[0].value', 'is missing'],
  ['  d: { type: ip, cidr: 5 }', 24, 'fields.d.cidr', 'must be text or a list, not 5'],
  ['  e: { type: list, list: red }', 26, 'fields.e.list', 'must be a list (\'- \' lines), not "red"'],
  ['  f: { type: faker, faker: { propery: name } }', 30, 'fields.f.faker.propery', 'is not a known key', 'property'],
  ['  g: { type: date, step: fast }', 26, 'fields.g.step', "is not a duration; write it like '5s', '250ms' or '-1h'"],
  ['  h: hello', 6, 'fields.h', 'must be a section (key: value lines), not "hello"'],
  [
    '  i: { type: array, items: { type: integr } }',
    36,
    'fields.i.items.type',
    'is not a known type: integr',
    'integer'
  ],
  [
    '  j: { type: object, fields: { k: { type: integer, min: a } } }',
    57,
    'fields.j.fields.k.min',
    'must be a number, not "a"'
  ],
  ['  k: { type: rules, rules: 5 }', 28, 'fields.k.rules', 'must be a section or a list, not 5'],
  [
    '  l: { type: array, length: { min: 1, max: 99999 }, items: { type: uuid } }',
    44,
    'fields.l.length.max',
    'must be at most 10000'
  ]
]

test('each mistake is told at its line and column', () => {
  const read = readGeneratorConfig(mistakes.map(([line]) => line).join('\n'), 'f')
  assert.ok(!read.ok)
  const found = read.diagnostics.map(({ line, column, key, message, suggestion }) => [
    line,
    column,
    key,
    message,
    suggestion
  ])
  const expected = mistakes.flatMap(([, column, key, message, suggestion], at) =>
    column === 0 ? [] : [[at + 1, column, key, message, suggestion]]
  )
  assert.deepEqual(found, expected)
})

test('aliases that multiply, deep nesting and sizes without end are refused, at once', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let n = 1; n < 10; n++)
    lines.push(`a${n}: &a${n} [${Array.from({ length: 10 }, () => `*a${n - 1}`).join(', ')}]`)
  const deep = (levels: number): string =>
    `fields: ${'{ x: { type: object, fields: '.repeat(levels)}{ y: { type: uuid } }${' } }'.repeat(levels)}`
  for (const text of [lines.join('\n'), deep(20), deep(2000), deep(8000), 'x'.repeat(2_000_000), '[', '\0', '- 1'])
    assert.equal((await openGenerator(text, 'f', () => ({ options }))).ok && 'ok', false, text.slice(0, 40))
})

const options = { seed: 1, isRepeatable: true, nowMs: () => 0 }
