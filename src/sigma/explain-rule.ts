/**
 * Why a rule matches an event, or why not: each clause of its detection in its own words, the field of the event that it read, the value
 * there, and whether it holds. The tree is made from the rule's text anew; its parts are asked with the stream's predicate.
 */

import type { EcsEvent } from '../core/parser.ts'
import { anyText, valuesOf } from '../filter/event-values.ts'
import { explain } from '../filter/explain.ts'
import { type Expression, type FieldTest, fieldNames, otherNames, testsOf } from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { anyField, fieldsBehind } from '../filter/virtual-fields.ts'
import { type Fields, isFields, textOf } from './about.ts'
import type { Clause } from './clause.ts'
import { detectionClause, loweringFor } from './parse-rules.ts'
import type { Logsource, ParseOptions, SigmaRule } from './rule.ts'
import { readDocuments } from './yaml.ts'

export type ClauseResult = {
  readonly kind: 'and' | 'or' | 'not' | 'test'
  /** The clause as the rule has it: `Image|endswith: \cmd.exe`, `1 of selection_*`. */
  readonly text: string
  readonly result: boolean
  /** Of a test: the field of the event that was read: where the value passed, else the first that the event has, else the likeliest. */
  readonly field?: string
  /** What stood there; undefined where the event has no such field. Long values are cut. */
  readonly value?: string
  readonly of?: readonly ClauseResult[]
}

const valueLengthMax = 500
const valuesShownMax = 5

/** `options` as the rule was parsed with. */
export function explainRule(rule: SigmaRule, event: EcsEvent, options: ParseOptions = {}): ClauseResult {
  const parts: ClauseResult[] = [
    {
      kind: 'test',
      text: `logsource: ${logsourceText(rule.logsource)} (${explain(rule.route)})`,
      result: toPredicate(rule.route)(event)
    }
  ]
  const fields = fieldsOf(rule.text)
  const detection = fields?.['detection']
  if (fields !== undefined && isFields(detection)) {
    const lowering = loweringFor(rule.logsource, textOf(fields, 'taxonomy'), options)
    parts.push(
      asked(
        detectionClause(detection, lowering, () => {}),
        event
      )
    )
    for (const { title, text } of rule.filters ?? []) {
      const filter = fieldsOf(text)?.['filter']
      if (!isFields(filter)) continue
      const clause = detectionClause(filter, lowering, () => {})
      parts.push({ ...asked(clause, event), text: `filter ${title}: ${clause.text}` })
    }
  }
  const result = parts[0]!.result && toPredicate(rule.expression)(event)
  return { kind: 'and', text: rule.title, result, of: parts }
}

function fieldsOf(text: string): Fields | undefined {
  const value = readDocuments(text).documents[0]?.value
  return isFields(value) ? value : undefined
}

function logsourceText({ product, category, service }: Logsource): string {
  return [product, category, service].filter(part => part !== undefined).join(' / ') || 'any'
}

function asked(clause: Clause, event: EcsEvent): ClauseResult {
  const { text } = clause
  switch (clause.kind) {
    case 'and':
    case 'or': {
      const of = clause.of.map(item => asked(item, event))
      const result = clause.kind === 'and' ? of.every(one => one.result) : of.some(one => one.result)
      return { kind: clause.kind, text, result, of }
    }
    case 'not': {
      const of = asked(clause.of, event)
      return { kind: 'not', text, result: !of.result, of: [of] }
    }
    case 'test':
      return { kind: 'test', text, result: toPredicate(clause.expression)(event), ...read(clause.expression, event) }
  }
}

/** What the test looked at. */
function read(expression: Expression, event: EcsEvent): { field?: string; value?: string } {
  const tests = testsOf(expression).filter(test => 'field' in test)
  const [first] = tests
  if (first === undefined) return {}
  const passed = tests.find(test => toPredicate(test)(event)) ?? first
  if (passed.field === anyField) return readAnywhere(passed, event)
  const names = fieldNames(passed)
  const found =
    names.find(name => toPredicate(alone(passed, name))(event)) ??
    names.find(name => valueUnder(name, event) !== undefined)
  const field = found ?? names[0]!
  const value = found === undefined ? undefined : valueUnder(field, event)
  if (passed.kind !== 'sameAs') return value === undefined ? { field } : { field, value }
  const other = otherNames(passed).find(name => valueUnder(name, event) !== undefined) ?? passed.other
  return {
    field: `${field} beside ${other}`,
    value: `${value ?? '(absent)'} beside ${valueUnder(other, event) ?? '(absent)'}`
  }
}

/** The test on one of its names. */
function alone({ also: _, ...test }: FieldTest, name: string): FieldTest {
  return { ...test, field: name } as FieldTest
}

/** The first value of the event in which the keyword stands. */
function readAnywhere(test: FieldTest, event: EcsEvent): { field?: string; value?: string } {
  let found: { field: string; value: string } | undefined
  anyText(event, (text, field) => {
    if (!toPredicate({ ...test, field: 'x' } as FieldTest)({ x: text })) return false
    found = { field, value: cut(text) }
    return true
  })
  return found ?? {}
}

function valueUnder(name: string, event: EcsEvent): string | undefined {
  const values = fieldsBehind(name).flatMap(field => valuesOf(field)(event))
  if (values.length === 0) return undefined
  const more = values.length > valuesShownMax ? `, … (${values.length} values)` : ''
  return cut(values.slice(0, valuesShownMax).map(String).join(', ')) + more
}

function cut(text: string): string {
  return text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}…` : text
}
