import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { changesAfter } from '../state/alert-changes.ts'
import { alertOf } from '../state/alert-list.ts'
import { workAlert } from '../state/alert-work.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { memoryState } from '../state/state.ts'
import { watchAlertClock } from './alert-clock.ts'

test('snoozed alerts wake up by themselves; what can not be written now is tried again', async () => {
  const state = memoryState()
  let now = 1_760_000_000_000
  const rule = { id: 'r', version: '1', kind: 'rule', title: 'x', level: 'low', tags: [] } as const
  raiseAlerts(state, [{ rule, entity: {}, count: 1, firstUs: 1, lastUs: 1, samples: [] }], now)
  workAlert(state, 1, { action: 'snooze', untilMs: now + 1000 }, 'user:anna', now)
  const warned: string[] = []
  const log = { warn: (_: object, message: string) => void warned.push(message) }
  const clock = watchAlertClock({ state, log, nowMs: () => now, everyMs: 5 })
  await sleep(30)
  assert.notEqual(alertOf(state, 1)!.snoozedUntilMs, undefined)
  now += 1000
  state.db.exec('PRAGMA query_only=1')
  await sleep(30)
  assert.ok(warned.length > 0)
  state.db.exec('PRAGMA query_only=0')
  await sleep(30)
  clock.close()
  assert.equal(alertOf(state, 1)!.snoozedUntilMs, undefined)
  assert.equal(changesAfter(state, 0, 100).at(-1)!.kind, 'woken')
})

test('old changes are forgotten, their numbers are not used again', async () => {
  const state = memoryState()
  let now = 1_760_000_000_000
  const rule = { id: 'r', version: '1', kind: 'rule', title: 'x', level: 'low', tags: [] } as const
  const raise = () => raiseAlerts(state, [{ rule, entity: {}, count: 1, firstUs: 1, lastUs: 1, samples: [] }], now)
  raise()
  now += 31 * 86_400_000
  watchAlertClock({ state, log: console, nowMs: () => now }).close()
  assert.deepEqual(changesAfter(state, 0, 10), [])
  raise()
  assert.deepEqual(
    changesAfter(state, 0, 10).map(({ seq }) => seq),
    [2]
  )
})
