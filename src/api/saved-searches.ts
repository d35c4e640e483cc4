/** Searches that are kept, and what people set on the page: for themselves, or shared by those who may change things for all. */

import { z } from 'zod'
import {
  everybody,
  listSavedSearches,
  readUserSetting,
  removeSavedSearch,
  type SavedSearch,
  savedSearchesMax,
  savedSearchNamed,
  saveSearch,
  settingsMax,
  writeUserSetting
} from '../state/saved-searches.ts'
import type { State } from '../state/state.ts'
import { done, isoOf } from './replies.ts'
import { ApiError, type Principal, type RoutePlugin } from './route.ts'

const valueBytesMax = 65_536
const name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\x00-\x1f\x7f]+$/, 'must have no control characters')
const content = {
  q: z.string().max(65_536).default(''),
  from: z.string().max(64).optional(),
  to: z.string().max(64).optional(),
  columns: z.array(z.string().min(1).max(512)).max(100).optional(),
  view: z.string().max(64).optional().describe('How the page shows it: events, table, chart, patterns')
}
const reply = z.object({ name, ...content, shared: z.boolean(), updated: z.string(), by: z.string() })
const key = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)

/** By the user's id: a name may be given to somebody else later. */
export function ownerOf(principal: Principal): string {
  return principal.userId === undefined ? principal.actor : `user:${principal.userId}`
}

export function savedSearchRoutes({ state, nowMs }: { state: State; nowMs: () => number }): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/saved-searches',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Saved searches: the own ones and those shared by others',
          tags: ['saved searches'],
          response: { 200: z.object({ searches: z.array(reply) }) }
        }
      },
      async request => ({ searches: listSavedSearches(state, ownerOf(request.principal!)).map(out) })
    )

    app.get(
      '/api/saved-searches/:name',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'A saved search; the own one before a shared one of its name',
          tags: ['saved searches'],
          params: z.object({ name }),
          response: { 200: reply }
        }
      },
      async request => {
        const saved = savedSearchNamed(state, ownerOf(request.principal!), request.params.name)
        if (saved === undefined) throw unknownSearch()
        return out(saved)
      }
    )

    app.put(
      '/api/saved-searches/:name',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Keep a search; `shared` ones need the right to bring in (analysts, administrators)',
          tags: ['saved searches'],
          params: z.object({ name }),
          body: z.object({ ...content, name: name.optional(), shared: z.boolean().default(false) }),
          response: { 200: reply }
        }
      },
      async request => {
        const { shared, name: _, ...search } = request.body
        const { name } = request.params
        const principal = request.principal!
        if (shared) mayShare(principal)
        const saved = { name, search, updatedMs: nowMs(), by: principal.actor }
        state.transaction(() => {
          if (!saveSearch(state, shared ? everybody : ownerOf(principal), saved))
            throw new ApiError(409, 'too-many-searches-saved', `There are ${savedSearchesMax}: remove some first.`)
          request.audit('search.saved', `search:${name}`, { shared })
        })
        return out({ ...saved, shared })
      }
    )

    app.delete(
      '/api/saved-searches/:name',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Remove a saved search: the own one, or with `shared` the one of all',
          tags: ['saved searches'],
          params: z.object({ name }),
          querystring: z.object({ shared: z.enum(['true', 'false']).default('false') }),
          response: { 200: done }
        }
      },
      async request => {
        const principal = request.principal!
        const shared = request.query.shared === 'true'
        if (shared) mayShare(principal)
        state.transaction(() => {
          if (!removeSavedSearch(state, shared ? everybody : ownerOf(principal), request.params.name))
            throw unknownSearch()
          request.audit('search.removed', `search:${request.params.name}`, { shared })
        })
        return { ok: true as const }
      }
    )

    for (const shared of [false, true]) {
      const url = shared ? '/api/settings/shared/:key' : '/api/settings/:key'
      const owner = (principal: Principal): string => (shared ? everybody : ownerOf(principal))
      app.get(
        url,
        {
          preHandler: guard('search'),
          schema: {
            summary: shared ? 'A setting of the page for everybody' : 'An own setting of the page',
            tags: ['settings'],
            params: z.object({ key }),
            response: { 200: z.object({ value: z.unknown() }) }
          }
        },
        async request => ({
          value: readUserSetting(state, owner(request.principal!), request.params.key) ?? null
        })
      )

      app.put(
        url,
        {
          preHandler: guard('search'),
          bodyLimit: valueBytesMax * 2,
          schema: {
            summary: shared
              ? 'Change a setting for everybody; null removes it (analysts, administrators)'
              : 'Change an own setting; null removes it',
            tags: ['settings'],
            params: z.object({ key }),
            body: z.object({ value: z.unknown() }),
            response: { 200: done }
          }
        },
        async request => {
          const principal = request.principal!
          if (shared) mayShare(principal)
          const value = request.body.value ?? undefined
          if (value !== undefined && JSON.stringify(value).length > valueBytesMax)
            throw new ApiError(413, 'too-large', `A setting holds at most ${valueBytesMax} characters of JSON.`)
          state.transaction(() => {
            if (!writeUserSetting(state, owner(principal), request.params.key, value))
              throw new ApiError(409, 'too-many-settings', `There are ${settingsMax} settings: remove some first.`)
            // One's own columns and pins are nobody else's affair.
            if (shared) request.audit('setting.shared', `setting:${request.params.key}`)
          })
          return { ok: true as const }
        }
      )
    }
  }
}

function mayShare(principal: Principal): void {
  if (!principal.scopes.includes('ingest') && !principal.scopes.includes('admin'))
    throw new ApiError(403, 'forbidden', `${principal.actor} may not change what is shared.`)
}

const unknownSearch = (): ApiError => new ApiError(404, 'unknown-search', 'There is no saved search of that name.')

function out({ name, shared, search, updatedMs, by }: SavedSearch): z.output<typeof reply> {
  const { q, from, to, columns, view } = search as { q: string } & Record<string, never>
  return { name, q, from, to, columns, view, shared, updated: isoOf(updatedMs), by }
}
