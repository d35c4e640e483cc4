/** How far a search is, and the button that ends it, in the engine too. Shown once it takes longer than one notices. */

import { useEffect, useState } from 'react'
import type { Progress } from '../stream.ts'
import { Button } from './controls.tsx'
import { compact, count, duration } from './format.ts'

const noticedMs = 350

export function QueryProgress({ progress, onCancel }: { progress: Progress | undefined; onCancel: () => void }) {
  const [startMs] = useState(() => performance.now())
  const [elapsedMs, setElapsedMs] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setElapsedMs(performance.now() - startMs), 100)
    return () => clearInterval(timer)
  }, [startMs])
  if (elapsedMs < noticedMs) return null
  const { rowsRead = 0, rowsTotal, waiting } = progress ?? {}
  const share = rowsTotal === undefined || rowsTotal === 0 ? undefined : Math.min(1, rowsRead / rowsTotal)
  return (
    <div className="panel enter flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2">
      <div
        role="progressbar"
        aria-label="The search"
        aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
        className="h-1.5 min-w-32 flex-1 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className={`h-full rounded-full bg-accent ${share === undefined ? 'sweep w-1/3' : 'transition-[width]'}`}
          style={share === undefined ? undefined : { width: `${share * 100}%` }}
        />
      </div>
      <span className="num text-muted text-xs">
        {waiting !== undefined && waiting > 0
          ? `Waiting for ${waiting} other ${waiting === 1 ? 'search' : 'searches'}`
          : rowsTotal !== undefined
            ? `${compact(rowsRead)} of ${compact(rowsTotal)} rows read`
            : rowsRead > 0
              ? `${count(rowsRead)} rows read`
              : 'Searching'}{' '}
        · {duration(elapsedMs)}
      </span>
      <Button small icon="close" onClick={onCancel}>
        Cancel
      </Button>
    </div>
  )
}
