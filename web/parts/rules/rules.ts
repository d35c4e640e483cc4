/** Rules as the API has them, and what is asked of it. */

import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { change, get } from '../../api.ts'
import { queryClient } from '../../queries.ts'
import type { Attack, Level } from '../triage/alerts.ts'

/** Written here; a collection that was brought in; what comes with Picket. */
export type Origin = 'own' | 'imported' | 'picket'
export const originNames: Readonly<Record<Origin, string>> = {
  own: 'own',
  imported: 'imported',
  picket: 'Picket’s'
}

export type RuleLine = {
  id: string
  kind: 'rule' | 'correlation' | 'threshold' | 'baseline'
  title: string
  /** As it holds here; `ownLevel` is what its text says. */
  level: Level
  ownLevel: Level
  status?: string
  origin: Origin
  enabled: boolean
  /** Why it is on or off. */
  why: string
  tags: string[]
  logsource?: { product?: string; category?: string; service?: string }
  file: string
  /** How many are in force. */
  exceptions: number
  /** Absent where it never did. */
  fired?: { alerts: number; matches: number; falsePositives: number; last: string }
}
export type Diagnostic = {
  file: string
  line: number
  column: number
  severity: 'error' | 'warning'
  message: string
  suggestion?: string
  rule?: string
}
export type RuleList = { rules: RuleLine[]; enabled: number; diagnostics: Diagnostic[]; diagnosticsTotal: number }

export type RuleException = {
  id: string
  query: string
  reason: string
  by: string
  created: string
  expires?: string
  expired: boolean
  reviewed?: string
  reviewedBy?: string
}
export type RuleChange = { time: string; by: string; what: string; detail: Record<string, unknown> }

export type RuleDetail = RuleLine & {
  attack?: Attack[]
  description?: string
  author?: string
  date?: string
  modified?: string
  references: string[]
  falsepositives: string[]
  text: string
  /** The whole file, where it holds more than this rule. */
  fileText?: string
  version: string
  /** What it looks for and in which events, in the search language. */
  query?: string
  route?: string
  groupBy: string[]
  /** Those past their time included. */
  allExceptions: RuleException[]
  history: RuleChange[]
  diagnostics: Diagnostic[]
}

/** What became of a clause: the field that it read, what stood there, and whether it held. */
export type Clause = {
  kind: 'and' | 'or' | 'not' | 'test'
  text: string
  result: boolean
  field?: string
  value?: string
  of?: Clause[]
}
export type Explained = {
  matches: boolean
  clause: Clause
  /** Those that keep the event out. */
  exceptions: { id: string; query: string; reason: string }[]
}

export type RuleCoverage = {
  /** Its events are there and so are its fields; something is missing; it has fired. */
  state: 'fired' | 'can' | 'cannot' | 'unknown'
  missing: string[]
  why?: string
  matches?: number
  last?: string
}
export type Coverage = ReadonlyMap<string, RuleCoverage>

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => get<RuleList>('/api/rules', {}, signal),
  staleTime: 20_000
})

export const coverageQuery = queryOptions({
  queryKey: ['rules', 'coverage'],
  queryFn: async ({ signal }): Promise<Coverage> => {
    const { rules } = await get<{ rules: (RuleCoverage & { id: string })[] }>('/api/rules/coverage', {}, signal)
    return new Map(rules.map(rule => [rule.id, rule]))
  },
  staleTime: 60_000,
  retry: false
})

export function ruleQuery(id: string) {
  return queryOptions({
    queryKey: ['rules', 'one', id],
    queryFn: ({ signal }) => get<RuleDetail>(ruleAt(id), {}, signal),
    retry: false
  })
}

export const ruleAt = (id: string, rest = '') => `/api/rules/${encodeURIComponent(id)}${rest}`

export async function refreshRules(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ['rules'] })
}

/** On or off, or another level (`own`: that of its text). */
export async function decideRule(id: string, decision: { enabled?: boolean; level?: Level | 'own' }): Promise<void> {
  await change('PUT', ruleAt(id), decision)
  await refreshRules()
}

export function explainQuery(id: string, event: unknown) {
  return queryOptions({
    queryKey: ['rules', 'explain', id, event],
    queryFn: () => change<Explained>('POST', ruleAt(id, '/explain'), { event }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false
  })
}

/** `windows · process_creation`. */
export function logsourceText({ product, category, service }: NonNullable<RuleLine['logsource']> = {}): string {
  return [product, category, service].filter(part => part !== undefined).join(' · ')
}
