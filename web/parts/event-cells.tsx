/** One line of the results: when, what kind, between whom, and a sentence. They stay as they are when the row is opened. */

import { memo, useMemo } from 'react'
import type { StoredEvent } from '../api.ts'
import { Badge } from './controls.tsx'
import { endOf, type Part, summaryOf } from './event-summary.ts'
import { dateTime, isoTime } from './format.ts'
import { Icon } from './icons.tsx'
import { StoredText } from './stored-text.tsx'

type CellsProps = {
  event: StoredEvent
  at: number
  isOpen: boolean
  onToggle: (id: string, at: number) => void
}

function Cells({ event, at, isOpen, onToggle }: CellsProps) {
  const { document } = event
  const summary = useMemo(() => summaryOf(document), [document])
  const source = endOf(document, 'source')
  const destination = endOf(document, 'destination')
  const time = dateTime(event.timeMs)
  const iso = isoTime(event.timeMs)
  const mark = summary.alarm === 'high' ? 'bg-danger' : summary.alarm === 'low' ? 'bg-warn' : ''
  const below = 'max-md:col-span-2 max-md:col-start-2'
  return (
    <>
      <td className="pt-1.5 md:pb-1.5">
        {mark !== '' && <span aria-hidden="true" className={`absolute inset-y-0 left-0 w-[3px] ${mark}`} />}
        <button
          type="button"
          data-row={at}
          aria-expanded={isOpen}
          aria-label={`Event at ${time}`}
          className="inline-flex size-5 items-center justify-center rounded text-muted hover:text-ink"
          onClick={() => onToggle(event.id, at)}
        >
          <Icon name="chevron" className={`size-3 transition-transform ${isOpen ? 'rotate-90' : ''}`} />
        </button>
      </td>
      <td className="num whitespace-nowrap pt-1.5 font-mono text-xs leading-5 md:pb-1.5">
        <time dateTime={iso} title={iso}>
          <span className="text-muted">{time.slice(0, 11)}</span>
          {time.slice(11, 19)}
          <span className="text-muted">{time.slice(19)}</span>
        </time>
      </td>
      <td className="flex min-w-0 items-center pt-1.5 max-md:justify-self-end md:pb-1.5" title={summary.dataset}>
        <Badge tone={summary.tone}>
          <StoredText text={summary.badge} max={40} />
        </Badge>
      </td>
      <td
        className={`min-w-0 truncate font-mono text-xs leading-5 md:py-1.5 ${below} ${source === undefined && destination === undefined ? 'max-md:hidden' : ''}`}
      >
        {source !== undefined && <StoredText text={source} max={120} />}
        {source !== undefined && destination !== undefined && <span className="text-muted"> → </span>}
        {destination !== undefined && <StoredText text={destination} max={120} />}
      </td>
      <td className={`min-w-0 pb-1.5 md:pt-1.5 ${below}`}>
        <div className="wrap-anywhere line-clamp-2 leading-5 md:line-clamp-1">
          {summary.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence
            <SummaryPart key={index} part={part} />
          ))}
        </div>
      </td>
    </>
  )
}

export const EventCells = memo(
  Cells,
  (before, after) => before.event === after.event && before.at === after.at && before.isOpen === after.isOpen
)

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
