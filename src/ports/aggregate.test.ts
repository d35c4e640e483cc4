/** Addresses as few networks: brute force beside it, and that nothing is left out. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { coverTable } from './aggregate.ts'
import { addressOf, type Cidr, cidrText, holds, readCidr, width } from './cidr.ts'

const hosts = (texts: readonly string[]): Cidr[] => texts.map(text => ({ address: addressOf(text)!, bits: 128 }))

test('networks are read and written; bits of the host do not matter', () => {
  for (const [text, written] of [
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['::/0', '::/0']
  ])
    assert.equal(cidrText(readCidr(text!)!), written)
  for (const text of ['10.0.0.0/33', '10.0.0/8', 'x', '10.0.0.0/', '10.0.0.0/-1', '::/129'])
    assert.equal(readCidr(text), undefined)
  assert.ok(!holds(readCidr('::/0')!, readCidr('10.0.0.1')!))
  assert.ok(holds(readCidr('0.0.0.0/0')!, readCidr('10.0.0.1')!))
})

test('two sites are two networks, not everything between them', () => {
  const table = coverTable(hosts(['10.0.2.16', '10.0.2.31', '10.0.2.20', '198.51.100.8', '198.51.100.9']), 2)
  assert.deepEqual(table.cover(2).map(cidrText), ['10.0.2.16/28', '198.51.100.8/31'])
})

test('both families need a network each', () => {
  const table = coverTable(hosts(['10.0.0.1', '2001:db8::1', '2001:db8::2']), 3)
  assert.equal(table.widths[1], Number.POSITIVE_INFINITY)
  assert.deepEqual(table.cover(2).map(cidrText), ['10.0.0.1/32', '2001:db8::/126'])
})

test('brute force finds no narrower cover', () => {
  // The last five bits differ: 63 blocks in all.
  const blocks = [27, 28, 29, 30, 31, 32].flatMap(length =>
    Array.from({ length: 2 ** (length - 27) }, (_, i) => readCidr(`10.0.0.${i * 2 ** (32 - length)}/${length}`)!)
  )
  const best = (addresses: readonly Cidr[], k: number): number => {
    const [first] = addresses
    if (first === undefined) return 0
    if (k === 0) return Number.POSITIVE_INFINITY
    return Math.min(
      ...blocks
        .filter(block => holds(block, first))
        .map(
          block =>
            width(block) +
            best(
              addresses.filter(one => !holds(block, one)),
              k - 1
            )
        )
    )
  }
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 31 }), { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 4 }),
      (last, k) => {
        const addresses = hosts(last.map(n => `10.0.0.${n}`))
        const table = coverTable(addresses, k)
        const cover = table.cover(k)
        assert.ok(cover.length <= k)
        for (const one of addresses) assert.ok(cover.some(block => holds(block, one)))
        assert.equal(
          cover.reduce((sum, block) => sum + width(block), 0),
          best(addresses, k)
        )
        assert.equal(table.widths[k], best(addresses, k))
      }
    ),
    { numRuns: 300 }
  )
})
