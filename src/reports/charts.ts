/** The panels of a report as pictures. What the page draws with uPlot is drawn here with a few shapes. */

import { type Drawing, fit, type Shape } from './drawing.ts'
import { drawFlows } from './flows.ts'
import {
  cellText,
  ink,
  meaningColour,
  numberOf,
  paletteOrder,
  type ReportPanel,
  type ReportTable,
  timeOf,
  timeText,
  toneColour,
  valueText
} from './report.ts'

/** How much of a report's width a panel takes. */
export function widthShare({ view }: ReportPanel): number {
  return view === 'single' ? 0.25 : view === 'bars' || view === 'list' ? 0.5 : 1
}

/** Undefined for tables, which are text, and for what has nothing to draw. */
export function draw(panel: ReportPanel, width: number, timezone: string): Drawing | undefined {
  const { table } = panel
  if (table === undefined || table.rows.length === 0 || table.columns.length === 0) return undefined
  switch (panel.view) {
    case 'single':
      return drawSingle(panel, table, width, timezone)
    case 'bars':
    case 'list':
      return drawRanking(panel, table, width, timezone)
    case 'timeseries':
      return drawOverTime(panel, table, width, timezone)
    case 'flows':
      return drawFlows(panel, table, width, timezone)
    case 'table':
      return undefined
  }
}

function drawSingle(panel: ReportPanel, table: ReportTable, width: number, timezone: string): Drawing {
  const at = Math.max(
    0,
    table.columns.findIndex(({ type }) => type === 'number')
  )
  const { type, name } = table.columns[at]!
  const value = table.rows[0]![at]
  const text = type === 'number' ? valueText(numberOf(value), panel.options.unit) : cellText(value, type, timezone)
  const size = text.length > 9 ? 15 : 22
  const fill = (numberOf(value) === 0 ? undefined : toneColour(panel.options.tone)) ?? ink.text
  const shapes: Shape[] = [
    { kind: 'text', x: 0, y: 24, text: fit(text, width, size), size, fill, bold: true },
    { kind: 'text', x: 0, y: 38, text: fit(panel.options.caption ?? name, width, 8), size: 8, fill: ink.muted }
  ]
  return { width, height: 42, shapes, label: `${panel.title}: ${text}` }
}

const rankedMax = 15
const rowHeight = 15

function drawRanking(panel: ReportPanel, table: ReportTable, width: number, timezone: string): Drawing | undefined {
  const at = table.columns.findIndex(({ type }, index) => index > 0 && type === 'number')
  if (at < 0) return undefined
  const ranked = table.rows.slice(0, Math.min(rankedMax, panel.options.limit ?? rankedMax)).map(row => ({
    label:
      table.columns
        .slice(0, at)
        .map(({ type }, index) => cellText(row[index], type === 'number' ? 'text' : type, timezone) || '(none)')
        .join(' · ') || '(none)',
    value: numberOf(row[at])
  }))
  const most = Math.max(...ranked.map(({ value }) => value), 0)
  const fill = toneColour(panel.options.tone) ?? paletteOrder[0]!
  const labels = width * 0.46
  const values = 52
  const room = width - labels - values - 8
  const shapes = ranked.flatMap(({ label, value }, index): Shape[] => {
    const y = index * rowHeight
    return [
      { kind: 'text', x: 0, y: y + 10.5, text: fit(label, labels - 6, 8), size: 8, fill: ink.soft },
      { kind: 'rect', x: labels, y: y + 3, w: room, h: 9, fill: ink.sunken },
      { kind: 'rect', x: labels, y: y + 3, w: most > 0 ? (room * value) / most : 0, h: 9, fill },
      {
        kind: 'text',
        x: width,
        y: y + 10.5,
        text: valueText(value, panel.options.unit),
        size: 8,
        fill: ink.text,
        anchor: 'end'
      }
    ]
  })
  const label = `${panel.title}: ${ranked.map(each => `${each.label} ${each.value}`).join(', ')}`
  return { width, height: ranked.length * rowHeight + 2, shapes, label }
}

const plotHeight = 130
const stepsMax = 2000

function drawOverTime(panel: ReportPanel, table: ReportTable, width: number, timezone: string): Drawing | undefined {
  const x = table.columns.findIndex(({ type }) => type === 'time')
  const y = table.columns.findIndex(({ type }) => type === 'number')
  if (x < 0 || y < 0) return undefined
  const by = table.columns.findIndex(({ type }, index) => index !== x && type !== 'number')
  const series = new Map<string, Map<number, number>>()
  const times = new Set<number>()
  for (const row of table.rows) {
    const ms = timeOf(row[x])
    if (Number.isNaN(ms)) continue
    const label = by < 0 ? table.columns[y]!.name : cellText(row[by], 'text', timezone) || '(none)'
    times.add(ms)
    const points = series.get(label) ?? new Map<number, number>()
    points.set(ms, (points.get(ms) ?? 0) + numberOf(row[y]))
    if (series.has(label) || series.size < 24) series.set(label, points)
  }
  const sorted = [...times].sort((a, b) => a - b)
  const first = sorted[0]
  if (first === undefined) return undefined
  let step = Number.POSITIVE_INFINITY
  for (let at = 1; at < sorted.length; at++) step = Math.min(step, sorted[at]! - sorted[at - 1]!)
  if (!Number.isFinite(step)) step = 60_000
  const last = sorted.at(-1)!
  const span = Math.max(step, last - first + step)
  const isLines = panel.options.style === 'lines'
  const sums = sorted.map(ms => [...series.values()].reduce((sum, points) => sum + (points.get(ms) ?? 0), 0))
  const peaks = isLines ? [...series.values()].flatMap(points => [...points.values()]) : sums
  const high = niceAbove(peaks.reduce((most, value) => Math.max(most, value), 0))
  const left = 44
  const room = width - left
  const px = (ms: number) => left + (room * (ms - first)) / span
  const py = (value: number) => 6 + plotHeight - (plotHeight * Math.max(0, value)) / high
  const shapes: Shape[] = []
  for (let tick = 0; tick <= 4; tick++) {
    const value = (high * tick) / 4
    const points = [
      [left, py(value)],
      [width, py(value)]
    ] as const
    shapes.push({ kind: 'line', points, stroke: ink.line, width: 0.5 })
    const text = panel.options.unit === 'bytes' ? valueText(value, 'bytes') : shortCount(value)
    shapes.push({ kind: 'text', x: left - 5, y: py(value) + 2.5, text, size: 7, fill: ink.muted, anchor: 'end' })
  }
  const colours = coloursOf([...series.keys()], panel.options.tone)
  const barWidth = Math.max(0.4, ((room * step) / span) * 0.86)
  const below = new Map<number, number>()
  for (const [label, points] of series) {
    const fill = colours.get(label)!
    if (isLines) {
      const line = sorted.slice(0, stepsMax).map(ms => [px(ms), py(points.get(ms) ?? 0)] as const)
      shapes.push({ kind: 'line', points: line, stroke: fill, width: 1.2 })
      continue
    }
    for (const [ms, value] of [...points].slice(0, stepsMax)) {
      if (value <= 0) continue
      const base = below.get(ms) ?? 0
      below.set(ms, base + value)
      shapes.push({ kind: 'rect', x: px(ms), y: py(base + value), w: barWidth, h: py(base) - py(base + value), fill })
    }
  }
  const ticks = Math.max(2, Math.floor(room / 95))
  for (let tick = 0; tick < ticks; tick++) {
    const ms = first + (span * tick) / ticks
    shapes.push({ kind: 'text', x: px(ms), y: plotHeight + 18, text: timeText(ms, timezone), size: 7, fill: ink.muted })
  }
  let height = plotHeight + 24
  if (series.size > 1) {
    let at = left
    let line = plotHeight + 32
    for (const label of series.keys()) {
      const text = fit(label, 150, 8)
      const wide = 16 + text.length * 5
      if (at + wide > width) {
        at = left
        line += 13
      }
      shapes.push({ kind: 'rect', x: at, y: line - 6, w: 7, h: 7, fill: colours.get(label)! })
      shapes.push({ kind: 'text', x: at + 10, y: line, text, size: 8, fill: ink.soft })
      at += wide
    }
    height = line + 6
  }
  const label = `${panel.title}, from ${timeText(first, timezone)} to ${timeText(last, timezone)}: ${[...series.keys()].join(', ')}`
  return { width, height, shapes, label }
}

function coloursOf(labels: readonly string[], tone: string | undefined): Map<string, string> {
  let free = 0
  const only = labels.length === 1 ? toneColour(tone) : undefined
  return new Map(
    labels.map(label => [label, only ?? meaningColour(label) ?? paletteOrder[free++ % paletteOrder.length]!])
  )
}

/** The next number above that reads well. */
function niceAbove(value: number): number {
  if (!(value > 0)) return 4
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 4, 5, 8, 10].find(each => each * power >= value) ?? 10) * power
}

function shortCount(value: number): string {
  for (const [size, letter] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k']
  ] as const)
    if (value >= size) return `${Number((value / size).toFixed(1))}${letter}`
  return String(Number(value.toPrecision(3)))
}
