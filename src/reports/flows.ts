/** A map of flows as shapes: the two first columns are the groups, the next number what flows. The page has one of its own (web/parts/dashboards). */

import { type Drawing, fit, type Shape } from './drawing.ts'
import { cellText, ink, numberOf, paletteOrder, type ReportPanel, type ReportTable, valueText } from './report.ts'

const sideMax = 12
const gap = 5
const barWidth = 7
const others = 'others'

export function drawFlows(
  panel: ReportPanel,
  table: ReportTable,
  width: number,
  timezone: string
): Drawing | undefined {
  const at = table.columns.findIndex(({ type }, index) => index > 1 && type === 'number')
  if (at < 0) return undefined
  const name = (value: unknown) => cellText(value, 'text', timezone) || '(none)'
  const flows = table.rows
    .map(row => ({ from: name(row[0]), to: name(row[1]), value: numberOf(row[at]) }))
    .filter(({ value }) => value > 0)
  const left = largest(flows, 'from')
  const right = largest(flows, 'to')
  const sums = new Map<string, { from: string; to: string; value: number }>()
  for (const flow of flows) {
    const from = left.includes(flow.from) ? flow.from : others
    const to = right.includes(flow.to) ? flow.to : others
    const key = JSON.stringify([from, to])
    sums.set(key, { from, to, value: (sums.get(key)?.value ?? 0) + flow.value })
  }
  const merged = [...sums.values()]
  const total = merged.reduce((sum, { value }) => sum + value, 0)
  if (total <= 0) return undefined
  const groups = (side: 'from' | 'to') => {
    const values = new Map<string, number>()
    for (const flow of merged) values.set(flow[side], (values.get(flow[side]) ?? 0) + flow.value)
    return [...values].sort((a, b) => b[1] - a[1])
  }
  const sides = { from: groups('from'), to: groups('to') }
  const height = Math.min(230, Math.max(90, 24 * Math.max(sides.from.length, sides.to.length)))
  const scale = (height - gap * (Math.max(sides.from.length, sides.to.length) - 1)) / total
  const labels = width * 0.27
  const [x0, x1] = [labels + barWidth, width - labels - barWidth]
  const shapes: Shape[] = []
  const place = (side: 'from' | 'to') => {
    const next = new Map<string, number>()
    let y = 0
    sides[side].forEach(([group, value], index) => {
      const h = Math.max(1, value * scale)
      const fill = side === 'from' ? paletteOrder[index % paletteOrder.length]! : ink.muted
      const text = `${fit(group, labels - 62, 8)}  ${valueText(value, panel.options.unit)}`
      const middle = y + h / 2 + 3
      shapes.push({ kind: 'rect', x: side === 'from' ? labels : x1, y, w: barWidth, h, fill })
      shapes.push(
        side === 'from'
          ? { kind: 'text', x: labels - 5, y: middle, text, size: 8, fill: ink.text, anchor: 'end' }
          : { kind: 'text', x: x1 + barWidth + 5, y: middle, text, size: 8, fill: ink.text }
      )
      next.set(group, y)
      y += value * scale + gap
    })
    return next
  }
  const nextLeft = place('from')
  const nextRight = place('to')
  const order = (side: 'from' | 'to', group: string) => sides[side].findIndex(([each]) => each === group)
  merged.sort((a, b) => order('from', a.from) - order('from', b.from) || order('to', a.to) - order('to', b.to))
  for (const { from, to, value } of merged) {
    const h = value * scale
    const [y0, y1] = [nextLeft.get(from)!, nextRight.get(to)!]
    nextLeft.set(from, y0 + h)
    nextRight.set(to, y1 + h)
    const fill = paletteOrder[order('from', from) % paletteOrder.length]!
    shapes.push({ kind: 'path', d: ribbon(x0, y0, x1, y1, Math.max(0.5, h)), fill, opacity: 0.35 })
  }
  const label = `${panel.title}: ${merged
    .slice(0, 20)
    .map(({ from, to, value }) => `${from} to ${to} ${value}`)
    .join('; ')}`
  return { width, height: height + 4, shapes, label }
}

function largest(flows: readonly { from: string; to: string; value: number }[], side: 'from' | 'to'): string[] {
  const sums = new Map<string, number>()
  for (const flow of flows) sums.set(flow[side], (sums.get(flow[side]) ?? 0) + flow.value)
  const names = [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name)
  return names.length <= sideMax ? names : names.slice(0, sideMax - 1)
}

function ribbon(x0: number, y0: number, x1: number, y1: number, h: number): string {
  const m = ((x0 + x1) / 2).toFixed(1)
  const [a, b, c, d] = [y0, y1, y1 + h, y0 + h].map(value => value.toFixed(1))
  return `M${x0.toFixed(1)} ${a}C${m} ${a} ${m} ${b} ${x1.toFixed(1)} ${b}L${x1.toFixed(1)} ${c}C${m} ${c} ${m} ${d} ${x0.toFixed(1)} ${d}Z`
}
