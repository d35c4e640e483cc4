import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { giveBack, heapGrowth } from './memory.ts'

test('what was given back is empty, with all that shared its memory', () => {
  const whole = Buffer.alloc(100_000, 1)
  const part = whole.subarray(10, 20)
  giveBack(part)
  assert.deepEqual([whole.length, part.length], [0, 0])
  giveBack(part)
})

test('small buffers share memory with others: that is left alone', () => {
  const small = Buffer.from('a small one')
  const other = Buffer.from('another')
  giveBack(small)
  assert.deepEqual([small.toString(), other.toString()], ['a small one', 'another'])
})

test('what is shared between threads is left alone', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(64))
  giveBack(shared)
  assert.equal(shared.length, 64)
})

test('V8 knows the option', () => {
  const { status, stderr } = spawnSync(process.execPath, [heapGrowth, '-e', ''], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
})
