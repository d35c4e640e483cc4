/** The state of the search page: it all stands in the address, so that a link, a reload and going back show the same. */

import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import type { Range } from '../api.ts'
import type { Search } from '../queries.ts'
import type { SearchAddress } from '../routes.tsx'
import { type Scalar, toggleFilter } from './query-text.ts'

const route = getRouteApi('/frame/')

export type SearchState = {
  readonly address: SearchAddress
  readonly search: Search
  /** A new search: goes into the history, and closes what was open. */
  go(next: Partial<SearchAddress>): void
  /** Looks at the same search otherwise: no step in the history. */
  look(next: Partial<SearchAddress>): void
  toggle(field: string, value: Scalar, mode: 'include' | 'exclude'): void
  setRange(range: Range): void
}

export function useSearchState(): SearchState {
  const address = route.useSearch()
  const navigate = useNavigate({ from: '/' })
  const { q = '', from, to } = address
  const { order } = address
  const search = useMemo(() => ({ q, from, to, order }), [q, from, to, order])
  const go = useCallback<SearchState['go']>(
    next => {
      const asked = next.q === undefined ? next : { ...next, q: next.q.trim() === '' ? undefined : next.q.trim() }
      window.scrollTo({ top: 0 })
      const closed = { event: undefined, view: undefined, sort: undefined }
      navigate({ search: before => ({ ...before, ...closed, ...asked }), resetScroll: false })
    },
    [navigate]
  )
  const look = useCallback<SearchState['look']>(
    next => void navigate({ search: before => ({ ...before, ...next }), replace: true, resetScroll: false }),
    [navigate]
  )
  return {
    address,
    search,
    go,
    look,
    toggle: (field, value, mode) => go({ q: toggleFilter(q, field, value, mode) }),
    setRange: range => go({ from: range.from, to: range.to })
  }
}
