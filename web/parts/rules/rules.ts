/** Rules as the API has them, and what is asked of it. */

import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { change } from '../../api.ts'

export type RuleException = {
  id: string
  query: string
  reason: string
  by: string
  created: string
  expires?: string
  reviewed?: string
  reviewedBy?: string
  expired: boolean
}
export type RuleChange = { time: string; by: string; what: string; detail: Record<string, unknown> }

/** What became of a clause: the field that it read, what stood there, and whether it held. */
export type Clause = {
  text: string
  field?: string
  value?: unknown
  result: boolean
  clauses?: Clause[]
}
export type Explained = { matches: boolean; clause: Clause }

export function explainQuery(id: string, event: unknown) {
  return queryOptions({
    queryKey: ['rule', id, 'explain', event],
    queryFn: () => change<Explained>('POST', `/api/rules/${encodeURIComponent(id)}/explain`, { event }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false
  })
}
