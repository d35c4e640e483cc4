/** What a search found, on the terminal or in a file: lines for people, columns, NDJSON or CSV. */

import { csvCell } from '../core/csv.ts'
import { eventLine } from './event-line.ts'
import { table } from './table.ts'

export type Format = 'table' | 'ndjson' | 'csv'
export type FoundEvent = { readonly document: Readonly<Record<string, unknown>> }
export type FoundTable = {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
}

/** The columns of events where columns are wanted and the search names none. */
export const eventColumns =
  '@timestamp, event.dataset, event.action, source.ip, source.port, destination.ip, destination.port, user.name, message'

export function eventText(event: FoundEvent, format: Format | undefined): string {
  return format === 'ndjson' ? `${JSON.stringify(event.document)}\n` : `${eventLine({ ...event.document })}\n`
}

export function tableText({ columns, rows }: FoundTable, format: Format | undefined): string {
  if (format === 'ndjson') {
    const object = (row: readonly unknown[]): string =>
      JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])))
    return rows.map(row => `${object(row)}\n`).join('')
  }
  const head = columns.map(({ name }) => name)
  if (format === 'csv') {
    const cell = (value: unknown): string => csvCell(typeof value === 'number' ? value : cellText(value))
    return [head, ...rows].map(row => `${row.map(cell).join(',')}\r\n`).join('')
  }
  return table(
    head,
    rows.map(row => row.map(value => shortened(cellText(value))))
  )
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return Array.isArray(value) ? value.join(', ') : String(value)
}

const widthMax = 120

function shortened(text: string): string {
  // Characters that turn the direction of text would make a line read as something else.
  const plain = text.replace(/[\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
  return plain.length > widthMax ? `${plain.slice(0, widthMax - 1)}…` : plain
}
