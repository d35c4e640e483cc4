/** What the data generator's page asks the API. */

import { queryOptions } from '@tanstack/react-query'
import { change, get } from '../../api.ts'

export type Mistake = { line: number; column: number; key: string; message: string; suggestion?: string }

export type GeneratorRun = {
  id: string
  source: string
  rate: string
  by: string
  started: string
  records: number
  bytes: number
  elapsedMs: number
  ended?: string
}

export type Known = {
  shapes: { name: string; about: string }[]
  attacks: { name: string; title: string; techniques: string[] }[]
  examples: { name: string; text: string }[]
  runs: GeneratorRun[]
}

type Refused = { ok: false; problems: Mistake[] }
export type Preview = { ok: true; lines: string[]; problem?: string } | Refused

export const knownKey = ['generate'] as const

export const knownQuery = queryOptions({
  queryKey: knownKey,
  queryFn: ({ signal }) => get<Known>('/api/generate', {}, signal),
  refetchInterval: query => (query.state.data?.runs.some(({ ended }) => ended === undefined) ? 1000 : false)
})

export function previewQuery(text: string) {
  return queryOptions({
    queryKey: ['generate-preview', text],
    queryFn: () => change<Preview>('POST', '/api/generate/preview', { text, count: 12 }),
    enabled: text.trim() !== '',
    staleTime: 60_000,
    retry: false,
    placeholderData: before => before
  })
}

export function startRun(wish: { text: string; source: string; rate: string; count?: number }) {
  return change<{ ok: true; run: GeneratorRun } | Refused>('POST', '/api/generate/runs', wish)
}

export const stopRun = (id: string) => change<{ ok: true }>('DELETE', `/api/generate/runs/${id}`)

export const firstText = `# What a record is made of. The preview follows as you write.
fields:
  time:    { type: date, format: 'Y-m-d H:i:s' }
  user:    { type: faker, property: name }
  ip:      { type: ip, cidr: 198.51.100.0/24 }
  action:  { type: weightedList, weightedList: { login: 70, download: 25, delete: 5 } }
  bytes:   { type: randomNumber, randomNumber: { min: 200, max: 90000 } }
  cost:    { type: mathExpression, mathExpression: '{bytes} / 1000 * 0.09' }
  large:   { type: rules, rules: { 'yes': '{bytes} > 50000', 'no': '{bytes} <= 50000' } }
`
