import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDeclared } from '../../src/correlate/declared.ts'
import { parseRules } from '../../src/sigma/parse-rules.ts'
import { ruleAsQuery } from '../../web/parts/rules/rule-query.ts'
import { matching } from '../../web/parts/rules/rule-search.ts'
import { ruleKinds, ruleTemplate } from '../../web/parts/rules/rule-templates.ts'
import type { RuleCoverage, RuleLine } from '../../web/parts/rules/rules.ts'
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

const line = (id: string, more: Partial<RuleLine>): RuleLine => ({
  id,
  kind: 'rule',
  title: id,
  level: 'medium',
  ownLevel: 'medium',
  origin: 'own',
  enabled: true,
  why: '',
  tags: [],
  file: '',
  exceptions: 0,
  ...more
})

test('rules are found by all words, and what works here comes first', () => {
  const rules = [
    line('off', { enabled: false, level: 'critical' }),
    line('low', { level: 'low', title: 'Login of Root' }),
    line('cannot', { level: 'high' }),
    line('fired', { tags: ['attack.t1110.001'], logsource: { product: 'linux', service: 'sshd' } })
  ]
  const known = (state: RuleCoverage['state']): RuleCoverage => ({ state, missing: [] })
  const coverage = new Map([
    ['fired', known('fired')],
    ['cannot', known('cannot')],
    ['low', known('can')]
  ])
  const found = (filter: Parameters<typeof matching>[2]) => matching(rules, coverage, filter).map(({ id }) => id)
  assert.deepEqual(found({}), ['fired', 'low', 'cannot', 'off'])
  assert.deepEqual(found({ q: 'T1110 sshd' }), ['fired'])
  assert.deepEqual(found({ q: 'root login' }), ['low'])
  assert.deepEqual(found({ coverage: 'cannot' }), ['cannot'])
  assert.deepEqual(found({ state: 'off', level: 'critical' }), ['off'])
  assert.deepEqual(matching(rules, undefined, { q: 'nothing' }), [])
})

test('a rule is a search of its log source and its detection', () => {
  assert.equal(ruleAsQuery({ route: '*', query: 'a:1 or b:2' }), 'a:1 or b:2')
  assert.equal(ruleAsQuery({ route: 'c:3', query: 'a:1 or b:2' }), '(c:3) and (a:1 or b:2)')
  assert.equal(ruleAsQuery({}), '')
})

test('what a new rule begins with is a rule without mistakes, of its kind', () => {
  let made = 0
  const kinds = ruleKinds.map(([kind]) => {
    const files = [{ path: 'own/new.yml', text: ruleTemplate(kind, () => `id-${++made}`) }]
    const { rules, correlations, diagnostics } = parseRules(files)
    const own = readDeclared(files)
    assert.deepEqual([...diagnostics, ...own.diagnostics], [], kind)
    return [kind, rules.length, correlations.length, own.declared.length]
  })
  assert.deepEqual(kinds, [
    ['event', 1, 0, 0],
    ['many', 1, 1, 0],
    ['threshold', 0, 0, 1],
    ['baseline', 0, 0, 1],
    ['first-seen', 0, 0, 1],
    ['silence', 0, 0, 1]
  ])
})
