/** One text for all objects that look alike, whatever came between them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysOf } from './record-shape.ts'

test('objects of the same keys look alike, and others do not', () => {
  // Keys of the same lengths and first letters, one kind after the other, and a key that holds a line end.
  const one = { user_id: 1, bytes: 2 }
  const other = { user_ip: 1, bytes: 2 }
  const odd = { 'user_id\nbytes': 1 }
  const first = [one, other, odd].map(keysOf)
  assert.equal(new Set(first).size, 3)
  for (let i = 0; i < 3; i++) assert.deepEqual([one, other, odd].map(keysOf), first)
  assert.notEqual(keysOf({ bytes: 2, user_id: 1 }), first[0], 'in another order')
})

test('too many keys, and keys that are too long, are not remembered', () => {
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i]))
  assert.equal(keysOf(many), undefined)
  assert.equal(keysOf({ ['k'.repeat(129)]: 1 }), undefined)
})

test('more looks than are kept: what comes after them still has one', () => {
  for (let i = 0; i < 20_000; i++) assert.notEqual(keysOf({ type: `type ${i}`, n: i }), undefined)
  assert.equal(keysOf({ type: 'x' }), keysOf({ type: 'x' }))
})
