/** Cases as the API has them, and what is asked of it. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { change, type Document, get } from '../../api.ts'
import { type Alert, type HistoryEntry, type Level, type Resolution, refreshAlerts } from './alerts.ts'

export type Case = {
  id: number
  title: string
  state: 'open' | 'closed'
  resolution?: Resolution
  reason: string
  assignee?: string
  /** The worst of its alerts. */
  severity?: Level
  created: string
  by: string
  updated: string
  closed?: string
  alerts: number
  openAlerts: number
  events: number
  files: number
  notes: number
}
export type CaseEvent = { id: string; time: string; event: Document; added: string; by: string }
export type CaseFile = { id: number; name: string; bytes: number; sha256: string; added: string; by: string }
export type CaseDetail = Case & {
  members: Alert[]
  history: HistoryEntry[]
  evidence: { events: CaseEvent[]; files: CaseFile[] }
}

export function casesQuery(filter: { state?: string | undefined; q?: string | undefined }) {
  return infiniteQueryOptions({
    queryKey: ['cases', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      get<{ cases: Case[]; next?: string }>('/api/cases', { ...filter, limit: 50, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    placeholderData: keepPreviousData
  })
}

export function caseQuery(id: string) {
  return queryOptions({
    queryKey: ['cases', 'one', id],
    queryFn: ({ signal }) => get<CaseDetail>(`/api/cases/${encodeURIComponent(id)}`, {}, signal)
  })
}

export async function openCase(title: string, alerts: readonly number[]): Promise<Case> {
  return after(change<Case>('POST', '/api/cases', { title, ...(alerts.length > 0 && { alerts }) }))
}

export async function putIntoCase(id: number, alerts: readonly number[]): Promise<Case> {
  return after(change<Case>('POST', `/api/cases/${id}/alerts`, { ids: alerts }))
}

/** All else that is done to a case: `close`, `notes`, `alerts/12` … */
export async function workOnCase(
  id: number,
  method: 'POST' | 'PATCH' | 'DELETE',
  rest: string,
  body?: unknown
): Promise<void> {
  await after(change(method, `/api/cases/${id}${rest}`, body))
}

async function after<T>(done: Promise<T>): Promise<T> {
  const result = await done
  await refreshAlerts()
  return result
}
