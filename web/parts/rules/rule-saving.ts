/** Checking the text of a rule and keeping it. */

import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { change } from '../../api.ts'
import type { Diagnostic } from './rules.ts'

export type Checked = {
  ok: boolean
  rules: { id: string; title: string; query: string; route: string }[]
  correlations: { id: string; title: string }[]
  diagnostics: Diagnostic[]
}

export function checkQuery(text: string) {
  return queryOptions({
    queryKey: ['rules', 'check', text],
    queryFn: () => change<Checked>('POST', '/api/rules/check', { text }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false
  })
}

/** Kept as one's own; one of the same id is replaced. */
export async function saveRule(text: string): Promise<string[]> {
  const { ids } = await change<{ ids: string[] }>('POST', '/api/rules', { text })
  return ids
}
