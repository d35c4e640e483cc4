/**
 * Tables with a header line (CSV, TSV, `;` and `|`): columns that bear an ECS name or a usual one go where they belong,
 * the others below `csv.`. The header line comes through the context; its columns are compiled once.
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, ParseContext, Parsed, Parser, RecordParser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { type Document, put } from '../ndjson/document.ts'
import { transportText } from '../ndjson/names.ts'
import { parseDateAndTime, parseTime } from '../ndjson/times.ts'
import { description } from './description.ts'
import { type Column, compileHeader, type Table } from './header.ts'
import { delimiterOf, endsInsideQuotes, splitCells } from './split.ts'

export const csv: Parser = {
  name: 'csv',
  title: 'CSV, TSV and other tables with a header line',
  input: 'text',
  framing: 'csv',
  recognise,
  surest: 0.9,
  open,
  description
}

const cellsMax = 4096

function open(context: ParseContext): RecordParser {
  const line = context.header?.at(-1)
  if (line === undefined) return () => ({ ok: false, reason: 'csv: no header line is known for this record' })
  const table = compileHeader(line, cellsMax)
  if (table === undefined) return () => ({ ok: false, reason: 'csv: the header line has no delimiter (, ; tab |)' })
  return text => parseRow(text, table, context)
}

function parseRow(text: string, table: Table, context: ParseContext): Parsed {
  const { columns } = table
  const cells = splitCells(text, table.delimiter, columns.length + 1)
  if (cells.length !== columns.length) {
    const found = splitCells(text, table.delimiter, cellsMax).length
    return { ok: false, reason: `csv: ${found} columns where the header has ${columns.length}` }
  }
  const zone = context.timezoneMinutes ?? 0
  let timeUs: number | undefined
  let timeCell = -1
  let dateCell = -1
  if (table.date >= 0 && table.time >= 0) {
    timeUs = parseDateAndTime(cells[table.date], cells[table.time], zone)
    if (timeUs !== undefined) {
      dateCell = table.date
      timeCell = table.time
    }
  }
  for (let i = 0; timeUs === undefined && i < table.times.length; i++) {
    const at = table.times[i]!
    timeUs = parseTime(cells[at], zone, context.receivedMs)
    if (timeUs !== undefined) timeCell = at
  }
  const rest: Document = {}
  const event: Document = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    message: undefined,
    event: { kind: 'event', module: 'csv', dataset: 'csv' },
    csv: rest
  }
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!
    if (cell === '' || i === timeCell || i === dateCell) continue
    place(event, rest, columns[i]!, cell)
  }
  relate(event)
  return { ok: true, event: event as EcsEvent, timeUs, kind: undefined }
}

function place(event: Document, rest: Document, column: Column, cell: string): void {
  const value = column.type === 'text' ? cell : fitCell(cell, column)
  const path = column.path
  if (path === undefined || value === undefined) {
    put(rest, column.name, cell)
    return
  }
  let target = event
  for (let i = 0; i < path.length - 1; i++) {
    const key = path[i]!
    const inner = target[key]
    if (typeof inner === 'object' && inner !== null) target = inner as Document
    else if (inner === undefined) target = target[key] = {}
    else {
      put(rest, column.name, cell)
      return
    }
  }
  const key = path[path.length - 1]!
  // Two columns for one field (or a field where another column made an object): the later keeps its own name.
  if (target[key] === undefined) target[key] = value
  else if (path[0] === 'event' && path.length === 2 && (key === 'kind' || key === 'module' || key === 'dataset'))
    target[key] = value
  else put(rest, column.name, cell)
}

function fitCell(cell: string, column: Column): string | number | undefined {
  switch (column.type) {
    case 'ip':
      return isIp(cell) ? cell : undefined
    case 'transport':
      return transportText(cell)
    case 'port':
    case 'number': {
      if (cell.length > 16) return undefined
      for (let i = 0; i < cell.length; i++) {
        const code = cell.charCodeAt(i)
        if (code < 48 || code > 57) return undefined
      }
      const number = Number(cell)
      return column.type === 'port' && number > 65535 ? undefined : number
    }
    default:
      return cell
  }
}

function relate(event: Document): void {
  const source = event['source'] as { ip?: unknown } | undefined
  const destination = event['destination'] as { ip?: unknown } | undefined
  if (source === undefined && destination === undefined) return
  const from = isIp(source?.ip) ? source.ip : undefined
  const to = isIp(destination?.ip) ? destination.ip : undefined
  if (from === undefined && to === undefined) return
  if (event['related'] === undefined) event['related'] = { ip: distinct(from, to) }
}

/** By the file's name and an even table; without such a name only where header and rows leave little doubt. */
function recognise(sample: Sample): number {
  const first = sample.lines[0]?.replace(/^\uFEFF/, '')
  if (first === undefined || first.length > 65536) return 0
  const delimiter = delimiterOf(first)
  const table = compileHeader(first, cellsMax)
  if (delimiter === undefined || table === undefined) return 0
  const names = splitCells(first, delimiter, cellsMax)
  const named = /\.(csv|tsv|psv|tab)(\.|$)/i.test(sample.fileName ?? '')
  if (!names.every(isColumnName) || new Set(names).size < names.length) return named && names.length > 1 ? 0.5 : 0
  // Rows, with quoted line breaks joined. The last may be cut off.
  let rows = 0
  let uneven = 0
  let record = ''
  for (let i = 1; i < sample.lines.length; i++) {
    const line = sample.lines[i]!
    record = record === '' ? line : record + '\n' + line
    if (endsInsideQuotes(record, delimiter)) {
      if (record.length > 65536) return 0
      continue
    }
    const even = splitCells(record, delimiter, cellsMax).length === names.length
    if (even) rows++
    else if (i < sample.lines.length - 1) uneven++
    record = ''
  }
  if (named) return rows > uneven || sample.lines.length === 1 ? 0.9 : 0.5
  if (names.length < 3 || rows < 2 || uneven > 0) return 0
  return table.times.length > 0 || table.date >= 0 ? 0.7 : 0.6
}

/** A name, rather than a value: begins with a letter, short, no sentence. */
function isColumnName(cell: string): boolean {
  if (cell.length === 0 || cell.length > 64) return false
  const first = cell.charCodeAt(0)
  const letter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122) || first > 127
  if (!letter && first !== 95 && first !== 64) return false
  let blanks = 0
  for (let i = 0; i < cell.length; i++) {
    const code = cell.charCodeAt(i)
    if (code === 32) blanks++
    // = : { } [ ] < > ; belong to values and sentences
    if (code === 61 || code === 123 || code === 125 || code === 60 || code === 62 || code === 91 || code === 93)
      return false
    if (code < 32) return false
  }
  return blanks <= 4
}
