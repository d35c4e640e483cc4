/** How many events match, over time. Dragging over it zooms in; a click on its button goes back. */

import { useMemo, useState } from 'react'
import type { HistogramReply } from '../api.ts'
import { BarChart, type Series } from './bar-chart.tsx'
import { count, duration, plural } from './format.ts'
import { StoredText } from './stored-text.tsx'
import { shortTime } from './time-range.ts'

export function Histogram({
  reply,
  isStale,
  onZoom
}: {
  reply: HistogramReply
  isStale: boolean
  onZoom: (fromMs: number, toMs: number) => void
}) {
  const { starts, series } = useMemo(() => evenBars(reply), [reply])
  const [height] = useState(() => (window.innerWidth < 640 ? 92 : 116))
  return (
    <div aria-busy={isStale} className={`transition-opacity ${isStale ? 'opacity-60' : ''}`}>
      <BarChart
        starts={starts}
        stepMs={reply.bucketMs}
        fromMs={Math.min(reply.fromMs, starts[0] ?? reply.fromMs)}
        toMs={Math.max(reply.toMs, (starts.at(-1) ?? 0) + reply.bucketMs)}
        series={series}
        height={height}
        label={`${plural(reply.total, 'event')} from ${shortTime(reply.fromMs)} to ${shortTime(reply.toMs)}, a bar for each ${duration(reply.bucketMs)}`}
        describe={index => {
          const head = `${shortTime(starts[index]!)} + ${duration(reply.bucketMs)}`
          const counts = series.map(({ label, values }) => ({ label, number: values[index] ?? 0 }))
          if (counts.length === 1) return `${head}: ${count(counts[0]!.number)}`
          const lines = counts.filter(each => each.number > 0).map(each => `${each.label}: ${count(each.number)}`)
          return [head, ...lines].join('\n')
        }}
        onZoom={onZoom}
      />
      {series.length > 1 && (
        <ul aria-label="Colours" className="flex flex-wrap gap-x-3 pb-1">
          {series.map(({ label, colour }) => (
            <li key={label} className="flex min-w-0 max-w-60 items-center gap-1.5 text-soft text-xs">
              <span
                aria-hidden="true"
                className="size-2.5 shrink-0 rounded-sm"
                style={{ background: `var(--color-${colour})` }}
              />
              <span className="truncate font-mono text-[11px]">
                <StoredText text={label} max={60} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const barsMax = 2000
const stackColours = ['bar', 'tone-blue', 'tone-violet', 'tone-amber', 'tone-pink', 'tone-green', 'tone-red'].concat(
  'tone-slate'
)

/** The reply leaves empty buckets out; the picture has them. */
function evenBars({ buckets, series, bucketMs, fromMs, toMs }: HistogramReply): { starts: number[]; series: Series[] } {
  const first = buckets[0]?.startMs ?? fromMs
  const start = first - Math.max(0, Math.floor((first - fromMs) / bucketMs)) * bucketMs
  const last = Math.max(buckets.at(-1)?.startMs ?? start, toMs - bucketMs)
  const size = Math.min(barsMax, Math.max(1, Math.floor((last - start) / bucketMs) + 1))
  const starts = Array.from({ length: size }, (_, at) => start + at * bucketMs)
  const heights = (found: HistogramReply['buckets']) => {
    const values = new Array<number>(size).fill(0)
    for (const bucket of found) {
      const at = Math.round((bucket.startMs - start) / bucketMs)
      if (at >= 0 && at < size) values[at]! += bucket.count
    }
    return values
  }
  if (series === undefined || series.length === 0)
    return { starts, series: [{ label: 'events', colour: 'bar', values: heights(buckets) }] }
  return {
    starts,
    series: series.map(({ value, other, buckets: found }, at) => ({
      label: other ? 'other' : value === '' ? '(empty)' : value,
      colour: other ? 'line-strong' : stackColours[at % stackColours.length]!,
      values: heights(found)
    }))
  }
}
