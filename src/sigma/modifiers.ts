/**
 * The modifiers of a field's values (`field|contains|all: …`), applied from left to right as the specification's appendix has them.
 * Each value becomes one or more alternatives; the last form of each says how it is compared (`clause.ts`).
 */

import { nearest } from '../core/nearest.ts'
import { type RangeOperator, type Relation, type TimePart, timeParts } from '../filter/expression.ts'
import { escapeRegex } from '../filter/tokens.ts'
import type { WildcardPart } from '../filter/wildcard.ts'
import { base64, base64Offsets, textOfBytes, utf8, utf16 } from './encodings.ts'
import { Problem } from './problem.ts'
import { containing, endingWith, joinParts, type Parts, partsOf, plainText, startingWith } from './sigma-string.ts'
import { dashAlternatives, windashAlternativesMax } from './windash.ts'

/** A value on its way through the modifiers. */
export type Value =
  | { readonly kind: 'text'; readonly parts: Parts; readonly cased: boolean }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'truth'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'regex'; readonly pattern: string; readonly flags: string }
  | { readonly kind: 'cidr'; readonly network: string }
  | { readonly kind: 'compare'; readonly op: RangeOperator; readonly value: number }
  | { readonly kind: 'timePart'; readonly part: TimePart; readonly op: RangeOperator | 'eq'; readonly value: number }
  | {
      readonly kind: 'field'
      readonly name: string
      readonly how: Relation
      readonly cased: boolean
    }
  | { readonly kind: 'exists'; readonly value: boolean }

export type Modified = {
  /** A value of the rule each, with its alternatives. */
  readonly values: readonly (readonly Value[])[]
  /** Must all values match, not one of them? */
  readonly all: boolean
  readonly negated: boolean
  /** Was the value bound to an end of the field's content? Keywords are not. */
  readonly bound: boolean
}

export type Placeholders = (name: string) => readonly string[] | undefined

type Modifier = (value: Value, placeholders: Placeholders) => Value | readonly Value[]

const typeNames: Readonly<Record<Value['kind'], string>> = {
  text: 'a text',
  bytes: 'encoded text',
  number: 'a number',
  truth: 'true or false',
  null: 'null',
  regex: 'a regular expression',
  cidr: 'a network',
  compare: 'a comparison',
  timePart: 'a part of a time',
  field: 'a reference to a field',
  exists: 'a question whether the field exists'
}

function wrong(name: string, value: Value, wanted: string): Problem {
  return new Problem(`The modifier ${name} takes ${wanted}, and this is ${typeNames[value.kind]}.`)
}

/** Numbers, true and false are texts where a text is asked for. */
function textOf(name: string, value: Value): Extract<Value, { kind: 'text' }> {
  if (value.kind === 'text') return value
  if (value.kind === 'number' || value.kind === 'truth')
    return { kind: 'text', parts: [{ text: String(value.value) }], cased: false }
  if (value.kind === 'bytes') return { kind: 'text', parts: [{ text: textOfBytes(value.bytes) }], cased: false }
  throw wrong(name, value, 'a text')
}

function plainOf(name: string, value: Value): string {
  const text = plainText(textOf(name, value).parts)
  if (text === undefined)
    throw new Problem(`The modifier ${name} takes no wildcards; write \\* or \\? for the characters themselves.`)
  return text
}

function bytesOf(name: string, value: Value): Uint8Array {
  return value.kind === 'bytes' ? value.bytes : utf8(plainOf(name, value))
}

function numberOf(name: string, value: Value): number {
  if (value.kind === 'number') return value.value
  const text = value.kind === 'text' ? plainText(value.parts) : undefined
  const number = text === undefined || !/^[+-]?\d+(\.\d+)?$/.test(text) ? Number.NaN : Number(text)
  if (Number.isNaN(number)) throw wrong(name, value, 'a number')
  return number
}

const bound = (
  name: string,
  how: 'startsWith' | 'endsWith' | 'contains',
  change: (parts: Parts) => Parts,
  regex: (pattern: string) => string
): Modifier => {
  return value => {
    if (value.kind === 'field') return { ...value, how }
    if (value.kind === 'regex') return { ...value, pattern: regex(value.pattern) }
    const text = textOf(name, value)
    return { ...text, parts: change(text.parts) }
  }
}

const flag =
  (name: string, letter: string): Modifier =>
  value => {
    if (value.kind !== 'regex') throw new Problem(`The modifier ${name} stands after re: field|re|${letter}.`)
    return { ...value, flags: value.flags.includes(letter) ? value.flags : value.flags + letter }
  }

const compare =
  (op: RangeOperator): Modifier =>
  value =>
    value.kind === 'timePart' ? { ...value, op } : { kind: 'compare', op, value: numberOf(op, value) }

const timePart =
  (part: TimePart): Modifier =>
  value =>
    value.kind === 'compare'
      ? { kind: 'timePart', part, op: value.op, value: value.value }
      : { kind: 'timePart', part, op: 'eq', value: numberOf(part, value) }

const encode =
  (name: string, order: 'le' | 'be', mark: boolean): Modifier =>
  value => ({ kind: 'bytes', bytes: utf16(plainOf(name, value), order, mark) })

const text = (plain: string): Value => ({ kind: 'text', parts: plain === '' ? [] : [{ text: plain }], cased: false })

const ignoreCase = flag('i', 'i')
const multiLine = flag('m', 'm')
const dotAll = flag('s', 's')
const wide = encode('wide', 'le', false)

const modifiers: ReadonlyMap<string, Modifier> = new Map<string, Modifier>([
  ['contains', bound('contains', 'contains', containing, pattern => pattern)],
  ['startswith', bound('startswith', 'startsWith', startingWith, pattern => `^(?:${pattern})`)],
  ['endswith', bound('endswith', 'endsWith', endingWith, pattern => `(?:${pattern})$`)],
  ['re', value => ({ kind: 'regex', pattern: sourceOf(textOf('re', value).parts), flags: '' })],
  ['i', ignoreCase],
  ['ignorecase', ignoreCase],
  ['m', multiLine],
  ['multiline', multiLine],
  ['s', dotAll],
  ['dotall', dotAll],
  ['cased', value => cased(value)],
  ['cidr', value => ({ kind: 'cidr', network: plainOf('cidr', value) })],
  ['base64', value => text(base64(bytesOf('base64', value)))],
  ['base64offset', value => base64Offsets(bytesOf('base64offset', value)).map(text)],
  ['wide', wide],
  ['utf16le', encode('utf16le', 'le', false)],
  ['utf16be', encode('utf16be', 'be', false)],
  ['utf16', encode('utf16', 'le', true)],
  ['windash', windash],
  ['expand', expand],
  ['fieldref', value => ({ kind: 'field', name: plainOf('fieldref', value), how: 'equals', cased: false })],
  ['exists', value => exists(value)],
  ['gt', compare('gt')],
  ['gte', compare('gte')],
  ['lt', compare('lt')],
  ['lte', compare('lte')],
  ...timeParts.map(part => [part, timePart(part)] as const)
])

const listModifiers = ['all', 'neq']
const known = [...modifiers.keys(), ...listModifiers]
const modifiersMax = 12
const alternativesMax = 20_000

/** Values as they are, with the modifiers of this list. Throws `Problem`. */
export function modify(values: readonly Value[], names: readonly string[], placeholders: Placeholders): Modified {
  if (names.length > modifiersMax) throw new Problem(`More than ${modifiersMax} modifiers.`)
  let all = false
  let negated = false
  let isBound = false
  // A regular expression is taken as it is written: no wildcards in it, no escapes.
  const raw = names.includes('re')
  let current: (readonly Value[])[] = values.map(value => [raw ? verbatim(value) : value])
  for (const name of names) {
    if (name === 'all') all = true
    else if (name === 'neq') negated = true
    else {
      const modifier = modifiers.get(name)
      if (modifier === undefined) {
        const near = nearest(name, known)
        throw new Problem(`There is no modifier ${JSON.stringify(name)}.`, [], near)
      }
      if (name === 'startswith' || name === 'endswith' || name === 'exists') isBound = true
      current = current.map(alternatives => alternatives.flatMap(value => modifier(value, placeholders)))
      if (current.reduce((sum, { length }) => sum + length, 0) > alternativesMax)
        throw new Problem(`The modifiers make more than ${alternativesMax} values.`)
    }
  }
  return { values: current, all, negated, bound: isBound }
}

const sources = new WeakMap<object, string>()

/** The value of YAML. */
export function yamlValue(source: unknown): Value {
  if (source === null || source === undefined) return { kind: 'null' }
  if (typeof source === 'number' || typeof source === 'bigint') return { kind: 'number', value: Number(source) }
  if (typeof source === 'boolean') return { kind: 'truth', value: source }
  if (typeof source !== 'string') throw new Problem('A value is a text, a number, true, false or null.')
  const value: Value = { kind: 'text', parts: partsOf(source), cased: false }
  sources.set(value, source)
  return value
}

function verbatim(value: Value): Value {
  const source = sources.get(value)
  return value.kind === 'text' && source !== undefined ? text(source) : value
}

/** The text of a regular expression, which may hold placeholders that were filled in. */
function sourceOf(parts: Parts): string {
  return parts.map(part => (typeof part === 'string' ? part : part.text)).join('')
}

function cased(value: Value): Value {
  if (value.kind === 'field') return { ...value, cased: true }
  if (value.kind === 'regex') return value
  return { ...textOf('cased', value), cased: true }
}

function exists(value: Value): Value {
  if (value.kind === 'truth') return { kind: 'exists', value: value.value }
  const word = value.kind === 'text' ? plainText(value.parts)?.toLowerCase() : undefined
  if (word !== 'true' && word !== 'false') throw wrong('exists', value, 'true or false')
  return { kind: 'exists', value: word === 'true' }
}

function windash(value: Value): readonly Value[] {
  const given = textOf('windash', value)
  const found = dashAlternatives(given.parts)
  if (found === undefined)
    throw new Problem(`windash would make more than ${windashAlternativesMax} values of this one; split it.`)
  return found.map(parts => ({ ...given, parts }))
}

const placeholder = /(?<!\\)%(\w+)%/g

function expand(value: Value, placeholders: Placeholders): readonly Value[] {
  if (value.kind === 'regex') {
    const choices = alternativesOf([{ text: value.pattern }], name =>
      valuesOf(name, placeholders).map(one => [{ text: escapeRegex(one) }])
    )
    return choices.map(parts => ({ ...value, pattern: sourceOf(parts) }))
  }
  const given = textOf('expand', value)
  const choices = alternativesOf(given.parts, name => valuesOf(name, placeholders).map(partsOf))
  return choices.map(parts => ({ ...given, parts: joinParts(parts) }))
}

function valuesOf(name: string, placeholders: Placeholders): readonly string[] {
  const values = placeholders(name)
  if (values === undefined)
    throw new Problem(`There is no list for the placeholder %${name}%: make a lookup table named ${name}.`)
  return values
}

/** The parts with each placeholder's values in its place. */
function alternativesOf(
  parts: Parts,
  choicesOf: (name: string) => readonly Parts[]
): readonly (readonly WildcardPart[])[] {
  let found: (readonly WildcardPart[])[] = [[]]
  const append = (choices: readonly Parts[]): void => {
    if (found.length * choices.length > alternativesMax)
      throw new Problem(`The placeholders make more than ${alternativesMax} values.`)
    found = found.flatMap(before => choices.map(choice => [...before, ...choice]))
  }
  for (const part of parts) {
    if (typeof part === 'string') {
      append([[part]])
      continue
    }
    let from = 0
    const literal = (to: number): void => append([[{ text: part.text.slice(from, to).replaceAll('\\%', '%') }]])
    for (const match of part.text.matchAll(placeholder)) {
      literal(match.index)
      append(choicesOf(match[1]!))
      from = match.index + match[0].length
    }
    literal(part.text.length)
  }
  return found
}
