/** The chart that a search with commands makes: lines, bars or areas over time, or a ranking as bars to the right. */

import { useMemo, useState } from 'react'
import type { Chart, Table } from '../stream.ts'
import { BarChart, type Series, type Shape } from './bar-chart.tsx'
import { cellText } from './cell-text.ts'
import { isOverTime, rankingOf, timeSeriesOf } from './chart-data.ts'
import { duration } from './format.ts'
import { StoredText } from './stored-text.tsx'
import { shortTime } from './time-range.ts'
import { useValueMenu } from './value-menu.tsx'
import { ViewSwitch } from './view-switch.tsx'

export const seriesColours = [
  'bar',
  'tone-blue',
  'tone-violet',
  'tone-amber',
  'tone-pink',
  'tone-green',
  'tone-red'
].concat('tone-slate')
const shapeNames = [
  ['bars', 'Bars'],
  ['lines', 'Lines'],
  ['area', 'Areas']
] as const satisfies readonly (readonly [Shape, string])[]

type ChartProps = {
  table: Table
  chart: Chart
  shape: Shape
  onShape: (shape: Shape) => void
  onZoom: (fromMs: number, toMs: number) => void
}

export function ChartResult(props: ChartProps) {
  return isOverTime(props.table, props.chart) ? <OverTime {...props} /> : <RankingBars {...props} />
}

const describedMax = 10

function OverTime({ table, chart, shape, onShape, onZoom }: ChartProps) {
  const data = useMemo(() => timeSeriesOf(table, chart), [table, chart])
  const [hidden, setHidden] = useState<readonly string[]>([])
  const all = useMemo(
    () => data.series.map((each, at): Series => ({ ...each, colour: seriesColours[at % seriesColours.length]! })),
    [data]
  )
  const series = useMemo(() => all.filter(each => !hidden.includes(each.label)), [all, hidden])
  const { starts, stepMs } = data
  const first = starts[0]
  if (first === undefined) return <p className="p-6 text-center text-muted">There is nothing to draw.</p>
  const describe = (index: number) => {
    const lines = series
      .map(({ label, values }) => ({ label, value: values[index] }))
      .filter(each => each.value !== null && each.value !== undefined && (each.value !== 0 || series.length === 1))
      .sort((a, b) => b.value! - a.value!)
    const shown = lines
      .slice(0, describedMax)
      .map(each => `${each.label.slice(0, 50)}: ${cellText(each.value, 'number')}`)
    return [`${shortTime(starts[index]!)} + ${duration(stepMs)}`, ...shown].join('\n')
  }
  return (
    <div className="grid gap-2 p-3">
      <ViewSwitch label="How to draw it" options={shapeNames} value={shape} onChange={onShape} />
      <BarChart
        starts={starts}
        stepMs={stepMs}
        fromMs={first}
        toMs={starts.at(-1)! + (shape === 'bars' ? stepMs : 0)}
        series={series}
        shape={shape}
        height={window.innerWidth < 640 ? 220 : 320}
        label={`${chart.values.join(', ')} over time, ${series.length} series, from ${shortTime(first)} to ${shortTime(starts.at(-1)!)}`}
        describe={describe}
        onZoom={onZoom}
      />
      {all.length > 1 && (
        <ul aria-label="Series" className="flex flex-wrap gap-x-1 gap-y-0.5">
          {all.map(({ label, colour }) => (
            <li key={label}>
              <button
                type="button"
                aria-pressed={!hidden.includes(label)}
                className={`inline-flex max-w-72 items-center gap-1.5 rounded px-1.5 py-0.5 text-xs hover:bg-hover ${hidden.includes(label) ? 'text-muted line-through' : ''}`}
                onClick={() =>
                  setHidden(hidden.includes(label) ? hidden.filter(each => each !== label) : [...hidden, label])
                }
              >
                <span
                  aria-hidden="true"
                  className="size-2.5 shrink-0 rounded-sm"
                  style={{ background: `var(--color-${colour})` }}
                />
                <span className="truncate font-mono">
                  <StoredText text={label} max={60} />
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function RankingBars({ table, chart }: ChartProps) {
  const menu = useValueMenu()
  const { field, measure, bars } = useMemo(() => rankingOf(table, chart), [table, chart])
  const most = Math.max(...bars.map(bar => Math.abs(bar.value)), 1e-9)
  return (
    <ul aria-label={`${measure} by ${field}`} className="grid gap-1 p-3">
      {bars.map(bar => (
        <li
          key={bar.label}
          className="grid grid-cols-[minmax(80px,26%)_minmax(0,1fr)_auto] items-center gap-3 rounded hover:bg-hover"
        >
          <button
            type="button"
            aria-haspopup="menu"
            className="truncate rounded px-1 text-right font-mono text-xs leading-6 hover:text-accent"
            onClick={event => menu.open(event.currentTarget, { field, value: String(bar.raw ?? '') })}
          >
            {bar.label === '' ? '(none)' : <StoredText text={bar.label} max={120} />}
          </button>
          <span aria-hidden="true" className="h-4">
            <span
              className="block h-full rounded-r bg-bar"
              style={{ width: `${Math.max(0.4, (Math.abs(bar.value) / most) * 100)}%` }}
            />
          </span>
          <span className="num pr-1 text-right font-mono text-xs">{cellText(bar.value, 'number')}</span>
        </li>
      ))}
    </ul>
  )
}
