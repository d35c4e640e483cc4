import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../core/parser.ts'
import { naming, renamed, single, timeOf } from './finding.ts'

const names = naming(
  `
  box.imageId   image.id
  box.image     image.value
  .Left         pair
  .Right        pair
  `,
  'createdAt',
  'version',
  'tags'
)

test('keys become snake case, or go where the list says', () => {
  assert.deepEqual(renamed({ someKey: 1, box: { imageId: 'a', image: 'b', vpcId: 'c' }, version: 2 }, names), {
    some_key: 1,
    box: { image: { id: 'a', value: 'b' }, vpc_id: 'c' },
    version: '2'
  })
})

test('objects that meet in one place are merged, other values keep their keys', () => {
  assert.deepEqual(renamed({ Left: { aB: 1 }, Right: { cD: 2 } }, names), { pair: { a_b: 1, c_d: 2 } })
  assert.deepEqual(renamed({ aB: 1, a_b: 2, 'a.b': 3 }, names), { a_b: 1, 'a_b (a_b)': 2, 'a_b (a.b)': 3 })
})

test('the record itself is not changed, however deep it is', () => {
  let deep: JsonObject = { imageId: 'x' }
  for (let i = 0; i < 40; i++) deep = { box: deep, image: { keepMe: i }, tags: { someTag: i } }
  const before = structuredClone(deep)
  renamed(deep, names)
  assert.deepEqual(deep, before)
})

test('times in ISO 8601 and Unix seconds, whatever else stays', () => {
  assert.deepEqual(renamed({ createdAt: 1635962410.342 }, names), { created_at: '2021-11-03T18:00:10.342Z' })
  assert.deepEqual(renamed({ createdAt: '2021-11-03T19:00:10+01:00' }, names), {
    created_at: '2021-11-03T18:00:10.000Z'
  })
  assert.deepEqual(renamed({ createdAt: 'soon' }, names), { created_at: 'soon' })
  assert.equal(timeOf(-5e-324), undefined)
  assert.equal(timeOf('Jan 19, 2022, 10:46:15\u202fPM'), Date.UTC(2022, 0, 19, 22, 46, 15) * 1000)
  assert.equal(timeOf('Jan 19, 2022, 12:46:15 AM'), Date.UTC(2022, 0, 19, 0, 46, 15) * 1000)
  assert.equal(timeOf('Foo 19, 2022, 12:46:15 AM'), undefined)
})

test('numbers that are none are text', () => {
  const json = JSON.parse('{"a":1e999,"b":[1e999],"tags":{"c":-1e999}}') as JsonObject
  assert.deepEqual(renamed(json, names), { a: 'Infinity', b: ['Infinity'], tags: { c: '-Infinity' } })
})

test('a list of one is its value', () => {
  assert.equal(single(['a']), 'a')
  assert.deepEqual(single(['a', 'b']), ['a', 'b'])
  assert.equal(single([]), undefined)
})
