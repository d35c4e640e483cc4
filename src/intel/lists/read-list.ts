/**
 * Lists of indicators as feeds give them: text in, `Found` out. The format is named, or recognised by what the first lines say.
 *
 * | format | what |
 * |---|---|
 * | `csv` | a table with a header (also one that is commented out, as abuse.ch writes it): known tables are read with all they say (`tables.ts`), others by the columns that bear a known name, or by the one that is chosen |
 * | `plain` | one value a line; what stands behind white space, `;` or `#` is a comment |
 * | `hosts` | a hosts file: `0.0.0.0 evil.example` |
 * | `drop-json` | Spamhaus DROP as JSON lines |
 * | `text` | anything: a report, a mail, a web page; every value in it is taken |
 */

import { splitCells } from '../../parsers/csv/split.ts'
import type { Found, IndicatorType, Reading, Receive } from '../indicator.ts'
import { indicatorTypes } from '../indicator.ts'
import { normalValue, recogniseValue } from '../normalise.ts'
import { readFreeText } from './free-text.ts'
import { eachLine, Notes } from './lines.ts'
import { columnReader, knownTable, type RowReader, tableOf } from './tables.ts'

export const listFormats = ['csv', 'plain', 'hosts', 'drop-json', 'text'] as const
export type ListFormat = (typeof listFormats)[number]

export type ListOptions = {
  readonly format?: ListFormat | undefined
  /** Of a table: the name of the column with the values, or its number, from 1 on. */
  readonly column?: string | undefined
  readonly delimiter?: string | undefined
  /** What the values are, where they do not say it themselves (an MD5 looks like a JA3). */
  readonly type?: IndicatorType | undefined
}

/** Reads a list; never throws. What is not understood is counted and told. */
export function readList(text: string, options: ListOptions, receive: Receive): Reading {
  const format = options.format ?? (options.column === undefined ? recogniseList(text) : 'csv')
  const notes = new Notes(format, receive)
  switch (format) {
    case 'csv':
      readTable(text, options, notes)
      break
    case 'hosts':
      readHosts(text, notes)
      break
    case 'drop-json':
      readDropJson(text, notes)
      break
    case 'text':
      readFreeText(text, notes)
      break
    case 'plain':
      readPlain(text, options.type, notes)
  }
  return notes.reading()
}

const headLines = 60

/** The format that the first lines speak for. */
export function recogniseList(text: string): ListFormat {
  const data: string[] = []
  let table = false
  eachLine(text, line => {
    const bare = line.trim()
    if (bare === '') return true
    if (isComment(bare)) {
      const shape = knownTable(bare.replace(/^[#;/ ]+/, ''))
      if (shape !== undefined) table = true
      return !table
    }
    if (data.length === 0 && knownTable(bare) !== undefined) table = true
    data.push(bare)
    return !table && data.length < headLines
  })
  if (table) return 'csv'
  if (data.length === 0) return 'plain'
  if (data[0]!.startsWith('{') && /"cidr"\s*:/.test(data[0]!)) return 'drop-json'
  const share = (test: (line: string) => boolean): number => data.filter(test).length / data.length
  if (share(line => hostsLine.test(line)) > 0.8) return 'hosts'
  if (share(line => valueOfLine(line, undefined) !== undefined) > 0.5) return 'plain'
  // A header, and below it rows with as many cells of which one is a value.
  const header = tableOf(data[0]!)
  if (header !== undefined && data.length > 1) {
    const rows = data.slice(1).map(line => splitCells(line, header.delimiter, 1000))
    const even = rows.filter(cells => cells.length === header.names.length)
    const named = typeof columnReader(header.names, undefined, undefined) !== 'string'
    const regular = named ? even : even.filter(cells => cells.some(cell => recogniseValue(cell.trim()) !== undefined))
    if (regular.length / rows.length > 0.8) return 'csv'
  }
  return 'text'
}

export function isComment(line: string): boolean {
  return line.startsWith('#') || line.startsWith(';') || line.startsWith('//') || line.startsWith('<!--')
}

/** The value of a line of a plain list: what stands before white space, a `;`, or a `#` after white space. */
function valueOfLine(
  line: string,
  type: IndicatorType | undefined
): Pick<Found, 'type' | 'value' | 'port'> | undefined {
  if (type === 'user-agent' || type === 'pattern') {
    const value = normalValue(type, line)
    return value === undefined ? undefined : { type, value }
  }
  const word = firstWord(line)
  if (type === undefined) return recogniseValue(word)
  const value = normalValue(type, word)
  return value === undefined ? undefined : { type, value }
}

function firstWord(line: string): string {
  const bare = line.replace(/^["']|["'],?$/g, '')
  const end = bare.search(/[\s;,]/)
  return end < 0 ? bare : bare.slice(0, end)
}

function readPlain(text: string, type: IndicatorType | undefined, notes: Notes): void {
  eachLine(text, (line, number) => {
    const bare = line.trim()
    if (bare === '' || isComment(bare)) return true
    const found = valueOfLine(bare, type)
    if (found === undefined) notes.refuse(number, `no ${type ?? 'value that is known'}: ${bare}`)
    else notes.take(withComment(found, bare))
    return true
  })
}

/** Spamhaus writes where a network is explained: `192.0.2.0/24 ; SBL123456`. */
function withComment(found: Found, line: string): Found {
  const listing = /[;#]\s*(SBL\d{1,10})\s*$/.exec(line)
  return listing === null
    ? found
    : { ...found, name: listing[1]!, reference: `https://check.spamhaus.org/sbl/query/${listing[1]}` }
}

const hostsLine = /^(?:0\.0\.0\.0|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1?|fe80::1%lo0)\s+\S/
const ownNames = new Set([
  'localhost',
  'localhost.localdomain',
  'local',
  'broadcasthost',
  'ip6-localhost',
  'ip6-loopback',
  '0.0.0.0'
])

function readHosts(text: string, notes: Notes): void {
  eachLine(text, (line, number) => {
    const bare = line.replace(/#.*$/, '').trim()
    if (bare === '') return true
    const [first, ...names] = bare.split(/\s+/)
    const wanted = hostsLine.test(bare) ? names : [first!, ...names]
    for (const name of wanted) {
      if (ownNames.has(name)) continue
      const value = normalValue('domain', name)
      if (value === undefined) notes.refuse(number, `no host name: ${name}`)
      else notes.take({ type: 'domain', value })
    }
    return true
  })
}

/** `{"cidr":"192.0.2.0/24","sblid":"SBL123456","rir":"ripencc"}` a line; the last one is about the file. */
function readDropJson(text: string, notes: Notes): void {
  eachLine(text, (line, number) => {
    const bare = line.trim()
    if (bare === '') return true
    let entry: { cidr?: unknown; sblid?: unknown; type?: unknown; asn?: unknown }
    try {
      entry = JSON.parse(bare)
    } catch {
      notes.refuse(number, 'not JSON')
      return true
    }
    if (entry?.type === 'metadata') return true
    const network = typeof entry?.cidr === 'string' ? recogniseValue(entry.cidr) : undefined
    if (network === undefined) {
      notes.refuse(number, entry?.asn === undefined ? 'no network' : 'networks by their AS number are not matched')
      return true
    }
    const listing = typeof entry.sblid === 'string' && /^SBL\d{1,10}$/.test(entry.sblid) ? entry.sblid : undefined
    notes.take(listing === undefined ? network : withComment(network, `; ${listing}`))
    return true
  })
}

function readTable(text: string, options: ListOptions, notes: Notes): void {
  let read: RowReader | undefined
  let delimiter = options.delimiter ?? ','
  const wholeNumber = options.column !== undefined && /^[1-9]\d{0,3}$/.test(options.column)
  eachLine(text, (line, number) => {
    if (line.trim() === '') return true
    if (read === undefined) {
      const bare = isComment(line) ? line.replace(/^[#;/ ]+/, '') : line
      const header = tableOf(bare, options.delimiter)
      const known = options.column === undefined ? knownTable(bare) : undefined
      if (isComment(line) && known === undefined) return true
      if (known !== undefined) {
        delimiter = header!.delimiter
        read = known
        return true
      }
      delimiter = header?.delimiter ?? delimiter
      const names = header?.names ?? [bare.trim()]
      const made = columnReader(names, options.column, options.type)
      if (typeof made === 'string') {
        notes.refuse(number, made)
        return false
      }
      const reader = made
      read = reader
      // A column that is chosen by its number needs no header: then the first line is a row already.
      const isRow = wholeNumber && reader(cellsOf(line, delimiter)).some(found => typeof found !== 'string')
      if (!isRow) return true
    }
    if (isComment(line)) return true
    for (const found of read(cellsOf(line, delimiter))) {
      if (typeof found === 'string') notes.refuse(number, found)
      else notes.take(found)
    }
    return true
  })
}

function cellsOf(line: string, delimiter: string): string[] {
  // ThreatFox puts a space before each quote, which RFC 4180 does not have.
  const even = line.includes('", "') ? line.replaceAll('", "', '","') : line
  return splitCells(even, delimiter, 1000).map(cell => cell.trim())
}

export function isIndicatorType(text: string): text is IndicatorType {
  return (indicatorTypes as readonly string[]).includes(text)
}
