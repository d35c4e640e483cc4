/** A panel: its head, and what its search has found, or why there is nothing. */

import { Menu } from '@base-ui-components/react/menu'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ApiError, messageOf, type Range } from '../../api.ts'
import { type Answer, runQuery, type Table } from '../../stream.ts'
import { Button, Spinner } from '../controls.tsx'
import { duration } from '../format.ts'
import { Icon } from '../icons.tsx'
import { type Panel, withFilter } from './dashboard.ts'
import { PanelView } from './panel-views.tsx'

export type Around = {
  readonly range: Range
  readonly filter: string
  /** Grows with each refresh. */
  readonly refreshMs: number | false
  readonly onZoom: (fromMs: number, toMs: number) => void
}

const rowsMax = 2000
const headHeight = 40

export function usePanelAnswer(panel: Panel, { range, filter, refreshMs }: Around) {
  const q = withFilter(panel.query, filter)
  // With both ends the server chooses steps of time that suit the range.
  const to = range.to ?? (range.from === undefined ? undefined : 'now')
  return useQuery({
    queryKey: ['panel', q, range.from ?? '', range.to ?? ''],
    queryFn: ({ signal }) => runQuery({ q, from: range.from, to, limit: rowsMax }, signal, () => {}),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
    staleTime: refreshMs === false ? 60_000 : 0,
    retry: false
  })
}

/** Events as rows, for searches without commands. */
function tableOf(answer: Answer): Table {
  if (answer.table !== undefined) return answer.table
  const columns = [
    { name: '@timestamp', type: 'time' },
    { name: 'event.dataset', type: 'text' },
    { name: 'message', type: 'text' }
  ] as const
  const rows = (answer.events ?? []).map(({ timeMs, document }) => {
    const event = document['event'] as { dataset?: unknown; original?: unknown } | undefined
    return [timeMs, event?.dataset ?? '', document['message'] ?? event?.original ?? '']
  })
  return { columns, rows, truncated: false }
}

export function PanelCard({
  panel,
  around,
  height,
  handle,
  corner,
  actions = [],
  onFull
}: {
  panel: Panel
  around: Around
  /** Of the whole card, in pixels. */
  height: number
  /** What it is moved by. */
  handle?: ReactNode
  corner?: ReactNode
  actions?: readonly { readonly label: string; readonly act: () => void }[]
  onFull?: (() => void) | undefined
}) {
  const { data, error, isFetching, isPlaceholderData, refetch } = usePanelAnswer(panel, around)
  const { range, filter } = around
  const item = 'flex cursor-pointer items-center rounded-md px-2.5 py-1.5 outline-none data-highlighted:bg-hover'
  return (
    <section
      aria-label={panel.title}
      aria-busy={isFetching}
      className="panel relative flex h-full min-w-0 flex-col overflow-hidden"
    >
      <div className="flex h-10 shrink-0 items-center gap-1 pr-1 pl-3.5">
        {handle}
        <h2 className="min-w-0 flex-1 truncate font-semibold" title={panel.title}>
          {panel.title}
        </h2>
        {isFetching && <span aria-hidden="true" className="size-1.5 animate-pulse rounded-full bg-accent" />}
        <Menu.Root>
          <Menu.Trigger
            aria-label={`What to do with ${panel.title}`}
            className="inline-flex size-8 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink"
          >
            <span aria-hidden="true" className="font-bold leading-none">
              ⋯
            </span>
          </Menu.Trigger>
          <Menu.Portal>
            <Menu.Positioner side="bottom" align="end" sideOffset={4} className="z-40">
              <Menu.Popup className="enter w-48 rounded-xl border border-line bg-raised p-1.5 shadow-float outline-none">
                <Menu.Item
                  className={item}
                  render={
                    <Link
                      to="/"
                      search={{ q: withFilter(panel.query, filter) || undefined, from: range.from, to: range.to }}
                    />
                  }
                >
                  Open in the search
                </Menu.Item>
                {onFull !== undefined && (
                  <Menu.Item className={item} onClick={onFull}>
                    Full screen
                  </Menu.Item>
                )}
                <Menu.Item className={item} onClick={() => refetch()}>
                  Read again
                </Menu.Item>
                {actions.map(({ label, act }) => (
                  <Menu.Item key={label} className={item} onClick={act}>
                    {label}
                  </Menu.Item>
                ))}
                {data !== undefined && (
                  <div className="num mt-1 border-line border-t px-2.5 pt-1.5 text-muted text-xs">
                    took {duration(data.elapsedMs)}
                    {data.table?.truncated === true && ', cut off'}
                  </div>
                )}
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      </div>
      <div className={`min-h-0 flex-1 overflow-auto transition-opacity ${isPlaceholderData ? 'opacity-60' : ''}`}>
        <Body
          panel={panel}
          answer={data}
          error={error}
          height={height - headHeight - 8}
          onZoom={around.onZoom}
          onAgain={() => refetch()}
        />
      </div>
      {corner}
    </section>
  )
}

function Body({
  panel,
  answer,
  error,
  height,
  onZoom,
  onAgain
}: {
  panel: Panel
  answer: Answer | undefined
  error: Error | null
  height: number
  onZoom: Around['onZoom']
  onAgain: () => void
}) {
  if (error !== null) {
    const isQuery = error instanceof ApiError && error.code === 'bad-query'
    return (
      <div role="alert" className="grid justify-items-start gap-2 px-3.5 py-2">
        <p className="text-danger">
          <Icon name="warning" className="mr-1.5 inline size-4" />
          {isQuery && 'This search cannot be read: '}
          {messageOf(error)}
        </p>
        {!isQuery && (
          <Button small onClick={onAgain}>
            Try again
          </Button>
        )}
      </div>
    )
  }
  if (answer === undefined)
    return (
      <div className="grid h-full place-items-center">
        <Spinner label="Searching" />
      </div>
    )
  const table = tableOf(answer)
  if (table.rows.length === 0)
    return <p className="grid h-full place-items-center px-3.5 pb-6 text-muted">Nothing in this range.</p>
  return <PanelView panel={panel} table={table} height={height} onZoom={onZoom} />
}
