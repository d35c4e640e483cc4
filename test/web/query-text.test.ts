/** The page writes queries by clicks: the language's own parser must read back what was clicked. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseQuery } from '../../src/filter/parse-query.ts'
import { clauseOf, filterState, toggleFilter, tokensOf } from '../../web/parts/query-text.ts'

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'ab "\\/()|:*?-!=<>') }))

function expressionOf(query: string) {
  const parsed = parseQuery(query)
  assert.ok(parsed.ok, `${query}: ${JSON.stringify(parsed)}`)
  return parsed.expression
}

test('the parts of a query are all of its text', () => {
  fc.assert(
    fc.property(text, query => {
      assert.equal(
        tokensOf(query)
          .map(token => token.text)
          .join(''),
        query
      )
    })
  )
})

test('a value that was clicked is the value that is searched for', () => {
  fc.assert(
    fc.property(text, value => {
      const expression = expressionOf(clauseOf('user.name', value))
      assert.equal(expression.kind, 'equals')
      assert.equal((expression as { value?: unknown }).value, value.toWellFormed())
    })
  )
})

test('fields with odd names are quoted', () => {
  for (const field of ['a b', 'and', 'x:y', '"', '10']) {
    const expression = expressionOf(clauseOf(field, 'v'))
    assert.equal((expression as { field?: string }).field, field)
  }
})

test('numbers, booleans and addresses stand without quotes', () => {
  assert.equal(clauseOf('destination.port', 443), 'destination.port:443')
  assert.equal(clauseOf('destination.port', '443'), 'destination.port:443')
  assert.equal(clauseOf('a.flag', true), 'a.flag:true')
  assert.equal(clauseOf('source.ip', '10.0.0.1'), 'source.ip:10.0.0.1')
  assert.equal(clauseOf('source.ip', '2001:db8::1'), 'source.ip:"2001:db8::1"')
  assert.equal(clauseOf('dns.id', '007'), 'dns.id:"007"')
})

test('filters are added, taken back and turned round', () => {
  const dns = 'picket.kind:"dns"'
  assert.equal(toggleFilter('', 'picket.kind', 'dns', 'include'), dns)
  assert.equal(toggleFilter(' * ', 'picket.kind', 'dns', 'exclude'), `not ${dns}`)
  assert.equal(toggleFilter(dns, 'picket.kind', 'dns', 'include'), '')
  assert.equal(toggleFilter(dns, 'picket.kind', 'dns', 'exclude'), `not ${dns}`)
  assert.equal(toggleFilter(`err and not ${dns}`, 'picket.kind', 'dns', 'exclude'), 'err')
  assert.equal(toggleFilter('a or b', 'picket.kind', 'dns', 'include'), `(a or b) and ${dns}`)
  assert.equal(toggleFilter('x:(a or b)', 'picket.kind', 'dns', 'include'), `x:(a or b) and ${dns}`)
  assert.equal(toggleFilter('a || b', 'picket.kind', 'dns', 'include'), `(a || b) and ${dns}`)
  assert.equal(toggleFilter('"a or b"', 'picket.kind', 'dns', 'include'), `"a or b" and ${dns}`)
  assert.equal(filterState(`a and ${dns}`, 'picket.kind', 'dns'), 'include')
  assert.equal(filterState(`not ${dns} and b`, 'picket.kind', 'dns'), 'exclude')
  assert.equal(filterState(`a or ${dns}`, 'picket.kind', 'dns'), undefined)
})

test('adding a filter keeps a query that could be read readable, whatever the value', () => {
  for (const query of ['a', 'a b', 'not a', 'x:1 or y:2', 'x:/a.b/ and "c d"', 'port>=5 -word', 'x:(1 or 2) && !y:3']) {
    fc.assert(
      fc.property(text, fc.constantFrom('include' as const, 'exclude' as const), (value, mode) => {
        expressionOf(toggleFilter(query, 'user.name', value, mode))
      }),
      { numRuns: 50 }
    )
  }
})
