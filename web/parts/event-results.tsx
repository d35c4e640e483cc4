/** The events that match: how they are shown and what can be done with all of them, above the rows or the patterns. */

import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { StoredEvent } from '../api.ts'
import type { SearchAddress } from '../routes.tsx'
import { ColumnChooser } from './column-chooser.tsx'
import type { Column } from './columns.ts'
import { Button } from './controls.tsx'
import { count } from './format.ts'
import { Results, type ResultsProps, useIsNarrow } from './results.tsx'
import { ViewSwitch } from './view-switch.tsx'

type EventResultsProps = Pick<ResultsProps, 'query' | 'onToggle' | 'onAround' | 'onOther'> & {
  rows: readonly StoredEvent[]
  total: number | undefined
  isStale: boolean
  isPatterns: boolean
  patterns: ReactNode
  actions: ReactNode
  address: SearchAddress
  columns: readonly Column[]
  /** Undefined where all there is is here. */
  more: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetching' | 'isFetchingNextPage' | 'fetchNextPage'> | undefined
  onColumns: (columns: readonly Column[], isDone?: boolean) => void
  onLook: (next: Partial<SearchAddress>) => void
}

export function EventResults(props: EventResultsProps) {
  const { rows, total, isStale, isPatterns, address, columns, more, onLook } = props
  const isNarrow = useIsNarrow()
  const oldestFirst = address.order === 'asc'
  return (
    <section
      aria-label="Results"
      aria-busy={isStale}
      className={`panel min-w-0 transition-opacity ${isStale ? 'opacity-60' : ''}`}
    >
      <div className="flex min-h-11 flex-wrap items-center gap-2 border-line border-b px-3 py-1.5">
        <ViewSwitch
          label="Show as"
          options={[
            ['events', 'Events'],
            ['patterns', 'Patterns']
          ]}
          value={isPatterns ? 'patterns' : 'events'}
          onChange={next => onLook({ as: next === 'patterns' ? 'patterns' : undefined })}
        />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {isNarrow && !isPatterns && (
            <Button small onClick={() => onLook({ order: oldestFirst ? undefined : 'asc' })}>
              {oldestFirst ? 'Oldest first' : 'Newest first'}
            </Button>
          )}
          {!isNarrow && !isPatterns && <ColumnChooser columns={columns} onChange={next => props.onColumns(next)} />}
          {props.actions}
        </div>
      </div>
      {isPatterns ? (
        props.patterns
      ) : (
        <>
          <Results
            events={rows}
            query={props.query}
            openId={address.event}
            view={address.view ?? 'table'}
            columns={columns}
            oldestFirst={oldestFirst}
            onOrder={asc => onLook({ order: asc ? 'asc' : undefined })}
            onColumns={props.onColumns}
            onOpen={event => onLook({ event })}
            onView={view => onLook({ view: view === 'table' ? undefined : view })}
            onToggle={props.onToggle}
            onAround={props.onAround}
            onOther={props.onOther}
            onEnd={() => more?.hasNextPage && !more.isFetching && more.fetchNextPage()}
          />
          <div className="flex flex-wrap items-center justify-center gap-3 p-3 text-muted">
            <span className="num">
              {count(rows.length)}
              {total !== undefined && total >= rows.length ? ` of ${count(total)}` : ''} shown
            </span>
            {more?.hasNextPage && (
              <Button small disabled={more.isFetchingNextPage} onClick={() => more.fetchNextPage()}>
                {more.isFetchingNextPage ? 'Loading …' : 'Load more'}
              </Button>
            )}
          </div>
        </>
      )}
    </section>
  )
}
