/** Sigma's correlations become windows: aliases, chains, conditions; and what cannot be asked is said. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRules } from '../sigma/parse-rules.ts'
import { windowedOf } from './of-correlation.ts'

const base = (name: string): string => `title: ${name}
name: ${name}
id: ${name}
logsource: { category: test }
detection: { selection: { event.action: ${name} }, condition: selection }
`

function windowed(text: string, id = 'it') {
  const parsed = parseRules([{ path: 'own/a.yml', text }], {})
  assert.deepEqual(
    parsed.diagnostics.filter(({ severity }) => severity === 'error'),
    []
  )
  const correlation = parsed.correlations.find(one => one.id === id)
  assert.ok(correlation, 'the correlation was read')
  return windowedOf(correlation, {
    rule: name => {
      const rule = parsed.rules.find(one => one.id === name)
      return rule && { rule, expression: rule.expression }
    },
    correlation: name => parsed.correlations.find(one => one.id === name)
  })
}

const correlation = (body: string, id = 'it'): string => `title: ${id}\nid: ${id}\ncorrelation:\n${body}`

test('counts, bounds and aliases', () => {
  const text = [
    base('internal_error'),
    base('new_connection'),
    correlation(`  type: temporal
  rules: [internal_error, new_connection]
  group-by: [internal_ip]
  timespan: 10s
  aliases:
    internal_ip: { internal_error: destination.ip, new_connection: source.ip }
`)
  ].join('---\n')
  const read = windowed(text)
  assert.ok('windowed' in read)
  assert.equal(read.windowed.kind, 'temporal')
  assert.deepEqual(read.windowed.bound, { gte: 2 })
  assert.equal(read.windowed.spanUs, 10_000_000)
  assert.deepEqual(read.windowed.groupBy, ['internal_ip'])
  assert.ok(read.windowed.bases[0]?.keys[0]?.includes('destination.ip'))
  assert.ok(read.windowed.bases[1]?.keys[0]?.includes('source.ip'))
})

test('a chain: the outer one groups by its own fields', () => {
  const text = [
    base('failed'),
    base('success'),
    correlation(
      '  type: event_count\n  rules: [failed]\n  group-by: [host.name]\n  timespan: 5m\n  condition: { gte: 10 }\n',
      'many'
    ),
    correlation('  type: temporal_ordered\n  rules: [many, success]\n  group-by: [user.name]\n  timespan: 1h\n')
  ].join('---\n')
  const read = windowed(text)
  assert.ok('windowed' in read)
  const [many, success] = read.windowed.bases
  assert.ok(many?.of.kind === 'windowed')
  assert.deepEqual(many.of.windowed.groupBy, ['host.name'])
  assert.ok(many.keys[0]?.includes('user.name'))
  assert.equal(success?.of.kind, 'events')
})

test('rules joined by words', () => {
  const text = [
    base('a'),
    base('b'),
    base('c'),
    correlation(
      '  type: temporal\n  rules: [a, b, c]\n  group-by: [user.name]\n  timespan: 5m\n  condition: a and (b or not c)\n'
    )
  ].join('---\n')
  const read = windowed(text)
  assert.ok('windowed' in read)
  assert.deepEqual(read.windowed.rules, {
    kind: 'and',
    of: [
      { kind: 'rule', base: 0 },
      {
        kind: 'or',
        of: [
          { kind: 'rule', base: 1 },
          { kind: 'not', of: { kind: 'rule', base: 2 } }
        ]
      }
    ]
  })
  const ordered = windowed(text.replace('type: temporal', 'type: temporal_ordered'))
  assert.ok('problem' in ordered)
  assert.match(ordered.problem, /joins rules by "and" only/)
})
