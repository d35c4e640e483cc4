/**
 * A client of TAXII 2.1 servers (OASIS Standard, 10 June 2021): discovery (4.1), API roots (4.2), collections (5.1, 5.2), and their objects
 * page by page (5.4, 3.4). What comes is not understood here but bounded: sizes, pages, and answers that lead nowhere.
 */

import { FeedError, type Reach, request, urlOf } from '../feeds/request.ts'
import { type Patience, withRetries } from '../feeds/retry.ts'

export const taxiiType = 'application/taxii+json;version=2.1'

export type TaxiiCollection = {
  /** The address of the API root, with a slash at the end. */
  readonly root: string
  readonly id: string
  readonly title: string
  readonly alias: string | undefined
}

/** Up to where a collection was read. */
export type TaxiiPlace = {
  /** The filter of the pages under way, and of the next run: RFC 3339 with a fraction, as servers give it. */
  readonly addedAfter?: string | undefined
  /** The page after the last one that was kept. */
  readonly next?: string | undefined
  /** When the last object that was kept was added, as the server said. */
  readonly last?: string | undefined
}

export type TaxiiPage = {
  readonly objects: readonly unknown[]
  /** The place after this page. */
  readonly place: TaxiiPlace
  readonly isLast: boolean
  readonly bytes: number
}

export type TaxiiServer = Reach & { readonly patience: Patience }

const collectionsMax = 500
const rootsMax = 50
const emptyPagesMax = 3
const pageSize = 1000
/** Where a server does not say when objects were added: clocks differ, and reading some again is harmless. */
const overlapMs = 10 * 60_000

/**
 * What an address leads to, whichever of them it is: a discovery resource, an API root, its list of collections, a collection, or a
 * collection's objects. Of roots that cannot be read, the others are taken; if none can, the first failure is thrown.
 */
export async function findCollections(address: string, server: TaxiiServer): Promise<TaxiiCollection[]> {
  const url = urlOf(address)
  const direct = /^(.*\/)collections\/([^/]+)(?:\/objects)?\/?$/.exec(url.pathname)
  if (direct !== null) {
    const root = `${url.origin}${direct[1]}`
    const told = await getJson(`${root}collections/${direct[2]}/`, server)
    return [
      collectionOf(root, told) ?? { root, id: decodeURIComponent(direct[2]!), title: direct[2]!, alias: undefined }
    ]
  }
  if (/\/collections\/?$/.test(url.pathname)) return collectionsIn(url.href.replace(/collections\/?$/, ''), server)
  const told = await getJson(slashed(url.href), server)
  if (Array.isArray(told['api_roots']) || typeof told['default'] === 'string') {
    const named = [told['default'], ...(Array.isArray(told['api_roots']) ? told['api_roots'] : [])]
    // They may be relative (4.1.1), and the default stands in both.
    const roots = new Set(named.flatMap(each => (typeof each === 'string' ? (URL.parse(each, url)?.href ?? []) : [])))
    const found: TaxiiCollection[] = []
    let failure: unknown
    for (const root of [...roots].slice(0, rootsMax)) {
      // Credentials are for the server that was named, not for whichever one it names.
      if (new URL(root).origin !== url.origin) {
        failure ??= new FeedError(
          'feed-refused',
          `${url.origin} names an API root on another server (${root}): make that a feed of its own`
        )
        continue
      }
      try {
        found.push(...(await collectionsIn(slashed(root), server)))
      } catch (error) {
        failure ??= error
      }
    }
    if (found.length === 0 && failure !== undefined) throw failure
    return found.slice(0, collectionsMax)
  }
  if (Array.isArray(told['versions']) || told['max_content_length'] !== undefined)
    return collectionsIn(slashed(url.href), server)
  if (Array.isArray(told['collections'])) return readCollections(slashed(url.href), told)
  throw new FeedError('feed-invalid', `${url.href} is neither a discovery resource nor an API root of TAXII 2.1`)
}

async function collectionsIn(root: string, server: TaxiiServer): Promise<TaxiiCollection[]> {
  return readCollections(root, await getJson(`${root}collections/`, server))
}

function readCollections(root: string, told: Readonly<Record<string, unknown>>): TaxiiCollection[] {
  const list = Array.isArray(told['collections']) ? told['collections'] : []
  return list.slice(0, collectionsMax).flatMap(each => collectionOf(root, each) ?? [])
}

/** Undefined if it may not be read, or is none. */
function collectionOf(root: string, told: unknown): TaxiiCollection | undefined {
  if (typeof told !== 'object' || told === null) return undefined
  const { id, title, alias, can_read } = told as Record<string, unknown>
  if (typeof id !== 'string' || id === '' || id.length > 256 || can_read === false) return undefined
  return {
    root,
    id,
    title: typeof title === 'string' ? title.slice(0, 256) : id,
    alias: typeof alias === 'string' ? alias.slice(0, 256) : undefined
  }
}

/**
 * A collection's objects from a place on. Each page is to be kept, with its place, before the next is asked for: then a run that ends
 * anywhere goes on there. Throws where the server leads in a circle.
 */
export async function* pagesOf(
  { root, id }: Pick<TaxiiCollection, 'root' | 'id'>,
  from: TaxiiPlace,
  server: TaxiiServer,
  ask: { pageSize?: number } = {}
): AsyncGenerator<TaxiiPage> {
  let { addedAfter, next, last } = from
  let empty = 0
  let resumed = next !== undefined
  const seen = new Set<string>()
  for (;;) {
    const query = new URLSearchParams({ limit: String(ask.pageSize ?? pageSize) })
    if (addedAfter !== undefined) query.set('added_after', addedAfter)
    if (next !== undefined) query.set('next', next)
    let answer: Awaited<ReturnType<typeof getPage>>
    try {
      answer = await getPage(`${root}collections/${encodeURIComponent(id)}/objects/?${query}`, server)
    } catch (error) {
      // The page's name has expired since the last run: what was added after the last object that we have is the same.
      const expired = error instanceof FeedError && [400, 404, 410].includes(error.status)
      if (!resumed || !expired) throw error
      resumed = false
      next = undefined
      addedAfter = last === undefined ? addedAfter : justBefore(last)
      continue
    }
    resumed = false
    const { envelope, headers, bytes } = answer
    const objects = Array.isArray(envelope['objects']) ? envelope['objects'] : []
    const more = envelope['more'] === true
    const told = headers['x-taxii-date-added-last']
    if (typeof told === 'string' && !Number.isNaN(Date.parse(told))) last = told
    if (!more) {
      const dateMs = Date.parse(headers.date ?? '')
      const asked = Number.isNaN(dateMs) ? undefined : new Date(dateMs - overlapMs).toISOString()
      const end = last ?? (objects.length > 0 || addedAfter === undefined ? asked : addedAfter)
      yield { objects, place: { addedAfter: end, last: end }, isLast: true, bytes }
      return
    }
    empty = objects.length === 0 ? empty + 1 : 0
    const named =
      typeof envelope['next'] === 'string' && envelope['next'] !== '' ? envelope['next'].slice(0, 4096) : undefined
    // Some servers give all pages of one answer the same name: then the page itself must be another.
    const step = named === undefined ? `after ${last}` : `next ${named} ${faceOf(objects)}`
    const stuck =
      seen.has(step) || (named === undefined && (last === undefined || last === addedAfter)) || empty > emptyPagesMax
    if (stuck)
      throw new FeedError(
        'feed-invalid',
        `${root}collections/${id}/: the server promises more but its pages lead nowhere new`
      )
    seen.add(step)
    next = named
    // Without a name for the next page, it is what was added after this one (3.4).
    if (named === undefined) addedAfter = last
    yield { objects, place: { addedAfter, next, last }, isLast: false, bytes }
  }
}

/** Others may have been added in the same moment as the last one that we have; reading some again is harmless. */
function justBefore(time: string): string {
  return new Date(Date.parse(time) - 1).toISOString()
}

function faceOf(objects: readonly unknown[]): string {
  const shown = (object: unknown) => {
    const { id, modified } = (object ?? {}) as { id?: unknown; modified?: unknown }
    return `${id} ${modified}`
  }
  return `${objects.length} ${shown(objects[0])} ${shown(objects.at(-1))}`.slice(0, 512)
}

async function getPage(url: string, server: TaxiiServer) {
  return withRetries(server.patience, async () => {
    const answer = await request(url, server, { headers: { accept: taxiiType } })
    const envelope = jsonOf(answer.body, url)
    return { envelope, headers: answer.headers, bytes: answer.body.length }
  })
}

async function getJson(url: string, server: TaxiiServer): Promise<Readonly<Record<string, unknown>>> {
  return withRetries(server.patience, async () => {
    const answer = await request(url, { ...server, bytesMax: 4 << 20 }, { headers: { accept: taxiiType } })
    return jsonOf(answer.body, url)
  })
}

function jsonOf(body: Buffer, url: string): Readonly<Record<string, unknown>> {
  // An empty page may be answered with an empty body.
  if (body.length === 0) return {}
  let json: unknown
  try {
    json = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new FeedError('feed-invalid', `${url.split('?')[0]} answered what is no JSON`, { cause })
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new FeedError('feed-invalid', `${url.split('?')[0]} answered JSON that is no object`)
  return json as Readonly<Record<string, unknown>>
}

const slashed = (url: string): string => {
  const parsed = new URL(url)
  parsed.hash = ''
  parsed.search = ''
  return parsed.href.endsWith('/') ? parsed.href : `${parsed.href}/`
}
