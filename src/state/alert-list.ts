/** Alerts read back: lists with a cursor, one with its events and its history, and those that are related to it. */

import { type Level, levels, type MatchKind } from '../core/detection.ts'
import {
  type Alert,
  type AlertId,
  type AlertState,
  alertStates,
  type HistoryEntry,
  type HistoryKind,
  type KeptEvent,
  type Resolution
} from '../triage/alert.ts'
import type { Entity } from '../triage/entity.ts'
import { type RelatedAlert, rankRelated, type SharedValue } from '../triage/related.ts'
import { firstSamples } from './alerts.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export type AlertFilter = {
  readonly ids?: readonly AlertId[]
  readonly states?: readonly AlertState[]
  readonly severities?: readonly Level[]
  readonly rule?: string
  /** A value that the alert is about or that its events name, exactly. */
  readonly value?: string
  /** A user's name; '' for those of nobody. */
  readonly assignee?: string
  readonly mentions?: string
  /** Part of the title, the entity or the summary; `#12` the alert of that number. */
  readonly text?: string
  /** A tag, or the beginning of one up to a full stop: `attack.t1110` also means `attack.t1110.001`. */
  readonly tag?: string
  /** Alerts with events between these. */
  readonly fromUs?: number
  readonly toUs?: number
  readonly caseId?: number
  readonly snoozed?: 'exclude' | 'include' | 'only'
  /** Those of the heartbeat instead of the real ones. */
  readonly test?: boolean
}

export const alertSorts = ['severity', 'newest', 'created'] as const
export type AlertSort = (typeof alertSorts)[number]

const sortColumns: Readonly<Record<AlertSort, readonly string[]>> = {
  severity: ['severity', 'last_us', 'id'],
  newest: ['last_us', 'id'],
  created: ['id']
}

/** Where the last page ended: the sorted columns of its last row. */
export type AlertCursor = readonly number[]

const rareMax = 2000

type Values = (string | number | null)[]

/** Up to `limit`, the first of the sort first; `next` is where to go on. Throws nothing for a cursor of another sort: it is ignored. */
export function listAlerts(
  state: State,
  filter: AlertFilter,
  page: { readonly sort: AlertSort; readonly limit: number; readonly after?: AlertCursor | undefined },
  nowMs: number
): { alerts: Alert[]; next: AlertCursor | undefined } {
  const columns = sortColumns[page.sort]
  const { where, values } = conditionOf(state, filter, nowMs)
  if (page.after !== undefined && page.after.length === columns.length) {
    where.push(`(${columns.join(', ')}) < (${columns.map(() => '?').join(', ')})`)
    values.push(...page.after)
  }
  const order = columns.map(column => `${column} DESC`).join(', ')
  const rows = state.db
    .prepare(`SELECT * FROM alerts WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT ?`)
    .all(...values, page.limit + 1)
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const more = rows.length > page.limit && last !== undefined
  return { alerts: shown.map(readAlert), next: more ? columns.map(column => Number(last[column])) : undefined }
}

/** How many there are, counted up to `max`. */
export function countAlerts(state: State, filter: AlertFilter, nowMs: number, max = 10_000): number {
  const { where, values } = conditionOf(state, filter, nowMs)
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM alerts WHERE ${where.join(' AND ')} LIMIT ?)`
  return Number(state.db.prepare(sql).get(...values, max)!['n'])
}

export function idsOfAlerts(state: State, filter: AlertFilter, nowMs: number, limit: number): AlertId[] {
  const { where, values } = conditionOf(state, filter, nowMs)
  return state.db
    .prepare(`SELECT id FROM alerts WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`)
    .all(...values, limit)
    .map(row => Number(row['id']))
}

/** What is open, at a glance. */
export type AlertSummary = {
  readonly open: Readonly<Record<Level, number>>
  readonly states: Readonly<Record<AlertState, number>>
  readonly snoozed: number
  readonly unassigned: number
  readonly lastChange: number
}

export function summariseAlerts(state: State, nowMs: number): Omit<AlertSummary, 'lastChange'> {
  const open = Object.fromEntries(levels.map(level => [level, 0])) as Record<Level, number>
  const states = Object.fromEntries(alertStates.map(each => [each, 0])) as Record<AlertState, number>
  let snoozed = 0
  let unassigned = 0
  const rows = prepared(
    state,
    `SELECT state, severity, snoozed_until > ? AS snoozed, assignee IS NULL AS free, count(*) AS n FROM alerts
     WHERE test = 0 AND state <> 'closed' GROUP BY 1, 2, 3, 4`
  ).all(nowMs)
  for (const row of rows) {
    const n = Number(row['n'])
    if (row['snoozed'] === 1) {
      snoozed += n
      continue
    }
    open[levels[Number(row['severity'])]!] += n
    states[row['state'] as AlertState] += n
    if (row['free'] === 1) unassigned += n
  }
  const closed = prepared(state, "SELECT count(*) AS n FROM alerts WHERE test = 0 AND state = 'closed'").get()!
  states.closed = Number(closed['n'])
  return { open, states, snoozed, unassigned }
}

export function alertOf(state: State, id: AlertId): Alert | undefined {
  const row = prepared(state, 'SELECT * FROM alerts WHERE id = ?').get(id)
  return row === undefined ? undefined : readAlert(row)
}

/** The first events that matched and the latest, in the order of their time. */
export function keptEvents(state: State, id: AlertId): { first: KeptEvent[]; latest: KeptEvent[] } {
  const read = (row: Record<string, unknown>): KeptEvent => ({
    id: row['event_id'] as string,
    timeUs: Number(row['time_us']),
    event: row['event'] as string
  })
  const rows = prepared(state, 'SELECT * FROM alert_samples WHERE alert = ? ORDER BY time_us, slot').all(id)
  return {
    first: rows.filter(row => Number(row['slot']) < firstSamples).map(read),
    latest: rows.filter(row => Number(row['slot']) >= firstSamples).map(read)
  }
}

export function historyOf(state: State, id: AlertId): HistoryEntry[] {
  return prepared(state, 'SELECT * FROM alert_history WHERE alert = ? ORDER BY id LIMIT 5000')
    .all(id)
    .map(row => ({
      id: Number(row['id']),
      atMs: Number(row['at']),
      by: row['by'] as string,
      kind: row['kind'] as HistoryKind,
      detail: JSON.parse(row['detail'] as string) as Record<string, unknown>
    }))
}

export type StormEntity = {
  readonly entity: Entity
  readonly count: number
  readonly firstUs: number
  readonly lastUs: number
}

/** What a storm stands for, the busiest first. */
export function stormEntities(state: State, id: AlertId, limit: number): StormEntity[] {
  return prepared(state, 'SELECT * FROM alert_entities WHERE alert = ? ORDER BY count DESC, entity_key LIMIT ?')
    .all(id, limit)
    .map(row => ({
      entity: JSON.parse(row['entity'] as string) as Record<string, string>,
      count: Number(row['count']),
      firstUs: Number(row['first_us']),
      lastUs: Number(row['last_us'])
    }))
}

/** Alerts that are looked at for each value: those made before and after this one. */
const neighboursMax = 1000

/** Alerts that share values with this one, within `aroundMs` of its span. */
export function relatedAlerts(state: State, alert: Alert, aroundMs: number, limit: number): RelatedAlert[] {
  const mine = prepared(state, 'SELECT value, field, of_entity FROM alert_values WHERE alert = ?').all(alert.id)
  const near = prepared(
    state,
    `SELECT v.alert AS alert, v.of_entity AS of_entity FROM
       (SELECT * FROM (SELECT alert, of_entity FROM alert_values WHERE value = ?1 AND alert < ?2 ORDER BY alert DESC LIMIT ?6)
        UNION ALL
        SELECT * FROM (SELECT alert, of_entity FROM alert_values WHERE value = ?1 AND alert > ?2 ORDER BY alert LIMIT ?6)) v
     JOIN alerts a ON a.id = v.alert WHERE a.last_us >= ?3 AND a.first_us <= ?4 AND a.test = ?5`
  )
  const shared: SharedValue[] = []
  for (const row of mine) {
    const value = row['value'] as string
    const others = near.all(
      value,
      alert.id,
      alert.firstUs - aroundMs * 1000,
      alert.lastUs + aroundMs * 1000,
      alert.test ? 1 : 0,
      neighboursMax
    )
    for (const other of others)
      shared.push({
        alert: Number(other['alert']),
        field: row['field'] as string,
        value,
        entities: (Number(row['of_entity']) + Number(other['of_entity'])) as 0 | 1 | 2,
        frequency: others.length
      })
  }
  return rankRelated(shared, limit)
}

function conditionOf(state: State, filter: AlertFilter, nowMs: number): { where: string[]; values: Values } {
  // With a plus: nearly all are real, and the index of that would be taken instead of the one that has the order.
  const where = ['+test = ?']
  const values: Values = [filter.test === true ? 1 : 0]
  const add = (condition: string, ...more: Values): void => {
    where.push(condition)
    values.push(...more)
  }
  const oneOf = (column: string, list: Values): void => add(`${column} IN (${list.map(() => '?').join(', ')})`, ...list)
  if (filter.ids !== undefined) add('id IN (SELECT value FROM json_each(?))', JSON.stringify(filter.ids))
  if (filter.states !== undefined) {
    // So said that the index of open alerts is taken.
    if (!filter.states.includes('closed')) where.push("state <> 'closed'")
    if (filter.states.length < (filter.states.includes('closed') ? 4 : 3)) oneOf('state', [...filter.states])
  }
  if (filter.severities !== undefined)
    oneOf(
      'severity',
      filter.severities.map(level => levels.indexOf(level))
    )
  if (filter.rule !== undefined) add('rule_id = ?', filter.rule)
  if (filter.value !== undefined) add(hasValue(state, filter.value), filter.value)
  if (filter.assignee !== undefined) {
    if (filter.assignee === '') where.push('assignee IS NULL')
    else add('assignee = ?', filter.assignee)
  }
  if (filter.mentions !== undefined) add('id IN (SELECT alert FROM alert_mentions WHERE user = ?)', filter.mentions)
  if (filter.caseId !== undefined) add('case_id = ?', filter.caseId)
  if (filter.fromUs !== undefined) add('last_us >= ?', Math.floor(filter.fromUs))
  if (filter.toUs !== undefined) add('first_us < ?', Math.floor(filter.toUs))
  if (filter.snoozed === 'only') add('snoozed_until > ?', nowMs)
  else if (filter.snoozed !== 'include') add('(snoozed_until IS NULL OR snoozed_until <= ?)', nowMs)
  if (filter.tag !== undefined)
    add(
      "EXISTS (SELECT 1 FROM json_each(alerts.tags) t WHERE lower(t.value) = lower(?) OR lower(t.value) LIKE lower(?) ESCAPE '\\')",
      filter.tag,
      `${escapeLike(filter.tag)}.%`
    )
  if (filter.text !== undefined && filter.text !== '') {
    const number = /^#(\d{1,15})$/.exec(filter.text)?.[1]
    const like = `%${escapeLike(filter.text)}%`
    if (number !== undefined) add('id = ?', Number(number))
    else add("(title LIKE ? ESCAPE '\\' OR entity LIKE ? ESCAPE '\\' OR summary LIKE ? ESCAPE '\\')", like, like, like)
  }
  return { where, values }
}

/** A rare value leads to its alerts; a common one is looked for in the alerts, in the order that is asked for. */
function hasValue(state: State, value: string): string {
  const sql = 'SELECT count(*) AS n FROM (SELECT 1 FROM alert_values WHERE value = ? LIMIT ?)'
  const isRare = Number(prepared(state, sql).get(value, rareMax + 1)!['n']) <= rareMax
  return isRare
    ? 'id IN (SELECT alert FROM alert_values WHERE value = ?)'
    : 'EXISTS (SELECT 1 FROM alert_values v WHERE v.value = ? AND v.alert = alerts.id)'
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

function readAlert(row: Record<string, unknown>): Alert {
  const optional = (name: string): number | undefined => (row[name] === null ? undefined : Number(row[name]))
  const level = (name: string): Level => levels[Number(row[name])]!
  return {
    id: Number(row['id']),
    rule: {
      id: row['rule_id'] as string,
      version: row['rule_version'] as string,
      kind: row['rule_kind'] as MatchKind,
      title: row['title'] as string,
      level: level('rule_level'),
      tags: JSON.parse(row['tags'] as string) as string[]
    },
    ruleVersions: JSON.parse(row['rule_versions'] as string) as string[],
    entity: JSON.parse(row['entity'] as string) as Record<string, string>,
    severity: level('severity'),
    severityWhy: JSON.parse(row['severity_why'] as string) as string[],
    state: row['state'] as AlertState,
    resolution: (row['resolution'] as Resolution | null) ?? undefined,
    reason: row['reason'] as string,
    assignee: (row['assignee'] as string | null) ?? undefined,
    count: Number(row['count']),
    firstUs: Number(row['first_us']),
    lastUs: Number(row['last_us']),
    createdMs: Number(row['created']),
    updatedMs: Number(row['updated']),
    acknowledgedMs: optional('acknowledged'),
    closedMs: optional('closed'),
    snoozedUntilMs: optional('snoozed_until'),
    caseId: optional('case_id'),
    test: row['test'] === 1,
    storm: row['storm'] === 1,
    entities: Number(row['entities']),
    summary: row['summary'] as string
  }
}
