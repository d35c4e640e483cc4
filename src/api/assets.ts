/** The table of assets, which says how much depends on an address or a host: `/api/assets`. Alerts about them are raised or lowered. */

import { z } from 'zod'
import { assetsMax, listAssets, putAsset, removeAsset, type StoredAsset } from '../state/assets.ts'
import type { State } from '../state/state.ts'
import { matchProblem } from '../triage/assets.ts'
import { criticalities } from '../triage/severity.ts'
import { done, isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const content = {
  name: z.string().trim().min(1).max(128),
  match: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .describe('10.0.1.5, 10.0.0.0/24, 2001:db8::/48, fileserver (with any domain), *.dmz.example.org'),
  criticality: z.enum(criticalities),
  note: z.string().max(1024).default('')
}
const reply = z.object({ id: z.int(), ...content, note: z.string(), updated: z.string(), by: z.string() })

export function assetRoutes({ state, nowMs }: { state: State; nowMs: () => number }): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/assets',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What there is and how critical it is',
          tags: ['assets'],
          response: { 200: z.object({ assets: z.array(reply) }) }
        }
      },
      async () => ({ assets: listAssets(state).map(out) })
    )

    app.put(
      '/api/assets',
      {
        preHandler: guard('triage'),
        bodyLimit: 4 << 20,
        schema: {
          summary: 'Add assets, or change those that match the same; up to 1,000 at once, all or none',
          tags: ['assets'],
          body: z.object({ assets: z.array(z.object(content)).min(1).max(1000) }),
          response: { 200: z.object({ assets: z.array(reply) }) }
        }
      },
      async request => {
        const { assets } = request.body
        for (const [index, { match }] of assets.entries()) {
          const problem = matchProblem(match)
          if (problem !== undefined)
            throw new ApiError(400, 'bad-asset', `assets.${index}.match: ${match.slice(0, 100)} ${problem}.`)
        }
        return state.transaction(() => {
          const kept = assets.map(asset => {
            const stored = putAsset(state, { ...asset, by: request.principal!.actor }, nowMs())
            if (stored === undefined)
              throw new ApiError(409, 'too-many-assets', `There are ${assetsMax} assets: name networks instead.`)
            request.audit('asset.written', `asset:${stored.match}`, {
              name: stored.name,
              criticality: stored.criticality
            })
            return stored
          })
          return { assets: kept.map(out) }
        })
      }
    )

    app.delete(
      '/api/assets/:id',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Remove an asset; alerts that it has raised stay as they are',
          tags: ['assets'],
          params: z.object({ id: z.coerce.number().int().min(1) }),
          response: { 200: done }
        }
      },
      async request =>
        state.transaction(() => {
          const removed = removeAsset(state, request.params.id)
          if (removed === undefined) throw new ApiError(404, 'unknown-asset', 'There is no such asset.')
          request.audit('asset.removed', `asset:${removed.match}`, { name: removed.name })
          return { ok: true as const }
        })
    )
  }
}

function out({ id, name, match, criticality, note, updatedMs, by }: StoredAsset): z.output<typeof reply> {
  return { id, name, match, criticality, note, updated: isoOf(updatedMs), by }
}
