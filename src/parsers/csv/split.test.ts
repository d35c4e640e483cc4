import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { delimiterOf, endsInsideQuotes, splitCells } from './split.ts'

test('cells of RFC 4180', () => {
  assert.deepEqual(splitCells('a,b,c', ',', 10), ['a', 'b', 'c'])
  assert.deepEqual(splitCells(',,', ',', 10), ['', '', ''])
  assert.deepEqual(splitCells('', ',', 10), [''])
  assert.deepEqual(splitCells('"a,b","c ""quoted""",d', ',', 10), ['a,b', 'c "quoted"', 'd'])
  assert.deepEqual(splitCells('"two\nlines",""', ',', 10), ['two\nlines', ''])
  assert.deepEqual(splitCells('"a"x,b', ',', 10), ['ax', 'b'])
  assert.deepEqual(splitCells('a"b,c', ',', 10), ['a"b', 'c'])
  assert.deepEqual(splitCells('"never closed, b', ',', 10), ['never closed, b'])
  assert.deepEqual(splitCells('a,b,c', ',', 2), ['a', 'b'])
  assert.deepEqual(splitCells('"a",', ',', 10), ['a', ''])
})

test('what is quoted comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 8 }), cells => {
      const line = cells.map(cell => `"${cell.replaceAll('"', '""')}"`).join(';')
      assert.deepEqual(splitCells(line, ';', 100), cells)
      assert.equal(endsInsideQuotes(line, ';'), false)
    })
  )
})

test('a record is open while a quoted cell is', () => {
  assert.equal(endsInsideQuotes('a,"b', ','), true)
  assert.equal(endsInsideQuotes('a,"b""', ','), true)
  assert.equal(endsInsideQuotes('a,"b"', ','), false)
  assert.equal(endsInsideQuotes('6" pipe,b', ','), false)
  assert.equal(endsInsideQuotes('', ','), false)
})

test('the delimiter is the most frequent outside quotes', () => {
  assert.equal(delimiterOf('a,b,c'), ',')
  assert.equal(delimiterOf('a;b,c;d'), ';')
  assert.equal(delimiterOf('a\tb'), '\t')
  assert.equal(delimiterOf('"a,b,c,d"|e'), '|')
  assert.equal(delimiterOf('one column'), undefined)
})
