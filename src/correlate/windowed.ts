/**
 * What is asked of events in sliding windows: Sigma's correlations, and thresholds of our own. `windowed-sql.ts` makes a statement of
 * it; docs/adr/0019 says what each word means where the specification is silent.
 */

import type { Expression } from '../filter/expression.ts'
import type { Bound } from './bound.ts'

export const windowedKinds = [
  'event_count',
  'value_count',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
  'temporal',
  'temporal_ordered'
] as const
export type WindowedKind = (typeof windowedKinds)[number]

/** Where a window's hits come from. Each has its own names for the fields: Sigma's aliases, and its log source's mapping. */
export type Base = {
  /** As the rule calls it. */
  readonly name: string
  readonly of:
    | { readonly kind: 'events'; readonly expression: Expression }
    /** The events with which the condition of another one came true. */
    | { readonly kind: 'windowed'; readonly windowed: Windowed }
  /** For each of `groupBy`, the event's fields that may hold it: the first that the event has counts. */
  readonly keys: readonly (readonly string[])[]
  /** The same for each field whose values are counted, summed … */
  readonly values: readonly (readonly string[])[]
}

/** Over the numbers of the bases. */
export type RuleCondition =
  | { readonly kind: 'rule'; readonly base: number }
  | { readonly kind: 'and' | 'or'; readonly of: readonly RuleCondition[] }
  | { readonly kind: 'not'; readonly of: RuleCondition }

export type Windowed = {
  readonly kind: WindowedKind
  readonly bases: readonly Base[]
  /** What the entity's values are called: fields, or aliases. */
  readonly groupBy: readonly string[]
  readonly spanUs: number
  readonly bound: Bound
  /** Of `temporal`: which of the bases must have hits, instead of a bound. */
  readonly rules?: RuleCondition
  /** Of `value_percentile`: 0 to 100. */
  readonly percentile?: number
}

export const basesMax = 60
export const depthMax = 4

/** How far from an event others can lie that decide whether it is reported. */
export function reachUs(windowed: Windowed): number {
  const inner = windowed.bases.map(({ of }) => (of.kind === 'windowed' ? reachUs(of.windowed) : 0))
  return 2 * windowed.spanUs + Math.max(0, ...inner)
}

/** The expressions at the leaves: which events matter at all. */
export function leavesOf(windowed: Windowed): Expression[] {
  return windowed.bases.flatMap(({ of }) => (of.kind === 'events' ? [of.expression] : leavesOf(of.windowed)))
}

/** Does a number that more events can only raise (or, of sums, mostly) stand behind the bound? Averages and the like go both ways. */
export function isGrowing(kind: WindowedKind): boolean {
  return kind !== 'value_avg' && kind !== 'value_percentile' && kind !== 'value_median'
}

/** Must a window be over before it can be judged? "Fewer than three in an hour" is not true after the first minute. */
export function judgedLate({ kind, bound, rules }: Windowed): boolean {
  if (rules !== undefined) return hasNot(rules)
  const { lt, lte, eq, neq } = bound
  return isGrowing(kind) && [lt, lte, eq, neq].some(limit => limit !== undefined)
}

export function hasNot(condition: RuleCondition): boolean {
  return condition.kind === 'not' || (condition.kind !== 'rule' && condition.of.some(hasNot))
}
