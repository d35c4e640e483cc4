/** Cells of tables as text and as numbers: times come as ISO text, as the engine's own text in UTC, or as numbers. Pure. */

import type { ColumnType } from '../stream.ts'
import { dateTime } from './format.ts'

/** In milliseconds; NaN where it is no time. */
export function timeOf(value: unknown): number {
  if (typeof value === 'number') return value > 1e14 ? value / 1000 : value > 1e11 ? value : value * 1000
  if (typeof value !== 'string') return Number.NaN
  if (/^\d{10,17}$/.test(value)) return timeOf(Number(value))
  // ClickHouse writes UTC without a zone.
  return Date.parse(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(value) ? `${value.replace(' ', 'T')}Z` : value)
}

export function numberOf(value: unknown): number | undefined {
  if (value === null || value === undefined || value === '') return undefined
  const number = Number(value)
  return Number.isNaN(number) ? undefined : number
}

const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 })

export function cellText(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(item => cellText(item, 'text')).join(', ')
  if (type === 'time') {
    const ms = timeOf(value)
    return Number.isNaN(ms) ? String(value) : dateTime(ms).replace(/\.000$/, '')
  }
  if (type === 'number') {
    const number = numberOf(value)
    return number === undefined ? String(value) : numbers.format(number)
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** For sorting: numbers and times by size, addresses by their parts, texts by their letters; nothing comes last. */
export function compareCells(a: unknown, b: unknown, type: ColumnType): number {
  const isNone = (value: unknown) => value === null || value === undefined || value === ''
  if (isNone(a) || isNone(b)) return Number(isNone(a)) - Number(isNone(b))
  if (type === 'number' || type === 'time') {
    const of = type === 'time' ? timeOf : Number
    return of(a) - of(b)
  }
  return cellText(a, type).localeCompare(cellText(b, type), 'en', { numeric: true })
}
