/** One facet: the most frequent values of a field among what matches; a click keeps only them, or leaves them out. */

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Facet, type FacetValue, get } from '../api.ts'
import type { Search } from '../queries.ts'
import { IconButton, inputClass } from './controls.tsx'
import { facetClause, facetLabel } from './facet-values.ts'
import { compact, plural } from './format.ts'
import { Icon } from './icons.tsx'
import { clauseState } from './query-text.ts'
import { StoredText } from './stored-text.tsx'

export type FacetsProps = {
  search: Search
  onToggle: (clause: string, mode: 'include' | 'exclude') => void
  /** By whom it is pinned to the bar, and how to change that. */
  pinOf: (field: string) => 'me' | 'everybody' | undefined
  onPin: (field: string, to: 'me' | 'everybody' | undefined) => void
  mayPinForAll: boolean
}

export function FacetGroup({ facet, ...props }: FacetsProps & { facet: Facet }) {
  const { field, kind } = facet
  const [isOpen, setIsOpen] = useState(true)
  const [all, setAll] = useState(false)
  const [inside, setInside] = useState<string | undefined>()
  const found = useFacetSearch(props.search, field, inside ?? '')
  const values = inside !== undefined && inside !== '' ? (found ?? []) : facet.values
  const shown = all || (inside ?? '') !== '' ? values : values.slice(0, 5)
  const most = Math.max(...values.map(value => value.count), 1)
  const pin = props.pinOf(field)
  const small = 'size-6 pointer-fine:opacity-0 pointer-fine:group-hover/facet:opacity-100 focus-visible:opacity-100'
  return (
    <section aria-label={field}>
      <div className="group/facet flex items-center gap-1.5 rounded-md py-0.5 pr-1 hover:bg-hover">
        <button
          type="button"
          aria-expanded={isOpen}
          className="flex min-w-0 flex-1 items-center gap-1.5 rounded py-1 pl-1 text-left"
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon name="chevron" className={`size-3 text-muted transition-transform ${isOpen ? 'rotate-90' : ''}`} />
          <span className="truncate font-mono font-semibold text-[11.5px] text-soft">{field}</span>
        </button>
        {pin !== undefined && (
          <span className="text-[10px] text-muted" title={pin === 'me' ? 'Pinned by you' : 'Pinned for everybody'}>
            {pin === 'me' ? 'pinned' : 'pinned for all'}
          </span>
        )}
        <Pins field={field} pin={pin} className={small} {...props} />
        <IconButton
          label={`Search inside ${field}`}
          icon="search"
          aria-expanded={inside !== undefined}
          className={inside === undefined ? small : 'size-6'}
          onClick={() => {
            setIsOpen(true)
            setInside(inside === undefined ? '' : undefined)
          }}
        />
      </div>
      {isOpen && (
        <>
          {inside !== undefined && (
            <input
              type="search"
              // biome-ignore lint/a11y/noAutofocus: somebody has just asked for it
              autoFocus
              aria-label={`Values of ${field} with`}
              placeholder="contains …"
              value={inside}
              className={`${inputClass} my-1 h-7! px-2! text-xs`}
              onChange={event => setInside(event.target.value)}
              onKeyDown={event => {
                if (event.key !== 'Escape') return
                event.stopPropagation()
                event.preventDefault()
                setInside(undefined)
              }}
            />
          )}
          <ul className="mb-1.5 grid gap-px" aria-label={`Values of ${field}`}>
            {shown.map(value => (
              <Value
                key={`${value.value}`}
                field={field}
                kind={kind}
                value={value}
                share={value.count / most}
                query={props.search.q}
                onToggle={props.onToggle}
              />
            ))}
          </ul>
          {shown.length === 0 && (
            <p className="mb-1.5 px-1.5 text-muted text-xs">
              {found === undefined && inside ? 'Searching …' : 'None.'}
            </p>
          )}
          {values.length > 5 && (inside ?? '') === '' && (
            <button
              type="button"
              className="mb-1.5 rounded px-1.5 text-accent text-xs hover:underline"
              onClick={() => setAll(!all)}
            >
              {all ? 'Show fewer' : `${values.length - 5} more`}
              <span className="sr-only"> values of {field}</span>
            </button>
          )}
        </>
      )}
    </section>
  )
}

function Pins({
  field,
  pin,
  className,
  onPin,
  mayPinForAll
}: FacetsProps & { field: string; pin: 'me' | 'everybody' | undefined; className: string }) {
  // Mine, then everybody's where one may, then no more.
  const next = pin === undefined ? 'me' : pin === 'me' && mayPinForAll ? 'everybody' : undefined
  if (pin === 'everybody' && !mayPinForAll) return null
  const names = { me: `Pin ${field} for me`, everybody: `Pin ${field} for everybody` }
  return (
    <IconButton
      label={next === undefined ? `Unpin ${field}` : names[next]}
      icon="pin"
      className={pin === undefined ? className : 'size-6 text-accent'}
      onClick={() => onPin(field, next)}
    />
  )
}

/** The values with the text in them; those of before while it is being typed. */
function useFacetSearch({ q, from, to }: Search, field: string, text: string): FacetValue[] | undefined {
  const wanted = text.trim().toLowerCase()
  const { data } = useQuery({
    queryKey: ['facet', field, q, from, to, wanted],
    queryFn: async ({ signal }) => {
      const asked = { q, from, to, fields: field, search: wanted, limit: 50 }
      const reply = await get<{ facets: Facet[] }>('/api/facets', asked, signal)
      return (reply.facets[0]?.values ?? []).filter(({ value }) => String(value).toLowerCase().includes(wanted))
    },
    enabled: wanted !== '',
    placeholderData: before => before,
    staleTime: 30_000
  })
  return data
}

function Value({
  field,
  kind,
  value,
  share,
  query,
  onToggle
}: {
  field: string
  kind: Facet['kind']
  value: FacetValue
  share: number
  query: string
  onToggle: FacetsProps['onToggle']
}) {
  const { count: found } = value
  const clause = facetClause(field, kind, value)
  const shown = facetLabel(kind, value)
  const state = clauseState(query, clause)
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
        title={`${shown.slice(0, 500)}\n${plural(found, 'event')}`}
        className="relative flex h-full min-w-0 flex-1 items-center gap-2 rounded pr-1.5 pl-1.5 text-left focus-visible:-outline-offset-2"
        onClick={() => onToggle(clause, 'include')}
      >
        <span className="sr-only">Only {field} </span>
        <span
          className={`min-w-0 flex-1 truncate font-mono text-[11.5px] ${state === 'exclude' ? 'text-muted line-through' : ''} ${state === 'include' ? 'font-semibold text-accent' : ''}`}
        >
          <StoredText text={shown} max={80} />
        </span>
        <span className="num text-[11px] text-soft">
          {' '}
          {compact(found)}
          <span className="sr-only"> {found === 1 ? 'event' : 'events'}</span>
        </span>
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
          onClick={() => onToggle(clause, 'exclude')}
        >
          <Icon name="minus" className="size-3" />
        </button>
      </span>
    </li>
  )
}
