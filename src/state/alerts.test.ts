import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MatchGroup, RuleSummary } from '../core/detection.ts'
import { changesAfter, lastChange } from './alert-changes.ts'
import { alertOf, historyOf, keptEvents, listAlerts, relatedAlerts, stormEntities } from './alert-list.ts'
import { newMax, newPerRuleMax } from './alert-room.ts'
import { ruleText, useRuleTexts } from './alert-rules.ts'
import { trimSamples } from './alert-trim.ts'
import { wakeSnoozed, workAlert } from './alert-work.ts'
import { raiseAlerts } from './alerts.ts'
import { putAsset } from './assets.ts'
import { memoryState, openState, type State } from './state.ts'

const hourMs = 3_600_000
const nowMs = 1_760_000_000_000
const dayUs = 24 * hourMs * 1000

const rule: RuleSummary = {
  id: 'r1',
  version: 'v1',
  kind: 'rule',
  title: 'Password guessing',
  level: 'medium',
  tags: ['attack.t1110.001', 'attack.credential-access']
}

function group(about: Partial<MatchGroup> & { atMs?: number } = {}): MatchGroup {
  const { atMs = nowMs, ...rest } = about
  return {
    rule,
    entity: { 'source.ip': '192.0.2.1' },
    count: 1,
    firstUs: atMs * 1000,
    lastUs: atMs * 1000,
    samples: [],
    ...rest
  }
}

const sample = (id: string, atMs: number, event: object = {}) => ({
  id,
  timeUs: atMs * 1000,
  event: JSON.stringify({ '@timestamp': atMs, ...event })
})

function raise(state: State, ...groups: MatchGroup[]) {
  return raiseAlerts(state, groups, nowMs)
}

test('matches of one rule for one entity are one alert, with counts and a span, also after a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-alerts-'))
  let state = openState(folder)
  const [id] = raise(state, group({ count: 3 })).created
  assert.deepEqual(raise(state, group({ atMs: nowMs + 5000 }), group({ atMs: nowMs - 5000 })), {
    created: [],
    updated: [id]
  })
  state.close()
  state = openState(folder)
  assert.deepEqual(raise(state, group({ atMs: nowMs + 9000, entity: { 'source.ip': '192.0.2.1' } })).updated, [id])
  assert.deepEqual(raise(state, group({ entity: { 'source.ip': '192.0.2.2' } })).created, [id! + 1])
  const alert = alertOf(state, id!)!
  assert.equal(alert.count, 6)
  assert.equal(alert.firstUs, (nowMs - 5000) * 1000)
  assert.equal(alert.lastUs, (nowMs + 9000) * 1000)
  assert.equal(alert.state, 'new')
  assert.deepEqual(alert.rule, rule)
  state.close()
  rmSync(folder, { recursive: true })
})

test('the order of an entity’s fields does not matter, its values do', () => {
  const state = memoryState()
  const [id] = raise(state, group({ entity: { 'user.name': 'anna', 'host.name': 'ws1' } })).created
  assert.deepEqual(raise(state, group({ entity: { 'host.name': 'ws1', 'user.name': 'anna' } })).updated, [id])
  assert.equal(raise(state, group({ entity: { 'host.name': 'anna', 'user.name': 'ws1' } })).created.length, 1)
})

test('edges of the window: a day after the last event still joins, a microsecond more does not', () => {
  const state = memoryState()
  const [id] = raise(state, group()).created
  const at = (us: number) => group({ firstUs: us, lastUs: us })
  assert.deepEqual(raise(state, at(nowMs * 1000 + dayUs)).updated, [id])
  // The window is counted from the last event: it has moved.
  assert.deepEqual(raise(state, at(nowMs * 1000 + 2 * dayUs)).updated, [id])
  assert.equal(raise(state, at(nowMs * 1000 + 3 * dayUs + 1)).created.length, 1)
  // Late events, before the first.
  assert.deepEqual(raise(state, at(nowMs * 1000 - dayUs)).updated, [id])
  assert.equal(raise(state, at(nowMs * 1000 - 2 * dayUs - 1)).created.length, 1)
})

test('a rule may have a window of its own', () => {
  const state = memoryState()
  const short = { ...rule, windowMs: 60_000 }
  raise(state, group({ rule: short }))
  assert.equal(raise(state, group({ rule: short, atMs: nowMs + 60_000 })).updated.length, 1)
  assert.equal(raise(state, group({ rule: short, atMs: nowMs + 120_001 })).created.length, 1)
})

test('after an alert is closed, new events open another; what was under way is counted with the closed one', () => {
  const state = memoryState()
  const [id] = raise(state, group()).created
  workAlert(
    state,
    id!,
    { action: 'close', resolution: 'benign', reason: 'a scanner of ours' },
    'user:anna',
    nowMs + 1000
  )
  assert.deepEqual(raiseAlerts(state, [group({ atMs: nowMs + 500 })], nowMs + 2000).updated, [id])
  assert.equal(alertOf(state, id!)!.state, 'closed')
  const again = raiseAlerts(state, [group({ atMs: nowMs + 1500 })], nowMs + 2000)
  assert.equal(again.created.length, 1)
  // Old events that come much later are no longer what somebody has looked at.
  workAlert(state, again.created[0]!, { action: 'close', resolution: 'benign', reason: '' }, 'user:anna', nowMs + 3000)
  assert.equal(raiseAlerts(state, [group({ atMs: nowMs })], nowMs + 3000 + 16 * 60_000).created.length, 1)
})

test('a transaction that fails leaves no alert behind', () => {
  const state = memoryState()
  assert.throws(() =>
    state.transaction(() => {
      raise(state, group())
      throw new Error('the ledger could not be written')
    })
  )
  assert.deepEqual(listAlerts(state, {}, { sort: 'newest', limit: 10 }, nowMs).alerts, [])
})

test('the first 20 events are kept and the latest 5', () => {
  const state = memoryState()
  let id = 0
  for (let i = 0; i < 40; i++) {
    const raised = raise(state, group({ atMs: nowMs + i, samples: [sample(`e${i}`, nowMs + i)] }))
    id = raised.created[0] ?? id
  }
  const kept = keptEvents(state, id)
  assert.deepEqual(
    kept.first.map(each => each.id),
    Array.from({ length: 20 }, (_, i) => `e${i}`)
  )
  assert.deepEqual(
    kept.latest.map(each => each.id),
    ['e35', 'e36', 'e37', 'e38', 'e39']
  )
})

test('large events do not make an alert large', () => {
  const state = memoryState()
  const fat = { text: 'x'.repeat(32_000) }
  let id = 0
  for (let i = 0; i < 40; i++) id = raise(state, group({ samples: [sample(`e${i}`, nowMs + i, fat)] })).created[0] ?? id
  const { first, latest } = keptEvents(state, id)
  assert.equal(first.length, 8)
  assert.equal(latest.length, 5)
})

test('a rule that fires a million times makes few rows', () => {
  const state = memoryState()
  for (let i = 0; i < 1000; i++) raise(state, group({ count: 1000, samples: [sample(`e${i}`, nowMs + i)] }))
  const rows = (table: string) => Number(state.db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!['n'])
  assert.equal(alertOf(state, 1)!.count, 1_000_000)
  assert.equal(rows('alerts'), 1)
  assert.equal(rows('alert_samples'), 25)
  assert.equal(rows('alert_changes'), 2)
})

test('a storm of entities: so many alerts of a rule an hour, the rest counted in one that says so', () => {
  const state = memoryState()
  const storm = (from: number, to: number, atMs = nowMs) =>
    raiseAlerts(
      state,
      Array.from({ length: to - from }, (_, i) => group({ count: 2, entity: { 'source.ip': `host-${from + i}` } })),
      atMs
    )
  assert.equal(storm(0, 5000).created.length, newPerRuleMax + 1)
  assert.deepEqual(storm(4990, 5010), { created: [], updated: [newPerRuleMax + 1] })
  const [alert] = listAlerts(state, { text: 'Password' }, { sort: 'created', limit: 1 }, nowMs).alerts
  assert.equal(alert!.storm, true)
  assert.equal(alert!.count, (5000 - newPerRuleMax + 20) * 2)
  assert.equal(alert!.entities, 1000)
  assert.equal(stormEntities(state, alert!.id, 5000).length, 1000)
  assert.equal(stormEntities(state, alert!.id, 1)[0]!.count, 2)
  // What has an alert already goes on with it.
  assert.deepEqual(storm(0, 1), { created: [], updated: [1] })
  // Another rule has room of its own, and an hour later so has this one.
  assert.equal(raise(state, group({ rule: { ...rule, id: 'r2' } })).created.length, 1)
  assert.equal(storm(6000, 6001, nowMs + hourMs + 1).created.length, 1)
  assert.equal(alertOf(state, newPerRuleMax + 3)!.storm, false)
})

test('all rules together are bounded, too; a clock that was wrong does not keep the door shut', () => {
  const state = memoryState()
  for (let r = 0; r < 30; r++)
    raiseAlerts(
      state,
      Array.from({ length: 50 }, (_, i) => group({ rule: { ...rule, id: `r${r}` }, entity: { 'host.name': `h${i}` } })),
      nowMs + 400 * 24 * hourMs
    )
  const ordinary = Number(state.db.prepare('SELECT count(*) AS n FROM alerts WHERE storm = 0').get()!['n'])
  assert.equal(ordinary, newMax)
  raise(state, group({ rule: { ...rule, id: 'other' } }))
  assert.equal(alertOf(state, newMax + 10 + 1)!.storm, false)
})

test('severity: the rule, the asset, the indicators; it rises by itself and says why', () => {
  const state = memoryState()
  putAsset(state, { name: 'payroll', match: '10.0.5.0/24', criticality: 'critical', note: '', by: 'local' }, nowMs)
  putAsset(state, { name: 'lab', match: '*.lab.example', criticality: 'low', note: '', by: 'local' }, nowMs)
  const severity = (about: Parameters<typeof group>[0]) => alertOf(state, raise(state, group(about)).created[0]!)!
  assert.equal(severity({}).severity, 'medium')
  const raised = severity({
    entity: { 'source.ip': '192.0.2.7' },
    samples: [sample('a', nowMs, { destination: { ip: '10.0.5.9' } })]
  })
  assert.equal(raised.severity, 'critical')
  assert.match(raised.severityWhy.join('\n'), /payroll is an asset of critical criticality/)
  assert.equal(severity({ entity: { 'host.name': 'pc3.lab.example' } }).severity, 'low')
  assert.equal(
    severity({ entity: { 'host.ip': '10.0.5.3' }, rule: { ...rule, level: 'informational' } }).severity,
    'informational'
  )

  // An indicator hits what the first alert is about.
  const indicator: RuleSummary = { ...rule, id: 'i1', kind: 'indicator', level: 'high', title: 'Known bad address' }
  raise(state, group({ rule: indicator, entity: { 'source.ip': '192.0.2.1' } }))
  const escalated = alertOf(state, 1)!
  assert.equal(escalated.severity, 'high')
  assert.deepEqual(
    historyOf(state, 1).map(({ kind }) => kind),
    ['created', 'escalated']
  )
  assert.ok(changesAfter(state, 0, 100).some(({ alert, kind }) => alert === 1 && kind === 'escalated'))
  // And what comes after it.
  const after = severity({ rule: { ...rule, id: 'r9' } })
  assert.equal(after.severity, 'high')
  // Long after, it no longer counts.
  assert.equal(severity({ rule: { ...rule, id: 'r10' }, atMs: nowMs + 25 * hourMs }).severity, 'medium')
})

test('a rule’s new version is kept with the alert; a level that rises raises it', () => {
  const state = memoryState()
  useRuleTexts(state, ({ id, version }) => `title: ${id} ${version}`)
  raise(state, group())
  raise(state, group({ rule: { ...rule, version: 'v2', level: 'high' } }))
  raise(state, group({ rule: { ...rule, version: 'v2', level: 'high' } }))
  const alert = alertOf(state, 1)!
  assert.deepEqual(alert.ruleVersions, ['v1', 'v2'])
  assert.equal(alert.severity, 'high')
  assert.equal(ruleText(state, 'r1', 'v1'), 'title: r1 v1')
  assert.equal(ruleText(state, 'r1', 'v2'), 'title: r1 v2')
})

test('snoozed alerts are out of sight, take in matches, and wake up by themselves', () => {
  const state = memoryState()
  raise(state, group())
  workAlert(state, 1, { action: 'snooze', untilMs: nowMs + hourMs }, 'user:anna', nowMs)
  const shown = (atMs: number) => listAlerts(state, {}, { sort: 'newest', limit: 10 }, atMs).alerts.length
  assert.equal(shown(nowMs), 0)
  assert.deepEqual(raise(state, group()).updated, [1])
  assert.equal(shown(nowMs + hourMs), 1)
  assert.deepEqual(wakeSnoozed(state, nowMs + hourMs - 1), [])
  assert.deepEqual(wakeSnoozed(state, nowMs + hourMs), [1])
  assert.deepEqual(wakeSnoozed(state, nowMs + hourMs), [])
  assert.equal(changesAfter(state, 0, 100).at(-1)!.kind, 'woken')
  assert.equal(alertOf(state, 1)!.snoozedUntilMs, undefined)
  // What becomes more severe wakes at once.
  workAlert(state, 1, { action: 'snooze', untilMs: nowMs + hourMs }, 'user:anna', nowMs)
  raise(state, group({ rule: { ...rule, version: 'v2', level: 'critical' } }))
  assert.equal(shown(nowMs), 1)
})

test('tests of the heartbeat are apart', () => {
  const state = memoryState()
  raise(state, group({ test: true }), group())
  assert.equal(listAlerts(state, {}, { sort: 'newest', limit: 10 }, nowMs).alerts.length, 1)
  const [one] = listAlerts(state, { test: true }, { sort: 'newest', limit: 10 }, nowMs).alerts
  assert.deepEqual([one!.id, one!.count, one!.test], [1, 1, true])
})

test('related alerts share values within a time; what everybody has says little', () => {
  const state = memoryState()
  const about = (id: string, entity: Record<string, string>, event: object, atMs = nowMs) =>
    raise(state, group({ rule: { ...rule, id }, entity, atMs, samples: [sample(id, atMs, event)] })).created[0]!
  const ws1 = about('a', { 'host.name': 'ws1' }, { source: { ip: '10.0.0.5' }, destination: { ip: '10.0.0.1' } })
  const flow = about('b', { 'source.ip': '10.0.0.5' }, { 'destination.ip': '198.51.100.9' })
  for (let i = 0; i < 30; i++) about(`c${i}`, { 'host.name': `x${i}` }, { destination: { ip: '10.0.0.1' } })
  about('d', { 'host.name': 'ws1' }, {}, nowMs + 49 * hourMs)
  const related = relatedAlerts(state, alertOf(state, ws1)!, 24 * hourMs, 10)
  assert.equal(related[0]!.alert, flow)
  assert.deepEqual(related[0]!.shared, [{ field: 'source.ip', value: '10.0.0.5' }])
  assert.equal(related.length, 10)
  assert.ok(!related.some(({ alert }) => alert === ws1 || alert > ws1 + 31))
})

test('the numbers of changes only grow, also when old ones are gone', () => {
  const state = memoryState()
  raise(state, group())
  for (let i = 0; i < 5; i++) raise(state, group())
  const last = lastChange(state)
  assert.equal(last, 6)
  assert.deepEqual(
    changesAfter(state, 0, 100).map(({ seq, kind }) => [seq, kind]),
    [
      [1, 'created'],
      [6, 'updated']
    ]
  )
  assert.deepEqual(changesAfter(state, last, 100), [])
})

test('indicators, each an id of its own, have one storm together', () => {
  const state = memoryState()
  const hit = (i: number, level: 'medium' | 'critical' = 'medium') =>
    group({
      rule: { id: `indicator--${i}`, version: '1', kind: 'indicator', title: `Known bad ${i}`, level, tags: [] },
      entity: { 'source.ip': `198.51.100.${i % 250}`, 'destination.ip': `10.0.${i >> 8}.${i & 255}` }
    })
  raise(state, ...Array.from({ length: 3000 }, (_, i) => hit(i)))
  const { alerts } = listAlerts(state, {}, { sort: 'created', limit: 500 }, nowMs)
  assert.equal(alerts.length, newPerRuleMax + 1)
  assert.deepEqual(
    [alerts[0]!.storm, alerts[0]!.rule.id, alerts[0]!.count, alerts[0]!.severity],
    [true, 'picket-indicators', 2900, 'medium']
  )
  raise(state, hit(5000, 'critical'))
  assert.equal(alertOf(state, alerts[0]!.id)!.severity, 'critical')
  // What was hit raises alerts about it, also from within the storm.
  raise(state, group({ entity: { 'destination.ip': '10.0.10.1' } }))
  assert.equal(listAlerts(state, { rule: 'r1' }, { sort: 'created', limit: 1 }, nowMs).alerts[0]!.severity, 'high')
})

test('the events that are kept are bounded in all: those of the oldest closed alerts go first, and it is said', () => {
  const state = memoryState()
  const fat = { text: 'x'.repeat(30_000) }
  for (let i = 0; i < 10; i++)
    raise(state, group({ entity: { 'host.name': `h${i}` }, samples: [sample(`e${i}`, nowMs, fat)] }))
  for (const id of [4, 7])
    workAlert(state, id, { action: 'close', resolution: 'benign', reason: '' }, 'user:anna', nowMs + id)
  const has = () => Array.from({ length: 10 }, (_, i) => keptEvents(state, i + 1).first.length).join('')
  assert.equal(trimSamples(state, 400_000, nowMs), 0)
  assert.equal(trimSamples(state, 270_000, nowMs), 2)
  assert.equal(has(), '1110110111')
  assert.equal(historyOf(state, 4).at(-1)!.kind, 'trimmed')
  assert.equal(trimSamples(state, 100_000, nowMs), 5)
  assert.equal(has(), '0000000111')
})
