/** What became of the records, hour by hour. */

import { useMemo } from 'react'
import type { LedgerHour } from '../api.ts'
import { BarChart } from './bar-chart.tsx'
import { count, minute, plural } from './format.ts'

const hourMs = 3_600_000
const hoursShown = 48

export function Hours({ hours }: { hours: readonly LedgerHour[] }) {
  const { starts, series, sum } = useMemo(() => barsOf(hours), [hours])
  return (
    <section aria-labelledby="hours-title" className="panel px-4 pt-3 pb-2">
      <div className="mb-1 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id="hours-title" className="font-semibold">
          The last {hoursShown} hours
        </h2>
        <ul className="flex flex-wrap gap-x-4 text-soft text-xs">
          {series.map(each => (
            <li key={each.label} className="flex items-center gap-1.5">
              <span
                aria-hidden="true"
                className="size-2.5 rounded-[3px]"
                style={{ background: `var(--color-${each.colour})` }}
              />
              {each.label}
            </li>
          ))}
        </ul>
      </div>
      {sum === 0 ? (
        <p className="py-8 text-center text-muted">Nothing came in during this time.</p>
      ) : (
        <BarChart
          starts={starts}
          stepMs={hourMs}
          fromMs={starts[0]!}
          toMs={starts.at(-1)! + hourMs}
          series={series}
          height={150}
          label={`Records by hour: ${plural(sum, 'record')} in ${hoursShown} hours`}
          describe={at =>
            `${minute(starts[at]!)}: ${series.map(each => `${count(each.values[at] ?? 0)} ${each.label}`).join(', ')}`
          }
        />
      )}
    </section>
  )
}

function barsOf(hours: readonly LedgerHour[]) {
  const last = Math.floor(Date.now() / hourMs) * hourMs
  const starts = Array.from({ length: hoursShown }, (_, at) => last - (hoursShown - 1 - at) * hourMs)
  const byHour = new Map(hours.map(hour => [hour.hourMs, hour]))
  const of = (key: 'stored' | 'deadLettered' | 'duplicates') => starts.map(start => byHour.get(start)?.[key] ?? 0)
  const series = [
    { label: 'stored', colour: 'bar', values: of('stored') },
    { label: 'dead-lettered', colour: 'danger', values: of('deadLettered') },
    { label: 'duplicates', colour: 'tone-blue', values: of('duplicates') }
  ]
  return { starts, series, sum: series.flatMap(each => each.values).reduce((a, b) => a + b, 0) }
}
