/** What the server says of threat intelligence, and how the page asks for it. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { ApiError, errorOf, get, secretHeaders, withQuery } from '../../api.ts'
import { queryClient } from '../../queries.ts'
import type { Level } from '../triage/alerts.ts'

export const indicatorTypes = [
  'ip',
  'cidr',
  'domain',
  'url',
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'email',
  'ja3',
  'ja3s',
  'ja4',
  'user-agent',
  'pattern'
] as const
export const feedFormats = ['csv', 'plain', 'hosts', 'drop-json', 'text', 'stix', 'misp'] as const

export type FeedKind = 'list' | 'taxii' | 'misp' | 'warninglists' | 'own' | 'collection'
export const kindNames: Readonly<Record<FeedKind, string>> = {
  list: 'List',
  taxii: 'TAXII 2.1',
  misp: 'MISP',
  warninglists: 'Allow lists',
  own: 'Own',
  collection: 'From peers'
}

export type FeedSettings = { kind: FeedKind; url?: string; path?: string } & Record<string, unknown>

export type Feed = {
  id: number
  name: string
  settings: FeedSettings
  enabled: boolean
  running: boolean
  runs: boolean
  indicators: number
  lastRun?: string
  fetched?: string
  nextRun?: string
  failures: number
  problem: string
  counts: { read?: number; added?: number; removed?: number; refused?: number; tookMs?: number; problems?: string[] }
}

export type CatalogueEntry = { name: string; about: string; home: string; settings: FeedSettings; added: boolean }

export type Indicator = {
  seq: number
  id: string
  type: string
  value: string
  port?: number
  source: string
  feed: number
  level: Level
  confidence: number
  labels: string[]
  validFrom?: string
  validUntil?: string
  seen: string
  added: string
  name?: string
  description?: string
  reference?: string
  allowedBy?: string
}

export type Sighting = {
  seq: number
  indicator: string
  type: string
  value: string
  source: string
  observed: string
  field: string
  count: number
  first?: string
  last?: string
}

export type PeerSighting = {
  seq: number
  indicator: string
  who: string
  source: string
  count: number
  type?: string
  value?: string
  first?: string
  last?: string
}

export type Lookup = {
  value: string
  type?: string
  allowedBy?: string
  indicators: Indicator[]
  sightings: Sighting[]
  peers: PeerSighting[]
}

export type AllowList = {
  id: number
  name: string
  kind: string
  types: string[]
  description: string
  version: string
  enabled: boolean
  entries: number
  feed?: string
  updated: string
  by: string
}

export type Peer = { token: string; name: string; read: boolean; write: boolean; lastUsed?: string }
export type Collection = {
  id: string
  title: string
  description: string
  feeds: number[]
  sightings: boolean
  confidenceMin: number
  objects: number
  published?: string
  address: string
  peers: Peer[]
}

export type Preview = {
  format: string
  read: number
  refused: number
  allowed: number
  counts: Record<string, number>
  sample: { type: string; value: string; name?: string; allowedBy?: string }[]
  problems: string[]
}

export type FileOptions = { name?: string; format?: string; column?: string; type?: string; feed?: string }

export const refreshIntel = () => queryClient.invalidateQueries({ queryKey: ['intel'] })

const isMoving = ({ running, nextRun }: Feed): boolean =>
  running || (nextRun !== undefined && Date.parse(nextRun) <= Date.now())

export const feedsQuery = queryOptions({
  queryKey: ['intel', 'feeds'],
  queryFn: async ({ signal }) => (await get<{ feeds: Feed[] }>('/api/intel/feeds', {}, signal)).feeds,
  // A run is over in seconds, usually, and one that is due begins at once.
  refetchInterval: query => (query.state.data?.some(isMoving) ? 1000 : 10_000)
})

export const catalogueQuery = queryOptions({
  queryKey: ['intel', 'catalogue'],
  queryFn: async ({ signal }) => (await get<{ feeds: CatalogueEntry[] }>('/api/intel/catalogue', {}, signal)).feeds
})

export function indicatorsQuery(ask: { q: string; type: string; feed: string }) {
  return infiniteQueryOptions({
    queryKey: ['intel', 'indicators', ask],
    queryFn: ({ pageParam, signal }) =>
      get<{ indicators: Indicator[]; cursor: number | null }>(
        '/api/intel/indicators',
        { ...ask, limit: 100, cursor: pageParam === 0 ? undefined : pageParam },
        signal
      ),
    initialPageParam: 0,
    getNextPageParam: page => page.cursor ?? undefined,
    placeholderData: keepPreviousData
  })
}

export function lookupQuery(value: string) {
  return queryOptions({
    queryKey: ['intel', 'lookup', value],
    queryFn: ({ signal }) => get<Lookup>('/api/intel/lookup', { value }, signal),
    enabled: value !== ''
  })
}

export function sightingsQuery<T extends Sighting | PeerSighting>(path: 'sightings' | 'peer-sightings') {
  return infiniteQueryOptions({
    queryKey: ['intel', path],
    queryFn: ({ pageParam, signal }) =>
      get<{ sightings: T[]; cursor: string | null }>(`/api/intel/${path}`, { limit: 100, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: page => page.cursor ?? undefined,
    refetchInterval: 5000
  })
}

export const allowListsQuery = queryOptions({
  queryKey: ['intel', 'allow-lists'],
  queryFn: async ({ signal }) => (await get<{ lists: AllowList[] }>('/api/intel/allow-lists', {}, signal)).lists
})

export const collectionsQuery = queryOptions({
  queryKey: ['intel', 'collections'],
  queryFn: ({ signal }) =>
    get<{ collections: Collection[]; name: string; address: string }>('/api/intel/collections', {}, signal),
  refetchInterval: 15_000
})

/** Sends a file as it is. */
export async function sendFile<T>(path: string, options: FileOptions, file: Blob): Promise<T> {
  const reply = await fetch(withQuery(path, options), {
    method: 'POST',
    credentials: 'same-origin',
    headers: { ...secretHeaders(), 'content-type': 'application/octet-stream' },
    body: file
  }).catch(() => {
    throw new ApiError(0, 'unreachable', 'Picket does not answer. Is it running?')
  })
  const json = await reply.json().catch(() => undefined)
  if (!reply.ok) throw errorOf(reply.status, json)
  return json as T
}

/** A search for what was seen. */
export function searchFor(value: string, field?: string): { q: string; from: string } {
  const text = `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  return { q: field === undefined || field === '' ? text : `${field}:${text}`, from: '-30d' }
}
