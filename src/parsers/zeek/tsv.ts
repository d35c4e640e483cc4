/**
 * Zeek's own text format: `#` lines that say how the rows are written, then rows. A row becomes the JSON object that Zeek's JSON
 * writer would have made of it, so that both formats share one mapping.
 *
 *     #separator \x09                     the bytes between columns; a space stands before them in this line only
 *     #set_separator <sep> ,              between the elements of sets and vectors
 *     #empty_field   <sep> (empty)        an empty text, set or vector
 *     #unset_field   <sep> -              no value
 *     #path          <sep> conn
 *     #fields        <sep> ts <sep> uid …
 *     #types         <sep> time <sep> string …
 *
 * Source: https://docs.zeek.org/en/master/scripts/base/frameworks/logging/writers/ascii.zeek.html
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'

/** How the rows of a stream are to be read. */
export type Table = {
  readonly separator: string
  readonly setSeparator: string
  readonly emptyField: string
  readonly unsetField: string
  readonly path: string | undefined
  readonly fields: readonly string[]
  readonly types: readonly ColumnType[]
}

/** What Zeek's types come to in JSON. Only the elements of containers can be containers' kinds of scalar. */
export type ColumnType = { readonly scalar: Scalar; readonly container: boolean }
type Scalar = 'text' | 'number' | 'boolean'

const scalars: ReadonlyMap<string, Scalar> = new Map([
  ['bool', 'boolean'],
  ['count', 'number'],
  ['int', 'number'],
  ['double', 'number'],
  ['time', 'number'],
  ['interval', 'number'],
  ['port', 'number']
])

/** Lines of the header that are looked at: the newest. */
const headerLinesMax = 256

/** Reads the header lines in force; a text says why rows cannot be read. Later lines replace earlier ones of the same name. */
export function readHeader(header: readonly string[] | undefined): Table | string {
  if (header === undefined || header.length === 0) return 'no #fields line before this row'
  let separator = '\t'
  const values = new Map<string, string>()
  for (const line of header.slice(-headerLinesMax)) {
    if (line.startsWith('#separator')) {
      const text = unescaped(line.slice('#separator '.length).trimEnd())
      separator = text === '' ? '\t' : text
      continue
    }
    const end = line.indexOf(separator)
    if (end > 0) values.set(line.slice(1, end), line.slice(end + separator.length))
  }
  const fields = values.get('fields')?.split(separator)
  const types = values.get('types')?.split(separator)
  if (fields === undefined) return 'no #fields line before this row'
  if (types === undefined) return 'no #types line before this row'
  if (types.length !== fields.length) return `#types has ${types.length} columns, #fields has ${fields.length}`
  return {
    separator,
    setSeparator: unescaped(values.get('set_separator') ?? ',') || ',',
    emptyField: values.get('empty_field') ?? '(empty)',
    unsetField: values.get('unset_field') ?? '-',
    path: values.get('path'),
    fields: distinctNames(fields),
    types: types.map(columnType)
  }
}

/** A name that comes again is numbered, and `__proto__` would be no column of an object: so that no column hides another. */
function distinctNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map(name => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    const free = name === '__proto__' ? 'proto__' : name
    return times === 1 ? free : `${free}#${times}`
  })
}

function columnType(type: string): ColumnType {
  const open = type.indexOf('[')
  if (open < 0) return { scalar: scalars.get(type) ?? 'text', container: false }
  return { scalar: scalars.get(type.slice(open + 1, -1)) ?? 'text', container: true }
}

/** A row as a JSON object; a text says what is wrong with it. Unset columns are `undefined`, so that rows share a hidden class. */
export function readRow(line: string, table: Table): JsonObject | string {
  const { fields, types, unsetField, emptyField } = table
  const cells = line.split(table.separator)
  if (cells.length !== fields.length) return `row has ${cells.length} columns, #fields has ${fields.length}`
  const escaped = line.includes('\\')
  const record: Record<string, JsonValue | undefined> = {}
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!
    const type = types[i]!
    let value: JsonValue | undefined
    if (cell === unsetField) value = undefined
    else if (type.container) value = cell === emptyField ? [] : elements(cell, type.scalar, table, escaped)
    else if (type.scalar === 'number') value = numberOrText(cell)
    else if (cell === emptyField) value = ''
    else if (type.scalar === 'boolean') value = cell === 'T' ? true : cell === 'F' ? false : cell
    else value = escaped ? unescaped(cell) : cell
    record[fields[i]!] = value
  }
  return record as JsonObject
}

function elements(cell: string, scalar: Scalar, table: Table, escaped: boolean): JsonValue[] {
  return cell.split(table.setSeparator).map(element => {
    if (element === table.unsetField) return null
    if (element === table.emptyField) return ''
    if (scalar === 'number') return numberOrText(element)
    if (scalar === 'boolean') return element === 'T' ? true : element === 'F' ? false : element
    return escaped ? unescaped(element) : element
  })
}

/** What is no number, or cannot be held exactly by one, stays text. */
function numberOrText(cell: string): number | string {
  const number = cell === '' ? Number.NaN : Number(cell)
  if (!Number.isFinite(number)) return cell
  return cell.length > 15 && Number.isInteger(number) && !Number.isSafeInteger(number) ? cell : number
}

/**
 * Undoes the writer's escapes: `\\` and `\xHH` (bytes of UTF-8). As in Zeek's JSON, bytes that are not valid UTF-8, and control
 * characters other than white space, stay written out as `\xHH`.
 */
export function unescaped(text: string): string {
  let at = text.indexOf('\\')
  if (at < 0) return text
  let out = ''
  let from = 0
  while (at >= 0) {
    out += text.slice(from, at)
    if (text.charCodeAt(at + 1) === 92) {
      out += '\\'
      from = at + 2
    } else {
      const bytes: number[] = []
      from = at
      for (let byte = byteAt(text, from); byte >= 0; byte = byteAt(text, from)) {
        bytes.push(byte)
        from += 4
      }
      if (bytes.length > 0) out += decode(bytes)
      else {
        out += '\\'
        from = at + 1
      }
    }
    at = text.indexOf('\\', from)
  }
  return out + text.slice(from)
}

function byteAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 92 || text.charCodeAt(at + 1) !== 120) return -1
  const high = hexDigit(text.charCodeAt(at + 2))
  const low = hexDigit(text.charCodeAt(at + 3))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function decode(bytes: readonly number[]): string {
  let out = ''
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i]!
    const length =
      first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
    const point = first >= 0x80 && first < 0xc2 ? -1 : codePoint(bytes, i, length)
    const control = point < 32 ? !(point >= 8 && point <= 13 && point !== 11) : point === 127
    if (point < 0 || control) {
      out += '\\x' + first.toString(16).padStart(2, '0')
      i++
    } else {
      out += String.fromCodePoint(point)
      i += length
    }
  }
  return out
}

/** The code point of a UTF-8 sequence (RFC 3629), -1 if it is not one. */
function codePoint(bytes: readonly number[], at: number, length: number): number {
  const first = bytes[at]!
  if (length === 1) return first
  if (length === 0 || at + length > bytes.length) return -1
  let point = first & (0xff >> (length + 1))
  for (let i = at + 1; i < at + length; i++) {
    const byte = bytes[i]!
    if (byte < 0x80 || byte >= 0xc0) return -1
    point = point * 64 + (byte & 63)
  }
  if (length === 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return -1
  return length === 4 && (point < 0x10000 || point > 0x10ffff) ? -1 : point
}
