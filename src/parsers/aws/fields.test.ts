import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countIn, splitFields } from './fields.ts'

const split = (line: string, lastQuoted?: number): string[] | undefined => {
  const out: string[] = []
  const count = splitFields(line, out, 16, lastQuoted)
  return count < 0 ? undefined : out.slice(0, count)
}

test('fields between blanks, in quotes, in brackets', () => {
  assert.deepEqual(split('a "b c" [d e] - ""'), ['a', 'b c', 'd e', '-', ''])
  assert.deepEqual(split('[2001:db8::1]:443 "x'), ['[2001:db8::1]:443', 'x'])
})

test('a quote inside a field does not end it', () => {
  assert.deepEqual(split('"a"b c" d'), ['a"b c', 'd'])
  assert.deepEqual(split('"a \\" b" c'), ['a \\" b', 'c'])
  assert.deepEqual(split('x "a" b "c" d', 1), ['x', 'a" b "c', 'd'])
})

test('too many fields are refused', () => assert.equal(split('a '.repeat(17)), undefined))

test('counts', () => {
  assert.deepEqual(['12', '-', '', '1.5', '-1', '99999999999999999'].map(countIn), [
    12,
    undefined,
    undefined,
    -1,
    -1,
    -1
  ])
})
