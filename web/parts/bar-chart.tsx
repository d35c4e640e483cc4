/** Bars, areas or lines over time, drawn by uPlot: with what the pointer is at, and drag to zoom. Bars and areas lie on each other. */

import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import { date, dateTime } from './format.ts'
import { useIsDark } from './theme.ts'

export type Series = { readonly label: string; readonly colour: string; readonly values: readonly (number | null)[] }
export const shapes = ['bars', 'lines', 'area'] as const
export type Shape = (typeof shapes)[number]

type BarChartProps = {
  /** The starts of the bars in milliseconds, evenly spaced. */
  starts: readonly number[]
  stepMs: number
  /** Beyond the bars, what the axis shows. */
  fromMs: number
  toMs: number
  series: readonly Series[]
  shape?: Shape | undefined
  height: number
  /** What the picture says, for those who do not see it. */
  label: string
  /** For the bar at `index`, shown beside the pointer. */
  describe: (index: number) => string
  onZoom?: ((fromMs: number, toMs: number) => void) | undefined
}

export function BarChart(props: BarChartProps) {
  const { starts, stepMs, fromMs, toMs, series, shape = 'bars', height, label } = props
  const holder = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  latest.current = props
  const [hover, setHover] = useState<{ text: string; left: number } | undefined>()
  const width = useWidth(holder)
  const isDark = useIsDark()

  // biome-ignore lint/correctness/useExhaustiveDependencies: isDark changes what the colours resolve to
  useEffect(() => {
    const place = holder.current
    if (place === null || width === 0) return
    const colour = (name: string) => resolveColour(place, name)
    // The highest first: each lower sum is drawn over it.
    const sums = shape === 'lines' ? series.map(of => ({ of, values: [...of.values] })) : stack(series)
    const isWhole = series.every(({ values }) => values.every(value => Number.isInteger(value ?? 0)))
    const drawn = {
      bars: { width: 0, paths: uPlot.paths.bars!({ size: [0.86, 64, 1], align: 1 }) },
      area: { width: 1, paths: uPlot.paths.linear!() },
      lines: { width: 1.75, paths: uPlot.paths.linear!() }
    }[shape]
    const plot = new uPlot(
      {
        width,
        height,
        ms: 1,
        padding: [8, 16, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: latest.current.onZoom !== undefined, y: false, setScale: false, dist: 6 }
        },
        scales: {
          x: { time: true, range: () => [fromMs, Math.max(toMs, fromMs + stepMs)] },
          y: { range: (_plot, low, high) => [Math.min(0, low ?? 0), (high ?? 0) > 0 ? high * 1.05 : 1] }
        },
        axes: [
          {
            stroke: colour('muted'),
            grid: { show: false },
            ticks: { stroke: colour('line'), size: 4, width: 1 },
            font: '11px "Inter Variable", system-ui, sans-serif',
            size: 26,
            gap: 4,
            space: 74,
            values: (_plot, splits, _axis, _space, step) => splits.map((ms, at) => tickText(ms, step, splits[at - 1]))
          },
          {
            stroke: colour('muted'),
            grid: { stroke: colour('line'), width: 1 },
            ticks: { show: false },
            font: '11px "Inter Variable", system-ui, sans-serif',
            size: 46,
            gap: 6,
            space: 28,
            values: (_plot, splits) =>
              splits.map(value => (!isWhole || Number.isInteger(value) ? shortCount(value) : ''))
          }
        ],
        series: [
          {},
          ...sums.map(({ of }) => ({
            ...(shape === 'lines' ? {} : { fill: colour(of.colour) }),
            stroke: shape === 'bars' ? 'transparent' : colour(of.colour),
            points: { show: false },
            spanGaps: false,
            ...drawn
          }))
        ],
        hooks: {
          setCursor: [
            chart => {
              const { left } = chart.cursor
              const { starts, stepMs, describe } = latest.current
              if (left === undefined || left === null || left < 0) return setHover(undefined)
              const index = Math.floor((chart.posToVal(left, 'x') - (starts[0] ?? 0)) / stepMs)
              if (index < 0 || index >= starts.length) return setHover(undefined)
              setHover({ text: describe(index), left: left + chart.bbox.left / devicePixelRatio })
            }
          ],
          setSelect: [
            chart => {
              const { left, width: dragged } = chart.select
              if (dragged < 6) return
              const from = chart.posToVal(left, 'x')
              const to = chart.posToVal(left + dragged, 'x')
              chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
              latest.current.onZoom?.(from, to)
            }
          ]
        }
      },
      [[...starts], ...sums.map(sum => sum.values)],
      place
    )
    // Without zoom the drag must not leave a box.
    plot.over.style.cursor = latest.current.onZoom === undefined ? 'default' : 'crosshair'
    return () => plot.destroy()
  }, [width, height, starts, stepMs, fromMs, toMs, series, shape, isDark])

  return (
    <div className="relative">
      <div ref={holder} role="img" aria-label={label} style={{ height }} />
      {hover !== undefined && (
        <div
          aria-hidden="true"
          className="num pointer-events-none absolute top-0 z-10 -translate-y-1 whitespace-pre rounded-md border border-line bg-raised px-2 py-1 text-xs shadow-float"
          style={{
            left: Math.min(Math.max(hover.left, 4), width - 4),
            transform: `translateX(${hover.left > width / 2 ? 'calc(-100% - 10px)' : '10px'})`
          }}
        >
          {hover.text}
        </div>
      )}
    </div>
  )
}

function stack(series: readonly Series[]): { of: Series; values: (number | null)[] }[] {
  const below: number[] = []
  const sums = series.map(of => {
    const values = of.values.map((value, at) => (value ?? 0) + (below[at] ?? 0))
    values.forEach((value, at) => {
      below[at] = value
    })
    return { of, values }
  })
  return sums.reverse()
}

/** Canvases know no CSS variables: the browser is asked what the colour is here. */
function resolveColour(place: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(--color-${name})`
  place.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function tickText(ms: number, stepMs: number, before: number | undefined): string {
  const at = new Date(ms)
  const day = `${months[at.getMonth()]} ${at.getDate()}`
  if (stepMs >= 28 * 86_400_000)
    return before !== undefined && new Date(before).getFullYear() === at.getFullYear()
      ? months[at.getMonth()]!
      : `${months[at.getMonth()]} ${at.getFullYear()}`
  if (stepMs >= 86_400_000) return day
  const isNewDay = before === undefined ? at.getHours() === 0 && at.getMinutes() === 0 : date(before) !== date(ms)
  const time = dateTime(ms).slice(11)
  if (isNewDay && time.startsWith('00:00:00.000')) return day
  if (stepMs >= 60_000) return time.slice(0, 5)
  return stepMs >= 1000 ? time.slice(0, 8) : time
}

function shortCount(value: number): string {
  if (Math.abs(value) < 1000) return String(Number(value.toPrecision(6)))
  if (value < 1_000_000) return `${Number((value / 1000).toFixed(1))}k`
  if (value < 1e9) return `${Number((value / 1e6).toFixed(1))}M`
  return value < 1e12 ? `${Number((value / 1e9).toFixed(1))}G` : `${Number((value / 1e12).toFixed(1))}T`
}

function useWidth(holder: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = holder.current
    if (element === null) return
    const observer = new ResizeObserver(entries => setWidth(Math.floor(entries[0]!.contentRect.width)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [holder])
  return width
}
