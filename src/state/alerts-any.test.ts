/** Whatever detectors hand over and people do in between: every match is counted exactly once, and everything stays within its bounds. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { levels, type MatchGroup, type MatchKind } from '../core/detection.ts'
import type { AlertAction } from '../triage/alert.ts'
import { changesAfter } from './alert-changes.ts'
import { alertOf, keptEvents, listAlerts, relatedAlerts } from './alert-list.ts'
import { wakeSnoozed, workAlert } from './alert-work.ts'
import { raiseAlerts } from './alerts.ts'
import { memoryState } from './state.ts'

const startMs = 1_760_000_000_000
const hourMs = 3_600_000
const kinds: readonly MatchKind[] = ['rule', 'rule', 'rule', 'correlation', 'indicator']

const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -1e300, 0.5)
const time = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -72, max: 72 }).map(hours => (startMs + hours * hourMs) * 1000) },
  { weight: 1, arbitrary: odd }
)
const text = fc.oneof(fc.constantFrom('ws1', 'ws2', '192.0.2.1', ''), fc.string({ unit: 'binary', maxLength: 8 }))
const group = fc
  .record({
    rule: fc.nat(4),
    kind: fc.nat(kinds.length - 1),
    level: fc.constantFrom(...levels),
    version: fc.constantFrom('1', '2'),
    entity: fc.dictionary(fc.constantFrom('host.name', 'source.ip', '__proto__', 'user.name'), text, { maxKeys: 3 }),
    count: fc.nat(1000),
    firstUs: time,
    lastUs: time,
    samples: fc.array(
      fc.record({ id: text, timeUs: time, event: fc.oneof(fc.constant('{"host":{"name":"ws1"}}'), text) }),
      {
        maxLength: 4
      }
    ),
    test: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
    summary: fc.option(text, { nil: undefined })
  })
  .map(
    ({ rule, kind, level, version, test: isTest, summary, ...rest }): MatchGroup => ({
      rule: { id: `r${rule}`, version, kind: kinds[kind]!, title: `Rule ${rule}`, level, tags: ['attack.t1110', ''] },
      ...rest,
      ...(isTest && { test: true as const }),
      ...(summary !== undefined && { summary })
    })
  )
const action = fc.record({
  id: fc.integer({ min: 1, max: 20 }),
  action: fc.constantFrom<AlertAction>(
    { action: 'acknowledge' },
    { action: 'start' },
    { action: 'close', resolution: 'benign', reason: 'x' },
    { action: 'reopen' },
    { action: 'snooze', untilMs: startMs + hourMs },
    { action: 'unsnooze' },
    { action: 'comment', text: '@anna look' },
    { action: 'severity', severity: 'low', reason: '' }
  )
})
const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(group, { maxLength: 12 }).map(groups => ({ groups })) },
  { weight: 1, arbitrary: action.map(work => ({ work })) },
  { weight: 1, arbitrary: fc.integer({ min: -30, max: 120 }).map(minutes => ({ minutes })) }
)

test('each match is counted once, whatever it is and whatever people and clocks do', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), steps => {
      const state = memoryState()
      let nowMs = startMs
      let expected = 0
      let seq = 0
      for (const one of steps) {
        if ('minutes' in one) {
          nowMs += one.minutes * 60_000
          wakeSnoozed(state, nowMs)
        } else if ('work' in one) workAlert(state, one.work.id, one.work.action, 'user:anna', nowMs)
        else {
          const raised = raiseAlerts(state, one.groups, nowMs)
          expected += one.groups.reduce((sum, { count }) => sum + count, 0)
          const told = new Set(changesAfter(state, seq, 10_000).map(change => change.alert))
          for (const id of [...raised.created, ...raised.updated])
            assert.ok(told.has(id), `alert ${id} was not told of`)
        }
        for (const change of changesAfter(state, seq, 10_000)) {
          assert.ok(change.seq > seq)
          seq = change.seq
        }
      }
      const all = [false, true].flatMap(
        isTest =>
          listAlerts(state, { test: isTest, snoozed: 'include' }, { sort: 'severity', limit: 10_000 }, nowMs).alerts
      )
      assert.equal(
        all.reduce((sum, alert) => sum + alert.count, 0),
        expected
      )
      for (const alert of all) {
        assert.ok(alert.firstUs <= alert.lastUs)
        assert.equal(alert.state === 'closed', alert.closedMs !== undefined)
        const kept = keptEvents(state, alert.id)
        assert.ok(kept.first.length <= 20 && kept.latest.length <= 5)
        for (const { alert: other } of relatedAlerts(state, alert, hourMs, 10))
          assert.equal(alertOf(state, other)?.test, alert.test)
      }
      state.close()
    }),
    { numRuns: 150 }
  )
})
