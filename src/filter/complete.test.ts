/** What is offered at the place of the `^`. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Completions, complete } from './complete.ts'

const options = {
  fields: ['@timestamp', 'source.ip', 'source.port', 'user.name', 'event.action', { name: 'message', detail: 'text' }],
  lookups: new Map([['hosts', ['address', 'owner']]])
}

function at(marked: string): Completions & { labels: string[]; replaced: string } {
  const place = marked.indexOf('^')
  const text = marked.replace('^', '')
  const found = complete(text, place, options)
  return { ...found, labels: found.items.map(item => item.label), replaced: text.slice(found.from, found.to) }
}

test('fields, keywords and values of filters', () => {
  assert.deepEqual(at('sou^').labels, ['source.ip', 'source.port'])
  assert.equal(at('sou^').items[0]!.insert, 'source.ip:')
  assert.equal(at('sou^rce.i').replaced, 'source.i')
  assert.deepEqual(at('na^').labels, ['user.name'])
  assert.ok(at('user.name:bob ^').labels.includes('and'))
  assert.ok(!at('user.name:bob and ^').labels.includes('and'))
  assert.ok(!at('(^').labels.includes('or'))
  const value = at('source.port:44 and user.name:bo^b or x')
  assert.equal(value.needValuesOf, 'user.name')
  assert.equal(value.replaced, 'bob')
  assert.equal(at('user.name:"Bob S^"').replaced, '"Bob S"')
  assert.equal(at('user.name:"Bob S^').needValuesOf, 'user.name')
  assert.equal(at('user.name:(bob or al^').needValuesOf, 'user.name')
  assert.equal(at('user.name:(bob or al^').replaced, 'al')
  assert.equal(at('user.name = ^').needValuesOf, 'user.name')
  assert.equal(at('-user.name:^').needValuesOf, 'user.name')
  assert.equal(at('"a phrase wi^').items.length, 0)
  assert.ok(at('@from:^').labels.includes('-24h'))
})

test('commands and what stands in them', () => {
  assert.ok(at('* | ^').labels.includes('stats'))
  assert.deepEqual(at('* | tim^').labels, ['timechart'])
  assert.equal(at('* | sta^t').replaced, 'stat')
  assert.ok(at('* | stats ^').labels.includes('dc'))
  assert.deepEqual(at('* | stats dc(sour^').labels, ['source.ip', 'source.port'])
  assert.ok(at('* | stats count() ^').labels.includes('by'))
  assert.ok(at('* | stats count() by ^').labels.includes('bin(5m)'))
  assert.equal(at('* | where user.name:bo^').needValuesOf, 'user.name')
  assert.deepEqual(at('* | join ^').labels, ['hosts'])
  assert.deepEqual(at('* | join hosts on source.ip=^').labels, ['address', 'owner'])
  assert.ok(at('* | eval a = lo^').labels.includes('lower'))
})

test('columns that commands before have made', () => {
  assert.deepEqual(at('* | stats count() as n by user.name | sort ^').labels, ['user.name', 'n'])
  assert.deepEqual(at('* | stats count() as n by user.name | where n > 5 | eval m = n | fields ^').labels, [
    'user.name',
    'n',
    'm'
  ])
  assert.ok(at('* | eval loud = upper(user.name) | stats count() by lo^').labels.includes('loud'))
  assert.deepEqual(at('* | top user.name | sort -^').labels, ['user.name', 'count', 'percent'])
})

test('any place in any text', () => {
  const texts = [
    'user.name:"a | b" | stats count() by x | where y:',
    '((((',
    '"""',
    '| | |',
    '\\',
    'a:(b or "c',
    '`',
    'x'.repeat(60_000)
  ]
  const started = performance.now()
  for (const text of texts)
    for (let place = 0; place <= Math.min(text.length, 60); place++) {
      const { from, to } = complete(text, place, options)
      assert.ok(from >= 0 && from <= place && to >= place && to <= text.length, `${text} at ${place}`)
    }
  complete(`user.name:(${'a '.repeat(30_000)}`, 60_000, options)
  complete(`${'a:'.repeat(30_000)}`, 60_000, options)
  complete(`* | stats ${'count(),'.repeat(7000)}`, 56_000, options)
  assert.ok(performance.now() - started < 3000)
})
