/** A search with commands under way: how far it is, its answer, and ending it. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Search } from '../queries.ts'
import { type Answer, type Progress, runQuery } from '../stream.ts'

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

export function useRunningQuery(search: Search, enabled: boolean): RunningQuery {
  const client = useQueryClient()
  const [progress, setProgress] = useState<Progress | undefined>()
  const queryKey = ['query', search]
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      setProgress(undefined)
      return runQuery({ ...search, limit: rowsMax }, signal, setProgress)
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
