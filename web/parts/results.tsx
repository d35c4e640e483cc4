/** The events that match, as a table of which only the visible part exists. One row at a time is open. */

import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, memo, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { StoredEvent } from '../api.ts'
import { ColumnHead } from './column-head.tsx'
import { type Column, gridTracks, widthNeeded } from './columns.ts'
import { EventCells, OpenButton } from './event-cells.tsx'
import { EventColumns } from './event-columns.tsx'
import { EventDetail, type EventView } from './event-detail.tsx'
import { useKeys } from './keys.ts'
import type { Scalar } from './query-text.ts'
import { useTopOf, useWantedRow } from './window-rows.ts'

export type ResultsProps = {
  events: readonly StoredEvent[]
  query: string
  openId: string | undefined
  view: EventView
  columns: readonly Column[]
  oldestFirst: boolean
  onOrder: (oldestFirst: boolean) => void
  onColumns: (columns: readonly Column[], isDone: boolean) => void
  onOpen: (id: string | undefined) => void
  onView: (view: EventView) => void
  onToggle: (field: string, value: Scalar, mode: 'include' | 'exclude') => void
  onAround: (timeMs: number) => void
  onOther: (event: StoredEvent) => void
  /** Asked for when the end is near. */
  onEnd: () => void
}

/** Times are local: the zone is named once, in the head. */
const zone =
  new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts().find(part => part.type === 'timeZoneName')
    ?.value ?? 'local'

/** Of a closed row on a wide screen, in pixels. */
const rowHeight = 33
const stacked = 'grid grid-cols-[20px_auto_1fr] gap-x-2 px-3'
const wide = 'grid gap-x-3 px-3'

export function Results(props: ResultsProps) {
  const { events, openId, onOpen, columns, onEnd } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const [active, setActive] = useState<number | undefined>()
  const top = useTopOf(body)
  const wanted = useWantedRow(body)
  const isNarrow = useIsNarrow()
  const rows = useWindowVirtualizer({
    count: events.length,
    estimateSize: () => (isNarrow ? 76 : rowHeight),
    overscan: 12,
    scrollMargin: top,
    // The bars above and below cover what lies under them.
    scrollPaddingStart: 190,
    scrollPaddingEnd: 80,
    getItemKey: at => events[at]?.id ?? at
  })

  const items = rows.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each end that is reached
  useEffect(() => {
    if (window.scrollY > 0 && lastShown >= events.length - 20) onEnd()
  }, [lastShown, events.length])

  const move = (step: number) => {
    if (events.length === 0) return
    const next = active === undefined ? 0 : active + step
    if (next >= events.length) onEnd()
    const at = Math.min(Math.max(next, 0), events.length - 1)
    wanted.current = at
    setActive(at)
    rows.scrollToIndex(at, { align: 'auto' })
  }
  // The rows keep one function: they are drawn again only where they change.
  const opening = useRef({ openId, onOpen })
  opening.current = { openId, onOpen }
  const toggle = useCallback((id: string, at: number) => {
    setActive(at)
    opening.current.onOpen(id === opening.current.openId ? undefined : id)
  }, [])
  // A closed row is as high as all others: measuring each would cost more than drawing it.
  const opened = useRef(openId)
  useEffect(() => {
    const before = opened.current
    opened.current = openId
    if (before === undefined || before === openId || isNarrow) return
    const at = events.findIndex(event => event.id === before)
    if (at >= 0) rows.resizeItem(at, rowHeight)
  }, [openId, isNarrow, events, rows])
  const close = () => {
    if (openId === undefined) return
    const at = events.findIndex(event => event.id === openId)
    if (at >= 0) wanted.current = at
    onOpen(undefined)
  }
  useKeys({ j: () => move(1), k: () => move(-1), Escape: close })

  const layout = isNarrow ? stacked : wide
  const tracks = useMemo(
    () => (isNarrow ? undefined : { gridTemplateColumns: gridTracks(columns) }),
    [isNarrow, columns]
  )
  return (
    <div className="overflow-x-auto overflow-y-clip">
      <table
        className="block w-full"
        style={isNarrow ? undefined : { minWidth: widthNeeded(columns) }}
        aria-rowcount={events.length + 1}
        aria-label="Events"
      >
        <thead className="block">
          <tr
            aria-rowindex={1}
            style={tracks}
            className={`${layout} h-8 items-center border-line border-b text-[11px] text-muted max-md:sr-only`}
          >
            <th scope="col">
              <span className="sr-only">Open or close</span>
            </th>
            {columns.map((column, at) => (
              <ColumnHead
                key={column.name}
                columns={columns}
                at={at}
                zone={zone}
                oldestFirst={props.oldestFirst}
                onOrder={props.onOrder}
                onChange={props.onColumns}
              />
            ))}
          </tr>
        </thead>
        <tbody ref={body} className="relative block" style={{ height: rows.getTotalSize() }}>
          {items.map(item => {
            const event = events[item.index]!
            const isOpen = event.id === openId
            return (
              <EventRow
                key={item.key}
                measure={isNarrow || isOpen ? rows.measureElement : undefined}
                event={event}
                at={item.index}
                top={item.start - rows.options.scrollMargin}
                isOpen={isOpen}
                isNarrow={isNarrow}
                columns={columns}
                tracks={tracks}
                onToggle={toggle}
              >
                {isOpen ? (
                  <EventDetail
                    event={event}
                    query={props.query}
                    view={props.view}
                    onView={props.onView}
                    onToggle={props.onToggle}
                    onAround={props.onAround}
                    onOther={props.onOther}
                  />
                ) : undefined}
              </EventRow>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

type RowProps = {
  event: StoredEvent
  at: number
  top: number
  isOpen: boolean
  isNarrow: boolean
  columns: readonly Column[]
  tracks: CSSProperties | undefined
  /** Of rows whose height is their own. */
  measure: ((row: Element | null) => void) | undefined
  onToggle: (id: string, at: number) => void
  /** The event's detail, of an open row. */
  children: ReactNode
}

const EventRow = memo(function EventRow(props: RowProps) {
  const { event, at, isOpen, isNarrow, columns, onToggle } = props
  const height = isNarrow || isOpen ? '' : 'h-[33px] overflow-hidden'
  return (
    // The button inside has the keys; the row is a larger place to click.
    <tr
      ref={props.measure}
      data-index={at}
      aria-rowindex={at + 2}
      className={`absolute top-0 left-0 w-full cursor-pointer border-line border-b ${height} ${isNarrow ? stacked : wide} ${isOpen ? 'bg-accent-soft/60' : 'focus-within:bg-hover hover:bg-hover'}`}
      style={{ ...props.tracks, transform: `translateY(${props.top}px)` }}
      onClick={click => {
        // A dialog that was opened from the row lies elsewhere on the page.
        if (!click.currentTarget.contains(click.target as Node)) return
        if ((click.target as Element).closest('button, [data-detail]') !== null) return
        // Selecting text in a row does not open it.
        if (window.getSelection()?.isCollapsed !== false) onToggle(event.id, at)
      }}
    >
      <OpenButton event={event} at={at} isOpen={isOpen} onToggle={onToggle} />
      {isNarrow ? <EventCells event={event} /> : <EventColumns event={event} columns={columns} />}
      {isOpen && (
        <td
          colSpan={columns.length + 1}
          data-detail
          className="sticky left-0 col-span-full -mx-3 max-w-[calc(100vw-24px)] cursor-auto lg:max-w-[calc(100vw-290px)] bg-panel"
        >
          {props.children}
        </td>
      )}
    </tr>
  )
})

export function useIsNarrow(): boolean {
  const [query] = useState(() => window.matchMedia('(max-width: 767px)'))
  const [isNarrow, setIsNarrow] = useState(query.matches)
  useEffect(() => {
    const update = () => setIsNarrow(query.matches)
    query.addEventListener('change', update)
    return () => query.removeEventListener('change', update)
  }, [query])
  return isNarrow
}
