/**
 * Allow lists, compiled: does one of them say that a value is never to count as a hit? Asked of each hit, and of each indicator that is
 * to be published; hits are rare, so this may take microseconds, but never more than the value's length allows.
 */

import { RE2JS } from 're2js'
import { ipText, writeIp } from '../core/ip.ts'
import { parseCidr } from '../filter/address.ts'
import type { IndicatorType } from './indicator.ts'

/**
 * As MISP has them. `string`: the very value. `hostname`: the domain and all below it. `cidr`: addresses, and networks that lie within.
 * `substring`: anywhere in the value. `regex`: RE2's syntax (linear time), found anywhere in the value. Letter case does not count.
 */
export type AllowKind = 'string' | 'hostname' | 'cidr' | 'substring' | 'regex'

export type AllowedValues = {
  readonly name: string
  readonly kind: AllowKind
  /** The types of indicators that the list speaks of; empty: all. */
  readonly types: readonly IndicatorType[]
  readonly values: readonly string[]
}

export type AllowLists = {
  /** The name of the first list that allows it. */
  allows(type: IndicatorType, value: string): string | undefined
  /** What could not be understood: a list's name and its entry. */
  readonly problems: readonly { readonly list: string; readonly value: string; readonly message: string }[]
}

export const noAllowLists: AllowLists = { allows: () => undefined, problems: [] }

const substringsMax = 20_000
const expressionsMax = 2_000
const problemsMax = 100

type Compiled = {
  readonly name: string
  readonly types: readonly IndicatorType[]
  readonly allows: (type: IndicatorType, value: string) => boolean
}

export function compileAllowLists(lists: readonly AllowedValues[]): AllowLists {
  const problems: { list: string; value: string; message: string }[] = []
  const compiled = lists.map((list): Compiled => {
    const tell = (value: string, message: string) => {
      if (problems.length < problemsMax) problems.push({ list: list.name, value, message })
    }
    return { name: list.name, types: list.types, allows: compile(list, tell) }
  })
  if (compiled.length === 0) return noAllowLists
  return {
    problems,
    allows(type, given) {
      const value = given.toLowerCase()
      for (const list of compiled)
        if ((list.types.length === 0 || list.types.includes(type)) && list.allows(type, value)) return list.name
      return undefined
    }
  }
}

type Test = (type: IndicatorType, value: string) => boolean

function compile({ kind, values }: AllowedValues, tell: (value: string, message: string) => void): Test {
  switch (kind) {
    case 'string': {
      const set = new Set(values.map(value => value.trim().toLowerCase()))
      return (_type, value) => set.has(value)
    }
    case 'hostname': {
      const set = new Set(
        values.map(value =>
          value
            .trim()
            .toLowerCase()
            .replace(/^[*.]+|\.+$/g, '')
        )
      )
      return (type, value) => {
        for (let name = hostOf(type, value); name !== ''; ) {
          if (set.has(name)) return true
          const dot = name.indexOf('.')
          name = dot < 0 ? '' : name.slice(dot + 1)
        }
        return false
      }
    }
    case 'cidr':
      return compileNetworks(values, tell)
    case 'substring': {
      const parts = values.map(value => value.trim().toLowerCase()).filter(value => value !== '')
      if (parts.length > substringsMax) tell('', `only the first ${substringsMax} of ${parts.length} entries are used`)
      const used = parts.slice(0, substringsMax)
      return (_type, value) => used.some(part => value.includes(part))
    }
    case 'regex': {
      const expressions: RE2JS[] = []
      for (const value of values.slice(0, expressionsMax)) {
        try {
          expressions.push(RE2JS.compile(withoutDelimiters(value), RE2JS.CASE_INSENSITIVE))
        } catch (error) {
          tell(value, `is no expression that runs in linear time: ${error instanceof Error ? error.message : error}`)
        }
      }
      if (values.length > expressionsMax)
        tell('', `only the first ${expressionsMax} of ${values.length} entries are used`)
      return (_type, value) => expressions.some(expression => expression.test(value))
    }
  }
}

/** MISP writes some as `/…/i`. */
function withoutDelimiters(text: string): string {
  return /^\/(.*)\/[a-z]*$/s.exec(text)?.[1] ?? text
}

/** The name that an indicator speaks of; '' if none. */
function hostOf(type: IndicatorType, value: string): string {
  if (type === 'email') return value.slice(value.lastIndexOf('@') + 1)
  if (type === 'url') return URL.parse(value)?.hostname ?? ''
  return value
}

/** Sorted, merged ranges of addresses as 32 hexadecimal digits, so that texts compare as numbers do. */
function compileNetworks(values: readonly string[], tell: (value: string, message: string) => void): Test {
  const ranges: [string, string][] = []
  for (const given of values) {
    const value = given.trim()
    const range = rangeOf(value)
    if (range === undefined) tell(value, 'is no address and no network')
    else ranges.push(range)
  }
  ranges.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
  const firsts: string[] = []
  const lasts: string[] = []
  for (const [first, last] of ranges) {
    const end = lasts.at(-1)
    if (end !== undefined && first <= end) {
      if (last > end) lasts[lasts.length - 1] = last
    } else {
      firsts.push(first)
      lasts.push(last)
    }
  }
  return (type, value) => {
    const text = type === 'url' ? hostOf(type, value).replace(/^\[|\]$/g, '') : value
    const range = rangeOf(text)
    if (range === undefined) return false
    let low = 0
    let high = firsts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (firsts[middle]! <= range[0]) low = middle + 1
      else high = middle
    }
    return low > 0 && range[1] <= lasts[low - 1]!
  }
}

const bytes = new Uint8Array(16)

function rangeOf(text: string): [string, string] | undefined {
  if (writeIp(text, bytes, 0)) {
    const address = hexOf(bytes)
    return [address, address]
  }
  const network = parseCidr(text)
  return network === undefined ? undefined : [hexOf(network.first), hexOf(network.last)]
}

function hexOf(address: Uint8Array): string {
  let text = ''
  for (const byte of address) text += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16)
  return text
}

/** All networks that an address lies in, as indicators write them, the narrowest first: `192.0.2.6/31`, `192.0.2.4/30` … */
export function networksAround(address: string): string[] {
  const first = new Uint8Array(16)
  if (!writeIp(address, first, 0)) return []
  const offset = address.includes(':') ? 0 : 96
  const found: string[] = []
  for (let prefix = 127; prefix >= offset; prefix--) {
    first[prefix >> 3] = first[prefix >> 3]! & ~(0x80 >> (prefix & 7))
    found.push(`${offset === 96 && prefix === 96 ? '0.0.0.0' : ipText(first, 0)}/${prefix - offset}`)
  }
  return found
}
