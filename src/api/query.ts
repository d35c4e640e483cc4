/** What the routes (and the commands) that search have in common: the query and the time range, compiled or refused with reasons. */

import { PicketError } from '../core/errors.ts'
import { parseTimePoint } from '../core/time-range.ts'
import { and, type Expression, equals, not } from '../filter/expression.ts'
import { type Diagnostic, parseQuery } from '../filter/parse-query.ts'
import { toSql } from '../filter/to-sql.ts'
import type { SqlCondition, TimeRange } from '../store/store.ts'

export class BadQuery extends PicketError {
  readonly details: readonly Diagnostic[]
  constructor(details: readonly Diagnostic[]) {
    super('bad-query', details[0]?.message ?? 'The query cannot be understood.')
    this.details = details
  }
}

export type CompiledQuery = {
  /** Undefined where everything matches: then the store has shortcuts. */
  readonly condition: SqlCondition | undefined
  readonly expression: Expression
  readonly warnings: readonly Diagnostic[]
}

const deadLetters = equals('event.kind', 'pipeline_error')

/** Dead letters are found only by those who ask for them (`event.kind:pipeline_error`). Throws `BadQuery`. */
export function compileQuery(
  text: string,
  about: { nowMs: number; mayBeInMap?: (field: string) => boolean }
): CompiledQuery {
  const parsed = parseQuery(text, { nowMs: about.nowMs })
  if (!parsed.ok) throw new BadQuery(parsed.errors)
  const asksForThem = text.includes('pipeline_error')
  const expression = asksForThem ? parsed.expression : and([parsed.expression, not(deadLetters)])
  const everything = !asksForThem && parsed.expression.kind === 'all'
  return {
    condition: everything ? undefined : toSql(expression, { mayBeInMap: about.mayBeInMap }),
    expression,
    warnings: parsed.warnings ?? []
  }
}

export const everyEvent: SqlCondition = toSql(not(deadLetters))

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
