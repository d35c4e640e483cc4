import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashIdentity, hashText, IdSet, idText, placeHigh } from './identity.ts'

test('a place is counted on from its prefix, around the end of 32 bits', () => {
  assert.equal(placeHigh(0, 0), 0)
  assert.equal(placeHigh(5, 70_000), 70_005)
  assert.equal(placeHigh(0xffffffff, 1), 0)
  assert.equal(placeHigh(0xfffffff0, 0x20), 0x10)
})

test('places of a chunk are different, and neighbours', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(0x7fffffff), (prefix, index) => {
      assert.equal(placeHigh(prefix, index + 1), (placeHigh(prefix, index) + 1) >>> 0)
    })
  )
})

test('ids are 16 hex digits', () => {
  assert.equal(idText(0, 0), '0000000000000000')
  assert.equal(idText(0xffffffff, 1), 'ffffffff00000001')
})

test('the hash of a text depends on each of its units', () => {
  assert.notEqual(hashText('a'), hashText('b'))
  assert.notEqual(hashText('ab'), hashText('ba'))
  assert.notEqual(hashText('a'), hashText('a\0'))
  const hashes = new Set(Array.from({ length: 20_000 }, (_, i) => hashText(`id-${i}`)))
  assert.ok(hashes.size > 19_998)
})

test('ids from identities are those that stores hold already', () => {
  for (const [text, high, low] of [
    ['', 0, 3954623016],
    ['a', 1101984590, 441248879],
    ['beats 7d1c /var/log/auth.log 4711 2026-01-01T00:00:00.000Z Accepted', 3492557636, 3638205576],
    ['é€😀'.repeat(40), 1387223230, 2421738450]
  ] as const) {
    assert.deepEqual(hashIdentity(text), { high, low })
    assert.equal(hashText(text), high)
  }
})

/** Halves from a small range, so that they meet again. */
const id = fc.tuple(fc.constantFrom(0, 1, 7, 0x80000000, 0xffffffff), fc.oneof(fc.nat(50), fc.nat(0xffffffff)))
const step = fc.oneof(
  { weight: 20, arbitrary: id.map(halves => ({ kind: 'add' as const, halves })) },
  { weight: 10, arbitrary: id.map(halves => ({ kind: 'has' as const, halves })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const, halves: [0, 0] }) }
)

test('a set of ids is a set, also while it grows and after it was emptied', () => {
  fc.assert(
    fc.property(fc.nat(64), fc.array(step, { maxLength: 300 }), (capacity, steps) => {
      const set = new IdSet(capacity)
      const model = new Set<string>()
      for (const { kind, halves } of steps) {
        const [high, low] = halves as [number, number]
        const key = idText(high, low)
        if (kind === 'clear') {
          set.clear()
          model.clear()
        } else if (kind === 'has') assert.equal(set.has(high, low), model.has(key))
        else {
          assert.equal(set.add(high, low), !model.has(key))
          model.add(key)
        }
        assert.equal(set.size, model.size)
      }
    }),
    { numRuns: 300 }
  )
})

test('a hundred thousand neighbours find their places', () => {
  const set = new IdSet(16)
  for (let i = 0; i < 100_000; i++) assert.ok(set.add(placeHigh(0xfffffff0, i), Math.imul(i, 0x9e3779b1) >>> 0))
  for (let i = 0; i < 100_000; i++) assert.ok(!set.add(placeHigh(0xfffffff0, i), Math.imul(i, 0x9e3779b1) >>> 0))
  assert.equal(set.size, 100_000)
})
