/** A search with commands under way: how far it is, its answer, and ending it. */

import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Range } from '../api.ts'
import { type Search, statusQuery } from '../queries.ts'
import { type Answer, type Progress, runQuery } from '../stream.ts'
import { isoOf } from './time-range.ts'

export const rowsMax = 10_000

export type RunningQuery = {
  readonly answer: Answer | undefined
  readonly error: Error | undefined
  readonly progress: Progress | undefined
  readonly isRunning: boolean
  /** Ended by somebody before there was an answer. */
  readonly isCancelled: boolean
  cancel(): void
  run(): void
}

/** The steps of a chart over all time are chosen by the range: then that is the range of what is stored. */
async function boundedRange(client: QueryClient, q: string, range: Range): Promise<Range> {
  if (range.from !== undefined || !/\btimechart\b/.test(q)) return range
  const { fromMs, toMs } = await client.ensureQueryData(statusQuery)
  if (fromMs === null || toMs === null) return range
  return { from: isoOf(fromMs), to: range.to ?? isoOf(toMs + 1) }
}

export function useRunningQuery(search: Search, enabled: boolean): RunningQuery {
  const client = useQueryClient()
  const [progress, setProgress] = useState<Progress | undefined>()
  const queryKey = ['query', search]
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      setProgress(undefined)
      const { q, from, to } = search
      return runQuery({ q, ...(await boundedRange(client, q, { from, to })), limit: rowsMax }, signal, setProgress)
    },
    enabled,
    retry: false,
    staleTime: 60_000,
    gcTime: 60_000
  })
  return {
    answer: query.data,
    error: query.error ?? undefined,
    progress: query.isFetching ? progress : undefined,
    isRunning: enabled && query.isFetching,
    isCancelled: enabled && query.isPending && !query.isFetching,
    cancel: () => void client.cancelQueries({ queryKey }),
    run: () => void query.refetch()
  }
}
