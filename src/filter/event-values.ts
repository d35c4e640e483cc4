/**
 * An event's values as the tests see them, and where the store would keep each: in its field's column, in the map `fields`, or (as a text
 * that the column cannot give back exactly) in both. Bare words depend on the difference; it mirrors the store's encoder.
 */

import { type Column, columnOf } from '../core/columns.ts'
import { communityId } from '../core/community-id.ts'
import { ipText, writeIp } from '../core/ip.ts'
import type { EcsEvent } from '../core/parser.ts'
import { isoMs, isoText } from '../core/time.ts'
import { addressText } from './address.ts'
import { timeOfText } from './literals.ts'
import { lookIntoOf } from './virtual-fields.ts'

export type Leaf = string | number | boolean

const depthMax = 64

export function isLeaf(value: unknown): value is Leaf {
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  )
}

/** Is there a value under the path that passes? Arrays are looked into, at any place of the path. */
function anyUnder(node: unknown, path: readonly string[], from: number, test: (leaf: Leaf) => boolean): boolean {
  let value = node
  for (let i = from; i < path.length; i++) {
    if (typeof value !== 'object' || value === null) return false
    if (Array.isArray(value)) {
      for (const item of value) if (anyUnder(item, path, i, test)) return true
      return false
    }
    value = (value as Record<string, unknown>)[path[i]!]
  }
  if (isLeaf(value)) return test(value)
  if (!Array.isArray(value)) return false
  for (const item of value)
    if (isLeaf(item) ? test(item) : Array.isArray(item) && anyUnder(item, path, path.length, test)) return true
  return false
}

/** Compiles the question whether any of a field's values passes. The field may be nested or a dotted key at the top. */
export function anyValue(field: string, test: (leaf: Leaf) => boolean): (event: EcsEvent) => boolean {
  const path = field.split('.')
  if (path.length === 1 || path.length > depthMax) return event => anyUnder(event[field], path, path.length, test)
  const [first, second] = path as [string, string]
  if (path.length === 2) {
    return event => {
      const outer = event[first]
      if (typeof outer === 'object' && outer !== null) {
        if (Array.isArray(outer)) {
          if (anyUnder(outer, path, 1, test)) return true
        } else {
          const value = (outer as Record<string, unknown>)[second]
          if (typeof value === 'string') {
            if (test(value)) return true
          } else if (value !== undefined && anyUnder(value, path, 2, test)) return true
        }
      }
      const dotted = event[field]
      return dotted !== undefined && anyUnder(dotted, path, 2, test)
    }
  }
  return event => {
    const outer = event[first]
    if (outer !== undefined && anyUnder(outer, path, 1, test)) return true
    const dotted = event[field]
    return dotted !== undefined && anyUnder(dotted, path, path.length, test)
  }
}

/** A field's values in the document's order. */
export function valuesOf(field: string): (event: EcsEvent) => Leaf[] {
  let found: Leaf[] = []
  const collect = anyValue(field, leaf => {
    found.push(leaf)
    return false
  })
  return event => {
    found = []
    collect(event)
    return found
  }
}

/** A field's first value: the one that its column holds. */
export function firstValueOf(field: string): (event: EcsEvent) => Leaf | undefined {
  let found: Leaf | undefined
  const first = anyValue(field, leaf => {
    found = leaf
    return true
  })
  return event => {
    found = undefined
    first(event)
    return found
  }
}

const limits = { u8: 255, u16: 65_535, u32: 4_294_967_295, u64: Number.MAX_SAFE_INTEGER } as const

/** The number, if the text is one that a column of this type holds and would print in the same way. */
export function wholeNumber(text: string, type: keyof typeof limits): number | undefined {
  if (text.length === 0 || text.length > 16) return undefined
  const number = Number(text)
  return Number.isInteger(number) && number >= 0 && number <= limits[type] && String(number) === text
    ? number
    : undefined
}

/** The texts that the column holds of a field's values: a list holds all but empty ones and booleans, other columns the first. */
export function columnTexts(column: Column, leaves: readonly Leaf[]): readonly string[] {
  if (column.type === 'words') return leaves.filter(isWord).map(String)
  const text = leaves.length === 0 ? undefined : columnText(column, leaves[0]!)
  return text === undefined ? [] : [text]
}

const isWord = (leaf: Leaf): boolean => leaf !== '' && typeof leaf !== 'boolean'

/** The text that the column holds for a field's first value; undefined if it cannot hold it (or it is the column's default). */
export function columnText(column: Column, leaf: Leaf): string | undefined {
  const text = String(leaf)
  switch (column.type) {
    case 'word':
    case 'text':
      return text === '' ? undefined : text
    case 'words':
      return isWord(leaf) ? text : undefined
    case 'ip': {
      const address = typeof leaf === 'string' ? addressText(leaf) : undefined
      return address === '::' ? undefined : address
    }
    case 'time': {
      const us = typeof leaf === 'string' ? timeOfText(leaf) : undefined
      return us === undefined || us === 0 ? undefined : isoMs(us)
    }
    default: {
      if (typeof leaf === 'boolean') return undefined
      const number = wholeNumber(text, column.type)
      return number === undefined || number === 0 ? undefined : text
    }
  }
}

const bytes = new Uint8Array(16)

/** Which of a field's values stand in the map `fields`, as text. */
export function mapTexts(field: string, leaves: readonly Leaf[]): readonly string[] {
  const column = columnOf(field)
  if (column === undefined || leaves.length === 0) return leaves.map(String)
  const first = leaves[0]!
  if (column.type === 'words') return leaves.filter(leaf => !isWord(leaf)).map(String)
  return (heldExactly(column, first) ? leaves.slice(1) : leaves).map(String)
}

function heldExactly(column: Column, leaf: Leaf): boolean {
  if (columnText(column, leaf) === undefined) return false
  const text = String(leaf)
  if (column.type === 'ip') return !text.includes(':') || (writeIp(text, bytes, 0) && ipText(bytes, 0) === text)
  if (column.type !== 'time') return true
  const us = timeOfText(text)!
  return text === isoMs(us) || text === `${isoText(us, 0)}Z` || text === `${isoText(us, 6)}Z`
}

/**
 * Does a value that the store keeps in the map pass? `test` is asked about texts. All leaves of the document are walked;
 * where a value stands is only asked of those that pass.
 */
export function anyMapText(event: EcsEvent, test: (text: string) => boolean): boolean {
  return anyLeaf(event, '', 0, (field, leaf) => {
    if (!test(String(leaf))) return false
    if (columnOf(field) === undefined) return true
    return mapTexts(field, valuesOf(field)(event)).some(test)
  })
}

/** Does one of the texts that a test on any field looks at pass? See `anyField`. */
export function anyText(event: EcsEvent, test: (text: string, field: string) => boolean): boolean {
  return anyLeaf(event, '', 0, (field, leaf) => {
    if (leaf === '') return false
    const text = String(leaf)
    switch (lookIntoOf(field)) {
      case 'no':
        return false
      case 'text':
        return test(text, field) && (typeof leaf !== 'string' || timeOfText(text) === undefined)
      case 'address': {
        const column = columnOf(field)!
        const leaves = valuesOf(field)(event)
        const texts = [...columnTexts(column, leaves), ...mapTexts(field, leaves)]
        return texts.some(one => one !== '' && test(one, field) && timeOfText(one) === undefined)
      }
    }
  })
}

/** The texts of a field's values, as its column shows them: what one field is compared with another by. */
export function textsOf(field: string): (event: EcsEvent) => string[] {
  const values = valuesOf(field)
  const type = columnOf(field)?.type
  if (type === 'ip') {
    return event =>
      values(event).flatMap(leaf => {
        const text = String(leaf)
        const address = typeof leaf === 'string' ? addressText(leaf) : undefined
        return address === undefined || address === text ? [text] : [text, address]
      })
  }
  if (type === 'time') {
    return event =>
      values(event).map(leaf => {
        const us = typeof leaf === 'string' ? timeOfText(leaf) : undefined
        return us === undefined ? String(leaf) : isoMs(us)
      })
  }
  return event => values(event).map(String)
}

function anyLeaf(node: unknown, prefix: string, depth: number, hit: (field: string, leaf: Leaf) => boolean): boolean {
  if (depth > depthMax || typeof node !== 'object' || node === null) return false
  for (const key in node) {
    const value = (node as Record<string, unknown>)[key]
    if (typeof value !== 'object') {
      if (isLeaf(value) && hit(prefix + key, value)) return true
    } else if (Array.isArray(value)) {
      if (anyItem(value, prefix + key, depth + 1, hit)) return true
    } else if (value !== null && anyLeaf(value, `${prefix}${key}.`, depth + 1, hit)) return true
  }
  return false
}

function anyItem(
  items: readonly unknown[],
  field: string,
  depth: number,
  hit: (field: string, leaf: Leaf) => boolean
): boolean {
  if (depth > depthMax) return false
  for (const item of items) {
    if (isLeaf(item)) {
      if (hit(field, item)) return true
    } else if (Array.isArray(item) ? anyItem(item, field, depth + 1, hit) : anyLeaf(item, `${field}.`, depth + 1, hit))
      return true
  }
  return false
}

const tuple = {
  sourceIp: firstValueOf('source.ip'),
  destinationIp: firstValueOf('destination.ip'),
  sourcePort: firstValueOf('source.port'),
  destinationPort: firstValueOf('destination.port'),
  number: firstValueOf('network.iana_number'),
  transport: firstValueOf('network.transport'),
  icmpType: firstValueOf('icmp.type'),
  icmpCode: firstValueOf('icmp.code')
}

/** The Community ID that follows from the event's own 5-tuple, as the store computes it. */
export function communityIdOfEvent(event: EcsEvent): string | undefined {
  const sourceIp = address(tuple.sourceIp(event))
  const destinationIp = address(tuple.destinationIp(event))
  if (sourceIp === undefined || destinationIp === undefined) return undefined
  const number = tuple.number(event)
  const transport = number === undefined || number === '' ? tuple.transport(event) : number
  return communityId({
    sourceIp,
    destinationIp,
    sourcePort: whole(tuple.sourcePort(event)),
    destinationPort: whole(tuple.destinationPort(event)),
    transport: transport === undefined ? undefined : String(transport),
    icmpType: whole(tuple.icmpType(event)),
    icmpCode: whole(tuple.icmpCode(event))
  })
}

function address(leaf: Leaf | undefined): string | undefined {
  if (typeof leaf !== 'string' || !writeIp(leaf, bytes, 0)) return undefined
  const text = ipText(bytes, 0)
  return text === '::' ? undefined : text
}

function whole(leaf: Leaf | undefined): number | undefined {
  return leaf === undefined || typeof leaf === 'boolean' ? undefined : wholeNumber(String(leaf), 'u16')
}
