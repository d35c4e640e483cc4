/**
 * Which rules can fire here: each held against the events really stored, its log source and its fields. What fields events have is read from their
 * shapes (the templates that rows share), so that a month of events is one question about a few thousand shapes.
 */

import type { EcsEvent } from '../core/parser.ts'
import { isSeen, missingFields, namesOfTest, possible } from '../correlate/coverage.ts'
import { heartbeatSql, Statement } from '../correlate/hits-sql.ts'
import { leavesOf, type Windowed } from '../correlate/windowed.ts'
import { isLeaf } from '../filter/event-values.ts'
import { all, type Expression, type FieldTest, fieldsOf } from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { firedRules } from '../state/alert-counts.ts'
import type { State } from '../state/state.ts'
import { computedKey, type RowValues, render } from '../store/encode/template.ts'
import type { ReadOptions } from '../store/reading.ts'
import type { Store } from '../store/store.ts'
import type { Rules } from './rules.ts'
import { askOfCorrelation, askOfDeclared } from './scheduled-rules.ts'

export type RuleCoverage = {
  readonly id: string
  readonly title: string
  readonly level: string
  readonly enabled: boolean
  /** `can`: its events are there, and fields with which it may be true; `unknown`: it cannot be told. */
  readonly state: 'fired' | 'can' | 'cannot' | 'unknown'
  /** Fields that it asks for and that no event of its log source has. */
  readonly missing: readonly string[]
  readonly why?: string
  /** Of its log source, in the time looked at. */
  readonly events: number
  readonly alerts?: number
  readonly matches?: number
  readonly last?: string
}

export type Coverage = {
  readonly days: number
  readonly events: number
  readonly rules: readonly RuleCoverage[]
  /** There were more shapes than could be looked at: some fields may be seen and not known. */
  readonly partial: boolean
}

export type CoverageParts = {
  readonly rules: Rules
  readonly state: State
  readonly store: Pick<Store, 'table' | 'database'>
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
  readonly nowMs: number
  readonly days: number
  readonly read?: ReadOptions
}

const shapesMax = 50_000
const routeFieldsMax = 30
const missingMax = 20
const dayUs = 86_400_000_000

/** Some events: how many, and which fields they have; `anything`: they may have others, too (documents that are no template). */
type Seen = { count: number; readonly fields: Set<string>; anything: boolean }

/** Events that agree in all that log sources look at. */
type Kind = Seen & { readonly event: EcsEvent }

/** What tells events apart, beside what log sources look at. */
const tellingFields = [
  'event.module',
  'event.dataset',
  'event.kind',
  'event.category',
  'event.provider',
  'picket.format'
]

export async function coverage(parts: CoverageParts): Promise<Coverage> {
  const { rules, state, days } = parts
  const routes = new Map<string, Expression>()
  const everything = JSON.stringify(all)
  routes.set(everything, all)
  for (const { rule } of rules.rules) routes.set(JSON.stringify(rule.route), rule.route)
  const { kinds, known, partial } = await look([...routes.values()], parts)
  const seen = new Map(
    [...routes].map(([key, route]) => [key, together(kinds.filter(({ event }) => toPredicate(route)(event)))])
  )
  const total = seen.get(everything)!
  const fired = firedRules(state)
  const hasIn = (events: Seen) => (field: string) => events.anything || events.fields.has(field)

  const judged = (expression: Expression, events: Seen): Pick<RuleCoverage, 'state' | 'missing' | 'why'> => {
    if (events.count === 0) {
      const why =
        total.count === 0
          ? `there are no events of the last ${days} days`
          : `no events of its log source in ${days} days`
      return { state: 'cannot', missing: [], why }
    }
    const has = hasIn(events)
    const missing = missingFields(expression, has).slice(0, missingMax)
    if (possible(expression, has).mayHold) return { state: 'can', missing }
    if (partial)
      return { state: 'unknown', missing, why: 'there are too many kinds of events to know all their fields' }
    const why = missing.length === 0 ? 'nothing can meet it' : `no event has ${missing.slice(0, 5).join(', ')}`
    return { state: 'cannot', missing, why }
  }

  /** A whole filter, log source and all: of which kinds of events may it be true? */
  const ofFilter = (filter: Expression): Pick<RuleCoverage, 'state' | 'missing' | 'why'> & { events: Seen } => {
    const near = together(
      kinds.filter(
        kind =>
          possible(
            filter,
            () => true,
            test => known(test, kind.event)
          ).mayHold
      )
    )
    return { ...judged(filter, near), events: near }
  }

  const ofWindows = (windowed: Windowed): Pick<RuleCoverage, 'state' | 'missing' | 'why'> & { events: Seen } => {
    const leaves = leavesOf(windowed).map(ofFilter)
    const events = together(leaves.map(leaf => leaf.events))
    const needsAll = windowed.kind.startsWith('temporal') && windowed.rules === undefined
    const failing = leaves.find(leaf => leaf.state !== 'can')
    const none = leaves.every(leaf => leaf.state !== 'can')
    if (failing !== undefined && (needsAll || none)) return failing
    const has = hasIn(events)
    const absent = windowed.groupBy.filter((_, i) =>
      windowed.bases.every(base => !(base.keys[i] ?? []).some(field => isSeen(field, has)))
    )
    if (absent.length > 0)
      return { state: 'cannot', missing: absent, why: `no event has ${absent.join(', ')}, which it groups by`, events }
    return { state: 'can', events, missing: [...new Set(leaves.flatMap(leaf => leaf.missing))].slice(0, missingMax) }
  }

  const out: RuleCoverage[] = []
  const add = (
    known: { readonly enabled: boolean; readonly summary: { id: string; title: string; level: string } },
    events: number,
    found: Pick<RuleCoverage, 'state' | 'missing' | 'why'>
  ): void => {
    const { id, title, level } = known.summary
    const counts = fired.get(id)
    out.push({
      ...{ id, title, level, enabled: known.enabled, events },
      ...found,
      ...(counts !== undefined && {
        state: 'fired' as const,
        alerts: counts.alerts,
        matches: counts.matches,
        last: new Date(counts.lastUs / 1000).toISOString()
      })
    })
  }
  for (const known of rules.rules) {
    const events = seen.get(JSON.stringify(known.rule.route))!
    add(known, events.count, judged(known.expression, events))
  }
  for (const known of rules.correlations) {
    const asked = askOfCorrelation(rules, known)
    if ('problem' in asked || asked.ask.kind !== 'windowed') {
      add(known, 0, { state: 'cannot', missing: [], why: 'problem' in asked ? asked.problem : '' })
      continue
    }
    const { events, ...found } = ofWindows(asked.ask.windowed)
    add(known, events.count, found)
  }
  for (const known of rules.declared) {
    const { ask, filter } = askOfDeclared(known)
    const { events, ...found } = ask.kind === 'windowed' ? ofWindows(ask.windowed) : ofFilter(filter)
    add(known, events.count, found)
  }
  return { days, events: total.count, rules: out, partial }
}

function together(parts: readonly Seen[]): Seen {
  const whole: Seen = { count: 0, fields: new Set(), anything: false }
  for (const part of new Set(parts)) {
    whole.count += part.count
    whole.anything ||= part.anything
    for (const field of part.fields) whole.fields.add(field)
  }
  return whole
}

type Look = {
  readonly kinds: readonly Kind[]
  /** Does the test hold of the events of a kind? Undefined where it looks at more than is known of them. */
  readonly known: (test: FieldTest, event: EcsEvent) => boolean | undefined
  readonly partial: boolean
}

/** The shapes of the stored events with what the routes look at. */
async function look(
  routes: readonly Expression[],
  { store, mayBeInMap, nowMs, days, read = {} }: CoverageParts
): Promise<Look> {
  const statement = new Statement({ table: `${store.database}.events`, mayBeInMap })
  const fields = [...new Set([...tellingFields, ...routes.flatMap(fieldsOfRoute)])].slice(0, routeFieldsMax)
  const columns = fields.map((field, i) => {
    const value = statement.value([field])
    return `${value.type === 'list' ? value.sql : `toString(${textOfValue(value)})`} AS r${i}`
  })
  const names = ['shape', ...fields.map((_, i) => `r${i}`)]
  const extent = {
    fromUs: nowMs * 1000 - days * dayUs,
    toUs: Number.MAX_SAFE_INTEGER,
    seen: 0,
    committed: Number.MAX_SAFE_INTEGER
  }
  const sql =
    `SELECT ${['shape', ...columns].join(', ')}, toString(count()) AS n ${statement.from(all, extent)} AND NOT ${heartbeatSql} ` +
    `GROUP BY ${names.join(', ')} ORDER BY count() DESC LIMIT ${shapesMax + 1}`
  const { rows } = await store.table(sql, statement.params, read)

  // Many shapes share what the routes look at: that is asked once.
  const kinds = new Map<string, Kind>()
  const shapes = new Map<string, readonly string[] | undefined>()
  for (const row of rows.slice(0, shapesMax)) {
    const shape = row[0] as string
    const values = row.slice(1, 1 + fields.length)
    const key = JSON.stringify(values)
    let kind = kinds.get(key)
    if (kind === undefined) {
      const event: Record<string, unknown> = {}
      for (const [i, field] of fields.entries())
        if (values[i] !== '' && (values[i] as unknown[]).length !== 0) event[field] = values[i]
      kind = { event: event as EcsEvent, count: 0, fields: new Set(), anything: false }
      kinds.set(key, kind)
    }
    kind.count += Number(row[1 + fields.length])
    if (!shapes.has(shape)) shapes.set(shape, fieldsOfShape(shape))
    const names = shapes.get(shape)
    if (names === undefined) kind.anything = true
    else for (const name of names) kind.fields.add(name)
  }
  const looked = new Set(fields)
  const predicates = new Map<FieldTest, ((event: EcsEvent) => boolean) | undefined>()
  const known = (test: FieldTest, event: EcsEvent): boolean | undefined => {
    if (!predicates.has(test)) {
      const all = namesOfTest(test).every(name => looked.has(name))
      predicates.set(test, all ? toPredicate(test) : undefined)
    }
    return predicates.get(test)?.(event)
  }
  return { kinds: [...kinds.values()], known, partial: rows.length > shapesMax }
}

function fieldsOfRoute(route: Expression): string[] {
  return fieldsOf(route).filter(field => field !== '*' && field !== '@timestamp')
}

function textOfValue({ sql, type }: { sql: string; type: string }): string {
  return type === 'number' || type === 'time'
    ? `ifNull(toString(${sql}), '')`
    : type === 'ip'
      ? `IPv6NumToString(${sql})`
      : sql
}

const manyPieces = new Array(2_000).fill('0').join('\x01')
/** A row whose every value is 0: what matters is which there are. */
const zeros: RowValues = {
  column: () => '0',
  timeUs: () => 0,
  words: () => ['0'],
  mapped: () => '0',
  communityId: () => '0',
  rest: manyPieces
}

/** The fields of the documents of a shape; undefined where the shape does not say. */
export function fieldsOfShape(shape: string): readonly string[] | undefined {
  let document: unknown
  try {
    document = JSON.parse(render(shape, zeros))
  } catch {
    return undefined
  }
  if (typeof document !== 'object' || document === null) return undefined
  const fields = new Set<string>()
  const visit = (node: unknown, path: string, depth: number): void => {
    if (depth > 64) return
    if (Array.isArray(node)) for (const item of node) visit(item, path, depth + 1)
    else if (typeof node === 'object' && node !== null)
      for (const [key, value] of Object.entries(node))
        visit(value, path === '' || path === computedKey ? key : `${path}.${key}`, depth + 1)
    else if (isLeaf(node)) fields.add(path)
  }
  visit(document, '', 0)
  return [...fields]
}
