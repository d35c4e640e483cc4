/** Alerts as the API has them, and what is asked of it. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { change, type Document, get } from '../../api.ts'
import { queryClient } from '../../queries.ts'
import { clauseOf } from '../query-text.ts'
import { isoOf, resolveMs } from '../time-range.ts'
import type { AlertsAddress } from './alerts-address.ts'

/** The worst first, as a list has them. */
export const levels = ['critical', 'high', 'medium', 'low', 'informational'] as const
export type Level = (typeof levels)[number]
export const states = ['new', 'acknowledged', 'in_progress', 'closed'] as const
export type AlertState = (typeof states)[number]
export const stateNames: Readonly<Record<AlertState, string>> = {
  new: 'new',
  acknowledged: 'acknowledged',
  in_progress: 'in progress',
  closed: 'closed'
}
export const resolutions = ['true_positive', 'false_positive', 'benign'] as const
export type Resolution = (typeof resolutions)[number]
export const resolutionNames: Readonly<Record<Resolution, string>> = {
  true_positive: 'true positive',
  false_positive: 'false positive',
  benign: 'benign'
}

export type RuleSummary = {
  id: string
  version: string
  versions: string[]
  kind: 'rule' | 'correlation' | 'threshold' | 'baseline' | 'indicator'
  title: string
  level: Level
  tags: string[]
}
/** A tactic or a technique of MITRE ATT&CK. */
export type Attack = { id: string; name: string; tactics: string[]; url: string }

export type Alert = {
  id: number
  rule: RuleSummary
  attack: Attack[]
  /** What it is about: `{ 'source.ip': '192.0.2.1' }`; empty for a storm. */
  entity: Record<string, string>
  severity: Level
  severityWhy: string[]
  state: AlertState
  resolution?: Resolution
  reason: string
  assignee?: string
  count: number
  first: string
  last: string
  created: string
  updated: string
  acknowledged?: string
  closed?: string
  snoozedUntil?: string
  case?: number
  test: boolean
  storm: boolean
  entities: number
  summary: string
}

export type KeptEvent = { id: string; time: string; event: Document }
export type HistoryEntry = { id: number; time: string; by: string; kind: string; detail: Record<string, unknown> }
export type RelatedAlert = { alert: Alert; score: number; shared: { field: string; value: string }[] }
export type StormEntity = { entity: Record<string, string>; count: number; first: string; last: string }
export type AlertDetail = Alert & {
  samples: { first: KeptEvent[]; latest: KeptEvent[] }
  history: HistoryEntry[]
  related: RelatedAlert[]
  stormEntities: StormEntity[]
  /** As it first matched. */
  ruleText?: string
}
export type AlertsPage = { alerts: Alert[]; total: number; totalIsExact: boolean; next?: string }
export type AlertsSummary = {
  open: Partial<Record<Level, number>>
  states: Partial<Record<AlertState, number>>
  snoozed: number
  unassigned: number
}
export type WorkDone = {
  changed: number[]
  unchanged: number[]
  refused: { id: number; code: string; message: string }[]
  /** The filter finds more than one request works on. */
  more: boolean
}
/** Alerts by their ids, or all that a filter of the list finds. */
export type Asked =
  | { ids: readonly number[]; filter?: undefined }
  | { filter: Readonly<Record<string, string | undefined>>; ids?: undefined }

export type AlertAction =
  | { action: 'acknowledge' | 'start' | 'reopen' | 'unsnooze' }
  | { action: 'close'; resolution: Resolution; reason: string }
  | { action: 'assign'; assignee: string | undefined }
  | { action: 'comment'; text: string }
  | { action: 'snooze'; until: string }
  | { action: 'severity'; severity: Level; reason: string }

export const alertsKey = ['alerts'] as const

export function alertsQuery(filter: AlertsAddress) {
  return infiniteQueryOptions({
    queryKey: [...alertsKey, 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      get<AlertsPage>('/api/alerts', { ...askedOf(filter), limit: 100, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    placeholderData: keepPreviousData,
    // The live stream says when it has changed; this is for a stream that was lost.
    refetchInterval: 60_000
  })
}

export function alertQuery(id: string) {
  return queryOptions({
    queryKey: [...alertsKey, 'one', id],
    queryFn: ({ signal }) => get<AlertDetail>(`/api/alerts/${encodeURIComponent(id)}`, {}, signal)
  })
}

/** Throws where none of them could be worked on. */
export async function actOn(asked: Asked, action: AlertAction): Promise<WorkDone> {
  const done = await change<WorkDone>('POST', '/api/alerts/bulk', { ...asked, ...action })
  await refreshAlerts()
  const refused = done.refused[0]
  if (refused !== undefined && done.changed.length + done.unchanged.length === 0) throw new Error(refused.message)
  return done
}

export async function refreshAlerts(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: alertsKey }),
    queryClient.invalidateQueries({ queryKey: ['cases'] })
  ])
}

/** Which alerts the address means, in the words of the API. Nothing said: those that are open and not snoozed. */
export function askedOf(filter: AlertsAddress): Record<string, string | undefined> {
  const { state, test, from, to, mentions, ...rest } = filter
  const nowMs = Date.now()
  const iso = (text: string | undefined) => {
    const ms = text === undefined ? undefined : resolveMs(text, nowMs)
    return ms === undefined ? undefined : isoOf(ms)
  }
  const snoozed = state === 'snoozed' ? 'only' : state === 'closed' || state === 'all' ? 'include' : undefined
  return {
    ...rest,
    mentions: mentions === 'on' ? 'me' : undefined,
    from: iso(from),
    to: iso(to),
    state: state === 'snoozed' ? 'open' : state,
    snoozed,
    test: test === 'on' ? 'true' : undefined
  }
}

export const msOf = (time: string): number => Date.parse(time)

/** The alert's entity as a search. */
export function entityQuery({ entity }: Pick<Alert, 'entity'>): string {
  return Object.entries(entity)
    .map(([field, value]) => clauseOf(field, value))
    .join(' and ')
}

/** `source.ip 192.0.2.1`, or what stands for nobody. */
export function entityText(alert: Pick<Alert, 'entity' | 'storm' | 'entities'>): string {
  const parts = Object.entries(alert.entity).map(([field, value]) => `${field} ${value}`)
  if (alert.storm) return `${alert.entities ?? 'many'} entities`
  return parts.length === 0 ? 'no entity' : parts.join(', ')
}
