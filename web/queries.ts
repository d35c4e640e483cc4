/** What the page keeps of the server's answers, and for how long: the queries of TanStack Query. */

import {
  infiniteQueryOptions,
  keepPreviousData,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions
} from '@tanstack/react-query'
import {
  ApiError,
  type AuditPage,
  type DeadLetterPage,
  type Explanation,
  type Facet,
  get,
  type HistogramReply,
  keepSecret,
  type Ledger,
  type Range,
  type SearchPage,
  type Session,
  type Status
} from './api.ts'

let onSignedOut = () => {}

/** Told once, by the router: what to do when the session has ended. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

/** A wrong password is refused with 401 as well: the code tells. */
const hasEnded = (error: unknown) => error instanceof ApiError && error.code === 'unauthorized'

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => hasEnded(error) && query.queryKey[0] !== 'session' && onSignedOut()
  }),
  mutationCache: new MutationCache({ onError: error => hasEnded(error) && onSignedOut() }),
  defaultOptions: {
    queries: {
      // A status of 0: no answer. A browser breaks all connections off when the machine changes its network.
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || [0, 503].includes(error.status)),
      staleTime: 5000,
      refetchOnWindowFocus: false
    }
  }
})

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => keepSecret(await get<Session>('/api/session')),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false
})

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => get<Status>('/api/status', {}, signal),
  refetchInterval: 5000,
  staleTime: 2000
})

export type ConfiguredSource = {
  name: string
  type: string
  state: 'works' | 'problem' | 'waits'
  where: string
  problem?: string
  records?: number
  connections?: number
  waiting?: number
  lost: Record<string, number>
}

export const configuredQuery = queryOptions({
  queryKey: ['configured-sources'],
  queryFn: ({ signal }) => get<ConfiguredSource[]>('/api/sources', {}, signal),
  refetchInterval: 5000,
  staleTime: 2000
})

export type Search = Range & { q: string; order?: 'asc' | undefined }

/** The first page is soon there; who scrolls on wants more at a time. */
export const pageSize = 100
const nextPageSize = 1000

/** `refreshMs` reads the loaded pages again, as the live view does. */
export function searchQuery(search: Search, refreshMs: number | false) {
  return infiniteQueryOptions({
    queryKey: ['search', search],
    queryFn: ({ pageParam, signal }) =>
      get<SearchPage>(
        '/api/search',
        { ...search, limit: pageParam === '' ? pageSize : nextPageSize, cursor: pageParam },
        signal
      ),
    initialPageParam: '',
    getNextPageParam: page => page.cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
    staleTime: refreshMs === false ? 60_000 : 0
  })
}

export function histogramQuery({ q, from, to }: Search, buckets: number, refreshMs: number | false, by?: string) {
  const search = { q, from, to, by }
  return queryOptions({
    queryKey: ['histogram', search, buckets],
    queryFn: ({ signal }) => get<HistogramReply>('/api/histogram', { ...search, buckets }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
    staleTime: refreshMs === false ? 60_000 : 0
  })
}

export const facetFields = [
  'event.dataset',
  'picket.kind',
  'event.action',
  'source.ip',
  'destination.ip',
  'destination.port',
  'user.name',
  'host.name',
  'rule.name',
  'network.protocol'
] as const

/** In how many events, the newest, facets are counted unless all are asked for: all may be millions. */
export const facetSample = 100_000

export function facetsQuery(
  { q, from, to }: Search,
  fields: readonly string[],
  refreshMs: number | false,
  sample: number
) {
  const asked = { q, from, to, sample }
  return queryOptions({
    queryKey: ['facets', asked, fields],
    queryFn: ({ signal }) =>
      get<{ facets: Facet[] }>('/api/facets', { ...asked, fields: fields.join(','), limit: 8, own: 'drop' }, signal),
    placeholderData: keepPreviousData,
    // Ten counts cost more than one page: the live view reads them less often.
    refetchInterval: refreshMs === false ? false : refreshMs * 3,
    staleTime: 60_000
  })
}

export type KnownField = { readonly name: string; readonly type?: string; readonly share?: number | undefined }

/** The fields that occur; those of the facets where the server does not say. */
export const fieldsQuery = queryOptions({
  queryKey: ['fields'],
  queryFn: async ({ signal }): Promise<readonly KnownField[]> => {
    const usual = facetFields.map((name): KnownField => ({ name }))
    try {
      const { fields } = await get<{ fields: KnownField[] }>('/api/fields', {}, signal)
      const names = new Set(fields.map(field => field.name))
      // What was stored just now is not counted yet.
      return [...fields, ...usual.filter(field => !names.has(field.name))]
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return usual
      throw error
    }
  },
  staleTime: 20_000
})

export function explainQuery(q: string) {
  return queryOptions({
    queryKey: ['explain', q],
    queryFn: ({ signal }) => get<Explanation>('/api/explain', { q }, signal),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false
  })
}

export function ledgerQuery(run: string | undefined, refreshMs: number | false) {
  return queryOptions({
    queryKey: ['ledger', run ?? ''],
    queryFn: ({ signal }) => get<Ledger>('/api/ledger', { run }, signal),
    refetchInterval: refreshMs
  })
}

/**
 * The ledger's reasons have `…` and `N` where values stood. The letters are asked for the longest part between them, which all
 * of the reason's letters have.
 */
export function reasonPart(reason: string | undefined): string | undefined {
  const parts = reason?.split(/…|\bN\b/).map(part => part.trim())
  return parts?.reduce((longest, part) => (part.length > longest.length ? part : longest))
}

export type LettersFilter = { source?: string | undefined; reason?: string | undefined }

export function deadLettersQuery({ source, reason }: LettersFilter) {
  const filter = { source, reason: reasonPart(reason) }
  return infiniteQueryOptions({
    queryKey: ['dead-letters', filter],
    queryFn: ({ pageParam, signal }) =>
      get<DeadLetterPage>('/api/dead-letters', { ...filter, limit: 50, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: page => page.cursor ?? undefined,
    placeholderData: keepPreviousData
  })
}

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam, signal }) =>
    get<AuditPage>('/api/audit', { limit: 100, before: pageParam === 0 ? undefined : pageParam }, signal),
  initialPageParam: 0,
  getNextPageParam: page => page.next
})
