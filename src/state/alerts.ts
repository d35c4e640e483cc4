/**
 * The one place where match groups become alerts. Called inside the transaction of whoever found the matches (the batch's settling, a
 * scheduled detection's watermark): the matches count exactly once, whatever crashes.
 *
 * A group joins the open alert of the same rule and entity whose span, widened by the rule's window, it touches (by event time); else it
 * makes a new one. Beyond a number of new alerts an hour, groups of a rule go to one alert that counts: the storm. docs/adr/0014 says why.
 */

import { levels, type MatchGroup, type MatchSample, sampleBytesMax } from '../core/detection.ts'
import type { AlertId } from '../triage/alert.ts'
import { boundedEntity, type Entity, type EntityValue, entityKey, valuesOf } from '../triage/entity.ts'
import { addChange, addHistory } from './alert-changes.ts'
import { roomFor, stormOf } from './alert-room.ts'
import { keepRuleText } from './alert-rules.ts'
import { assess, noteIndicator, prolongIndicator, reassess } from './alert-severity.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

/** How long after its last event an alert takes in more, unless the rule says otherwise. */
export const windowMs = 24 * 3_600_000
/** Events that arrive this soon after somebody has closed the alert were under way: they are counted with it and open nothing. */
const underWayMs = 15 * 60_000
/** Kept with an alert: the first ones, and the latest. */
export const firstSamples = 20
export const laterSamples = 5
const firstSampleBytesMax = 256 << 10
const stormEntitiesMax = 1000
const ruleVersionsMax = 20
const stormKey = 'storm'

export type Raised = { readonly created: readonly AlertId[]; readonly updated: readonly AlertId[] }

/** Must be called inside a transaction, where the matches are to count exactly once. */
export function raiseAlerts(state: State, groups: readonly MatchGroup[], nowMs: number): Raised {
  if (groups.length === 0) return { created: [], updated: [] }
  return state.transaction(() => {
    const created = new Set<AlertId>()
    const updated = new Set<AlertId>()
    const room = roomFor(state, nowMs)
    for (const given of groups) {
      const group = bounded(given, nowMs)
      if (group === undefined) continue
      const entity = boundedEntity(group.entity)
      const key = entityKey(entity)
      const test = group.test === true ? 1 : 0
      const open = openAlert(state, group, key, test, nowMs)
      if (open !== undefined) {
        join(state, open, group, nowMs)
        if (!created.has(open)) updated.add(open)
      } else if (room.take(group.rule, test)) {
        created.add(create(state, group, entity, key, nowMs))
      } else {
        const { id, fresh } = addToStorm(state, group, entity, key, nowMs)
        if (fresh) created.add(id)
        else if (!created.has(id)) updated.add(id)
      }
    }
    for (const id of updated) addChange(state, id, 'updated', nowMs)
    return { created: [...created], updated: [...updated] }
  })
}

const usMax = Number.MAX_SAFE_INTEGER

/**
 * What no detector should hand over must not keep a batch from being settled: times that are none are now, counts are whole. Undefined
 * where nothing matched.
 */
function bounded(group: MatchGroup, nowMs: number): MatchGroup | undefined {
  const count = Number.isFinite(group.count) ? Math.min(usMax, Math.round(group.count)) : 1
  if (count <= 0) return undefined
  const time = (us: number): number =>
    Number.isFinite(us) ? Math.min(usMax, Math.max(-usMax, Math.floor(us))) : nowMs * 1000
  const [firstUs, lastUs] = [time(group.firstUs), time(group.lastUs)]
  return {
    ...group,
    count,
    firstUs: Math.min(firstUs, lastUs),
    lastUs: Math.max(firstUs, lastUs),
    samples: group.samples.map(sample => ({ ...sample, timeUs: time(sample.timeUs) }))
  }
}

function openAlert(state: State, group: MatchGroup, key: string, test: number, nowMs: number): AlertId | undefined {
  const widenedUs = (group.rule.windowMs ?? windowMs) * 1000
  const row = prepared(
    state,
    `SELECT id FROM alerts WHERE rule_id = ? AND entity_key = ? AND test = ? AND storm = 0 AND last_us >= ? AND first_us <= ?
         AND (state <> 'closed' OR (closed BETWEEN ? AND ? AND ? <= closed * 1000))
       ORDER BY state = 'closed', last_us DESC, id DESC LIMIT 1`
  ).get(
    group.rule.id,
    key,
    test,
    group.firstUs - widenedUs,
    group.lastUs + widenedUs,
    nowMs - underWayMs,
    nowMs,
    group.lastUs
  )
  return row === undefined ? undefined : Number(row['id'])
}

function create(state: State, group: MatchGroup, entity: Entity, key: string, nowMs: number, storm = false): AlertId {
  const { rule } = group
  const values = storm ? [] : valuesOf(entity, group.samples.map(documentOf))
  const { severity, why, asset, intel } = assess(state, rule, values, group.lastUs)
  const { lastInsertRowid } = prepared(
    state,
    `INSERT INTO alerts (rule_id, rule_version, rule_versions, rule_kind, title, rule_level, tags, entity, entity_key, severity,
         severity_why, asset, intel, state, count, first_us, last_us, created, updated, test, storm, summary)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', ?, ?, ?, ?, ?, ?, ?, ?)`
  ).run(
    rule.id,
    rule.version,
    JSON.stringify([rule.version]),
    rule.kind,
    rule.title.slice(0, 512),
    levels.indexOf(rule.level),
    JSON.stringify(rule.tags.slice(0, 100)),
    JSON.stringify(entity),
    key,
    levels.indexOf(severity),
    JSON.stringify(why),
    asset === undefined ? null : JSON.stringify(asset),
    intel === undefined ? null : levels.indexOf(intel),
    group.count,
    group.firstUs,
    group.lastUs,
    nowMs,
    nowMs,
    group.test === true ? 1 : 0,
    storm ? 1 : 0,
    (group.summary ?? '').slice(0, 1024)
  )
  const id = Number(lastInsertRowid)
  keepValues(state, id, values)
  keepSamples(state, id, group.samples)
  keepRuleText(state, rule, nowMs)
  addHistory(state, id, 'created', nowMs, 'picket', {})
  if (rule.kind === 'indicator' && group.test !== true)
    noteIndicator(state, id, values, { level: rule.level, lastUs: group.lastUs }, nowMs)
  return id
}

function join(state: State, id: AlertId, group: MatchGroup, nowMs: number): void {
  prepared(
    state,
    `UPDATE alerts SET count = count + ?, first_us = min(first_us, ?), last_us = max(last_us, ?), updated = ?,
         summary = CASE WHEN ? = '' THEN summary ELSE ? END WHERE id = ?`
  ).run(group.count, group.firstUs, group.lastUs, nowMs, group.summary ?? '', (group.summary ?? '').slice(0, 1024), id)
  keepSamples(state, id, group.samples)
  keepVersion(state, id, group, nowMs)
  if (group.rule.kind === 'indicator' && group.test !== true) prolongIndicator(state, id, group.lastUs)
}

/** Another version of the rule matched: its text is kept too, and a level that has risen raises the alert. */
function keepVersion(state: State, id: AlertId, { rule }: MatchGroup, nowMs: number): void {
  const row = prepared(state, 'SELECT rule_versions AS known, rule_level AS level FROM alerts WHERE id = ?').get(id)!
  const known = JSON.parse(row['known'] as string) as string[]
  if (known.includes(rule.version) || known.length >= ruleVersionsMax) return
  prepared(state, 'UPDATE alerts SET rule_versions = ?, rule_level = max(rule_level, ?) WHERE id = ?').run(
    JSON.stringify([...known, rule.version]),
    levels.indexOf(rule.level),
    id
  )
  keepRuleText(state, rule, nowMs)
  if (levels.indexOf(rule.level) > Number(row['level'])) reassess(state, id, nowMs)
}

/** The rule's storm takes the group in; `fresh` if it begins with it. */
function addToStorm(
  state: State,
  group: MatchGroup,
  entity: Entity,
  key: string,
  nowMs: number
): { id: AlertId; fresh: boolean } {
  const test = group.test === true ? 1 : 0
  const counted = { ...group, rule: stormOf(group.rule) }
  const row = prepared(
    state,
    `SELECT id FROM alerts WHERE rule_id = ? AND entity_key = ? AND test = ? AND storm = 1 AND state <> 'closed'
         AND updated BETWEEN ? AND ? ORDER BY id DESC LIMIT 1`
  ).get(counted.rule.id, stormKey, test, nowMs - windowMs, nowMs + windowMs)
  const fresh = row === undefined
  const id = fresh ? create(state, counted, {}, stormKey, nowMs, true) : Number(row['id'])
  if (!fresh) join(state, id, counted, nowMs)
  if (group.rule.kind === 'indicator' && group.test !== true)
    noteIndicator(state, id, valuesOf(entity, []), { level: group.rule.level, lastUs: group.lastUs }, nowMs)
  const first = group.firstUs
  const last = group.lastUs
  const known = prepared(
    state,
    `UPDATE alert_entities SET count = count + ?, first_us = min(first_us, ?), last_us = max(last_us, ?)
       WHERE alert = ? AND entity_key = ?`
  ).run(group.count, first, last, id, key)
  if (Number(known.changes) > 0) return { id, fresh }
  const { entities } = prepared(state, 'SELECT entities FROM alerts WHERE id = ?').get(id) as { entities: number }
  if (entities >= stormEntitiesMax) return { id, fresh }
  prepared(
    state,
    'INSERT INTO alert_entities (alert, entity_key, entity, count, first_us, last_us) VALUES (?, ?, ?, ?, ?, ?)'
  ).run(id, key, JSON.stringify(entity), group.count, first, last)
  prepared(state, 'UPDATE alerts SET entities = entities + 1 WHERE id = ?').run(id)
  return { id, fresh }
}

function keepSamples(state: State, id: AlertId, samples: readonly MatchSample[]): void {
  if (samples.length === 0) return
  const row = prepared(
    state,
    'SELECT samples_first AS first, samples_later AS later, sample_bytes AS bytes FROM alerts WHERE id = ?'
  ).get(id)!
  let first = Number(row['first'])
  let later = Number(row['later'])
  let bytes = Number(row['bytes'])
  const write = prepared(
    state,
    'INSERT OR REPLACE INTO alert_samples (alert, slot, event_id, time_us, event) VALUES (?, ?, ?, ?, ?)'
  )
  for (const sample of samples) {
    if (sample.event.length > sampleBytesMax) continue
    let slot: number
    if (first < firstSamples && bytes + sample.event.length <= firstSampleBytesMax) {
      slot = first++
      bytes += sample.event.length
    } else slot = firstSamples + (later++ % laterSamples)
    write.run(id, slot, sample.id, sample.timeUs, sample.event)
  }
  prepared(state, 'UPDATE alerts SET samples_first = ?, samples_later = ?, sample_bytes = ? WHERE id = ?').run(
    first,
    later,
    bytes,
    id
  )
}

function keepValues(state: State, id: AlertId, values: readonly EntityValue[]): void {
  const write = prepared(
    state,
    'INSERT OR IGNORE INTO alert_values (value, alert, field, of_entity) VALUES (?, ?, ?, ?)'
  )
  for (const { field, value, ofEntity } of values) write.run(value, id, field, ofEntity ? 1 : 0)
}

function documentOf(sample: MatchSample): unknown {
  try {
    return JSON.parse(sample.event)
  } catch {
    return undefined
  }
}
