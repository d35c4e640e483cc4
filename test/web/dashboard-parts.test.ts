/** The grid of dashboards never overlaps; filters narrow searches without changing what they mean; flows keep their sums. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseSearch } from '../../src/filter/search.ts'
import { nameFor, withFilter } from '../../web/parts/dashboards/dashboard.ts'
import { layOutFlows } from '../../web/parts/dashboards/flow-layout.ts'
import { type Box, gridColumns, moveBox, resizeBox, settle, stepBox } from '../../web/parts/dashboards/layout.ts'

const boxes = fc
  .array(
    fc
      .record({ x: fc.nat(11), y: fc.nat(30), w: fc.integer({ min: 1, max: 12 }), h: fc.integer({ min: 1, max: 9 }) })
      .map(box => ({ ...box, x: Math.min(box.x, gridColumns - box.w) })),
    { minLength: 1, maxLength: 14 }
  )
  .map(list => list.map((box, at): Box => ({ ...box, id: `b${at}` })))

function check(list: readonly Box[]) {
  const taken = new Set<string>()
  for (const { id, x, y, w, h } of list) {
    assert.ok(x >= 0 && x + w <= gridColumns && y >= 0, `${id} leaves the grid`)
    for (let column = x; column < x + w; column++)
      for (let row = y; row < y + h; row++) {
        assert.ok(!taken.has(`${column}/${row}`), `${id} lies over another`)
        taken.add(`${column}/${row}`)
      }
  }
  assert.deepEqual(settle(list), list, 'it is not at rest')
}

test('whatever is moved or resized, nothing overlaps and nothing leaves the grid', () => {
  fc.assert(
    fc.property(boxes, fc.integer({ min: -5, max: 20 }), fc.integer({ min: -5, max: 40 }), (list, a, b) => {
      const start = settle(list)
      check(start)
      check(moveBox(start, 'b0', a, b))
      check(resizeBox(start, 'b0', a, b))
      check(stepBox(start, 'b0', Math.sign(a), 0))
      check(stepBox(start, 'b0', 0, Math.sign(b)))
    })
  )
})

test('a step down and a step up change places with the neighbour', () => {
  const list: Box[] = [
    { id: 'a', x: 0, y: 0, w: 6, h: 3 },
    { id: 'b', x: 0, y: 3, w: 6, h: 5 }
  ]
  const down = stepBox(list, 'a', 0, 1)
  assert.deepEqual(
    down.map(({ id, y }) => [id, y]),
    [
      ['a', 5],
      ['b', 0]
    ]
  )
  assert.deepEqual(stepBox(down, 'a', 0, -1), list)
})

test('a filter narrows the search and leaves its commands alone', () => {
  assert.equal(withFilter('a:b or c:d | stats count()', 'x:y'), '(a:b or c:d) and (x:y) | stats count()')
  assert.equal(withFilter('| top 10 a', 'x:y or z:1'), '(x:y or z:1) | top 10 a')
  assert.equal(withFilter('a:"x | y"', 'x:y'), '(a:"x | y") and (x:y)')
  assert.equal(withFilter('a:b | head 1', '  '), 'a:b | head 1')
  for (const query of ['', '*', 'a:/x|y/ | head 3', '"|" or b:c | where d:1'])
    assert.ok(parseSearch(withFilter(query, 'source.ip:10.0.0.0/8 or not a:b'), { nowMs: 0 }).ok, query)
})

test('names come from titles, and are free', () => {
  assert.equal(nameFor('Über uns: 2026!', []), 'u-ber-uns-2026')
  assert.equal(nameFor('日本', ['dashboard']), 'dashboard-2')
  assert.match(nameFor('x'.repeat(500), []), /^x{1,64}$/)
})

test('flows keep their sum, stay within the height, and are few', () => {
  const flow = fc.record({
    from: fc.integer({ min: 0, max: 40 }).map(String),
    to: fc.integer({ min: 0, max: 40 }).map(String),
    value: fc.nat(1_000_000_000)
  })
  fc.assert(
    fc.property(fc.array(flow, { maxLength: 120 }), flows => {
      const { left, right, ribbons } = layOutFlows(flows, 300)
      const total = flows.reduce((sum, { value }) => sum + value, 0)
      const drawn = ribbons.reduce((sum, { value }) => sum + value, 0)
      assert.ok(Math.abs(total - drawn) <= 1e-6 * Math.max(1, total))
      assert.ok(left.length <= 12 && right.length <= 12)
      for (const { y, height } of [...left, ...right]) assert.ok(y + height <= 300.01)
    })
  )
})
