/** An event on a narrow screen: when, what kind, between whom, and a sentence. They stay as they are when the row is opened. */

import { memo, useMemo } from 'react'
import type { StoredEvent } from '../api.ts'
import { Badge } from './controls.tsx'
import { endOf, type Part, summaryOf } from './event-summary.ts'
import { dateTime, isoTime } from './format.ts'
import { Icon } from './icons.tsx'
import { StoredText } from './stored-text.tsx'

export function OpenButton({
  event,
  at,
  isOpen,
  onToggle
}: {
  event: StoredEvent
  at: number
  isOpen: boolean
  onToggle: (id: string, at: number) => void
}) {
  const { alarm } = useMemo(() => summaryOf(event.document), [event])
  const mark = alarm === 'high' ? 'bg-danger' : alarm === 'low' ? 'bg-warn' : ''
  return (
    <td className="pt-1.5 md:pb-1.5">
      {mark !== '' && <span aria-hidden="true" className={`absolute inset-y-0 left-0 w-[3px] ${mark}`} />}
      <button
        type="button"
        data-row={at}
        aria-expanded={isOpen}
        aria-label={`Event at ${dateTime(event.timeMs)}`}
        className="inline-flex size-5 items-center justify-center rounded text-muted hover:text-ink"
        onClick={() => onToggle(event.id, at)}
      >
        <Icon name="chevron" className={`size-3 transition-transform ${isOpen ? 'rotate-90' : ''}`} />
      </button>
    </td>
  )
}

function Cells({ event }: { event: StoredEvent }) {
  const { document } = event
  const summary = useMemo(() => summaryOf(document), [document])
  const hasEnds = endOf(document, 'source') !== undefined || endOf(document, 'destination') !== undefined
  return (
    <>
      <td className="whitespace-nowrap pt-1.5">
        <EventTime ms={event.timeMs} />
      </td>
      <td className="flex min-w-0 items-center justify-self-end pt-1.5" title={summary.dataset}>
        <Badge tone={summary.tone}>
          <StoredText text={summary.badge} max={40} />
        </Badge>
      </td>
      <td className={`col-span-2 col-start-2 min-w-0 truncate font-mono text-xs leading-5 ${hasEnds ? '' : 'hidden'}`}>
        <EventEnds event={event} />
      </td>
      <td className="col-span-2 col-start-2 min-w-0 pb-1.5">
        <div className="wrap-anywhere line-clamp-2 leading-5">
          <EventSentence parts={summary.parts} />
        </div>
      </td>
    </>
  )
}

export const EventCells = memo(Cells)

export function EventTime({ ms }: { ms: number }) {
  const time = dateTime(ms)
  const iso = isoTime(ms)
  return (
    <time dateTime={iso} title={iso} className="num font-mono text-xs leading-5">
      <span className="text-muted">{time.slice(0, 11)}</span>
      {time.slice(11, 19)}
      <span className="text-muted">{time.slice(19)}</span>
    </time>
  )
}

export function EventEnds({ event: { document } }: { event: StoredEvent }) {
  const source = endOf(document, 'source')
  const destination = endOf(document, 'destination')
  return (
    <>
      {source !== undefined && <StoredText text={source} max={120} />}
      {source !== undefined && destination !== undefined && <span className="text-muted"> → </span>}
      {destination !== undefined && <StoredText text={destination} max={120} />}
    </>
  )
}

export function EventSentence({ parts }: { parts: readonly Part[] }) {
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence
    <SummaryPart key={index} part={part} />
  ))
}

function SummaryPart({ part }: { part: Part }) {
  const weight =
    part.weight === 'strong' ? 'font-medium text-ink' : part.weight === 'faint' ? 'text-muted' : 'text-soft'
  const style = part.tone === undefined ? undefined : ({ '--tone': `var(--color-tone-${part.tone})` } as object)
  return (
    <>
      <span className={part.tone === undefined ? weight : 'tinted rounded px-1 font-medium text-[11px]'} style={style}>
        <StoredText text={part.text} max={300} />
      </span>{' '}
    </>
  )
}
