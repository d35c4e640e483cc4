/** How a value of an observed object compares with a literal (STIX 2.1, 9.6). Values of types that do not go together are not equal and have no order. */

import { parseCidr } from '../../filter/address.ts'
import { compileRegex } from '../../filter/literals.ts'
import { escapeWildcard, wildcardMatcher } from '../../filter/wildcard.ts'
import { type Literal, type Operator, timeValue } from './pattern.ts'

/** A JSON value, or the bytes that a property named `…_hex` or `…_bin` stands for. */
export type Value =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly value: string }

/** The world (the data) does not fit the pattern: a time is compared with a text that is none. */
export class CompareError extends Error {}

export type ValueTest = (value: Value) => boolean

/** A test of single values; a text says why there can be none. */
export function compileTest(op: Operator, literals: readonly Literal[]): ValueTest | string {
  const literal = literals[0]
  switch (op) {
    case 'IN':
      return value => literals.some(literal => equal(value, literal))
    case '=':
      return value => equal(value, literal!)
    case '!=':
      return value => !equal(value, literal!)
    case '<':
      return value => ordered(value, literal!, order => order < 0)
    case '<=':
      return value => ordered(value, literal!, order => order <= 0)
    case '>':
      return value => ordered(value, literal!, order => order > 0)
    case '>=':
      return value => ordered(value, literal!, order => order >= 0)
    case 'LIKE': {
      const matches = wildcardMatcher(likePattern(textOf(literal!).normalize('NFC')), true)
      return value => {
        const text = textual(value)
        return text !== undefined && matches(text.normalize('NFC'))
      }
    }
    case 'MATCHES': {
      const regex = compileRegex(textOf(literal!).normalize('NFC'), true)
      if (!regex.ok) return `no regular expression that runs in linear time: ${regex.reason}`
      return value => {
        const text = textual(value)
        return text !== undefined && regex.test(value.kind === 'bytes' ? text : text.normalize('NFC'))
      }
    }
    case 'ISSUBSET': {
      const outer = networkOf(textOf(literal!))
      if (outer === undefined) return `no network: ${textOf(literal!)}`
      return value => {
        const inner = value.kind === 'json' && typeof value.value === 'string' ? networkOf(value.value) : undefined
        return inner !== undefined && within(inner, outer)
      }
    }
    case 'ISSUPERSET': {
      const inner = networkOf(textOf(literal!))
      if (inner === undefined) return `no address and no network: ${textOf(literal!)}`
      return value => {
        const outer = value.kind === 'json' && typeof value.value === 'string' ? networkOf(value.value) : undefined
        return outer !== undefined && within(inner, outer)
      }
    }
  }
}

const textOf = (literal: Literal): string => String(literal.value)

/** LIKE's `%` and `_` as the wildcards `*` and `?`. */
export function likePattern(like: string): string {
  return escapeWildcard(like).replaceAll('%', '*').replaceAll('_', '?')
}

function textual(value: Value): string | undefined {
  if (value.kind === 'bytes') return value.value
  return typeof value.value === 'string' ? value.value : undefined
}

function timeOf(value: Value): string | undefined {
  if (value.kind !== 'json' || typeof value.value !== 'string') return undefined
  const time = timeValue(value.value)
  if (time === undefined) throw new CompareError(`no timestamp: ${value.value.slice(0, 60)}`)
  return time
}

function equal(value: Value, literal: Literal): boolean {
  if (literal.kind === 'time') return timeOf(value) === literal.value
  if (value.kind === 'bytes')
    return (literal.kind === 'bytes' || literal.kind === 'string') && value.value === literal.value
  if (literal.kind === 'bytes') return value.value === literal.value
  return value.value === literal.value
}

function ordered(value: Value, literal: Literal, passes: (order: number) => boolean): boolean {
  let left: string | number | undefined
  if (literal.kind === 'time') left = timeOf(value)
  else if (literal.kind === 'number')
    left = value.kind === 'json' && typeof value.value === 'number' ? value.value : undefined
  else left = textual(value)
  if (left === undefined) return false
  // A text goes together with bytes only if each of its characters is one.
  const other = literal.kind === 'bytes' ? textual(value) : value.kind === 'bytes' ? textOf(literal) : undefined
  if (other !== undefined && !isBytes(other)) return false
  const right = literal.value
  return passes(left < right ? -1 : left > right ? 1 : 0)
}

function isBytes(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false
  return true
}

type Range = { readonly first: Uint8Array; readonly last: Uint8Array; readonly four: boolean }

function networkOf(text: string): Range | undefined {
  const four = !text.includes(':')
  const network = parseCidr(text.includes('/') ? text : `${text}/${four ? 32 : 128}`)
  return network === undefined ? undefined : { ...network, four }
}

function within(inner: Range, outer: Range): boolean {
  return inner.four === outer.four && compare(outer.first, inner.first) <= 0 && compare(inner.last, outer.last) <= 0
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}
