/** Fields made of other fields: templates, expressions, rules, and what a record before had. */

import { argumentOf, type FieldSpec } from '../config.ts'
import { compileExpression, isTrue, readExpression } from '../expressions/compile.ts'
import {
  choiceField,
  type Field,
  type FieldContext,
  numberField,
  type Scalar,
  type Slots,
  scalarJson,
  scalarText,
  textField
} from '../field.ts'
import { ProblemError, within } from '../problem.ts'
import { compileTemplate, readTemplate, templateNames } from '../template.ts'
import { missing } from './simple.ts'

export function template(spec: FieldSpec, context: FieldContext): Field {
  const text = argumentOf<string>(spec)
  if (text === undefined) throw missing('template')
  return textField(compileTemplate(readTemplate(text), context.target))
}

export function expression(spec: FieldSpec, context: FieldContext): Field {
  const text = argumentOf<string>(spec)
  if (text === undefined) throw missing(spec.type)
  const { type, run } = compileExpression(readExpression(text).tree, context)
  if (type === 'number') return numberField(run as (slots: Slots) => number)
  return { type, draw: run, value: raw => raw as Scalar, json: scalarJson, text: scalarText }
}

type Rules = Readonly<Record<string, string>> | readonly { readonly if?: string; readonly value: Scalar }[]
type Rule = { readonly condition: string | undefined; readonly value: Scalar; readonly key: string | number }

function listOf(rules: Rules): Rule[] {
  if (Array.isArray(rules))
    return rules.map((rule: { if?: string; value: Scalar }, key) => ({ condition: rule.if, value: rule.value, key }))
  return Object.entries(rules).map(([key, condition]) => ({ condition, value: key, key }))
}

export function rules(spec: FieldSpec, context: FieldContext): Field {
  const given = argumentOf<Rules>(spec)
  if (given === undefined) throw missing('rules')
  const list = listOf(given)
  if (list.length === 0) throw new ProblemError('has no rules')
  const tests = list.map(({ condition, key }) =>
    within(['rules', key], () =>
      condition === undefined || condition.trim() === '' || condition.trim() === 'else'
        ? () => true
        : compileExpression(readExpression(condition).tree, context).run
    )
  )
  const none = list.length
  return choiceField([...list.map(({ value }) => value), null], slots => {
    for (let i = 0; i < none; i++) if (isTrue(tests[i]!(slots))) return i
    return none
  })
}

/** The names that a field of these kinds refers to, within its own record. */
export function namesOf(spec: FieldSpec): string[] {
  const condition = spec.when === undefined ? [] : within(['when'], () => readExpression(spec.when!).names)
  return [...condition, ...namesOfKind(spec)]
}

function namesOfKind(spec: FieldSpec): string[] {
  switch (spec.type) {
    case 'template':
      return templateNames(readTemplate(argumentOf<string>(spec) ?? ''))
    case 'expression':
    case 'mathExpression': {
      const text = argumentOf<string>(spec)
      return text === undefined ? [] : [...readExpression(text).names]
    }
    case 'rules':
      return listOf(argumentOf<Rules>(spec) ?? []).flatMap(({ condition, key }) =>
        condition === undefined || condition.trim() === '' || condition.trim() === 'else'
          ? []
          : within(['rules', key], () => readExpression(condition).names)
      )
    default:
      return []
  }
}

/** The condition under which a field is there. */
export function condition(spec: FieldSpec, context: FieldContext): ((slots: Slots) => boolean) | undefined {
  if (spec.when === undefined) return undefined
  const { run } = within(['when'], () => compileExpression(readExpression(spec.when!).tree, context))
  return slots => isTrue(run(slots))
}

/** The value of a field of a record before: of the last one, or of one of the last few at random. Null in the first. */
export function earlier(spec: FieldSpec, context: FieldContext): Field {
  const back = (spec['back'] as number | undefined) ?? 1
  const target = context.earlier(spec['reference'] as string)
  const ring: unknown[] = []
  let next = 0
  context.onRecord(slots => {
    if (ring.length < back) ring.push(slots[target.slot])
    else ring[next] = slots[target.slot]
    next = (next + 1) % back
  })
  // Wrapped, so that "none yet" differs from whatever is raw to the other field.
  return {
    type: 'any',
    draw: () => (ring.length === 0 ? none : ring[ring.length === 1 ? 0 : context.random.below(ring.length)]),
    value: raw => (raw === none ? null : target.field!.value(raw)),
    json: raw => (raw === none ? 'null' : target.field!.json(raw)),
    text: raw => (raw === none ? '' : target.field!.text(raw))
  }
}

const none = Symbol('none')
