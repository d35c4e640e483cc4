/** Routes of sharing: collections that peers may read or write, the peers' tokens, and the name by which they know us. */

import { z } from 'zod'
import { type ApiToken, addToken, listTokens, revokeToken, tokenNamePattern, tokensMax } from '../state/api-tokens.ts'
import { feedOf } from '../state/intel-feeds.ts'
import {
  addCollection,
  type Collection,
  changeCollection,
  collectionsMax,
  grantsOf,
  listCollections,
  nameOwnIdentity,
  ownIdentity,
  removeCollection,
  setGrant,
  sharedCollection
} from '../state/intel-shared.ts'
import type { IntelDeps } from './intel-deps.ts'
import { done, isoOf, isoOrNothing } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const params = z.object({ id: z.uuid() })
const grantParams = z.object({ id: z.uuid(), token: z.string().regex(/^[0-9a-f]{16}$/) })
const body = z.object({
  title: z.string().trim().min(1).max(128),
  description: z.string().max(1000).optional(),
  feeds: z.array(z.int().positive()).max(200).describe('Whose indicators are published'),
  sightings: z.boolean().describe('Tell peers how often indicators were seen here; never where'),
  confidenceMin: z.int().min(0).max(100).optional()
})
const reply = z.object({
  id: z.uuid(),
  title: z.string(),
  description: z.string(),
  feeds: z.array(z.int()),
  sightings: z.boolean(),
  confidenceMin: z.int(),
  objects: z.int(),
  created: z.string(),
  by: z.string(),
  published: z.string().optional(),
  address: z.string().describe('What a peer gives to its TAXII client'),
  peers: z.array(
    z.object({
      token: z.string(),
      name: z.string(),
      read: z.boolean(),
      write: z.boolean(),
      lastUsed: z.string().optional()
    })
  )
})

export function intelSharingRoutes({ intel, state, feeds, publicUrl, nowMs }: IntelDeps): RoutePlugin {
  const out = (collection: Collection, tokens: readonly ApiToken[], base: string): z.output<typeof reply> => {
    const { id, title, description, sightings, confidenceMin, objects, by } = collection
    return {
      id,
      title,
      description,
      feeds: collection.feeds.filter(feed => feedOf(intel, feed) !== undefined),
      sightings,
      confidenceMin,
      objects,
      created: isoOf(collection.createdMs),
      by,
      published: isoOrNothing(collection.publishedMs),
      address: `${base}/taxii2/picket/collections/${id}/`,
      peers: grantsOf(intel, id).flatMap(({ token, mayRead, mayWrite }) => {
        const known = tokens.find(each => each.id === token)
        // A revoked token opens nothing, and is not shown.
        return known === undefined
          ? []
          : [{ token, name: known.name, read: mayRead, write: mayWrite, lastUsed: isoOrNothing(known.lastUsedMs) }]
      })
    }
  }
  const baseOf = (request: { protocol: string; host: string }): string =>
    (publicUrl ?? `${request.protocol}://${request.host}`).replace(/\/+$/, '')
  const find = (id: string): Collection => {
    const collection = sharedCollection(intel, id)
    if (collection === undefined) throw new ApiError(404, 'unknown-collection', 'There is no such collection.')
    return collection
  }
  const fieldsOf = (given: z.output<typeof body>) => {
    for (const feed of given.feeds)
      if (feedOf(intel, feed) === undefined) throw new ApiError(400, 'unknown-feed', `There is no feed ${feed}.`)
    return { description: '', confidenceMin: 0, ...given }
  }
  const publishSoon = (log: { warn(fields: object, message: string): void }): void => {
    feeds.publish().catch(error => log.warn({ err: error }, 'what is shared could not be brought up to date'))
  }

  return (app, guard) => {
    app.get(
      '/api/intel/collections',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Collections that peers may read or write over TAXII 2.1',
          tags: ['intel'],
          response: { 200: z.object({ collections: z.array(reply), name: z.string(), address: z.string() }) }
        }
      },
      async request => {
        const base = baseOf(request)
        const tokens = listTokens(state, undefined)
        return {
          collections: listCollections(intel).map(each => out(each, tokens, base)),
          name: ownIdentity(intel, nowMs()).name,
          address: `${base}/taxii2/`
        }
      }
    )

    app.put(
      '/api/intel/identity',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'The name by which peers know this Picket',
          tags: ['intel'],
          body: z.object({ name: z.string().trim().min(1).max(128) }),
          response: { 200: z.object({ name: z.string() }) }
        }
      },
      async request => {
        const { name } = nameOwnIdentity(intel, request.body.name, nowMs())
        request.audit('intel.identity-named', 'intel', { name })
        publishSoon(request.log)
        return { name }
      }
    )

    app.post(
      '/api/intel/collections',
      {
        preHandler: guard('admin'),
        schema: { summary: 'Make a collection', tags: ['intel'], body, response: { 201: reply } }
      },
      async (request, answer) => {
        const made = addCollection(intel, fieldsOf(request.body), request.principal!.actor, nowMs())
        if (made === undefined)
          throw new ApiError(409, 'too-many-collections', `There are ${collectionsMax} collections: remove some first.`)
        request.audit('intel.collection-made', `collection:${made.id}`, request.body)
        publishSoon(request.log)
        return answer.code(201).send(out(made, listTokens(state, undefined), baseOf(request)))
      }
    )

    app.put(
      '/api/intel/collections/:id',
      {
        preHandler: guard('admin'),
        schema: { summary: 'Change a collection', tags: ['intel'], params, body, response: { 200: reply } }
      },
      async request => {
        const { id } = find(request.params.id)
        changeCollection(intel, id, fieldsOf(request.body))
        request.audit('intel.collection-changed', `collection:${id}`, request.body)
        publishSoon(request.log)
        return out(find(id), listTokens(state, undefined), baseOf(request))
      }
    )

    app.delete(
      '/api/intel/collections/:id',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Remove a collection. What peers gave stays here as a feed until that is removed',
          tags: ['intel'],
          params,
          response: { 200: done }
        }
      },
      async request => {
        const { id, title } = find(request.params.id)
        removeCollection(intel, id)
        request.audit('intel.collection-removed', `collection:${id}`, { title })
        return { ok: true as const }
      }
    )

    const rights = { read: z.boolean(), write: z.boolean() }
    app.post(
      '/api/intel/collections/:id/peers',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Make a token for a peer. Its secret is in this answer and never shown again',
          tags: ['intel'],
          params,
          body: z.object({
            name: z.string().regex(tokenNamePattern, 'must be 1 to 64 printable characters'),
            ...rights
          }),
          response: { 201: z.object({ token: z.string(), secret: z.string(), address: z.string() }) }
        }
      },
      async (request, answer) => {
        const { id } = find(request.params.id)
        const { name, read, write } = request.body
        // Of the installation, not of a person: a group does not fall apart when somebody leaves.
        const added = state.transaction(() => {
          const made = addToken(state, { name, scopes: ['taxii'], userId: undefined, expiresMs: undefined }, nowMs())
          if (made !== undefined)
            request.audit('intel.peer-added', `collection:${id}`, { token: made.token.id, name, read, write })
          return made
        })
        if (added === undefined)
          throw new ApiError(409, 'too-many-tokens', `There are ${tokensMax} tokens: revoke some first.`)
        setGrant(intel, id, { token: added.token.id, mayRead: read, mayWrite: write })
        return answer.code(201).send({
          token: added.token.id,
          secret: added.secret,
          address: `${baseOf(request)}/taxii2/picket/collections/${id}/`
        })
      }
    )

    app.put(
      '/api/intel/collections/:id/peers/:token',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'What a token may do in a collection; nothing takes it away',
          tags: ['intel'],
          params: grantParams,
          body: z.object(rights),
          response: { 200: done }
        }
      },
      async request => {
        const { id } = find(request.params.id)
        const { token } = request.params
        const known = listTokens(state, undefined).find(each => each.id === token)
        if (known === undefined) throw new ApiError(404, 'unknown-token', 'There is no such token.')
        if (!known.scopes.includes('taxii'))
          throw new ApiError(409, 'not-for-peers', `The token ${known.name} has no scope taxii.`)
        setGrant(intel, id, { token, mayRead: request.body.read, mayWrite: request.body.write })
        request.audit('intel.peer-changed', `collection:${id}`, { token, ...request.body })
        return { ok: true as const }
      }
    )

    app.delete(
      '/api/intel/collections/:id/peers/:token',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Shut a peer out of a collection; its token is revoked if it opens no other one',
          tags: ['intel'],
          params: grantParams,
          response: { 200: done }
        }
      },
      async request => {
        const { id } = find(request.params.id)
        const { token } = request.params
        setGrant(intel, id, { token, mayRead: false, mayWrite: false })
        const elsewhere = listCollections(intel).some(each =>
          grantsOf(intel, each.id).some(grant => grant.token === token)
        )
        if (!elsewhere) revokeToken(state, token, undefined, nowMs())
        request.audit('intel.peer-removed', `collection:${id}`, { token, revoked: !elsewhere })
        return { ok: true as const }
      }
    )
  }
}
