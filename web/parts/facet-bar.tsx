/** The bar of facets: those pinned by oneself or for everybody first, then the usual ones; and adding another field. */

import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Facet } from '../api.ts'
import { facetFields, facetSample, fieldsQuery, type Search, sessionQuery } from '../queries.ts'
import { Spinner } from './controls.tsx'
import { FacetGroup } from './facets.tsx'
import { count } from './format.ts'
import { useSetting } from './settings.ts'

const fieldsMax = 24

export type FacetFields = {
  readonly names: readonly string[]
  readonly mine: readonly string[]
  readonly everybodys: readonly string[]
  setMine(fields: string[]): void
  setEverybodys(fields: string[]): void
}

export function useFacetFields(): FacetFields {
  const [mine, setMine] = useSetting<string[]>('pins', [])
  const [everybodys, setEverybodys] = useSetting<string[]>('shared/pins', [])
  const names = useMemo(
    () => [...new Set([...mine, ...everybodys, ...facetFields])].slice(0, fieldsMax),
    [mine, everybodys]
  )
  return { names, mine, everybodys, setMine, setEverybodys }
}

export function FacetBar({
  reply,
  isStale,
  isPending,
  search,
  fields,
  matches,
  countsAll,
  onCountAll,
  onToggle
}: {
  reply: readonly Facet[] | undefined
  isStale: boolean
  isPending: boolean
  search: Search
  fields: FacetFields
  /** How many events match, if it is known. */
  matches: number | undefined
  countsAll: boolean
  onCountAll: (all: boolean) => void
  onToggle: (clause: string, mode: 'include' | 'exclude') => void
}) {
  const role = useQuery(sessionQuery).data?.user.role
  const mayPinForAll = role === 'admin' || role === 'analyst'
  const { mine, everybodys } = fields
  const known = useQuery(fieldsQuery).data ?? []
  const pinOf = (field: string) =>
    mine.includes(field) ? ('me' as const) : everybodys.includes(field) ? ('everybody' as const) : undefined
  const pin = (field: string, to: 'me' | 'everybody' | undefined) => {
    const without = (list: readonly string[]) => list.filter(each => each !== field)
    if (mine.includes(field) || to === 'me') fields.setMine(to === 'me' ? [...without(mine), field] : without(mine))
    if (everybodys.includes(field) || to === 'everybody')
      fields.setEverybodys(to === 'everybody' ? [...without(everybodys), field] : without(everybodys))
  }
  if (reply === undefined) return isPending ? <Spinner /> : null
  const shown = fields.names.flatMap(name => reply.find(facet => facet.field === name) ?? [])
  const filled = shown.filter(facet => facet.values.length > 0 || pinOf(facet.field) !== undefined)
  const others = known.filter(({ name }) => !fields.names.includes(name))
  return (
    <div aria-busy={isStale} className={`grid gap-1 ${isStale ? 'opacity-60' : ''}`}>
      {(matches ?? 0) > facetSample && (
        <p className="px-1 pb-1 text-muted text-xs">
          {countsAll ? 'Counted in all events.' : `Counted in the newest ${count(facetSample)}.`}{' '}
          <button type="button" className="rounded underline" onClick={() => onCountAll(!countsAll)}>
            {countsAll ? `Only the newest ${count(facetSample)}` : `Count all ${count(matches!)}`}
          </button>
        </p>
      )}
      {filled.length === 0 && <p className="px-1 text-muted">Nothing to filter by.</p>}
      {filled.map(facet => (
        <FacetGroup
          key={facet.field}
          facet={facet}
          search={search}
          onToggle={onToggle}
          pinOf={pinOf}
          onPin={pin}
          mayPinForAll={mayPinForAll}
        />
      ))}
      {others.length > 0 && (
        <select
          aria-label="Add a field to the filters"
          value=""
          className="mt-1 h-7 w-full rounded-md border border-line-strong bg-raised px-1.5 text-soft text-xs"
          onChange={event => event.target.value !== '' && pin(event.target.value, 'me')}
        >
          <option value="">Add a field …</option>
          {others.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </div>
  )
}
