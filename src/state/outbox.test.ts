/** The outbox by itself: each message once, its states, what is swept. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  beginAttempt,
  enqueue,
  finishAttempt,
  gather,
  interrupted,
  moveNotifyCursor,
  type NewMessage,
  notifyCursor,
  settleInterrupted,
  waitingRows
} from './outbox.ts'
import { bury, dropDead, replay } from './outbox-dead.ts'
import { listAttempts, listMessages, messageWithId, outboxCounts, sweepOutbox } from './outbox-log.ts'
import { memoryState } from './state.ts'

const message = (key: string, more: Partial<NewMessage> = {}): NewMessage => ({
  key,
  destination: 'd',
  kind: 'alert',
  severity: 'high',
  subject: 'Scan',
  alert: key,
  template: '',
  content: {},
  createdMs: 1000,
  ...more
})

test('a key is queued once; what waits is what was neither begun nor gathered', () => {
  const state = memoryState()
  const [a, b, c] = ['a', 'b', 'c'].map(key => enqueue(state, message(key))!)
  assert.equal(enqueue(state, message('a')), undefined)
  const attempt = beginAttempt(state, a!, 2000)!
  assert.equal(beginAttempt(state, a!, 2000), undefined, 'it is under way')
  const digest = gather(state, [b!, c!], message('digest', { kind: 'digest', alert: '' }))!
  assert.deepEqual(
    waitingRows(state, 'd').map(({ id }) => id),
    [digest]
  )
  assert.equal(messageWithId(state, b!)?.digest, digest)
  const done = { result: 'sent', detail: 'ok', tookMs: 5, state: 'sent', nextMs: 0, reason: '', breaker: {} } as const
  finishAttempt(state, messageWithId(state, a!)!, attempt, done, 3000)
  assert.deepEqual(
    outboxCounts(state)
      .map(({ state: of, count }) => [of, count])
      .sort(),
    [
      ['gathered', 2],
      ['sent', 1],
      ['waiting', 1]
    ]
  )
  state.close()
})

test('of one alert only the first waits, whatever else does', () => {
  const state = memoryState()
  const first = enqueue(state, message('1', { alert: '7' }))!
  const second = enqueue(state, message('2', { alert: '7' }))!
  const elsewhere = enqueue(state, message('3', { alert: '7', destination: 'e' }))!
  assert.deepEqual(
    waitingRows(state, 'd').map(({ id }) => id),
    [first]
  )
  assert.deepEqual(
    waitingRows(state, 'e').map(({ id }) => id),
    [elsewhere]
  )
  beginAttempt(state, first, 0)
  assert.deepEqual(waitingRows(state, 'd'), [])
  settleInterrupted(state, first, { state: 'dead', reason: 'x' }, 5)
  assert.deepEqual(
    waitingRows(state, 'd').map(({ id }) => id),
    [second],
    'a dead one holds nobody up'
  )
  state.close()
})

test('what was interrupted is settled once; the dead are replayed or dropped', () => {
  const state = memoryState()
  const [a, b] = ['a', 'b'].map(key => enqueue(state, message(key))!)
  beginAttempt(state, a!, 2000)
  assert.deepEqual(
    interrupted(state).map(({ id }) => id),
    [a]
  )
  settleInterrupted(state, a!, { state: 'waiting', reason: '' }, 3000)
  settleInterrupted(state, a!, { state: 'dead', reason: 'no' }, 3000)
  const settled = messageWithId(state, a!)
  assert.deepEqual([settled?.state, settled?.again, settled?.attempts], ['waiting', true, 1])
  assert.equal(listAttempts(state, {}, 1)[0]?.result, 'unknown')
  bury(state, [a!, b!], 'gone', 4000)
  assert.equal(replay(state, { ids: [a!, a!, 99] }, 5000), 1)
  assert.equal(messageWithId(state, a!)?.key, 'a')
  assert.equal(dropDead(state, { destination: 'e' }, 5000), 0)
  assert.equal(dropDead(state, { destination: 'd' }, 5000), 1)
  assert.equal(replay(state, {}, 6000), 0)
  state.close()
})

test('the cursor only goes forward; what is old is swept with its attempts, the dead later', () => {
  const state = memoryState()
  moveNotifyCursor(state, 5)
  moveNotifyCursor(state, 3)
  assert.equal(notifyCursor(state), 5)
  const [sent, dead, waiting] = ['a', 'b', 'c'].map(key => enqueue(state, message(key))!)
  const attempt = beginAttempt(state, sent!, 2000)!
  const done = { result: 'sent', detail: '', tookMs: 5, state: 'sent', nextMs: 0, reason: '', breaker: {} } as const
  finishAttempt(state, messageWithId(state, sent!)!, attempt, done, 3000)
  bury(state, [dead!], 'gone', 3000)
  assert.equal(sweepOutbox(state, 2999, 0), 0)
  assert.equal(sweepOutbox(state, 3001, 0), 1)
  assert.deepEqual(
    listMessages(state, {}, 10).map(({ id }) => id),
    [waiting, dead]
  )
  assert.deepEqual(listAttempts(state, {}, 10), [])
  assert.equal(sweepOutbox(state, 3001, 3001), 1)
  assert.equal(enqueue(state, message('c')), undefined)
  state.close()
})
