/** How many alerts are new: asked for on every page, so apart from all that the pages of alerts need. */

import { queryOptions } from '@tanstack/react-query'
import { get } from '../../api.ts'

export const newAlertsQuery = queryOptions({
  queryKey: ['alerts', 'summary'],
  queryFn: ({ signal }) => get<{ states: { new?: number } }>('/api/alerts/summary', {}, signal),
  select: ({ states }) => states.new ?? 0,
  refetchInterval: 15_000,
  retry: false
})
