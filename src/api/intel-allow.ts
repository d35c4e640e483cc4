/** Routes of allow lists: those that people keep, and those that feeds brought (which can only be switched off). */

import { z } from 'zod'
import { type AllowLists, compileAllowLists } from '../intel/allow-list.ts'
import { indicatorTypes } from '../intel/indicator.ts'
import { readWarningList } from '../intel/warning-list.ts'
import { type Intel, intelChange } from '../state/intel.ts'
import {
  type AllowList,
  allowEntries,
  allowKinds,
  allowListOf,
  allowListsInForce,
  allowListsMax,
  keepAllowList,
  listAllowLists,
  removeAllowList,
  switchAllowList
} from '../state/intel-allow.ts'
import { feedOf } from '../state/intel-feeds.ts'
import type { IntelDeps } from './intel-deps.ts'
import { done, isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

/** The lists in force, compiled; made anew when something has changed. */
export type AllowCache = () => AllowLists

export function cacheAllowLists(intel: Intel): AllowCache {
  let lists: AllowLists | undefined
  let known = ''
  return () => {
    // Indicators change all the time, allow lists hardly ever.
    const rows = intel.db.prepare('SELECT id, enabled, entries, updated FROM allow_lists ORDER BY id').all()
    const now = JSON.stringify(rows.map(row => Object.values(row)))
    if (lists === undefined || now !== known) {
      lists = compileAllowLists(allowListsInForce(intel))
      known = now
    }
    return lists
  }
}

const params = z.object({ id: z.coerce.number().int().positive() })
const body = z.object({
  name: z.string().trim().min(1).max(256),
  kind: z.enum(allowKinds),
  types: z.array(z.enum(indicatorTypes)).max(indicatorTypes.length).optional().describe('Absent: all'),
  description: z.string().max(2000).optional(),
  entries: z.array(z.string().min(1).max(2048)).max(200_000)
})
const reply = z.object({
  id: z.int(),
  name: z.string(),
  kind: z.enum(allowKinds),
  types: z.array(z.enum(indicatorTypes)),
  description: z.string(),
  version: z.string(),
  enabled: z.boolean(),
  entries: z.int(),
  feed: z.string().optional(),
  updated: z.string(),
  by: z.string()
})

export function intelAllowRoutes({ intel, nowMs }: IntelDeps): RoutePlugin {
  const out = (list: AllowList): z.output<typeof reply> => {
    const { id, name, kind, types, description, version, enabled, entries, by } = list
    const feed = list.feed === undefined ? undefined : feedOf(intel, list.feed)?.name
    return {
      id,
      name,
      kind,
      types: [...types],
      description,
      version,
      enabled,
      entries,
      feed,
      updated: isoOf(list.updatedMs),
      by
    }
  }
  const find = (id: number): AllowList => {
    const list = allowListOf(intel, id)
    if (list === undefined) throw new ApiError(404, 'unknown-allow-list', 'There is no such allow list.')
    return list
  }
  const findOwn = (id: number): AllowList => {
    const list = find(id)
    if (list.feed !== undefined)
      throw new ApiError(409, 'of-a-feed', 'This list is brought by a feed: switch it off, or remove the feed.')
    return list
  }
  const keep = (given: z.output<typeof body>, by: string, id?: number): AllowList => {
    const entries = given.entries.map(entry => entry.trim()).filter(entry => entry !== '' && !entry.startsWith('#'))
    const { problems } = compileAllowLists([{ name: given.name, kind: given.kind, types: [], values: entries }])
    const [problem] = problems
    if (problem !== undefined)
      throw new ApiError(400, 'bad-entry', `${problem.value.slice(0, 100)} ${problem.message}.`)
    const { name, kind, types = [], description = '' } = given
    const about = { name, kind, types, description, version: '', feed: undefined, updatedMs: nowMs(), by }
    const kept = keepAllowList(intel, id === undefined ? about : { ...about, id }, entries)
    if (kept === undefined)
      throw new ApiError(409, 'not-kept', `Another list has this name, or there are too many (${allowListsMax}).`)
    return kept
  }

  return (app, guard) => {
    app.get(
      '/api/intel/allow-lists',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Allow lists: values that never count as a hit, whatever a feed says',
          tags: ['intel'],
          response: { 200: z.object({ lists: z.array(reply), change: z.int() }) }
        }
      },
      async () => ({ lists: listAllowLists(intel).map(out), change: intelChange(intel) })
    )

    app.get(
      '/api/intel/allow-lists/:id/entries',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What an allow list holds, in its order',
          tags: ['intel'],
          params,
          querystring: z.object({
            after: z.string().max(2048).optional(),
            limit: z.coerce.number().int().min(1).max(200_000).optional()
          })
        }
      },
      async request => {
        const { after, limit = 1000 } = request.query
        find(request.params.id)
        return { entries: allowEntries(intel, request.params.id, { ...(after !== undefined && { after }), limit }) }
      }
    )

    app.post(
      '/api/intel/allow-lists',
      {
        preHandler: guard('triage'),
        bodyLimit: 16 << 20,
        schema: { summary: 'Make an allow list', tags: ['intel'], body, response: { 201: reply } }
      },
      async (request, answer) => {
        const { name } = request.body
        if (listAllowLists(intel).some(list => list.feed === undefined && list.name === name))
          throw new ApiError(409, 'name-taken', `There is an allow list named ${name} already.`)
        const kept = keep(request.body, request.principal!.actor)
        request.audit('intel.allow-list-made', `allow-list:${kept.name}`, { kind: kept.kind, entries: kept.entries })
        return answer.code(201).send(out(kept))
      }
    )

    app.post(
      '/api/intel/allow-lists/warninglist',
      {
        preHandler: guard('triage'),
        bodyLimit: 64 << 20,
        schema: {
          summary: 'Bring in a warninglist of MISP as an allow list: the body holds its JSON as text',
          tags: ['intel'],
          body: z.object({ text: z.string().max(64 << 20) }),
          response: { 201: reply }
        }
      },
      async (request, answer) => {
        const list = readWarningList(request.body.text)
        if ('problem' in list) throw new ApiError(400, 'no-warninglist', `This is no warninglist: it ${list.problem}.`)
        const { values, ...about } = list
        const kept = keepAllowList(
          intel,
          { ...about, feed: undefined, updatedMs: nowMs(), by: request.principal!.actor },
          values
        )
        if (kept === undefined)
          throw new ApiError(409, 'not-kept', `There are too many allow lists (${allowListsMax}).`)
        request.audit('intel.allow-list-made', `allow-list:${kept.name}`, { kind: kept.kind, entries: kept.entries })
        return answer.code(201).send(out(kept))
      }
    )

    app.put(
      '/api/intel/allow-lists/:id',
      {
        preHandler: guard('triage'),
        bodyLimit: 16 << 20,
        schema: { summary: 'Change an allow list', tags: ['intel'], params, body, response: { 200: reply } }
      },
      async request => {
        const { id } = findOwn(request.params.id)
        const kept = keep(request.body, request.principal!.actor, id)
        request.audit('intel.allow-list-changed', `allow-list:${kept.name}`, { kind: kept.kind, entries: kept.entries })
        return out(kept)
      }
    )

    app.patch(
      '/api/intel/allow-lists/:id',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Switch an allow list on or off',
          tags: ['intel'],
          params,
          body: z.object({ enabled: z.boolean() }),
          response: { 200: reply }
        }
      },
      async request => {
        const list = find(request.params.id)
        switchAllowList(intel, list.id, request.body.enabled)
        request.audit('intel.allow-list-switched', `allow-list:${list.name}`, { enabled: request.body.enabled })
        return out(find(list.id))
      }
    )

    app.delete(
      '/api/intel/allow-lists/:id',
      {
        preHandler: guard('triage'),
        schema: { summary: 'Remove an allow list', tags: ['intel'], params, response: { 200: done } }
      },
      async request => {
        const list = findOwn(request.params.id)
        removeAllowList(intel, list.id)
        request.audit('intel.allow-list-removed', `allow-list:${list.name}`, { entries: list.entries })
        return { ok: true as const }
      }
    )
  }
}
