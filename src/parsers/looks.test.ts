/** What is remembered of senders: each its own, bounded, and forgotten when the formats change. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setOwnParsers } from './index.ts'
import { Looks, LooksBySender } from './looks.ts'
import { textLines } from './text/text.ts'

const found = { parser: textLines, confidence: 0.9 }

test('a sender is remembered from chunk to chunk, apart from others, and only so many are', () => {
  const bySender = new LooksBySender()
  const first = bySender.of({ source: 'a', sender: '10.0.0.1' })
  for (const other of [{ source: 'a', sender: '10.0.0.2' }, { source: 'b', sender: '10.0.0.1' }, { source: 'a' }])
    assert.notEqual(bySender.of(other), first)
  assert.equal(bySender.of({ source: 'a', sender: '10.0.0.1' }), first)
  for (let i = 0; i < 63; i++) bySender.of({ source: 'many', sender: String(i) })
  assert.equal(bySender.of({ source: 'a', sender: '10.0.0.1' }), first)
  for (let i = 0; i < 64; i++) bySender.of({ source: 'many', sender: String(i) })
  assert.notEqual(bySender.of({ source: 'a', sender: '10.0.0.1' }), first)
})

test('a sender whose records never look alike is not remembered for long', () => {
  const bySender = new LooksBySender()
  const looks = bySender.of({ source: 'a' })
  looks.deeper.remember(looks.deeper.ofObjects, 'x'.repeat(1 << 16), found)
  assert.equal(bySender.of({ source: 'a' }), looks)
  looks.remember(looks.ofTexts, 1, { ...found, shape: new Uint16Array(1) })
  assert.notEqual(bySender.of({ source: 'a' }), looks)
  const many = new Looks()
  for (let i = 0; i < 10_000; i++) many.remember(many.ofObjects, String(i), found)
  assert.ok(many.ofObjects.size <= 4096)
})

test('when there are other formats, all is found out anew', () => {
  const bySender = new LooksBySender()
  const before = bySender.of({ source: 'a' })
  setOwnParsers([])
  assert.notEqual(bySender.of({ source: 'a' }), before)
})
