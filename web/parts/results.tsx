/** The events that match, as a table of which only the visible part exists. One row at a time is open. */

import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { StoredEvent } from '../api.ts'
import { Badge } from './controls.tsx'
import { EventDetail, type EventView } from './event-detail.tsx'
import { endOf, type Part, summaryOf } from './event-summary.ts'
import { dateTime } from './format.ts'
import { Icon } from './icons.tsx'
import { useKeys } from './keys.ts'
import type { Scalar } from './query-text.ts'
import { StoredText } from './stored-text.tsx'

export type ResultsProps = {
  events: readonly StoredEvent[]
  query: string
  openId: string | undefined
  view: EventView
  onOpen: (id: string | undefined) => void
  onView: (view: EventView) => void
  onToggle: (field: string, value: Scalar, mode: 'include' | 'exclude') => void
  onAround: (timeMs: number) => void
  /** Asked for when the keyboard reaches the end. */
  onEnd: () => void
}

/** Times are local: the zone is named once, in the head. */
const zone =
  new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts().find(part => part.type === 'timeZoneName')
    ?.value ?? 'local'

const columns =
  'grid grid-cols-[20px_auto_1fr] gap-x-2 px-3 md:grid-cols-[20px_174px_minmax(64px,96px)_minmax(180px,290px)_minmax(0,1fr)] md:gap-x-3'

export function Results(props: ResultsProps) {
  const { events, openId, onOpen } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const [active, setActive] = useState<number | undefined>()
  const [top, setTop] = useState(0)
  const isNarrow = useIsNarrow()
  const rows = useWindowVirtualizer({
    count: events.length,
    estimateSize: () => (isNarrow ? 76 : 33),
    overscan: 12,
    scrollMargin: top,
    getItemKey: at => events[at]?.id ?? at
  })

  useLayoutEffect(() => {
    const measure = () => {
      const box = body.current?.getBoundingClientRect()
      if (box !== undefined) setTop(Math.round(box.top + window.scrollY))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])

  // The row that the keys are at takes the focus, once it exists.
  const wanted = useRef<number | undefined>(undefined)
  useEffect(() => {
    if (wanted.current === undefined) return
    const button = body.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`)
    if (button === null || button === undefined) return
    wanted.current = undefined
    button.focus({ preventScroll: true })
  })

  const move = (step: number) => {
    if (events.length === 0) return
    const next = active === undefined ? 0 : active + step
    if (next >= events.length) props.onEnd()
    const at = Math.min(Math.max(next, 0), events.length - 1)
    wanted.current = at
    setActive(at)
    rows.scrollToIndex(at, { align: 'auto' })
  }
  const close = () => {
    if (openId === undefined) return
    const at = events.findIndex(event => event.id === openId)
    if (at >= 0) wanted.current = at
    onOpen(undefined)
  }
  useKeys({ j: () => move(1), k: () => move(-1), Escape: close })

  return (
    <table className="block" aria-rowcount={events.length + 1} aria-label="Events">
      <thead className="block">
        <tr
          aria-rowindex={1}
          className={`${columns} h-8 items-center border-line border-b font-semibold text-[11px] text-muted uppercase tracking-wide max-md:sr-only`}
        >
          <th scope="col">
            <span className="sr-only">Open</span>
          </th>
          <th scope="col" className="text-left">
            Time <span className="font-normal normal-case">({zone})</span>
          </th>
          <th scope="col" className="text-left">
            Kind
          </th>
          <th scope="col" className="text-left">
            Source → destination
          </th>
          <th scope="col" className="text-left">
            Event
          </th>
        </tr>
      </thead>
      <tbody ref={body} className="relative block" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(item => {
          const event = events[item.index]!
          const isOpen = event.id === openId
          return (
            <tr
              key={item.key}
              ref={rows.measureElement}
              data-index={item.index}
              aria-rowindex={item.index + 2}
              className={`absolute top-0 left-0 block w-full border-line border-b ${isOpen ? 'bg-panel' : ''}`}
              style={{ transform: `translateY(${item.start - rows.options.scrollMargin}px)` }}
            >
              <Row
                event={event}
                at={item.index}
                isOpen={isOpen}
                onOpen={(id, at) => {
                  setActive(at)
                  onOpen(id)
                }}
              />
              {isOpen && (
                <td colSpan={5} className="block">
                  <EventDetail
                    event={event}
                    query={props.query}
                    view={props.view}
                    onView={props.onView}
                    onToggle={props.onToggle}
                    onAround={props.onAround}
                  />
                </td>
              )}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

type RowProps = {
  event: StoredEvent
  at: number
  isOpen: boolean
  onOpen: (id: string | undefined, at: number) => void
}

/** The cells of the closed row. They stay when it is open. */
const Row = memo(
  function Row({ event, at, isOpen, onOpen }: RowProps) {
    const { document } = event
    const summary = useMemo(() => summaryOf(document), [document])
    const source = endOf(document, 'source')
    const destination = endOf(document, 'destination')
    const time = dateTime(event.timeMs)
    const toggle = () => onOpen(isOpen ? undefined : event.id, at)
    const mark = summary.alarm === 'high' ? 'bg-danger' : summary.alarm === 'low' ? 'bg-warn' : ''
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the button inside has the keys; the row is a larger place to click
      <td
        className={`${columns} relative cursor-pointer py-1.5 md:items-center ${isOpen ? 'bg-accent-soft/60' : 'focus-within:bg-hover hover:bg-hover'}`}
        onClick={click => {
          // Selecting text in a row does not open it.
          if (window.getSelection()?.isCollapsed === false) return
          if (!(click.target as Element).closest('button')) toggle()
        }}
      >
        {mark !== '' && <span aria-hidden="true" className={`absolute inset-y-0 left-0 w-[3px] ${mark}`} />}
        <button
          type="button"
          data-row={at}
          aria-expanded={isOpen}
          aria-label={`Event at ${time}`}
          className="inline-flex size-5 items-center justify-center rounded text-muted hover:text-ink"
          onClick={toggle}
        >
          <Icon name="chevron" className={`size-3 transition-transform ${isOpen ? 'rotate-90' : ''}`} />
        </button>
        <time
          dateTime={new Date(event.timeMs).toISOString()}
          title={new Date(event.timeMs).toISOString()}
          className="num whitespace-nowrap font-mono text-xs leading-5"
        >
          <span className="text-muted">{time.slice(0, 11)}</span>
          {time.slice(11, 19)}
          <span className="text-muted">{time.slice(19)}</span>
        </time>
        <span className="flex min-w-0 items-center max-md:justify-self-end" title={summary.dataset}>
          <Badge tone={summary.tone}>
            <StoredText text={summary.badge} max={40} />
          </Badge>
        </span>
        <span className="min-w-0 truncate font-mono text-xs max-md:col-span-2 max-md:col-start-2 max-md:empty:hidden">
          {source !== undefined && <StoredText text={source} max={120} />}
          {source !== undefined && destination !== undefined && <span className="text-muted"> → </span>}
          {destination !== undefined && <StoredText text={destination} max={120} />}
        </span>
        <span className="line-clamp-2 min-w-0 wrap-anywhere max-md:col-span-2 max-md:col-start-2 md:truncate">
          {summary.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence
            <SummaryPart key={index} part={part} />
          ))}
        </span>
      </td>
    )
  },
  (before, after) => before.event === after.event && before.at === after.at && before.isOpen === after.isOpen
)

function SummaryPart({ part }: { part: Part }) {
  const weight =
    part.weight === 'strong' ? 'font-medium text-ink' : part.weight === 'faint' ? 'text-muted' : 'text-soft'
  const tone = part.tone === undefined ? '' : 'tinted rounded px-1 font-medium text-[11px]'
  return (
    <>
      <span
        className={part.tone === undefined ? weight : tone}
        style={part.tone === undefined ? undefined : ({ '--tone': `var(--color-tone-${part.tone})` } as object)}
      >
        <StoredText text={part.text} max={300} />
      </span>{' '}
    </>
  )
}

function useIsNarrow(): boolean {
  const [query] = useState(() => window.matchMedia('(max-width: 767px)'))
  const [isNarrow, setIsNarrow] = useState(query.matches)
  useEffect(() => {
    const update = () => setIsNarrow(query.matches)
    query.addEventListener('change', update)
    return () => query.removeEventListener('change', update)
  }, [query])
  return isNarrow
}
