/** How many events match and when: the number, the picture, zooming into it and back, and what it is stacked by. */

import type { HistogramReply, Range, SearchPage } from '../api.ts'
import { Button } from './controls.tsx'
import { count, duration, plural } from './format.ts'
import { Histogram } from './histogram.tsx'
import { StackBy } from './stack-by.tsx'

export function HistogramPanel({
  reply,
  isFailed,
  isStale,
  isLive,
  first,
  by,
  zoomedFrom,
  isBounded,
  onBy,
  onZoom,
  onZoomBack,
  onAllTime
}: {
  reply: HistogramReply | undefined
  isFailed: boolean
  isStale: boolean
  isLive: boolean
  first: SearchPage | undefined
  by: string | undefined
  /** What was looked at before. */
  zoomedFrom: Range | undefined
  isBounded: boolean
  onBy: (field: string | undefined) => void
  onZoom: (fromMs: number, toMs: number) => void
  onZoomBack: () => void
  onAllTime: () => void
}) {
  const total = reply?.total
  return (
    <section aria-label="Events over time" className="panel px-3 pt-2 pb-1">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
        <p className="num" aria-live={isLive ? 'off' : 'polite'}>
          {total === undefined ? (
            <span className="text-muted">{isFailed ? '–' : 'Searching …'}</span>
          ) : (
            <>
              <strong className="font-semibold text-[15px]">{count(total)}</strong> {total === 1 ? 'event' : 'events'}
            </>
          )}
          {first !== undefined && (
            <span className="text-muted">
              {' '}
              · {duration(first.elapsedMs)} · {plural(first.rowsRead, 'row')} read
            </span>
          )}
        </p>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {reply !== undefined && (
            <span className="text-muted text-xs">
              a bar is {duration(reply.bucketMs)}
              <span className="max-md:hidden">; drag to zoom</span>
            </span>
          )}
          <StackBy by={by} onBy={onBy} />
          {zoomedFrom !== undefined ? (
            <Button small icon="back" onClick={onZoomBack}>
              Zoom back
            </Button>
          ) : (
            isBounded && (
              <Button small look="ghost" onClick={onAllTime}>
                All time
              </Button>
            )
          )}
        </div>
      </div>
      {reply === undefined ? (
        <div className="h-[92px] sm:h-[116px]" />
      ) : (
        <Histogram reply={reply} isStale={isStale} onZoom={onZoom} />
      )}
    </section>
  )
}
