/** What the routes (and the commands) that search have in common: the search and the time range, compiled or refused with reasons. */

import { heartbeatSource } from '../core/detection.ts'
import { PicketError } from '../core/errors.ts'
import { parseTimePoint } from '../core/time-range.ts'
import { and, type Expression, equals, not } from '../filter/expression.ts'
import type { Diagnostic } from '../filter/parse-query.ts'
import { type CompiledSearch, compileSearch } from '../filter/pipes/compile.ts'
import { parseSearch, type Search } from '../filter/search.ts'
import { toSql } from '../filter/to-sql.ts'
import type { SqlCondition, TimeRange } from '../store/store.ts'
import { ApiError } from './route.ts'

export class BadQuery extends PicketError {
  readonly details: readonly Diagnostic[]
  constructor(details: readonly Diagnostic[]) {
    super('bad-query', details[0]?.message ?? 'The query cannot be understood.')
    this.details = details
  }
}

/** A query that cannot be understood is an answer of the API. */
export function orBadQuery<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof BadQuery) throw new ApiError(400, error.code, error.message, {}, error.details)
    throw error
  }
}

export type CompiledQuery = {
  /** Undefined where everything matches: then the store has shortcuts. */
  readonly condition: SqlCondition | undefined
  readonly expression: Expression
  readonly warnings: readonly Diagnostic[]
  /** The text's own range (`@from`, `@to`), which goes before any other. */
  readonly range: TimeRange
}

export type QueryAbout = { readonly nowMs: number; readonly mayBeInMap?: ((field: string) => boolean) | undefined }

// As Picket writes them, so their case counts: the engine need not look for others.
const deadLetters = equals('event.kind', 'pipeline_error', true)
const heartbeats = equals('picket.source', heartbeatSource, true)

/**
 * The events that a search is about: its filter, and the conditions right behind it. What the other commands make of them is
 * not asked here. Throws `BadQuery`.
 */
export function compileQuery(text: string, about: QueryAbout): CompiledQuery {
  const { search, warnings } = parsed(text, about.nowMs)
  return { ...compileFilter(text, filterOf(search), about), warnings, range: rangeOf(search) }
}

function compileFilter(text: string, filter: Expression, about: QueryAbout) {
  const hidden = hiddenUnlessAsked(text)
  const expression = and([filter, hidden])
  const everything = hidden === nothingElse && filter.kind === 'all'
  return { condition: everything ? undefined : toSql(expression, { mayBeInMap: about.mayBeInMap }), expression }
}

const nothingElse = and([not(deadLetters), not(heartbeats)])

/**
 * Dead letters are found only by those who ask for them (`event.kind:pipeline_error`), and so is what the heartbeat sent
 * (`picket.source:"picket:heartbeat"`, `labels.picket_heartbeat:*`).
 */
export function hiddenUnlessAsked(text: string): Expression {
  const asksForDead = text.includes('pipeline_error')
  const asksForHeartbeats = /picket[_:]heartbeat/.test(text)
  if (!asksForDead && !asksForHeartbeats) return nothingElse
  return and([...(asksForDead ? [] : [not(deadLetters)]), ...(asksForHeartbeats ? [] : [not(heartbeats)])])
}

export type CompiledText = {
  readonly compiled:
    | Extract<CompiledSearch, { kind: 'table' }>
    | {
        readonly kind: 'events'
        readonly condition: SqlCondition
        readonly oldestFirst: boolean
        readonly limit: number | undefined
      }
  readonly range: TimeRange
  readonly warnings: readonly Diagnostic[]
}

export type SearchAbout = QueryAbout & {
  /** The store's database. */
  readonly database: string
  readonly lookups: ReadonlyMap<string, readonly string[]>
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly timezone?: string | undefined
  readonly rowsMax: number
}

/** A whole search, commands and all. Throws `BadQuery`, `bad-time`. */
export function compileText(text: string, about: SearchAbout): CompiledText {
  const { nowMs, mayBeInMap, database, lookups, rowsMax } = about
  const { search, warnings } = parsed(text, nowMs)
  const range = { ...timeRange(about.from, about.to, nowMs), ...rangeOf(search) }
  let compiled: CompiledSearch
  try {
    compiled = compileSearch(search, {
      ...(mayBeInMap === undefined ? {} : { mayBeInMap }),
      table: `${database}.events`,
      lookupTable: `${database}.lookup_rows`,
      lookups,
      ...range,
      nowMs,
      hide: hiddenUnlessAsked(text),
      rowsMax
    })
  } catch (error) {
    if (error instanceof PicketError) throw new BadQuery([{ position: 0, length: text.length, message: error.message }])
    throw error
  }
  if (compiled.kind === 'table') return { compiled, range, warnings }
  const { expression, oldestFirst, limit } = compiled
  const condition = toSql(expression, { mayBeInMap })
  return { compiled: { kind: 'events', condition, oldestFirst, limit }, range, warnings }
}

function parsed(text: string, nowMs: number): { search: Search; warnings: readonly Diagnostic[] } {
  const result = parseSearch(text, { nowMs })
  if (!result.ok) throw new BadQuery(result.errors)
  return result
}

function filterOf(search: Search): Expression {
  const parts = [search.filter]
  for (const command of search.commands) {
    if (command.kind !== 'filter') break
    parts.push(command.of)
  }
  return parts.length === 1 ? search.filter : and(parts)
}

function rangeOf({ fromUs, toUs }: Search): TimeRange {
  return { ...(fromUs === undefined ? {} : { fromUs }), ...(toUs === undefined ? {} : { toUs }) }
}

export const everyEvent: SqlCondition = toSql(nothingElse)

/** Throws `bad-time`. */
export function timeRange(from: string | undefined, to: string | undefined, nowMs: number): TimeRange {
  const point = (name: string, text: string | undefined): number | undefined => {
    if (text === undefined || text === '') return undefined
    const us = parseTimePoint(text, nowMs)
    if (us === undefined)
      throw new PicketError(
        'bad-time',
        `${name} is not a point in time: ${text.slice(0, 60)} (try -24h, 2026-11-21 or 2026-11-21T06:00:00Z)`
      )
    return us
  }
  return { fromUs: point('from', from), toUs: point('to', to) }
}

/** A width for about `buckets` bars over the range, in whole steps of people's clocks, in seconds. */
export function bucketSeconds(rangeUs: number, buckets: number): number {
  const wanted = rangeUs / 1_000_000 / Math.max(1, buckets)
  const steps = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
    1_209_600, 2_592_000
  ]
  return steps.find(step => step >= wanted) ?? Math.ceil(wanted / 31_536_000) * 31_536_000
}
