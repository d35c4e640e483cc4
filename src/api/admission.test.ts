import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdmission } from './admission.ts'

test('so many at once; the others wait in order and learn their place', async () => {
  const admission = createAdmission(2)
  const first = await admission.enter()
  const second = await admission.enter()
  const places: number[] = []
  const order: string[] = []
  const third = admission.turn(async () => void order.push('third'), { onPlace: n => places.push(n) })
  const fourth = admission.turn(async () => void order.push('fourth'), { onPlace: n => places.push(n) })
  assert.deepEqual([admission.running(), admission.waiting(), places], [2, 2, [1, 2]])
  first.leave()
  first.leave()
  await Promise.all([third, fourth])
  assert.deepEqual(order, ['third', 'fourth'])
  assert.deepEqual(places, [1, 2, 1])
  second.leave()
  assert.deepEqual([admission.running(), admission.waiting()], [0, 0])
})

test('one that is given up while it waits leaves the queue, and a failure gives its turn back', async () => {
  const admission = createAdmission(1)
  const held = await admission.enter()
  const stop = new AbortController()
  const given = admission.turn(async () => 'never', { signal: stop.signal })
  const places: number[] = []
  const next = admission.turn(async () => Promise.reject(new Error('no')), { onPlace: n => places.push(n) })
  stop.abort()
  await assert.rejects(given, { code: 'search-cancelled' })
  assert.deepEqual(places, [2, 1])
  held.leave()
  await assert.rejects(next, { message: 'no' })
  assert.equal(await admission.turn(async () => 'goes on'), 'goes on')
})

test('the queue is bounded', async () => {
  const admission = createAdmission(1)
  const held = await admission.enter()
  const stop = new AbortController()
  const waiting = Array.from({ length: 256 }, () => admission.enter({ signal: stop.signal }).catch(() => 'gone'))
  await assert.rejects(admission.enter(), { code: 'too-many-searches' })
  stop.abort()
  await Promise.all(waiting)
  held.leave()
})
