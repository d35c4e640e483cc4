/** The most frequent values of some fields among what matches; a click keeps only them, or leaves them out. */

import { useState } from 'react'
import type { Facet } from '../api.ts'
import { compact, plural } from './format.ts'
import { Icon } from './icons.tsx'
import { filterState, type Scalar } from './query-text.ts'
import { StoredText } from './stored-text.tsx'

type FacetsProps = {
  facets: readonly Facet[]
  query: string
  onToggle: (field: string, value: Scalar, mode: 'include' | 'exclude') => void
}

export function Facets({ facets, query, onToggle }: FacetsProps) {
  const filled = facets.filter(facet => facet.values.length > 0)
  if (filled.length === 0) return <p className="px-1 text-muted">Nothing to filter by.</p>
  return (
    <div className="grid gap-1">
      {filled.map(facet => (
        <Group key={facet.field} facet={facet} query={query} onToggle={onToggle} />
      ))}
    </div>
  )
}

function Group({ facet, query, onToggle }: { facet: Facet; query: string; onToggle: FacetsProps['onToggle'] }) {
  const [all, setAll] = useState(false)
  const shown = all ? facet.values : facet.values.slice(0, 5)
  const most = Math.max(...facet.values.map(value => value.count))
  return (
    <details open className="group">
      <summary className="flex list-none items-center gap-1.5 rounded-md px-1 py-1.5 hover:bg-hover [&::-webkit-details-marker]:hidden">
        <Icon name="chevron" className="size-3 text-muted transition-transform group-open:rotate-90" />
        <span className="truncate font-mono font-semibold text-[11.5px] text-soft">{facet.field}</span>
      </summary>
      <ul className="mb-1.5 grid gap-px">
        {shown.map(({ value, count: found }) => (
          <Value
            key={String(value)}
            field={facet.field}
            value={value}
            found={found}
            share={found / most}
            state={filterState(query, facet.field, value)}
            onToggle={onToggle}
          />
        ))}
      </ul>
      {facet.values.length > 5 && (
        <button
          type="button"
          className="mb-1.5 rounded px-1.5 text-accent text-xs hover:underline"
          aria-label={all ? `Show fewer values of ${facet.field}` : `Show more values of ${facet.field}`}
          onClick={() => setAll(!all)}
        >
          {all ? 'Show fewer' : `${facet.values.length - 5} more`}
        </button>
      )}
    </details>
  )
}

function Value({
  field,
  value,
  found,
  share,
  state,
  onToggle
}: {
  field: string
  value: string | number
  found: number
  share: number
  state: 'include' | 'exclude' | undefined
  onToggle: FacetsProps['onToggle']
}) {
  const shown = value === '' ? '(empty)' : String(value)
  // With a mouse, what can be done appears over the count.
  const isQuiet = state === undefined
  return (
    <li className="group/value relative flex h-6 items-center overflow-hidden rounded hover:bg-hover">
      <span
        aria-hidden="true"
        className="absolute inset-y-0.5 left-0 rounded bg-accent/12"
        style={{ width: `${Math.max(1.5, share * 100)}%` }}
      />
      <button
        type="button"
        aria-pressed={state === 'include'}
        aria-label={`Only ${field} ${shown}, ${plural(found, 'event')}`}
        title={`${shown.slice(0, 500)}\n${plural(found, 'event')}`}
        className="relative flex h-full min-w-0 flex-1 items-center gap-2 rounded pr-1.5 pl-1.5 text-left focus-visible:-outline-offset-2"
        onClick={() => onToggle(field, value, 'include')}
      >
        <span
          className={`min-w-0 flex-1 truncate font-mono text-[11.5px] ${state === 'exclude' ? 'text-muted line-through' : ''} ${state === 'include' ? 'font-semibold text-accent' : ''}`}
        >
          <StoredText text={shown} max={80} />
        </span>
        <span className="num text-[11px] text-muted">{compact(found)}</span>
      </button>
      <span
        className={`relative flex pr-0.5 ${isQuiet ? 'pointer-fine:absolute pointer-fine:right-0 pointer-fine:bg-hover pointer-fine:pl-1 pointer-fine:opacity-0 pointer-fine:focus-within:opacity-100 pointer-fine:group-hover/value:opacity-100' : ''}`}
      >
        <span
          aria-hidden="true"
          className={`pointer-events-none inline-flex size-5 items-center justify-center rounded ${state === 'include' ? 'bg-accent text-on-accent' : 'text-accent'}`}
        >
          <Icon name={state === 'include' ? 'check' : 'plus'} className="size-3" />
        </span>
        <button
          type="button"
          aria-pressed={state === 'exclude'}
          aria-label={`Without ${field} ${shown}`}
          title={state === 'exclude' ? 'Remove this filter' : 'Without these'}
          className={`inline-flex size-5 items-center justify-center rounded ${state === 'exclude' ? 'bg-danger text-panel' : 'text-danger hover:bg-danger-soft'}`}
          onClick={() => onToggle(field, value, 'exclude')}
        >
          <Icon name="minus" className="size-3" />
        </button>
      </span>
    </li>
  )
}
