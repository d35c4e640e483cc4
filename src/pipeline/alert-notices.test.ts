/** From matches to messages: what is told of an alert's life, once, in order, and only what is worth telling. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MatchGroup } from '../core/detection.ts'
import { wakeSnoozed, workAlert } from '../state/alert-work.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { notifyCursor } from '../state/outbox.ts'
import { listMessages } from '../state/outbox-log.ts'
import { memoryState } from '../state/state.ts'
import { addDestination, addRoute, changeLog } from '../testing/notify-lab.ts'
import { readAlertChanges } from './alert-notices.ts'
import { takeChanges } from './notify-changes.ts'

const nowMs = Date.UTC(2026, 2, 1, 12)

function group(more: Partial<MatchGroup> = {}): MatchGroup {
  return {
    rule: { id: 'rule-1', version: '1', kind: 'rule', title: 'Scan', level: 'medium', tags: ['attack.t1046'] },
    entity: { 'source.ip': '192.0.2.1' },
    count: 3,
    firstUs: nowMs * 1000,
    lastUs: nowMs * 1000,
    samples: [],
    ...more
  }
}

test('an alert is told when it is made, when it gets worse, when it comes back; not for every event', () => {
  const state = memoryState()
  addDestination(state)
  addDestination(state, { id: 'bbbbbbbbbbbbbbbb', name: 'duty', kind: 'pagerduty' })
  addRoute(state, { kinds: ['created', 'escalated', 'reopened'] })
  addRoute(state, { kinds: ['created'], severity: 'medium', destinations: ['bbbbbbbbbbbbbbbb', 'aaaaaaaaaaaaaaaa'] })
  const read = readAlertChanges(state)
  const take = (): string[] => {
    const before = listMessages(state, {}, 1)[0]?.id ?? 0
    while (takeChanges(state, read, nowMs));
    return listMessages(state, {}, 100)
      .filter(each => each.id > before)
      .map(({ destination, content }) => `${destination[0]} ${content['kind']}`)
      .sort()
  }
  assert.deepEqual(take(), [])
  const { created } = raiseAlerts(state, [group()], nowMs)
  assert.deepEqual(take(), ['a created', 'b created'])
  assert.deepEqual(take(), [], 'once')
  raiseAlerts(state, [group()], nowMs + 1)
  assert.deepEqual(take(), [], 'more of the same')
  const id = created[0]!
  const work = (action: Parameters<typeof workAlert>[2], atMs: number) =>
    workAlert(state, id, action, 'user:anna', atMs)
  work({ action: 'comment', text: 'looks odd' }, nowMs + 2)
  work({ action: 'severity', severity: 'high', reason: '' }, nowMs + 3)
  assert.deepEqual(take(), ['a escalated'])
  work({ action: 'severity', severity: 'low', reason: '' }, nowMs + 4)
  assert.deepEqual(take(), [])
  // Both at once: each is told as what it was.
  work({ action: 'acknowledge' }, nowMs + 5)
  work({ action: 'close', resolution: 'benign', reason: 'ours' }, nowMs + 6)
  assert.deepEqual(take(), ['b acknowledged', 'b closed'], 'incidents are acknowledged and closed along')
  work({ action: 'reopen' }, nowMs + 7)
  assert.deepEqual(take(), ['a reopened', 'b reopened'])
  const cursor = notifyCursor(state)
  raiseAlerts(state, [group({ test: true, entity: { 'source.ip': '192.0.2.2' } })], nowMs + 8)
  assert.deepEqual(take(), [], 'tests of the heartbeat are not told')
  assert.ok(notifyCursor(state) > cursor)
  state.close()
})

test('an alert that is gone, and a destination that is off, stop nobody', () => {
  const state = memoryState()
  addDestination(state, { enabled: false })
  addDestination(state, { id: 'bbbbbbbbbbbbbbbb', name: 'other' })
  addRoute(state, { destinations: ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb', 'cccccccccccccccc'] })
  const { created } = raiseAlerts(state, [group(), group({ entity: { 'source.ip': '192.0.2.9' } })], nowMs)
  state.db.prepare('DELETE FROM alerts WHERE id = ?').run(created[0]!)
  takeChanges(state, readAlertChanges(state), nowMs)
  assert.deepEqual(
    listMessages(state, {}, 10).map(({ destination, alert }) => [destination[0], alert]),
    [['b', String(created[1])]]
  )
  state.close()
})

test('an alert that got worse before it was told is told once, and so is one that woke up by it', () => {
  const state = memoryState()
  addDestination(state)
  addRoute(state, { kinds: ['created', 'escalated', 'reopened'] })
  const take = (): unknown[] => {
    const before = listMessages(state, {}, 1)[0]?.id ?? 0
    takeChanges(state, readAlertChanges(state), nowMs)
    return listMessages(state, {}, 100)
      .filter(each => each.id > before)
      .map(({ content }) => `${content['kind']} ${content['severity']}`)
  }
  const { created } = raiseAlerts(state, [group()], nowMs)
  const worse = group({ rule: { ...group().rule, version: '2', level: 'high' } })
  raiseAlerts(state, [worse], nowMs)
  assert.deepEqual(take(), ['created high'])
  workAlert(state, created[0]!, { action: 'snooze', untilMs: nowMs + 3_600_000 }, 'user:anna', nowMs + 1)
  raiseAlerts(state, [group({ rule: { ...group().rule, version: '3', level: 'critical' } })], nowMs + 2)
  assert.deepEqual(take(), ['escalated critical'])
  workAlert(state, created[0]!, { action: 'snooze', untilMs: nowMs + 10 }, 'user:anna', nowMs + 3)
  wakeSnoozed(state, nowMs + 20)
  assert.deepEqual(take(), ['reopened critical'])
  state.close()
})

test('more than can be listed is counted in one message', () => {
  const state = memoryState()
  addDestination(state)
  addRoute(state)
  const { read, raise } = changeLog(state)
  raise(130)
  takeChanges(state, read, nowMs, 60)
  raise(5)
  takeChanges(state, read, nowMs, 60)
  const messages = listMessages(state, {}, 200)
  assert.equal(messages.filter(({ kind }) => kind === 'alert').length, 60)
  const [many] = messages.filter(({ kind }) => kind === 'digest')
  assert.deepEqual([many?.content['count'], (many?.content['notices'] as unknown[] | undefined)?.length], [75, 50])
  assert.equal(messages.length, 61)
  state.close()
})
