import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { yamlTokens } from '../../web/parts/rules/yaml-tokens.ts'
import { allOf, nothingSelected, rangeTo, stillThere, toggled } from '../../web/parts/triage/selection.ts'

const order = ['a', 'b', 'c', 'd', 'e']
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort().join('')

test('rows are selected one by one, in a range from the last one, and all', () => {
  const one = toggled(nothingSelected, 'b')
  assert.equal(ids(one), 'b')
  assert.equal(ids(toggled(one, 'b')), '')
  assert.equal(ids(rangeTo(one, order, 'd')), 'bcd')
  assert.equal(ids(rangeTo(rangeTo(one, order, 'd'), order, 'a')), 'abcd', 'the range begins where it began')
  assert.equal(ids(rangeTo(nothingSelected, order, 'c')), 'c')
  assert.equal(ids(allOf(order)), 'abcde')
})

test('what has left the list is not selected any more', () => {
  const all = allOf(order)
  assert.equal(ids(stillThere(all, ['c', 'a'])), 'ac')
  assert.equal(stillThere(all, order), all, 'the same object, where nothing has changed')
  assert.equal(ids(rangeTo({ ids: new Set(['gone']), anchor: 'gone' }, order, 'b')), 'bgone')
})

const parts = (line: string) => yamlTokens(line).map(({ kind, from, to }) => `${kind} ${line.slice(from, to)}`)

test('a line of YAML has its parts in colours', () => {
  assert.deepEqual(parts('  source.ip|cidr: 10.0.0.0/8 # ours'), ['field source.ip|cidr', 'punctuation  # ours'])
  assert.deepEqual(parts("  - 'it''s: here'"), ['operator -', "string 'it''s: here'"])
  assert.deepEqual(parts('level: high'), ['field level'])
  assert.deepEqual(parts('timeframe: 15'), ['field timeframe', 'function 15'])
  assert.deepEqual(parts('# title: x'), ['punctuation # title: x'])
})

test('any line is coloured in time, its parts in order and apart', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 400 }), line => {
      let end = 0
      for (const { from, to } of yamlTokens(line)) {
        assert.ok(from >= end && to > from && to <= line.length)
        end = to
      }
    })
  )
  for (const hard of ['a'.repeat(1990), "'".repeat(1990), '- '.repeat(990), 'a b '.repeat(490), ' '.repeat(1990)]) {
    const startedMs = performance.now()
    yamlTokens(hard)
    assert.ok(performance.now() - startedMs < 250, `${hard.slice(0, 4)}… took ${performance.now() - startedMs} ms`)
  }
})
