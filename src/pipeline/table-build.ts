/** Makes what the workers need of the indicators in force: the shared table, and the patterns as rules. Reads the file of intelligence. */

import { type PackedRules, packRules } from '../detect/packed-rules.ts'
import type { DetectionRule } from '../detect/rule.ts'
import { compileAllowLists } from '../intel/allow-list.ts'
import { confidenceAt, type FeedTerms, type Indicator, idOf } from '../intel/indicator.ts'
import { ruleOf } from '../intel/match.ts'
import { lowerPattern } from '../intel/stix/lower.ts'
import { parsePattern } from '../intel/stix/parse-pattern.ts'
import { TableBuilder } from '../intel/table/build.ts'
import type { SharedTable } from '../intel/table/layout.ts'
import { type Intel, intelChange } from '../state/intel.ts'
import { allowListsInForce } from '../state/intel-allow.ts'
import { listFeeds, termsOf } from '../state/intel-feeds.ts'
import { eachIndicator, newestSeq } from '../state/intel-indicators.ts'

/** What a worker is told. */
export type IndicatorsForWorkers = { readonly table: SharedTable; readonly patterns: PackedRules }

/** A pattern in force: what its sightings say. */
export type PatternInForce = {
  readonly id: string
  readonly value: string
  readonly source: string
  readonly validUntilMs: number | undefined
}

export type TableBuild = IndicatorsForWorkers & {
  /** `intelChange` when it was begun. */
  readonly change: number
  readonly patternsInForce: readonly PatternInForce[]
  /** Of patterns: those that cannot be matched on events. */
  readonly unmatched: number
  readonly allowed: number
  readonly tooWide: number
  readonly beyond: number
}

/** Events come late: what ended is kept in the table for so long, and counts for what happened before its end. */
const lateMs = 7 * 86_400_000
/** Each costs time on each event that has its fields. */
export const patternsMax = 5_000

/** `numbers`: only indicators above the first, up to the second. */
export function buildTable(intel: Intel, nowMs: number, numbers?: readonly [number, number]): TableBuild {
  const change = intelChange(intel)
  const allow = compileAllowLists(allowListsInForce(intel))
  const feeds = listFeeds(intel).map(termsOf)
  const floors = new Map(feeds.map(terms => [terms.source, terms]))
  const builder = new TableBuilder({
    feeds,
    allows: allow.allows,
    newestSeq: newestSeq(intel)
  })
  const patterns: DetectionRule[] = []
  const patternsInForce: PatternInForce[] = []
  let unmatched = 0
  for (const indicator of eachIndicator(intel, nowMs - lateMs)) {
    if (numbers !== undefined && (indicator.seq <= numbers[0] || indicator.seq > numbers[1])) continue
    if (indicator.type !== 'pattern') {
      builder.add(indicator)
      continue
    }
    const rule = patterns.length < patternsMax ? patternRule(indicator, floors.get(indicator.source), nowMs) : undefined
    if (rule === undefined) unmatched++
    else {
      patterns.push(rule)
      const { value, source, validUntilMs } = indicator
      patternsInForce.push({ id: rule.summary.id, value, source, validUntilMs })
    }
  }
  const { table, allowed, tooWide } = builder.finish()
  return {
    change,
    table,
    patterns: packRules(patterns),
    patternsInForce,
    unmatched,
    allowed,
    tooWide,
    beyond: builder.beyond
  }
}

/** A pattern as a rule; undefined where single events cannot show it. */
export function patternRule(
  indicator: Indicator,
  terms: FeedTerms | undefined,
  nowMs: number
): DetectionRule | undefined {
  const { confidence, seenMs } = indicator
  if (terms !== undefined && confidenceAt(confidence, seenMs, terms.halfLifeMs, nowMs) < terms.confidenceMin)
    return undefined
  const parsed = parsePattern(indicator.value)
  if (!parsed.ok) return undefined
  const lowered = lowerPattern(parsed.pattern)
  if (lowered.kind !== 'expression') return undefined
  const id = indicator.id === '' ? idOf(indicator) : indicator.id
  return {
    summary: ruleOf({ ...indicator, id }, false),
    route: { kind: 'all' },
    expression: lowered.expression,
    groupBy: []
  }
}
