/** Sigma's correlations → windows: names found, conditions read, chains followed. What cannot be asked is said. */

import { all, and, type Expression, not } from '../filter/expression.ts'
import { namesOf } from '../sigma/logsource.ts'
import type { Correlation, RuleCondition as NamedCondition, SigmaRule } from '../sigma/rule.ts'
import type { Bound } from './bound.ts'
import { type Base, basesMax, depthMax, type RuleCondition, type Windowed } from './windowed.ts'

export type CorrelationParts = {
  /** The rule with its exceptions folded in. */
  readonly rule: (id: string) => { readonly rule: SigmaRule; readonly expression: Expression } | undefined
  readonly correlation: (id: string) => Correlation | undefined
  /** Events that the correlation's own exceptions take out. */
  readonly excepted?: Expression
}

export type WindowedOrNot = { readonly windowed: Windowed } | { readonly problem: string }

const orderedPartsMax = 10

export function windowedOf(correlation: Correlation, parts: CorrelationParts): WindowedOrNot {
  try {
    return { windowed: read(correlation, parts, parts.excepted, 1) }
  } catch (error) {
    if (error instanceof Unaskable) return { problem: error.message }
    throw error
  }
}

class Unaskable extends Error {}

function read(
  correlation: Correlation,
  parts: CorrelationParts,
  excepted: Expression | undefined,
  depth: number
): Windowed {
  if (depth > depthMax) throw new Unaskable(`Correlations are nested deeper than ${depthMax}.`)
  const { type, groupBy } = correlation
  const ordered = orderedRules(correlation)
  const ids = ordered ?? correlation.rules
  if (ids.length === 0) throw new Unaskable('None of its rules is there.')
  if (ids.length < correlation.rules.length && ordered === undefined)
    throw new Unaskable('One of its rules is not there.')
  if (ids.length > basesMax) throw new Unaskable(`It names more than ${basesMax} rules.`)
  if (type === 'temporal_ordered' && ids.length > orderedPartsMax)
    throw new Unaskable(`In order are at most ${orderedPartsMax} rules.`)
  const bases = ids.map(id => baseOf(id, correlation, parts, excepted, depth))
  const named = type === 'temporal' ? correlation.ruleCondition : undefined
  return {
    kind: type,
    bases,
    groupBy,
    spanUs: correlation.timespanMs * 1000,
    bound: boundOf(correlation, ids.length),
    ...(named === undefined ? {} : { rules: conditionOf(named, ids) }),
    ...(correlation.percentile === undefined ? {} : { percentile: correlation.percentile })
  }
}

function baseOf(
  id: string,
  correlation: Correlation,
  parts: CorrelationParts,
  excepted: Expression | undefined,
  depth: number
): Base {
  const known = parts.rule(id)
  const inner = known === undefined ? parts.correlation(id) : undefined
  if (known === undefined && inner === undefined) throw new Unaskable(`Its rule ${id} is not there.`)
  const leaves = known === undefined ? leavesOf(inner!, parts, depth) : [known.rule]
  const fields = (name: string): readonly string[] => {
    const own = correlation.aliases[name]?.[id] ?? name
    return [...new Set(leaves.flatMap(rule => namesOf(rule.logsource)(own)))]
  }
  const keys = correlation.groupBy.map(fields)
  const values = correlation.valueFields.map(fields)
  if (known === undefined)
    return {
      name: inner!.name ?? id,
      of: { kind: 'windowed', windowed: read(inner!, parts, excepted, depth + 1) },
      keys,
      values
    }
  const { rule } = known
  const expression = and([
    rule.route,
    known.expression,
    excepted === undefined || excepted.kind === 'none' ? all : not(excepted)
  ])
  return { name: rule.name ?? id, of: { kind: 'events', expression }, keys, values }
}

function leavesOf(correlation: Correlation, parts: CorrelationParts, depth: number): SigmaRule[] {
  if (depth > depthMax) throw new Unaskable(`Correlations are nested deeper than ${depthMax}.`)
  return correlation.rules.flatMap(id => {
    const known = parts.rule(id)
    if (known !== undefined) return [known.rule]
    const inner = parts.correlation(id)
    return inner === undefined ? [] : leavesOf(inner, parts, depth + 1)
  })
}

function boundOf({ type, comparisons }: Correlation, rules: number): Bound {
  const bound: { -readonly [K in keyof Bound]: Bound[K] } = {}
  for (const { op, value } of comparisons) {
    if (bound[op] !== undefined) throw new Unaskable(`${op} stands twice in its condition.`)
    bound[op] = value
  }
  if (comparisons.length > 0) return bound
  if (type === 'temporal' || type === 'temporal_ordered') return { gte: rules }
  throw new Unaskable('It has no condition.')
}

/** In order, a condition in words can only say which of the rules must be there. */
function orderedRules({ type, ruleCondition, rules }: Correlation): readonly string[] | undefined {
  if (type !== 'temporal_ordered' || ruleCondition === undefined) return undefined
  const named = new Set<string>()
  const visit = (condition: NamedCondition): void => {
    if (condition.kind === 'rule') named.add(condition.rule)
    else if (condition.kind === 'and') for (const one of condition.of) visit(one)
    else throw new Unaskable('A condition of temporal_ordered joins rules by "and" only.')
  }
  visit(ruleCondition)
  return rules.filter(rule => named.has(rule))
}

function conditionOf(condition: NamedCondition, ids: readonly string[]): RuleCondition {
  switch (condition.kind) {
    case 'rule': {
      const base = ids.indexOf(condition.rule)
      if (base < 0) throw new Unaskable(`Its condition names ${condition.rule}, which is not among its rules.`)
      return { kind: 'rule', base }
    }
    case 'not':
      return { kind: 'not', of: conditionOf(condition.of, ids) }
    default:
      return { kind: condition.kind, of: condition.of.map(one => conditionOf(one, ids)) }
  }
}
