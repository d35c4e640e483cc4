/**
 * A server of TAXII 2.1 (OASIS Standard, 10 June 2021) for peers: what is published of our indicators and sightings, and what peers give
 * each other here. Who may read or write a collection is granted to API tokens with the scope `taxii`. Answers a collection that
 * somebody may not see as one that is not there.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Intel } from '../state/intel.ts'
import {
  type Collection,
  grantsOf,
  keepStatus,
  listCollections,
  type ObjectsAsk,
  removeShared,
  type SharedObject,
  sharedCollection,
  sharedObjects,
  statusOf
} from '../state/intel-shared.ts'
import { type ApiApp, ApiError, type Guard, type Principal, type RoutePlugin } from './route.ts'
import {
  answerTaxiiError,
  checkAccept,
  checkContentType,
  pageMax,
  readFilters,
  stixType,
  taxiiType,
  timeText,
  versionsOf
} from './taxii-request.ts'
import { addObjects, contentBytesMax } from './taxii-write.ts'

export type TaxiiDeps = { readonly intel: Intel; readonly publicUrl?: string | undefined; readonly nowMs: () => number }

const discovery = '/taxii2/'
const root = '/taxii2/picket/'

type Params = { readonly id: string; readonly object: string }
type Seen = { readonly collection: Collection; readonly mayRead: boolean; readonly mayWrite: boolean }

export function taxiiRoutes(deps: TaxiiDeps): RoutePlugin {
  return async (app, guard) => {
    await app.register(async scope => {
      scope.setErrorHandler(answerTaxiiError)
      // Whatever it is called, the body is JSON; what it is called is checked where it is taken.
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: contentBytesMax }, (request, body, done) => {
        try {
          checkContentType(request)
          done(null, JSON.parse(body as string))
        } catch (error) {
          done(error instanceof ApiError ? error : new ApiError(400, 'invalid', 'The body is no JSON.'))
        }
      })
      scope.addHook('preHandler', async request => checkAccept(request))
      describeRoutes(scope as unknown as ApiApp, guard, deps)
      objectRoutes(scope as unknown as ApiApp, guard, deps)
    })
  }
}

/** TAXII's addresses end with a slash (1.6.4); people leave it away. */
function each(path: string, add: (path: string) => void): void {
  add(path)
  add(path.slice(0, -1))
}

function describeRoutes(app: ApiApp, guard: Guard, { intel, publicUrl }: TaxiiDeps): void {
  const get = (path: string, answer: (request: FastifyRequest, reply: FastifyReply) => unknown) =>
    each(path, url =>
      app.get(url, { preHandler: guard('taxii'), schema: { tags: ['taxii'], hide: true } }, async (request, reply) =>
        send(reply, await answer(request, reply))
      )
    )
  get(discovery, request => {
    const address = `${(publicUrl ?? `${request.protocol}://${request.host}`).replace(/\/+$/, '')}${root}`
    return {
      title: 'Picket',
      description: 'Indicators and sightings, shared by a Picket',
      default: address,
      api_roots: [address]
    }
  })
  get(root, () => ({
    title: 'Picket',
    description: 'The collections of this Picket',
    versions: [taxiiType],
    max_content_length: contentBytesMax
  }))
  get(`${root}collections/`, request => {
    const seen = listCollections(intel).flatMap(collection => rightsOf(intel, collection, request.principal!) ?? [])
    return seen.length === 0 ? {} : { collections: seen.map(describe) }
  })
  get(`${root}collections/:id/`, request => describe(collectionFor(intel, request)))
  get(`${root}status/:id/`, request => {
    const status = statusOf(intel, whoOf(request.principal!), (request.params as Params).id)
    if (status === undefined) throw new ApiError(404, 'unknown-status', 'There is no such status.')
    return status
  })
}

function objectRoutes(app: ApiApp, guard: Guard, { intel, nowMs }: TaxiiDeps): void {
  type Page = ReturnType<typeof sharedObjects>
  const get = (path: string, ask: (request: FastifyRequest) => Partial<ObjectsAsk>, body: (page: Page) => object) =>
    each(path, url =>
      app.get(url, { preHandler: guard('taxii'), schema: { tags: ['taxii'], hide: true } }, async (request, reply) => {
        const { collection } = readable(intel, request)
        const filters = { ...readFilters(request.query as Record<string, unknown>), ...ask(request) }
        const page = sharedObjects(intel, collection.id, filters)
        // An object that is not there at all is told apart from filters that leave nothing of it.
        if (page.objects.length === 0 && filters.ids?.length === 1 && 'object' in (request.params as object)) {
          const any = sharedObjects(intel, collection.id, { ids: filters.ids, versions: ['all'], limit: 1 })
          if (any.objects.length === 0)
            throw new ApiError(404, 'unknown-object', 'There is no such object in this collection.')
        }
        const [first, last] = [page.objects[0], page.objects.at(-1)]
        if (first !== undefined && last !== undefined)
          reply.headers({
            'x-taxii-date-added-first': timeText(first.addedUs),
            'x-taxii-date-added-last': timeText(last.addedUs)
          })
        return send(reply, { ...(page.more && { more: true, next: String(last!.addedUs) }), ...body(page) })
      })
    )
  const oneObject = (request: FastifyRequest) => ({ ids: [(request.params as Params).object] })
  const everything = () => ({})
  const collection = `${root}collections/:id/`
  get(`${collection}manifest/`, everything, ({ objects }) =>
    objects.length === 0 ? {} : { objects: objects.map(manifestOf) }
  )
  get(`${collection}objects/`, everything, envelope)
  get(`${collection}objects/:object/`, oneObject, envelope)
  get(
    `${collection}objects/:object/versions/`,
    request => ({ ...oneObject(request), versions: ['all'] }),
    ({ objects }) => (objects.length === 0 ? {} : { versions: objects.map(({ versionUs }) => timeText(versionUs)) })
  )

  each(`${collection}objects/`, url =>
    app.post(
      url,
      { preHandler: guard('taxii'), bodyLimit: contentBytesMax, schema: { tags: ['taxii'], hide: true } },
      async (request, reply) => {
        const { collection, mayWrite } = collectionFor(intel, request)
        if (!mayWrite) throw new ApiError(403, 'forbidden', 'This token may not write into this collection.')
        checkContentType(request)
        const principal = request.principal!
        const status = addObjects(intel, collection, principal.actor, request.body, nowMs())
        keepStatus(intel, whoOf(principal), status, nowMs())
        request.audit('taxii.objects-added', `collection:${collection.id}`, {
          successes: status.success_count,
          failures: status.failure_count
        })
        return send(reply.code(202), status)
      }
    )
  )

  each(`${collection}objects/:object/`, url =>
    app.delete(url, { preHandler: guard('taxii'), schema: { tags: ['taxii'], hide: true } }, async (request, reply) => {
      const { collection, mayWrite } = readable(intel, request)
      if (!mayWrite) throw new ApiError(403, 'forbidden', 'This token may not write into this collection.')
      const { object } = request.params as Params
      const query = request.query as Record<string, unknown>
      const ask = { ids: [object], versions: versionsOf(query) ?? ['all' as const] }
      const there = sharedObjects(intel, collection.id, { ...ask, limit: pageMax }).objects
      if (there.length === 0) throw new ApiError(404, 'unknown-object', 'There is no such object in this collection.')
      // Only what the caller wrote: not what others gave, and not what is published here.
      const removed = removeShared(intel, collection.id, ask, request.principal!.actor)
      if (removed === 0) throw new ApiError(403, 'forbidden', 'This object was given by somebody else.')
      request.audit('taxii.object-removed', `collection:${collection.id}`, { object, versions: removed })
      return send(reply, {})
    })
  )
}

/** Written by hand: objects are JSON already. */
function envelope({ objects }: { objects: readonly SharedObject[] }): object {
  return objects.length === 0 ? {} : { objects: objects.map(({ object }) => JSON.parse(object) as object) }
}

function manifestOf({ id, addedUs, versionUs, spec }: SharedObject): object {
  return {
    id,
    date_added: timeText(addedUs),
    version: timeText(versionUs),
    media_type: spec === '2.1' ? stixType : `application/stix+json;version=${spec}`
  }
}

function send(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.type(taxiiType).serializer(JSON.stringify).send(body)
}

function describe({ collection, mayRead, mayWrite }: Seen): object {
  const { id, title, description } = collection
  return {
    id,
    title,
    ...(description !== '' && { description }),
    can_read: mayRead,
    can_write: mayWrite,
    media_types: [stixType]
  }
}

/** Administrators see all; peers what was granted to their token. */
function rightsOf(intel: Intel, collection: Collection, principal: Principal): Seen | undefined {
  if (principal.scopes.includes('admin')) return { collection, mayRead: true, mayWrite: true }
  const grant = grantsOf(intel, collection.id).find(({ token }) => token === principal.tokenId)
  return grant === undefined ? undefined : { collection, mayRead: grant.mayRead, mayWrite: grant.mayWrite }
}

function collectionFor(intel: Intel, request: FastifyRequest): Seen {
  const collection = sharedCollection(intel, (request.params as Params).id)
  const seen = collection && rightsOf(intel, collection, request.principal!)
  if (seen === undefined) throw new ApiError(404, 'unknown-collection', 'There is no such collection for this token.')
  return seen
}

function readable(intel: Intel, request: FastifyRequest): Seen {
  const seen = collectionFor(intel, request)
  if (!seen.mayRead) throw new ApiError(403, 'forbidden', 'This token may not read this collection.')
  return seen
}

const whoOf = ({ tokenId, actor }: Principal): string => tokenId ?? actor
