import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../platform/clock.ts'
import { addressGroup, createLoginLimits, failureLimit } from './login-limits.ts'

test('waiting times double after the free failures, up to a bound, and are forgotten', () => {
  const clock = manualClock()
  const limit = failureLimit({ free: 2, firstWaitMs: 100, waitMsMax: 350, forgetMs: 10_000, keysMax: 10 }, clock)
  const waits: number[] = []
  for (let i = 0; i < 6; i++) {
    limit.fail('a')
    waits.push(limit.waitMs('a'))
  }
  assert.deepEqual(waits, [0, 0, 100, 200, 350, 350])
  assert.equal(limit.waitMs('b'), 0)
  clock.advance(10_001)
  limit.fail('a')
  assert.equal(limit.waitMs('a'), 0)
})

test('memory is bounded: the keys that failed longest ago go', () => {
  const limit = failureLimit({ free: 0, firstWaitMs: 100, waitMsMax: 100, forgetMs: 1e6, keysMax: 3 }, manualClock())
  for (const key of ['a', 'b', 'c', 'a', 'd']) limit.fail(key)
  assert.equal(limit.size, 3)
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map(key => limit.waitMs(key) > 0),
    [true, false, true, true]
  )
})

test('attempts at the same time count before they are known to fail', async () => {
  const limits = createLoginLimits(manualClock())
  let proofs = 0
  const prove = async () => {
    proofs++
    return false
  }
  const all = await Promise.allSettled(Array.from({ length: 50 }, () => limits.attempt('192.0.2.1', 'anna', prove)))
  assert.equal(proofs, 6)
  assert.equal(all.filter(each => each.status === 'rejected').length, 44)
})

test('an address does not earn guesses by signing in to an account of its own', async () => {
  const limits = createLoginLimits(manualClock())
  let refused = 0
  for (let i = 0; i < 30; i++) {
    await limits.attempt('192.0.2.1', `victim${i}`, async () => false).catch(() => refused++)
    await limits.attempt('192.0.2.1', 'mine', async () => true).catch(() => {})
  }
  assert.ok(refused >= 18, String(refused))
})

test('too many at once are sent away, and a proof that breaks is not held against anybody', async () => {
  const limits = createLoginLimits(manualClock())
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const work = Array.from({ length: 40 }, () => limits.hash(() => held))
  const settled = Promise.allSettled(work)
  release()
  const busy = (await settled).filter(each => each.status === 'rejected')
  assert.equal(busy.length, 6)
  for (let i = 0; i < 20; i++)
    await assert.rejects(
      limits.attempt('192.0.2.1', 'anna', () => Promise.reject(new Error('broken'))),
      /broken/
    )
  assert.equal(await limits.attempt('192.0.2.1', 'anna', async () => true), true)
})

test('one guesser is an IPv4 address or an IPv6 /64', () => {
  assert.equal(addressGroup('192.0.2.1'), '192.0.2.1')
  assert.equal(addressGroup('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(addressGroup('2001:db8:1:2:3:4:5:6'), addressGroup('2001:db8:1:2:ffff::1'))
  assert.notEqual(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:3::1'))
  assert.equal(addressGroup('fe80::1%eth0'), 'fe80::')
})
