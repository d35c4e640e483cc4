/**
 * Correlations: rules over rules (specification of correlations, 2.1). Read here; compiled to SQL by `src/correlate`. References by name
 * become ids once all files are read (`linkCorrelations`).
 */

import { nearest } from '../core/nearest.ts'
import { aboutOf, type Fields, isFields, textOf, textsOf } from './about.ts'
import { namesOf } from './logsource.ts'
import { Problem } from './problem.ts'
import {
  type Comparison,
  type Correlation,
  comparisonOperators,
  correlationTypes,
  type RuleCondition,
  type SigmaRule
} from './rule.ts'
import type { YamlDocument } from './yaml.ts'

const rulesMax = 100
const groupFieldsMax = 20
const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const timespanMsMax = 366 * unitMs.d

/** `90m` in milliseconds. Throws `Problem`. */
export function timespanMs(text: unknown, key: string): number {
  const match = typeof text === 'string' ? /^(\d{1,9})\s*([smhdw])$/.exec(text.trim()) : null
  const ms = match === null ? 0 : Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
  if (ms <= 0 || ms > timespanMsMax)
    throw new Problem(`${key} is a number and a unit (s, m, h, d, w), up to a year: 90s, 15m, 24h.`, [key])
  return ms
}

/** The rules are references as the text has them. Throws `Problem`. */
export function correlationOf(fields: Fields, file: string, index: number, document: YamlDocument): Correlation {
  const given = fields['correlation']
  if (!isFields(given)) throw new Problem('The correlation is a map: type, rules, group-by, timespan, condition.')
  const typeText = textOf(given, 'type')?.toLowerCase()
  const type = correlationTypes.find(known => known === typeText)
  if (type === undefined)
    throw new Problem(
      typeText === undefined
        ? `The type is missing: one of ${correlationTypes.join(', ')}.`
        : `There is no type ${JSON.stringify(typeText)}: it is one of ${correlationTypes.join(', ')}.`,
      ['type'],
      typeText === undefined ? undefined : nearest(typeText, correlationTypes)
    )
  const temporal = type === 'temporal' || type === 'temporal_ordered'
  const rules = textsOf(given, 'rules')
  const condition = conditionOf(given['condition'], temporal, rules)
  if (rules.length === 0 && condition.ruleCondition !== undefined) rules.push(...rulesIn(condition.ruleCondition))
  if (rules.length === 0)
    throw new Problem('The rules are missing: ids or names of the rules that it is about.', ['rules'])
  if (rules.length > rulesMax) throw new Problem(`More than ${rulesMax} rules.`, ['rules'])
  if (type !== 'event_count' && !temporal && condition.valueFields.length === 0)
    throw new Problem(`${type} needs a field: condition: { field: …, gte: … }.`, ['condition'])
  const groupBy = textsOf(given, 'group-by')
  if (groupBy.length > groupFieldsMax) throw new Problem(`More than ${groupFieldsMax} fields.`, ['group-by'])
  return {
    ...aboutOf(fields, file, index, document, ''),
    type,
    rules: [...new Set(rules)],
    groupBy,
    timespanMs: timespanMs(given['timespan'] ?? given['timeframe'], 'timespan'),
    ...condition,
    aliases: aliasesOf(given['aliases']),
    generate: (given['generate'] ?? fields['generate']) === true
  }
}

type Condition = Pick<Correlation, 'comparisons' | 'ruleCondition' | 'valueFields' | 'percentile'>

function conditionOf(given: unknown, temporal: boolean, rules: readonly string[]): Condition {
  const path = ['condition']
  if (given === undefined || given === null) {
    if (temporal) return { comparisons: [{ op: 'gte', value: rules.length }], valueFields: [] }
    throw new Problem('The condition is missing: condition: { gte: 10 }.', path)
  }
  if (typeof given === 'string') {
    if (!temporal) throw new Problem('Only temporal correlations have a condition over rules.', path, 'gte: 10')
    return { comparisons: [], valueFields: [], ruleCondition: parseRuleCondition(given) }
  }
  if (!isFields(given)) throw new Problem('The condition is a map: gte: 10.', path)
  const comparisons: Comparison[] = []
  for (const [key, value] of Object.entries(given)) {
    if (key === 'field' || key === 'percentile') continue
    const op = comparisonOperators.find(known => known === key)
    if (op === undefined)
      throw new Problem(
        `There is no comparison ${JSON.stringify(key)}: it is one of ${comparisonOperators.join(', ')}.`,
        [...path, key],
        nearest(key, comparisonOperators)
      )
    const number = typeof value === 'string' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isFinite(number))
      throw new Problem(`${key} takes a number.`, [...path, key])
    comparisons.push({ op, value: number })
  }
  if (comparisons.length === 0) {
    if (!temporal) throw new Problem('The condition compares with nothing: gte: 10.', path)
    comparisons.push({ op: 'gte', value: rules.length })
  }
  const percentile = given['percentile']
  if (percentile !== undefined && (typeof percentile !== 'number' || percentile < 0 || percentile > 100))
    throw new Problem('percentile is a number from 0 to 100.', [...path, 'percentile'])
  return {
    comparisons,
    valueFields: textsOf(given, 'field'),
    ...(typeof percentile === 'number' ? { percentile } : {})
  }
}

function aliasesOf(given: unknown): Correlation['aliases'] {
  if (given === undefined || given === null) return {}
  if (!isFields(given))
    throw new Problem('aliases is a map: an alias, and under it rules with their fields.', ['aliases'])
  const out: Record<string, Record<string, string>> = {}
  for (const [alias, fields] of Object.entries(given)) {
    if (!isFields(fields)) throw new Problem(`The alias ${alias} is a map of rules and fields.`, ['aliases', alias])
    out[alias] = Object.fromEntries(
      Object.entries(fields).map(([rule, field]) => {
        if (typeof field !== 'string') throw new Problem('A field is a text.', ['aliases', alias, rule])
        return [rule, field]
      })
    )
  }
  return out
}

const word = /\s*(?:([()])|([^\s()]+))/y
const depthMax = 50

/** `a and (b or not c)` over names of rules. */
function parseRuleCondition(text: string): RuleCondition {
  const tokens: string[] = []
  word.lastIndex = 0
  for (let match = word.exec(text); match !== null; match = word.exec(text)) tokens.push(match[1] ?? match[2]!)
  let at = 0
  let depth = 0
  const is = (expected: string): boolean => tokens[at]?.toLowerCase() === expected
  const joined = (kind: 'and' | 'or', item: () => RuleCondition): RuleCondition => {
    const of = [item()]
    while (is(kind)) {
      at++
      of.push(item())
    }
    return of.length === 1 ? of[0]! : { kind, of }
  }
  const list = (): RuleCondition => joined('or', () => joined('and', term))
  const term = (): RuleCondition => {
    const found = tokens[at++]
    if (++depth > depthMax) throw new Problem(`The condition is nested deeper than ${depthMax}.`)
    let node: RuleCondition
    if (found === '(') {
      node = list()
      if (tokens[at++] !== ')') throw new Problem('A parenthesis in the condition is never closed.', ['condition'])
    } else if (found?.toLowerCase() === 'not') node = { kind: 'not', of: term() }
    else if (found === undefined || found === ')' || /^(and|or)$/i.test(found))
      throw new Problem('The name of a rule is expected in the condition.', ['condition'])
    else node = { kind: 'rule', rule: found }
    depth--
    return node
  }
  const condition = list()
  if (at < tokens.length)
    throw new Problem(`The condition has “${tokens[at]}” where and, or, or its end is expected.`, ['condition'])
  return condition
}

function rulesIn(condition: RuleCondition): string[] {
  if (condition.kind === 'rule') return [condition.rule]
  return condition.kind === 'not' ? rulesIn(condition.of) : condition.of.flatMap(rulesIn)
}

/** The correlation with ids in place of names. `idOf` is undefined for what no file holds. Throws `Problem`. */
export function linkCorrelation(
  correlation: Correlation,
  idOf: (reference: string) => string | undefined,
  known: readonly string[]
): Correlation {
  const linked = (reference: string, path: readonly (string | number)[]): string => {
    const id = idOf(reference)
    if (id === undefined)
      throw new Problem(
        `There is no rule with the id or name ${JSON.stringify(reference)}.`,
        ['correlation', ...path],
        nearest(reference, known)
      )
    return id
  }
  const relink = (condition: RuleCondition): RuleCondition =>
    condition.kind === 'rule'
      ? { kind: 'rule', rule: linked(condition.rule, ['condition']) }
      : condition.kind === 'not'
        ? { kind: 'not', of: relink(condition.of) }
        : { kind: condition.kind, of: condition.of.map(relink) }
  const { ruleCondition } = correlation
  return {
    ...correlation,
    rules: correlation.rules.map((reference, at) => linked(reference, ['rules', at])),
    aliases: Object.fromEntries(
      Object.entries(correlation.aliases).map(([alias, fields]) => [
        alias,
        Object.fromEntries(Object.entries(fields).map(([rule, field]) => [linked(rule, ['aliases', alias]), field]))
      ])
    ),
    ...(ruleCondition === undefined ? {} : { ruleCondition: relink(ruleCondition) })
  }
}

/** Correlations that come back to themselves, by their ids. */
export function circular(correlations: readonly Correlation[]): Set<string> {
  const byId = new Map(correlations.map(correlation => [correlation.id, correlation]))
  const done = new Map<string, boolean>()
  const visit = (id: string, path: readonly string[]): boolean => {
    if (path.includes(id)) return true
    const known = done.get(id)
    if (known !== undefined) return known
    const correlation = byId.get(id)
    const found = correlation?.rules.some(rule => visit(rule, [...path, id])) ?? false
    done.set(id, found)
    return found
  }
  return new Set(correlations.filter(({ id }) => visit(id, [])).map(({ id }) => id))
}

/** Under which names an event of this rule holds a field (or alias) of a correlation, the likeliest first. */
export function groupFields(correlation: Correlation, field: string, rule: SigmaRule): readonly [string, ...string[]] {
  const alias = Object.hasOwn(correlation.aliases, field) ? correlation.aliases[field]![rule.id] : undefined
  return namesOf(rule.logsource)(alias ?? field)
}
