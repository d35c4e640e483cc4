/** Dashboards as the API has them, what is asked of it, and small things that follow from a dashboard. */

import { queryOptions } from '@tanstack/react-query'
import { change, get, withQuery } from '../../api.ts'
import { tokensOf } from '../query-text.ts'

export const views = ['timeseries', 'bars', 'list', 'table', 'single', 'flows'] as const
export type View = (typeof views)[number]
export const viewNames: Readonly<Record<View, string>> = {
  timeseries: 'Over time',
  bars: 'Bars',
  list: 'Top list',
  table: 'Table',
  single: 'Single value',
  flows: 'Map of flows'
}
export const tones = ['teal', 'blue', 'violet', 'pink', 'red', 'amber', 'green', 'slate'] as const
export type Unit = 'count' | 'bytes' | 'seconds' | 'percent'

export type PanelOptions = {
  unit?: Unit | undefined
  style?: 'bars' | 'lines' | undefined
  limit?: number | undefined
  tone?: (typeof tones)[number] | undefined
  caption?: string | undefined
}
export type Panel = {
  id: string
  title: string
  query: string
  view: View
  x: number
  y: number
  w: number
  h: number
  options: PanelOptions
}
export type Dashboard = {
  picket: 'dashboard/1'
  name: string
  title: string
  description?: string | undefined
  from?: string | undefined
  to?: string | undefined
  filter?: string | undefined
  refreshSeconds?: number | undefined
  panels: Panel[]
}
export type KeptDashboard = { dashboard: Dashboard; own: boolean; revision: number; updated?: string; by?: string }
export type DashboardLine = {
  name: string
  title: string
  description?: string
  panels: number
  own: boolean
  revision: number
  updated?: string
  by?: string
}

export const dashboardsQuery = queryOptions({
  queryKey: ['dashboards'],
  queryFn: ({ signal }) => get<{ dashboards: DashboardLine[] }>('/api/dashboards', {}, signal)
})

export function dashboardQuery(name: string) {
  return queryOptions({
    queryKey: ['dashboard', name],
    queryFn: ({ signal }) => get<KeptDashboard>(`/api/dashboards/${name}`, {}, signal),
    staleTime: 30_000
  })
}

/** `revision` 0: there must be none of this name. */
export function putDashboard(dashboard: Dashboard, revision: number): Promise<{ name: string; revision: number }> {
  return change('PUT', withQuery(`/api/dashboards/${dashboard.name}`, { revision }), dashboard)
}

/** A name for the address out of a title; not one of those taken. */
export function nameFor(title: string, taken: readonly string[]): string {
  const base =
    title
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 56)
      .replace(/-+$/, '') || 'dashboard'
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`
    if (!taken.includes(name)) return name
  }
}

export function newDashboard(name: string, title: string): Dashboard {
  return { picket: 'dashboard/1', name, title, from: '-24h', panels: [] }
}

/** The panel's search, narrowed by the filter of the whole dashboard. */
export function withFilter(query: string, filter: string): string {
  if (filter.trim() === '') return query
  const pipe = tokensOf(query).find(token => token.text === '|' && token.kind === 'punctuation')
  const own = query.slice(0, pipe?.start ?? query.length).trim()
  const commands = pipe === undefined ? '' : query.slice(pipe.start)
  const narrowed = own === '' || own === '*' ? `(${filter.trim()})` : `(${own}) and (${filter.trim()})`
  return `${narrowed} ${commands}`.trim()
}
