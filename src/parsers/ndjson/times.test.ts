import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isoMs } from '../../core/time.ts'
import { parseDateAndTime, parseEpoch, parseTime } from './times.ts'

const receivedMs = Date.UTC(2024, 5, 1)

function time(value: unknown, timezoneMinutes = 0): string | undefined {
  const us = parseTime(value, timezoneMinutes, receivedMs)
  return us === undefined ? undefined : isoMs(us)
}

test('epochs tell their unit by their size', () => {
  for (const value of [1714979289, 1714979289000, 1714979289000000, 1714979289000000000])
    assert.equal(parseEpoch(value), 1714979289000000)
  assert.equal(parseEpoch(1714979289.25), 1714979289250000)
  for (const value of [0, 42, -1714979289, 99_999_999, 1e21, Number.NaN, Number.POSITIVE_INFINITY])
    assert.equal(parseEpoch(value), undefined)
})

test('the forms that programs write', () => {
  const same = '2024-05-06T07:08:09.000Z'
  for (const text of [
    '2024-05-06T07:08:09Z',
    '2024-05-06 07:08:09',
    '2024-05-06 07:08:09 UTC',
    '2024-05-06 09:08:09 +0200',
    '2024-05-06T09:08:09+02:00',
    '2024/05/06 07:08:09',
    '06/May/2024:07:08:09 +0000',
    '[06/May/2024:09:08:09 +0200]',
    'Mon, 06 May 2024 07:08:09 GMT',
    'Mon, 6 May 2024 07:08:09 +0000',
    'Mon May  6 07:08:09 2024',
    'May  6 07:08:09',
    '1714979289',
    '1714979289000'
  ])
    assert.equal(time(text), same, text)
  assert.equal(time('2024-05-06 07:08:09,5'), '2024-05-06T07:08:09.500Z')
  assert.equal(time('May  6 07:08:09.25'), '2024-05-06T07:08:09.250Z')
  assert.equal(time('2024-05-06'), '2024-05-06T00:00:00.000Z')
  assert.equal(time('2024-05-06T07:08'), '2024-05-06T07:08:00.000Z')
  assert.equal(time('2024-05-06T07:08:09', 120), '2024-05-06T05:08:09.000Z')
})

test('what is no time stays none', () => {
  for (const value of [
    '',
    'soon',
    '12345678',
    '2024-13-01',
    '10.0.0.1.2',
    '2024-05-06T07:08:09 +99',
    null,
    true,
    {},
    '1'.repeat(60)
  ])
    assert.equal(time(value), undefined, String(value))
})

test('a date and a time of day that stand apart', () => {
  assert.equal(parseDateAndTime('2024-05-06', '07:08:09.5', 0), Date.UTC(2024, 4, 6, 7, 8, 9, 500) * 1000)
  assert.equal(parseDateAndTime('2024-05-06', 7, 0), undefined)
  assert.equal(parseDateAndTime('6.5.2024', '07:08:09', 0), undefined)
})
