/** What happened just before and after an event, wherever; or only among those that share one of its values. */

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, get, type StoredEvent } from '../api.ts'
import { Badge, Spinner } from './controls.tsx'
import { EventEnds, EventSentence, EventTime } from './event-cells.tsx'
import { textAt } from './event-fields.ts'
import { summaryOf } from './event-summary.ts'
import { clauseOf } from './query-text.ts'
import { StoredText } from './stored-text.tsx'

const links = ['host.name', 'source.ip', 'user.name', 'destination.ip', 'event.dataset', 'network.community_id']
const eachSide = 10

type Around = { before: StoredEvent[]; event?: StoredEvent; after: StoredEvent[] }

export function Surroundings({ event, onOpen }: { event: StoredEvent; onOpen: (event: StoredEvent) => void }) {
  const [by, setBy] = useState('')
  const known = links.flatMap(field => {
    const value = textAt(event.document, field)
    return value === undefined ? [] : [{ field, clause: clauseOf(field, value) }]
  })
  const around = useQuery({
    queryKey: ['around', event.id, by],
    queryFn: ({ signal }) =>
      get<Around>(
        `/api/events/${event.id}/around`,
        { before: eachSide, after: eachSide, at: event.timeMs, q: by === '' ? undefined : by },
        signal
      ),
    staleTime: 60_000,
    retry: false
  })
  const rows = around.data === undefined ? [] : inOrder(around.data, event)
  return (
    <div className="grid gap-2">
      <label className="flex flex-wrap items-center gap-2 text-muted text-xs">
        Among
        <select
          value={by}
          className="h-7 rounded-md border border-line-strong bg-raised px-2 text-ink"
          onChange={change => setBy(change.target.value)}
        >
          <option value="">all events</option>
          {known.map(({ clause }) => (
            <option key={clause} value={clause}>
              {clause.slice(0, 80)}
            </option>
          ))}
        </select>
      </label>
      {around.isPending ? (
        <Spinner />
      ) : around.isError ? (
        <p className="text-muted">
          {around.error instanceof ApiError && around.error.status === 404
            ? 'This event is not stored any more.'
            : around.error.message}
        </p>
      ) : (
        <ol aria-label="Surrounding events" className="overflow-hidden rounded-lg border border-line">
          {rows.map(each => (
            <Row key={each.id} event={each} isThis={each.id === event.id} onOpen={onOpen} />
          ))}
        </ol>
      )}
    </div>
  )
}

function Row({ event, isThis, onOpen }: { event: StoredEvent; isThis: boolean; onOpen: (event: StoredEvent) => void }) {
  const summary = summaryOf(event.document)
  return (
    <li className="border-line border-b last:border-b-0">
      <button
        type="button"
        aria-current={isThis ? 'true' : undefined}
        disabled={isThis}
        className={`flex w-full min-w-0 flex-wrap items-center gap-x-3 px-2.5 py-1 text-left md:flex-nowrap ${isThis ? 'bg-accent-soft font-medium' : 'hover:bg-hover'}`}
        onClick={() => onOpen(event)}
      >
        <EventTime ms={event.timeMs} />
        <Badge tone={summary.tone}>
          <StoredText text={summary.badge} max={40} />
        </Badge>
        <span className="truncate font-mono text-xs">
          <EventEnds event={event} />
        </span>
        <span className="min-w-0 flex-1 truncate">
          <EventSentence parts={summary.parts} />
        </span>
      </button>
    </li>
  )
}

/** The newest first, as in the results. */
function inOrder({ before, after }: Around, event: StoredEvent): StoredEvent[] {
  const all = new Map([...before, ...after, event].map(each => [each.id, each]))
  return [...all.values()].sort((a, b) => b.timeMs - a.timeMs)
}
