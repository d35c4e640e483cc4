/** What a chart is drawn from: the rows of a table as series over time, or as the bars of a ranking. Pure. */

import type { Chart, Table, TableColumn } from '../stream.ts'
import { cellText, numberOf, timeOf } from './cell-text.ts'

export type TimeSeries = {
  readonly starts: readonly number[]
  readonly stepMs: number
  readonly series: readonly { readonly label: string; readonly values: readonly (number | null)[] }[]
}
export type Ranking = {
  readonly field: string
  readonly measure: string
  readonly bars: readonly { readonly label: string; readonly value: number; readonly raw: unknown }[]
}

const seriesMax = 24
const barsMax = 50
const stepsMax = 4000

/** The chart that a table names, or one that its columns suggest: a time or a value first, then numbers. */
export function chartOf({ chart, columns }: Table): Chart | undefined {
  if (chart !== undefined) return chart
  const x = columns.find(column => column.type === 'time') ?? columns.find(isNaming)
  const values = columns.filter(column => column.type === 'number' && !isNaming(column)).map(column => column.name)
  const others = columns.filter(column => (column.type !== 'number' || isNaming(column)) && column !== x)
  if (x === undefined || values.length === 0 || others.length > (x.type === 'time' ? 1 : 0)) return undefined
  return { x: x.name, values, ...(others[0] === undefined ? {} : { series: others[0].name }) }
}

/** Values of fields are names even where they are numbers (ports, codes); what was counted has no dot, or parentheses. */
export function isNaming({ name, type }: TableColumn): boolean {
  if (type === 'time' || type === 'list') return false
  return type !== 'number' || (name.includes('.') && !name.includes('('))
}

export function isOverTime({ columns }: Table, chart: Chart): boolean {
  return columns.find(column => column.name === chart.x)?.type === 'time'
}

export function timeSeriesOf({ columns, rows }: Table, chart: Chart): TimeSeries {
  const index = (name: string | undefined) => columns.findIndex(column => column.name === name)
  const x = index(chart.x)
  const by = index(chart.series)
  const times = new Set<number>()
  const found = new Map<string, Map<number, number>>()
  for (const row of rows) {
    const ms = timeOf(row[x])
    if (Number.isNaN(ms)) continue
    times.add(ms)
    for (const name of chart.values) {
      const value = numberOf(row[index(name)])
      const group = by < 0 ? name : cellText(row[by], 'text') || '(none)'
      const label = by >= 0 && chart.values.length > 1 ? `${group}: ${name}` : group
      let points = found.get(label)
      if (points === undefined) {
        if (found.size >= seriesMax) continue
        found.set(label, (points = new Map()))
      }
      if (value !== undefined) points.set(ms, value)
    }
  }
  const sorted = [...times].sort((a, b) => a - b)
  const stepMs = stepOf(sorted)
  const starts = evenly(sorted, stepMs)
  const isCount = chart.values.every(name => /^(count|dc|sum)/.test(name))
  const series = [...found].map(([label, points]) => ({
    label,
    values: starts.map(ms => points.get(ms) ?? (isCount ? 0 : null))
  }))
  return { starts, stepMs, series }
}

/** The smallest distance between two times is the width of a bar. */
function stepOf(sorted: readonly number[]): number {
  let step = Number.POSITIVE_INFINITY
  for (let at = 1; at < sorted.length; at++) step = Math.min(step, sorted[at]! - sorted[at - 1]!)
  return Number.isFinite(step) ? step : 60_000
}

/** With the times in between for which there was no row. */
function evenly(sorted: readonly number[], stepMs: number): readonly number[] {
  const first = sorted[0]
  if (first === undefined) return []
  const size = Math.round((sorted.at(-1)! - first) / stepMs) + 1
  if (size > stepsMax) return sorted
  const all = new Set(sorted)
  for (let at = 0; at < size; at++) all.add(first + at * stepMs)
  return [...all].sort((a, b) => a - b)
}

export function rankingOf({ columns, rows }: Table, chart: Chart): Ranking {
  const x = columns.findIndex(column => column.name === chart.x)
  const measure = chart.values[0] ?? ''
  const y = columns.findIndex(column => column.name === measure)
  const bars = rows.slice(0, barsMax).map(row => ({
    label: cellText(row[x], columns[x]?.type === 'number' ? 'text' : (columns[x]?.type ?? 'text')),
    value: numberOf(row[y]) ?? 0,
    raw: row[x]
  }))
  return { field: chart.x, measure, bars }
}
