/** How many events match, over time. Dragging over it zooms in; a click on its button goes back. */

import { useMemo, useState } from 'react'
import type { HistogramReply } from '../api.ts'
import { BarChart, type Series } from './bar-chart.tsx'
import { count, duration, plural } from './format.ts'
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
  const values = series[0]!.values
  return (
    <div className={`transition-opacity ${isStale ? 'opacity-60' : ''}`}>
      <BarChart
        starts={starts}
        stepMs={reply.bucketMs}
        fromMs={Math.min(reply.fromMs, starts[0] ?? reply.fromMs)}
        toMs={Math.max(reply.toMs, (starts.at(-1) ?? 0) + reply.bucketMs)}
        series={series}
        height={height}
        label={`${plural(reply.total, 'event')} from ${shortTime(reply.fromMs)} to ${shortTime(reply.toMs)}, a bar for each ${duration(reply.bucketMs)}`}
        describe={index => `${shortTime(starts[index]!)} + ${duration(reply.bucketMs)}: ${count(values[index] ?? 0)}`}
        onZoom={onZoom}
      />
    </div>
  )
}

const barsMax = 2000

/** The reply leaves empty buckets out; the picture has them. */
function evenBars({ buckets, bucketMs, fromMs, toMs }: HistogramReply): { starts: number[]; series: Series[] } {
  const first = buckets[0]?.startMs ?? fromMs
  const start = first - Math.max(0, Math.floor((first - fromMs) / bucketMs)) * bucketMs
  const last = Math.max(buckets.at(-1)?.startMs ?? start, toMs - bucketMs)
  const size = Math.min(barsMax, Math.max(1, Math.floor((last - start) / bucketMs) + 1))
  const starts = Array.from({ length: size }, (_, at) => start + at * bucketMs)
  const values = new Array<number>(size).fill(0)
  for (const bucket of buckets) {
    const at = Math.round((bucket.startMs - start) / bucketMs)
    if (at >= 0 && at < size) values[at]! += bucket.count
  }
  return { starts, series: [{ label: 'events', colour: 'bar', values }] }
}
