/** What somebody has chosen for themselves (columns, pins, recent queries), kept by the server; in memory where it cannot. */

import { queryOptions, useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { ApiError, change, get } from '../api.ts'
import { queryClient } from '../queries.ts'

const settingQuery = (key: string) =>
  queryOptions({
    queryKey: ['setting', key],
    queryFn: async ({ signal }): Promise<unknown> => {
      try {
        const reply = await get<{ value?: unknown } | null>(`/api/settings/${key}`, {}, signal)
        return reply?.value ?? null
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null
        throw error
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false
  })

const saveAfterMs = 600

/** The value and how to change it: at once here, a moment later at the server. `shared/…` is everybody's. */
export function useSetting<T>(key: string, whenNone: T): [T, (value: T) => void] {
  const { data } = useQuery(settingQuery(key))
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const set = useCallback(
    (value: T) => {
      queryClient.setQueryData(settingQuery(key).queryKey, value)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        // Where it cannot be kept it still holds until the page is closed.
        change('PUT', `/api/settings/${key}`, { value }).catch(() => undefined)
      }, saveAfterMs)
    },
    [key]
  )
  const none = useRef(whenNone)
  useEffect(() => {
    none.current = whenNone
  })
  return [(data ?? none.current) as T, set]
}
