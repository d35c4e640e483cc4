/** The rows of a panel's search as a picture: over time, bars, a list, a table, one number, or a map of flows. */

import { useMemo } from 'react'
import type { Table } from '../../stream.ts'
import { BarChart, type Series } from '../bar-chart.tsx'
import { cellText, numberOf } from '../cell-text.ts'
import { chartOf, isOverTime, timeSeriesOf } from '../chart-data.ts'
import { bytes, compact, count, duration } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { shortTime } from '../time-range.ts'
import type { Panel, Unit } from './dashboard.ts'
import { Flows } from './flows.tsx'

export type ViewProps = {
  panel: Panel
  table: Table
  /** The height of the picture, in pixels. */
  height: number
  onZoom: (fromMs: number, toMs: number) => void
}

export function PanelView(props: ViewProps) {
  switch (props.panel.view) {
    case 'timeseries':
      return <OverTime {...props} />
    case 'bars':
      return <Bars {...props} />
    case 'list':
      return <TopList {...props} />
    case 'single':
      return <SingleValue {...props} />
    case 'flows':
      return <FlowsOf {...props} />
    case 'table':
      return <Rows {...props} />
  }
}

export function valueText(value: number, unit: Unit | undefined): string {
  if (unit === 'bytes') return bytes(value)
  if (unit === 'seconds') return duration(value * 1000)
  if (unit === 'percent') return `${Number(value.toFixed(1))} %`
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)))
}

const seriesColours = [
  'bar',
  'tone-blue',
  'tone-violet',
  'tone-amber',
  'tone-pink',
  'tone-green',
  'tone-red',
  'tone-slate'
]
/** What these words mean has a colour wherever they stand. */
const meanings: Readonly<Record<string, string>> = {
  success: 'tone-green',
  accept: 'tone-green',
  allowed: 'tone-green',
  failure: 'tone-red',
  reject: 'tone-red',
  blocked: 'tone-red',
  denied: 'tone-red',
  other: 'tone-slate',
  unknown: 'tone-slate'
}

function OverTime({ panel, table, height, onZoom }: ViewProps) {
  const chart = useMemo(() => chartOf(table), [table])
  const data = useMemo(
    () => (chart !== undefined && isOverTime(table, chart) ? timeSeriesOf(table, chart) : undefined),
    [table, chart]
  )
  const series = useMemo(() => {
    let free = 0
    return data?.series.map((each): Series => {
      const only =
        data.series.length === 1 && panel.options.tone !== undefined ? `tone-${panel.options.tone}` : undefined
      const colour = only ?? meanings[each.label.toLowerCase()] ?? seriesColours[free++ % seriesColours.length]!
      return { label: each.label, colour, values: each.values }
    })
  }, [data, panel.options.tone])
  const start = data?.starts[0]
  if (data === undefined || series === undefined || start === undefined)
    return <Unfit>Over time, a search must give a time and a number: end it with | timechart count().</Unfit>
  const { starts, stepMs } = data
  const { unit, style } = panel.options
  const legendHeight = series.length > 1 ? 24 : 0
  const describe = (index: number) => {
    const lines = series
      .map(({ label, values }) => ({ label, value: values[index] ?? 0 }))
      .filter(({ value }) => value !== 0 || series.length === 1)
      .sort((a, b) => b.value - a.value)
      .slice(0, 8)
      .map(({ label, value }) => `${label.slice(0, 40)}: ${valueText(value, unit)}`)
    return [`${shortTime(starts[index]!)} + ${duration(stepMs)}`, ...lines].join('\n')
  }
  return (
    <div className="px-2">
      <BarChart
        starts={starts}
        stepMs={stepMs}
        fromMs={start}
        toMs={starts.at(-1)! + (style === 'lines' ? 0 : stepMs)}
        series={series}
        shape={style ?? 'bars'}
        height={Math.max(80, height - legendHeight)}
        label={`${panel.title}: ${series.map(({ label }) => label).join(', ')}, from ${shortTime(start)} to ${shortTime(starts.at(-1)!)}`}
        describe={describe}
        onZoom={onZoom}
      />
      {series.length > 1 && (
        <ul aria-label="Series" className="flex h-6 gap-x-3 overflow-hidden px-2 text-xs">
          {series.map(({ label, colour }) => (
            <li key={label} className="inline-flex min-w-0 items-center gap-1.5 text-soft">
              <span
                aria-hidden="true"
                className="size-2 shrink-0 rounded-xs"
                style={{ background: `var(--color-${colour})` }}
              />
              <span className="truncate">
                <StoredText text={label} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

type Ranked = { readonly label: string; readonly value: number }

/** The first column names, the first number after it counts; several names before it stand together. */
export function rankedOf({ columns, rows }: Table, limit: number): Ranked[] {
  const at = columns.findIndex(({ type }, index) => index > 0 && type === 'number')
  if (at < 0) return []
  return rows.slice(0, limit).map(row => ({
    label: columns
      .slice(0, at)
      .map(({ type }, index) => cellText(row[index], type === 'number' ? 'text' : type) || '(none)')
      .join(' · '),
    value: numberOf(row[at]) ?? 0
  }))
}

function useRanked({ table, panel }: ViewProps): { ranked: Ranked[]; most: number; total: number } {
  return useMemo(() => {
    const ranked = rankedOf(table, panel.options.limit ?? 50)
    return {
      ranked,
      most: Math.max(...ranked.map(({ value }) => value), 0),
      total: ranked.reduce((sum, { value }) => sum + value, 0)
    }
  }, [table, panel.options.limit])
}

function Bars(props: ViewProps) {
  const { ranked, most } = useRanked(props)
  const { tone, unit } = props.panel.options
  if (ranked.length === 0) return <NoRanking />
  return (
    <ul className="grid content-start gap-1 px-3.5 pb-2">
      {ranked.map(({ label, value }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: labels may be equal
        <li key={at} className="grid grid-cols-[minmax(64px,34%)_1fr_auto] items-center gap-2">
          <span className="truncate text-soft" title={label}>
            <StoredText text={label} />
          </span>
          <span aria-hidden="true" className="h-4 rounded-sm bg-sunken">
            <span
              className="block h-4 min-w-px rounded-sm"
              style={{
                width: `${most > 0 ? (100 * value) / most : 0}%`,
                background: `var(--color-${tone === undefined ? 'bar' : `tone-${tone}`})`
              }}
            />
          </span>
          <span className="num min-w-12 text-right font-medium">{valueText(value, unit)}</span>
        </li>
      ))}
    </ul>
  )
}

function TopList(props: ViewProps) {
  const { ranked, total } = useRanked(props)
  const { tone = 'teal', unit } = props.panel.options
  if (ranked.length === 0) return <NoRanking />
  return (
    <ol className="px-3.5 pb-2">
      {ranked.map(({ label, value }, at) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: labels may be equal
          key={at}
          className="relative grid grid-cols-[22px_1fr_auto_44px] items-baseline gap-2 border-line border-b py-1 last:border-0"
        >
          <span className="num text-muted text-xs">{at + 1}</span>
          <span className="truncate" title={label}>
            <StoredText text={label} />
          </span>
          <span className="num font-medium">{valueText(value, unit)}</span>
          <span className="num text-right text-muted text-xs">
            {total > 0 ? `${((100 * value) / total).toFixed(value === total ? 0 : 1)} %` : ''}
          </span>
          <span
            aria-hidden="true"
            className="absolute bottom-0 left-0 h-0.5 rounded-full"
            style={{ width: `${total > 0 ? (100 * value) / total : 0}%`, background: `var(--color-tone-${tone})` }}
          />
        </li>
      ))}
    </ol>
  )
}

function SingleValue({ panel, table, height }: ViewProps) {
  const at = table.columns.findIndex(({ type }) => type === 'number')
  const column = Math.max(at, 0)
  const { unit, tone, caption } = panel.options
  const value = numberOf(table.rows[0]?.[column])
  const type = table.columns[column]?.type ?? 'text'
  const whole = type === 'number' ? valueText(value ?? 0, unit) : cellText(table.rows[0]?.[column], type)
  const isShort = type === 'number' && whole.length > 9 && unit !== 'bytes'
  return (
    <div className="grid content-center px-3.5 pb-2" style={{ minHeight: height }}>
      <span
        title={whole}
        className="num truncate font-semibold text-3xl leading-tight tracking-tight"
        style={tone === undefined || value === 0 ? undefined : { color: `var(--color-tone-${tone})` }}
      >
        {isShort && value !== undefined ? compact(value) : whole}
      </span>
      <span className="truncate text-muted">{caption ?? table.columns[column]?.name}</span>
    </div>
  )
}

function Rows({ panel, table }: ViewProps) {
  const rows = table.rows.slice(0, panel.options.limit ?? 200)
  const { unit } = panel.options
  return (
    <table className="w-full border-collapse text-left">
      <thead>
        <tr>
          {table.columns.map(({ name, type }) => (
            <th
              key={name}
              scope="col"
              className={`sticky top-0 whitespace-nowrap border-line border-b bg-panel px-3 py-1 font-medium text-muted text-xs ${type === 'number' ? 'text-right' : ''}`}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name
          <tr key={at} className="border-line border-b last:border-0 hover:bg-hover">
            {table.columns.map(({ name, type }, column) => {
              const number = type === 'number' ? numberOf(row[column]) : undefined
              const isMeasure = number !== undefined && unit === 'bytes' && name.includes('bytes')
              const text = isMeasure ? bytes(number) : cellText(row[column], type)
              return (
                <td
                  key={name}
                  title={text}
                  className={`max-w-80 truncate px-3 py-1 ${type === 'number' ? 'num text-right' : type === 'time' ? 'num whitespace-nowrap' : ''}`}
                >
                  <StoredText text={text} />
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function FlowsOf({ panel, table, height }: ViewProps) {
  const flows = useMemo(() => {
    const at = table.columns.findIndex(({ type }, index) => index > 1 && type === 'number')
    if (at < 0) return []
    const name = (value: unknown) => cellText(value, 'text') || '(none)'
    return table.rows.map(row => ({ from: name(row[0]), to: name(row[1]), value: numberOf(row[at]) ?? 0 }))
  }, [table])
  if (flows.length === 0)
    return (
      <Unfit>
        A map of flows needs two columns and a number: end it with | stats count() by source.ip, destination.ip.
      </Unfit>
    )
  return <Flows flows={flows} height={Math.max(120, height - 8)} title={panel.title} unit={panel.options.unit} />
}

function NoRanking() {
  return <Unfit>This view needs names and a number: end the search with | top 10 field.</Unfit>
}

function Unfit({ children }: { children: string }) {
  return <p className="px-3.5 py-4 text-soft">{children}</p>
}
