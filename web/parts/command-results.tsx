/** What a search with commands gives: its progress, then a table, the chart of it, or events. */

import { messageOf } from '../api.ts'
import type { ShownAs } from '../routes.tsx'
import type { Table } from '../stream.ts'
import type { Shape } from './bar-chart.tsx'
import { chartOf } from './chart-data.ts'
import { ChartResult } from './chart-result.tsx'
import { Button, Notice } from './controls.tsx'
import { count, duration, plural } from './format.ts'
import { QueryProgress } from './query-progress.tsx'
import type { RunningQuery } from './running-query.ts'
import { type Sorting, TableResult } from './table-result.tsx'
import { ViewSwitch } from './view-switch.tsx'

type CommandResultsProps = {
  running: RunningQuery
  as: ShownAs | undefined
  shape: Shape | undefined
  sort: string | undefined
  onLook: (next: { as?: ShownAs | undefined; shape?: Shape | undefined; sort?: string | undefined }) => void
  onZoom: (fromMs: number, toMs: number) => void
  actions: React.ReactNode
}

export function CommandResults({ running, as, shape, sort, onLook, onZoom, actions }: CommandResultsProps) {
  const { answer, error } = running
  if (running.isRunning && answer === undefined)
    return <QueryProgress progress={running.progress} onCancel={running.cancel} />
  if (error !== undefined)
    return (
      <Notice
        mood="danger"
        action={
          <Button small onClick={running.run}>
            Try again
          </Button>
        }
      >
        {messageOf(error)}
      </Notice>
    )
  if (running.isCancelled) return <Cancelled onAgain={running.run} />
  if (answer?.table === undefined) return null
  const { table } = answer
  const chart = chartOf(table)
  const shownAs = chart === undefined ? 'table' : (as ?? (table.chart === undefined ? 'table' : 'chart'))
  return (
    <section aria-label="Results" className="panel min-w-0">
      <div className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-3 py-1.5">
        <p className="num" aria-live="polite">
          <strong className="font-semibold text-[15px]">{count(table.rows.length)}</strong>{' '}
          {table.rows.length === 1 ? 'row' : 'rows'}
          {table.truncated && <span className="text-warn"> (there are more)</span>}
          <span className="text-muted">
            {' '}
            · {duration(answer.elapsedMs)} · {plural(answer.rowsRead, 'row')} read
          </span>
        </p>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {chart !== undefined && (
            <ViewSwitch
              label="Show as"
              options={[
                ['table', 'Table'],
                ['chart', 'Chart']
              ]}
              value={shownAs === 'chart' ? 'chart' : 'table'}
              onChange={next => onLook({ as: next })}
            />
          )}
          {actions}
        </div>
      </div>
      <Answer
        table={table}
        isChart={shownAs === 'chart'}
        shape={shape ?? 'bars'}
        sorting={sortingOf(sort)}
        onShape={next => onLook({ shape: next })}
        onSort={next =>
          onLook({ sort: next === undefined ? undefined : `${next.descending ? '-' : ''}${next.column}` })
        }
        onZoom={onZoom}
      />
    </section>
  )
}

function Answer({
  table,
  isChart,
  shape,
  sorting,
  onShape,
  onSort,
  onZoom
}: {
  table: Table
  isChart: boolean
  shape: Shape
  sorting: Sorting | undefined
  onShape: (shape: Shape) => void
  onSort: (sorting: Sorting | undefined) => void
  onZoom: (fromMs: number, toMs: number) => void
}) {
  const chart = chartOf(table)
  if (table.rows.length === 0) return <p className="px-4 py-12 text-center text-muted">No row is left.</p>
  if (isChart && chart !== undefined)
    return <ChartResult table={table} chart={chart} shape={shape} onShape={onShape} onZoom={onZoom} />
  return <TableResult table={table} sorting={sorting} onSort={onSort} />
}

export function Cancelled({ onAgain }: { onAgain: () => void }) {
  return (
    <section className="panel grid justify-items-center gap-3 px-4 py-12 text-center">
      <p className="text-soft">The search was cancelled.</p>
      <Button onClick={onAgain}>Search again</Button>
    </section>
  )
}

function sortingOf(sort: string | undefined): Sorting | undefined {
  if (sort === undefined) return undefined
  return sort.startsWith('-') ? { column: sort.slice(1), descending: true } : { column: sort, descending: false }
}
