/** Delivery against a real peer: retries, the breaker, dead letters, quiet hours, digests, rates, order, removal, clocks that step. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSigned } from '../actions/signature.ts'
import { removeDestination } from '../state/destinations.ts'
import { notifyCursor } from '../state/outbox.ts'
import { replay } from '../state/outbox-dead.ts'
import { listAttempts, listMessages } from '../state/outbox-log.ts'
import { memoryState } from '../state/state.ts'
import {
  addDestination,
  addRoute,
  changeLog,
  pause,
  signingKey,
  startPeer,
  testNotifier,
  until
} from '../testing/notify-lab.ts'

const id = 'aaaaaaaaaaaaaaaa'
const minuteMs = 60_000

/** A clock of which a test turns the hands: it runs, and jumps. */
function steppingClock(startMs = Date.UTC(2026, 2, 2, 12)) {
  let aheadMs = startMs - performance.now()
  return { nowMs: () => Math.round(performance.now() + aheadMs), step: (ms: number) => void (aheadMs += ms) }
}

async function lab(more: Parameters<typeof addDestination>[1] = {}, route: Parameters<typeof addRoute>[1] = {}) {
  const state = memoryState()
  const peer = await startPeer()
  const clock = steppingClock()
  addDestination(state, { settings: { url: peer.url }, ...more })
  addRoute(state, route)
  const changes = changeLog(state)
  const notifier = testNotifier(state, changes.read, { nowMs: clock.nowMs })
  const states = () => listMessages(state, {}, 1000).map(each => each.state)
  return {
    state,
    peer,
    clock,
    ...changes,
    notifier,
    states,
    allAre: (wanted: string) => states().length > 0 && states().every(each => each === wanted),
    async [Symbol.asyncDispose]() {
      await notifier.close()
      await peer[Symbol.asyncDispose]()
      state.close()
    }
  }
}

test('an alert is sent once, signed, and the attempt is noted', async () => {
  await using it = await lab()
  const { state, peer, raise, states, clock } = it
  raise(1)
  await until(() => peer.received.length === 1)
  await until(() => states()[0] === 'sent')
  const { headers, body, json } = peer.received[0]!
  assert.ok(isSigned(signingKey, headers, body, clock.nowMs()))
  assert.equal(json.type, 'picket.alert')
  assert.equal(json.id, headers['webhook-id'])
  assert.equal(json.data.alerts[0].entity['source.ip'], '192.0.2.17')
  assert.equal(json.data.alerts[0].url, 'https://picket.example.org/alerts/alert-1')
  const [attempt] = listAttempts(state, {}, 10)
  assert.deepEqual([attempt?.result, attempt?.number, attempt?.detail], ['sent', 1, 'answered 200: ok'])
  await pause(100)
  assert.equal(peer.received.length, 1)
  assert.equal(notifyCursor(state), 1)
})

test('what passes is tried again after 1, 3 and 9 seconds with the same key; every attempt is logged', async () => {
  await using it = await lab()
  const { state, peer, raise, states, clock } = it
  peer.answers.push(503, 'cut', { status: 429, headers: { 'retry-after': '5' }, body: 'slow down' }, 200)
  raise(1)
  for (const [attempt, waitMs] of [1000, 3000, 9000].entries()) {
    await until(() => states()[0] === 'waiting' && peer.received.length === attempt + 1)
    const next = listMessages(state, {}, 1)[0]!
    const sinceMs = next.nextMs - listAttempts(state, {}, 1)[0]!.startedMs
    assert.ok(sinceMs >= waitMs && sinceMs < waitMs + 500, `attempt ${attempt + 1}: ${sinceMs}`)
    clock.step(waitMs - 200)
    await pause(60)
    assert.equal(peer.received.length, attempt + 1, 'not before its time')
    clock.step(300)
  }
  await until(() => states()[0] === 'sent')
  assert.equal(new Set(peer.received.map(({ headers }) => headers['webhook-id'])).size, 1)
  assert.ok(peer.received.every(({ headers, body }) => isSigned(signingKey, headers, body, clock.nowMs())))
  assert.deepEqual(
    listAttempts(state, {}, 10).map(({ number, result }) => [number, result]),
    [
      [4, 'sent'],
      [3, 'transient'],
      [2, 'transient'],
      [1, 'transient']
    ]
  )
})

test('what does not pass is dead at once, and sent when it is replayed', async () => {
  await using it = await lab()
  const { state, peer, raise, clock, allAre } = it
  peer.answers.push(410, { status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere?token=x' } })
  raise(2)
  await until(() => allAre('dead'))
  assert.equal(peer.received.length, 2)
  const reasons = listMessages(state, { state: 'dead' }, 10).map(each => each.reason)
  assert.match(reasons.join(), /answered 410/)
  assert.match(reasons.join(), /redirects to 127\.0\.0\.1:1; redirects are not followed/)
  assert.ok(!reasons.join().includes('token'))
  const keys = peer.received.map(({ headers }) => headers['webhook-id'])
  assert.equal(replay(state, {}, clock.nowMs()), 2)
  await until(() => allAre('sent'))
  assert.deepEqual(new Set(peer.received.slice(2).map(({ headers }) => headers['webhook-id'])), new Set(keys))
  assert.equal(replay(state, {}, clock.nowMs()), 0)
})

test('a destination that is away for long: the breaker opens, tries now and then, and when it is back everything arrives once', async () => {
  await using it = await lab()
  const { state, peer, raise, clock, notifier, allAre } = it
  peer.always = 503
  raise(30)
  await until(() => notifier.breaker(id).state === 'open')
  assert.equal(peer.received.length, 5, 'the breaker opens after five failures')
  await pause(100)
  assert.equal(peer.received.length, 5, 'and then nothing is sent')
  // Six hours: each time its pause is over, one is tried.
  for (let hour = 0; hour < 24; hour++) {
    const before = peer.received.length
    clock.step(15 * minuteMs + 1000)
    await until(() => peer.received.length === before + 1 && notifier.breaker(id).state === 'open')
  }
  assert.equal(peer.received.length, 29)
  raise(5)
  peer.always = 200
  clock.step(15 * minuteMs + 1000)
  await until(() => allAre('sent'))
  assert.equal(notifier.breaker(id).state, 'closed')
  const arrived = peer.received.slice(29).map(({ headers }) => headers['webhook-id'])
  assert.equal(arrived.length, 35)
  assert.equal(new Set(arrived).size, 35)
  assert.equal(listAttempts(state, {}, 1000).length, 64)
})

test('after a day it is given up, said so, and can be replayed', async () => {
  await using it = await lab({ pace: { giveUpHours: 24 } })
  const { state, peer, raise, clock, notifier, allAre } = it
  peer.always = 'cut'
  raise(8)
  await until(() => notifier.breaker(id).state === 'open')
  clock.step(24 * 60 * minuteMs + minuteMs)
  await until(() => allAre('dead'))
  assert.match(listMessages(state, { state: 'dead' }, 1)[0]!.reason, /^given up after 24 hours: /)
  peer.always = 200
  replay(state, { destination: id }, clock.nowMs())
  clock.step(15 * minuteMs)
  await until(() => allAre('sent'))
})

test('a clock that is set back by days holds nothing up, one that is set forward loses nothing', async () => {
  await using it = await lab()
  const { peer, raise, states, clock } = it
  peer.answers.push(503, 503)
  raise(1)
  await until(() => peer.received.length === 1 && states()[0] === 'waiting')
  clock.step(-5 * 24 * 60 * minuteMs)
  await until(() => peer.received.length === 2 && states()[0] === 'waiting')
  clock.step(400 * 24 * 60 * minuteMs)
  await until(() => states()[0] === 'sent')
  assert.equal(peer.received.length, 3)
})

test('quiet hours hold what is not urgent; afterwards it comes as one message', async () => {
  const quiet = { zone: 'UTC', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '11:00', to: '13:00' }] }
  await using it = await lab({ urgent: 'critical', pace: { quiet } })
  const { peer, raise, states, clock, state } = it
  raise(7)
  raise(1, { severity: 'critical' })
  await until(() => peer.received.length === 1)
  assert.equal(peer.received[0]!.json.data.severity, 'critical')
  await until(() => listMessages(state, { state: 'waiting' }, 10).every(each => each.held === 'quiet'))
  await pause(60)
  assert.equal(peer.received.length, 1)
  clock.step(60 * minuteMs)
  await until(() => peer.received.length === 2)
  const { json } = peer.received[1]!
  assert.deepEqual([json.type, json.data.count, json.data.alerts.length], ['picket.digest', 7, 7])
  await until(() => states().filter(each => each === 'gathered').length === 7)
  await pause(60)
  assert.equal(peer.received.length, 2)
})

test('a digest gathers for its time, urgent alerts do not wait for it', async () => {
  await using it = await lab({ urgent: 'high', pace: { digestMinutes: 15 } })
  const { peer, raise, clock } = it
  raise(3, { severity: 'low' })
  raise(1, { severity: 'high' })
  await until(() => peer.received.length === 1)
  assert.equal(peer.received[0]!.json.type, 'picket.alert')
  clock.step(14 * minuteMs)
  raise(1, { severity: 'medium' })
  await pause(80)
  assert.equal(peer.received.length, 1)
  clock.step(minuteMs)
  await until(() => peer.received.length === 2)
  assert.equal(peer.received[1]!.json.data.count, 4)
  assert.equal(peer.received[1]!.json.data.severity, 'medium')
})

test('a flood becomes few messages and every alert is in one of them', async () => {
  await using it = await lab({ pace: { rate: { count: 3, perMinutes: 10 } } })
  const { peer, raise, clock, states } = it
  raise(2)
  await until(() => peer.received.length === 2)
  raise(200)
  await until(() => peer.received.length === 3)
  assert.equal(peer.received[2]!.json.data.count, 200)
  raise(40)
  await pause(80)
  assert.equal(peer.received.length, 3, 'the limit')
  clock.step(10 * minuteMs)
  await until(() => peer.received.length === 4)
  assert.equal(peer.received[3]!.json.data.count, 40)
  await until(() => !states().includes('waiting') && !states().includes('sending'))
})

test('what is told of one alert is told in order', async () => {
  await using it = await lab({}, { kinds: ['created', 'closed'] })
  const { peer, raise, clock } = it
  peer.answers.push(503)
  raise(1, { alert: 'one' })
  raise(1, { alert: 'one', kind: 'closed' })
  raise(1, { alert: 'two' })
  await until(() => peer.received.length === 2)
  await pause(60)
  clock.step(1000)
  await until(() => peer.received.length === 4)
  const told = peer.received.map(({ json }) => `${json.data.alerts[0].id} ${json.data.alerts[0].event}`)
  assert.deepEqual(told, ['one created', 'two created', 'one created', 'one closed'])
})

test('a destination that is removed leaves what waited for it with the dead', async () => {
  await using it = await lab()
  const { state, peer, raise, allAre } = it
  peer.always = 503
  raise(3)
  await until(() => peer.received.length >= 3)
  removeDestination(state, id)
  await until(() => allAre('dead'))
  assert.equal(listMessages(state, { state: 'dead' }, 1)[0]!.reason, 'the destination was removed')
})

test('a disk that is full while the answer is noted: the message is not sent twice', async () => {
  await using it = await lab()
  const { state, peer, raise, allAre } = it
  const { transaction } = state
  let full = 0
  Object.assign(state, {
    transaction(fn: () => unknown) {
      // From the sending on, three writes fail.
      if (peer.received.length === 1 && full < 3) {
        full++
        throw new Error('database or disk is full')
      }
      return transaction(fn)
    }
  })
  raise(1)
  await until(() => allAre('sent'))
  assert.equal(full, 3)
  assert.equal(peer.received.length, 1)
  assert.equal(listAttempts(state, {}, 10).length, 1)
})

test('a status without the body that it promises is the answer', async () => {
  await using it = await lab()
  const { state, peer, raise, allAre } = it
  peer.answers.push({ status: 200, headers: { 'content-length': '1000' }, body: 'o' })
  raise(1)
  await until(() => allAre('sent'))
  assert.equal(peer.received.length, 1)
  assert.equal(listAttempts(state, {}, 10).length, 1)
})

test('an answer without an end, a hanging peer and a link-local address are bounded', async () => {
  await using it = await lab()
  const { state, peer, raise, states } = it
  peer.answers.push({ status: 200, headers: {}, body: 'x'.repeat(5_000_000) })
  raise(1)
  await until(() => states()[0] === 'sent')
  assert.ok(listAttempts(state, {}, 1)[0]!.detail.length <= 300)
  const { post } = await import('../actions/post.ts')
  peer.always = 'hang'
  const nowMs = Date.now()
  const hung = await post({ url: peer.url, headers: {}, body: '{}', nowMs, timeoutMs: 100 })
  assert.deepEqual(hung, { result: 'transient', detail: 'no answer within 0.1 s' })
  for (const url of ['http://169.254.169.254/latest/', 'http://[fe80::1]/', 'http://[::ffff:169.254.169.254]/']) {
    const refused = await post({ url, headers: {}, body: '{}', nowMs })
    assert.equal(refused.result, 'permanent', url)
    assert.match(refused.detail, /link-local/)
  }
  const nobody = await post({ url: 'http://127.0.0.1:1/', headers: {}, body: '{}', nowMs })
  assert.deepEqual([nobody.result, /ECONNREFUSED/.test(nobody.detail)], ['transient', true])
  assert.equal((await post({ url: 'ftp://127.0.0.1/', headers: {}, body: '{}', nowMs })).result, 'permanent')
})
