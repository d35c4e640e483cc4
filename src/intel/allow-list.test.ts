import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AllowedValues, compileAllowLists, networksAround } from './allow-list.ts'
import type { IndicatorType } from './indicator.ts'
import { readWarningList } from './warning-list.ts'

const list = (kind: AllowedValues['kind'], values: string[], types: IndicatorType[] = []): AllowedValues => ({
  name: kind,
  kind,
  types,
  values
})

test('each kind of list allows what it says, and nothing else', () => {
  const cases: [AllowedValues, IndicatorType, string, boolean][] = [
    [list('string', ['Evil.example']), 'domain', 'evil.example', true],
    [list('string', ['evil.example']), 'domain', 'www.evil.example', false],
    [list('hostname', ['.google.com']), 'domain', 'google.com', true],
    [list('hostname', ['google.com']), 'domain', 'mail.google.com', true],
    [list('hostname', ['google.com']), 'domain', 'notgoogle.com', false],
    [list('hostname', ['google.com']), 'domain', 'google.com.evil.example', false],
    [list('hostname', ['google.com']), 'url', 'https://docs.google.com/x', true],
    [list('hostname', ['google.com'], ['domain']), 'url', 'https://docs.google.com/x', false],
    [list('hostname', ['gmail.com']), 'email', 'a@gmail.com', true],
    [list('cidr', ['10.0.0.0/8']), 'ip', '10.255.255.255', true],
    [list('cidr', ['10.0.0.0/8']), 'ip', '11.0.0.0', false],
    [list('cidr', ['10.0.0.0/8']), 'cidr', '10.1.0.0/16', true],
    [list('cidr', ['10.1.0.0/16']), 'cidr', '10.0.0.0/8', false],
    [list('cidr', ['10.0.0.0/9', '10.128.0.0/9', '8.8.8.8']), 'ip', '8.8.8.8', true],
    [list('cidr', ['10.0.0.0/8', '10.1.0.0/16']), 'ip', '10.200.0.1', true],
    [list('cidr', ['2001:db8::/32']), 'ip', '2001:db8::1', true],
    [list('cidr', ['::/0']), 'ip', '192.0.2.1', true],
    [list('cidr', ['1.1.1.1']), 'url', 'http://1.1.1.1/x', true],
    [list('cidr', ['1.1.1.1']), 'domain', 'one.example', false],
    [list('substring', ['windowsupdate']), 'url', 'http://a.windowsupdate.com/', true],
    [list('substring', ['']), 'url', 'http://a.example/', false],
    [list('regex', ['/^update[0-9]+\\./i']), 'domain', 'update12.example', true],
    [list('regex', ['^update[0-9]+\\.']), 'domain', 'an.update12.example', false]
  ]
  for (const [each, type, value, expected] of cases)
    assert.equal(
      compileAllowLists([each]).allows(type, value) === each.name,
      expected,
      `${each.kind} ${each.values} ${type} ${value}`
    )
})

test('an entry that is wrong is told and leaves the others alone; expressions run in linear time', () => {
  const lists = compileAllowLists([list('cidr', ['10.0.0.0/99', '192.0.2.1']), list('regex', ['(?=x)', '(a+)+$'])])
  assert.deepEqual(
    lists.problems.map(problem => problem.value),
    ['10.0.0.0/99', '(?=x)']
  )
  assert.equal(lists.allows('ip', '192.0.2.1'), 'cidr')
  const startMs = performance.now()
  assert.equal(lists.allows('domain', `${'a'.repeat(2000)}b`), undefined)
  assert.ok(performance.now() - startMs < 1000)
})

test('the networks around an address are written as indicators are', () => {
  const around = networksAround('192.0.2.7')
  assert.equal(around.length, 32)
  assert.deepEqual(around.slice(0, 3), ['192.0.2.6/31', '192.0.2.4/30', '192.0.2.0/29'])
  assert.equal(around.at(-1), '0.0.0.0/0')
  const six = networksAround('2001:db8::ffff')
  assert.equal(six.length, 128)
  assert.ok(six.includes('2001:db8::/32'))
  assert.deepEqual(networksAround('x'), [])
})

test('a warninglist of MISP is read; one that is something else says why', () => {
  const text = JSON.stringify({
    name: 'Public DNS',
    version: 20240101,
    description: 'resolvers',
    type: 'cidr',
    matching_attributes: ['ip-src', 'ip-dst', 'domain|ip'],
    list: ['8.8.8.8', ' 1.1.1.0/24 ', '', 7]
  })
  assert.deepEqual(readWarningList(text), {
    name: 'Public DNS',
    kind: 'cidr',
    types: ['ip', 'cidr', 'domain'],
    values: ['8.8.8.8', '1.1.1.0/24'],
    description: 'resolvers',
    version: '20240101'
  })
  const problem = (json: unknown) => (readWarningList(JSON.stringify(json)) as { problem: string }).problem
  assert.match((readWarningList('{') as { problem: string }).problem, /JSON/)
  assert.match(problem([]), /object/)
  assert.match(problem({ list: [] }), /name/)
  assert.match(problem({ name: 'x', type: 'magic', list: [] }), /magic/)
  assert.match(problem({ name: 'x', list: 'no' }), /list/)
  assert.match(problem({ name: 'x', list: [], matching_attributes: ['AS'] }), /attributes/)
})
