/** An event as a row of the chosen columns. Values of fields open the value menu. */

import { memo, useMemo } from 'react'
import type { StoredEvent } from '../api.ts'
import type { Column } from './columns.ts'
import { Badge } from './controls.tsx'
import { EventEnds, EventSentence, EventTime } from './event-cells.tsx'
import { valuesAt } from './event-fields.ts'
import { summaryOf } from './event-summary.ts'
import { StoredText } from './stored-text.tsx'
import { useValueMenu } from './value-menu.tsx'

const cell = 'min-w-0 truncate py-1.5 leading-5'
const valuesShown = 4

function Columns({ event, columns }: { event: StoredEvent; columns: readonly Column[] }) {
  const summary = useMemo(() => summaryOf(event.document), [event])
  return columns.map(({ name }) => {
    switch (name) {
      case '@timestamp':
        return (
          <td key={name} className={cell}>
            <EventTime ms={event.timeMs} />
          </td>
        )
      case '_kind':
        return (
          <td key={name} className="flex min-w-0 items-center py-1.5" title={summary.dataset}>
            <Badge tone={summary.tone}>
              <StoredText text={summary.badge} max={40} />
            </Badge>
          </td>
        )
      case '_ends':
        return (
          <td key={name} className={`${cell} font-mono text-xs`}>
            <EventEnds event={event} />
          </td>
        )
      case '_event':
        return (
          <td key={name} className={cell}>
            <EventSentence parts={summary.parts} />
          </td>
        )
      default:
        return (
          <td key={name} className={`${cell} font-mono text-xs`}>
            <FieldValues event={event} field={name} />
          </td>
        )
    }
  })
}

export const EventColumns = memo(Columns)

function FieldValues({ event, field }: { event: StoredEvent; field: string }) {
  const menu = useValueMenu()
  const values = valuesAt(event.document, field)
  return (
    <>
      {values.slice(0, valuesShown).map((value, at) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: values may be there twice
          key={at}
          type="button"
          aria-haspopup="menu"
          className="mr-2 max-w-full truncate rounded align-bottom hover:bg-accent-soft hover:text-accent"
          onClick={click => menu.open(click.currentTarget, { field, value })}
        >
          {value === '' ? '(empty)' : <StoredText text={String(value)} max={200} />}
        </button>
      ))}
      {values.length > valuesShown && <span className="text-muted">+{values.length - valuesShown}</span>}
    </>
  )
}
