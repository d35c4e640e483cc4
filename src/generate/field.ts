/**
 * A compiled field. What it draws is kept raw in the record's slots (a number, a place in a list, a time in milliseconds) and becomes text only
 * when it is written: lists and pools then have their JSON ready, and a number that only an expression reads is never printed.
 */

import type { Random } from './random.ts'

export type Scalar = string | number | boolean | null
/** The raw values of the record that is being made, by slot. */
export type Slots = unknown[]

/** What is known of a field's values before the first is drawn. */
export type ValueType = 'number' | 'text' | 'any'

export type Field = {
  readonly type: ValueType
  readonly draw: (slots: Slots) => unknown
  /** The value for expressions. */
  readonly value: (raw: unknown) => Scalar
  /** As JSON. */
  readonly json: (raw: unknown) => string
  /** As it stands in a template or a cell; null and what is absent are empty. */
  readonly text: (raw: unknown) => string
  /** The values that it can have, where they are known: for what a distribution asks. */
  readonly values?: readonly Scalar[] | undefined
}

/** A field that others refer to. Its compiled form is there once all fields are compiled, and at once for those that come before. */
export type Target = { readonly slot: number; readonly name: string; field: Field | undefined }

/** What a kind of field is compiled with. */
export type FieldContext = {
  readonly random: Random
  /** The run's clock in milliseconds since 1970: real time, or with a seed the record's own time. */
  readonly now: () => number
  /** A field of the same record, by the name that is written; throws where there is none. */
  readonly target: (name: string) => Target & { readonly field: Field }
  /** A field of records before: may come later in the order. */
  readonly earlier: (name: string) => Target
  /** To be called when a record is complete. */
  readonly onRecord: (done: (slots: Slots) => void) => void
  readonly fakers: Fakers
}

/** Makes values by the names of faker's methods; loaded before compiling, for the locales that are wanted. */
export type Fakers = (locale: string, seed: number) => FakerMethods
export type FakerMethods = {
  readonly names: readonly string[]
  readonly call: (name: string, args: readonly unknown[]) => unknown
}

export function quoted(text: string): string {
  return JSON.stringify(text)
}

/** Texts that need no escape: digits, hexadecimal, colons. */
export const plainQuoted = (raw: unknown): string => `"${raw as string}"`
export const asText = (raw: unknown): string => raw as string
export const asScalar = (raw: unknown): Scalar => raw as Scalar

/** Numbers that JSON does not have are null. */
export function numberJson(raw: unknown): string {
  const number = raw as number
  return Number.isFinite(number) ? `${number}` : 'null'
}

export function scalarJson(raw: unknown): string {
  if (typeof raw === 'string') return quoted(raw)
  if (typeof raw === 'number') return numberJson(raw)
  return raw === undefined ? 'null' : String(raw)
}

export function scalarText(raw: unknown): string {
  if (raw === null || raw === undefined) return ''
  if (typeof raw === 'number') return Number.isFinite(raw) ? `${raw}` : ''
  return String(raw)
}

export const numberField = (draw: (slots: Slots) => number): Field => ({
  type: 'number',
  draw,
  value: asScalar,
  json: numberJson,
  text: scalarText
})

/** Texts that may hold anything. */
export const textField = (draw: (slots: Slots) => string): Field => ({
  type: 'text',
  draw,
  value: asScalar,
  json: raw => quoted(raw as string),
  text: asText
})

/** Texts that hold nothing which JSON escapes. */
export const plainField = (draw: (slots: Slots) => string): Field => ({
  type: 'text',
  draw,
  value: asScalar,
  json: plainQuoted,
  text: asText
})

/** One of several values of any shape; raw is its place. */
export function choiceField(values: readonly unknown[], draw: (slots: Slots) => number): Field {
  const json = values.map(value => JSON.stringify(value) ?? 'null')
  const scalars = values.map((value, at): Scalar => (isScalar(value) ? value : json[at]!))
  const texts = values.map((value, at) => (isScalar(value) ? scalarText(value) : json[at]!))
  return {
    type: values.every(value => typeof value === 'number')
      ? 'number'
      : values.every(value => typeof value === 'string')
        ? 'text'
        : 'any',
    draw,
    value: raw => scalars[raw as number]!,
    json: raw => json[raw as number]!,
    text: raw => texts[raw as number]!,
    values: scalars
  }
}

export function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
