/** How severe an alert is, by what the state knows: the table of assets, and which values indicators have hit (`src/triage/severity.ts`). */

import { type Level, levels, type RuleSummary } from '../core/detection.ts'
import type { AlertId } from '../triage/alert.ts'
import type { Asset } from '../triage/assets.ts'
import type { EntityValue } from '../triage/entity.ts'
import { severityOf } from '../triage/severity.ts'
import { addChange, addHistory } from './alert-changes.ts'
import { assetsInForce } from './assets.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

/** An indicator's hit counts for what happens to the same values within this time. */
const intelWindowUs = 24 * 3_600_000_000
const raisedAtOnceMax = 100

export type Assessment = {
  readonly severity: Level
  readonly why: readonly string[]
  readonly asset: Asset | undefined
  readonly intel: Level | undefined
}

/** Of an alert that is about to be made. An indicator's own alert is not raised by indicators. */
export function assess(state: State, rule: RuleSummary, values: readonly EntityValue[], atUs: number): Assessment {
  const found = assetsInForce(state).find(values)
  const asset = found && { name: found.name, match: found.match, criticality: found.criticality }
  const intel = rule.kind === 'indicator' ? undefined : hitOf(state, values, atUs)
  const { severity, why } = severityOf({ level: rule.level, asset, intel })
  return { severity, why, asset, intel }
}

function hitOf(state: State, values: readonly EntityValue[], atUs: number): Level | undefined {
  const look = prepared(state, 'SELECT max(level) AS level FROM alert_intel WHERE value = ? AND last_us >= ?')
  let worst = -1
  for (const { value, ofEntity } of values)
    if (ofEntity) worst = Math.max(worst, Number(look.get(value, Math.floor(atUs - intelWindowUs))!['level'] ?? -1))
  return levels[worst]
}

/** An indicator hit an event with these values: it is kept for the alerts to come, and raises those that are open on the same entity. */
export function noteIndicator(
  state: State,
  alert: AlertId,
  values: readonly Pick<EntityValue, 'value'>[],
  hit: { readonly level: Level; readonly lastUs: number },
  nowMs: number
): void {
  const level = levels.indexOf(hit.level)
  const lastUs = Math.floor(hit.lastUs)
  const keep = prepared(
    state,
    `INSERT INTO alert_intel (value, level, last_us) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET last_us = max(last_us, excluded.last_us)`
  )
  for (const { value } of values) keep.run(value, level, lastUs)
  const others = prepared(
    state,
    `SELECT a.id FROM alert_values v JOIN alerts a ON a.id = v.alert
     WHERE v.value = ? AND v.of_entity = 1 AND a.id <> ? AND a.state <> 'closed' AND a.test = 0 AND a.rule_kind <> 'indicator'
       AND ifnull(a.intel, -1) < ? AND a.last_us >= ? LIMIT ?`
  )
  let left = raisedAtOnceMax
  for (const { value } of values) {
    for (const { id } of others.all(value, alert, level, lastUs - intelWindowUs, left)) {
      prepared(state, 'UPDATE alerts SET intel = ? WHERE id = ?').run(level, Number(id))
      reassess(state, Number(id), nowMs)
      left--
    }
    if (left <= 0) return
  }
}

/** More hits of an indicator's alert. */
export function prolongIndicator(state: State, alert: AlertId, lastUs: number): void {
  prepared(
    state,
    `UPDATE alert_intel SET last_us = max(last_us, ?)
     WHERE value IN (SELECT value FROM alert_values WHERE alert = ?)
       AND level = (SELECT rule_level FROM alerts WHERE id = ?)`
  ).run(Math.floor(lastUs), alert, alert)
}

/** Hits of more than 30 days ago raise nothing any more. */
export function forgetIndicatorHits(state: State, nowMs: number): void {
  prepared(state, 'DELETE FROM alert_intel WHERE last_us < ?').run((nowMs - 30 * 86_400_000) * 1000)
}

/** Works the severity out anew after something has changed. It rises by itself, never falls. What has risen wakes up. */
export function reassess(state: State, id: AlertId, nowMs: number): void {
  const row = prepared(
    state,
    'SELECT rule_level, asset, intel, severity, severity_set, severity_by, snoozed_until FROM alerts WHERE id = ?'
  ).get(id)
  if (row === undefined) return
  const asset = row['asset'] === null ? undefined : (JSON.parse(row['asset'] as string) as Asset)
  const byHand = row['severity_set'] !== null
  const { severity, why } = severityOf({
    level: levels[Number(row['rule_level'])]!,
    asset,
    intel: row['intel'] === null ? undefined : levels[Number(row['intel'])]
  })
  const before = Number(row['severity'])
  // A person's word stands; what would have raised it is still told.
  if (byHand || levels.indexOf(severity) <= before) return
  prepared(
    state,
    'UPDATE alerts SET severity = ?, severity_why = ?, updated = ?, snoozed_until = NULL WHERE id = ?'
  ).run(levels.indexOf(severity), JSON.stringify(why), nowMs, id)
  addHistory(state, id, 'escalated', nowMs, 'picket', { from: levels[before], to: severity, why: why.at(-1) })
  if (row['snoozed_until'] !== null) addChange(state, id, 'woken', nowMs)
}
