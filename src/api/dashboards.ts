/** Routes of dashboards. Everybody may look at them; those who may bring records in may change them. */

import { z } from 'zod'
import { dashboardNamed, keepDashboard, listDashboards, removeDashboard } from '../state/dashboards.ts'
import type { State } from '../state/state.ts'
import { type Dashboard, dashboardName, dashboardShape } from './dashboard-shape.ts'
import { ownDashboards } from './own-dashboards.ts'
import { done, isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const params = z.object({ name: dashboardName })

/** What is known of a dashboard besides itself. */
const about = {
  own: z.boolean().describe('It comes with Picket and cannot be changed'),
  revision: z.int().describe('Grows with each change; 0 for those that come with Picket'),
  updated: z.string().optional(),
  by: z.string().optional()
}

export function dashboardRoutes({ state, nowMs }: { state: State; nowMs: () => number }): RoutePlugin {
  const find = (name: string) => {
    const own = ownDashboards().find(each => each.name === name)
    if (own !== undefined) return { dashboard: own, own: true, revision: 0 }
    const kept = dashboardNamed(state, name)
    if (kept === undefined) throw new ApiError(404, 'unknown-dashboard', `There is no dashboard ${name}.`)
    return {
      dashboard: kept.document as Dashboard,
      own: false,
      revision: kept.revision,
      updated: isoOf(kept.updatedMs),
      by: kept.by
    }
  }
  const refuseOwn = (name: string): void => {
    if (ownDashboards().some(each => each.name === name))
      throw new ApiError(
        409,
        'own-dashboard',
        `${name} comes with Picket and cannot be changed. Copy it under another name.`
      )
  }

  return (app, guard) => {
    app.get(
      '/api/dashboards',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The dashboards there are',
          tags: ['dashboards'],
          response: {
            200: z.object({
              dashboards: z.array(
                z.object({
                  name: z.string(),
                  title: z.string(),
                  description: z.string().optional(),
                  panels: z.int(),
                  ...about
                })
              )
            })
          }
        }
      },
      async () => {
        const line = ({ name, title, description, panels }: Dashboard) => ({
          name,
          title,
          description,
          panels: panels.length
        })
        return {
          dashboards: [
            ...listDashboards(state).map(kept => ({
              ...line(kept.document as Dashboard),
              own: false,
              revision: kept.revision,
              updated: isoOf(kept.updatedMs),
              by: kept.by
            })),
            ...ownDashboards().map(own => ({ ...line(own), own: true, revision: 0 }))
          ]
        }
      }
    )

    app.get(
      '/api/dashboards/:name',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'A dashboard',
          tags: ['dashboards'],
          params,
          response: { 200: z.object({ dashboard: dashboardShape, ...about }) }
        }
      },
      async request => find(request.params.name)
    )

    app.get(
      '/api/dashboards/:name/file',
      {
        preHandler: guard('search'),
        schema: { summary: 'A dashboard as a JSON file, to be handed on', tags: ['dashboards'], params }
      },
      async (request, reply) => {
        const { dashboard } = find(request.params.name)
        reply.header('content-disposition', `attachment; filename="${dashboard.name}.json"`)
        reply.type('application/json; charset=utf-8')
        return `${JSON.stringify(dashboard, undefined, 2)}\n`
      }
    )

    app.put(
      '/api/dashboards/:name',
      {
        preHandler: guard('ingest'),
        schema: {
          summary: 'Keeps a dashboard: a new one, a change, or a file that was handed on',
          tags: ['dashboards'],
          params,
          querystring: z.object({
            revision: z.coerce
              .number()
              .int()
              .min(0)
              .optional()
              .describe('What the change was made on; refused with 409 if there is another. 0: there must be none')
          }),
          body: dashboardShape,
          response: { 200: z.object({ name: z.string(), revision: z.int() }) }
        }
      },
      async request => {
        const { name } = request.params
        refuseOwn(name)
        const document = { ...request.body, name }
        const { revision } = request.query
        const by = request.principal?.actor ?? ''
        const kept = keepDashboard(state, { name, document, revision, updatedMs: nowMs(), by })
        if (!kept.ok)
          throw kept.why === 'changed'
            ? new ApiError(
                409,
                'dashboard-changed',
                revision === 0
                  ? `There is a dashboard ${name} already.`
                  : 'Somebody else has changed this dashboard meanwhile: load it again.'
              )
            : new ApiError(409, 'too-many-dashboards', 'There are too many dashboards: remove some first.')
        request.audit('dashboard.kept', `dashboard:${name}`, { revision: kept.revision })
        return { name, revision: kept.revision }
      }
    )

    app.delete(
      '/api/dashboards/:name',
      {
        preHandler: guard('ingest'),
        schema: { summary: 'Removes a dashboard', tags: ['dashboards'], params, response: { 200: done } }
      },
      async request => {
        const { name } = request.params
        refuseOwn(name)
        if (!removeDashboard(state, name))
          throw new ApiError(404, 'unknown-dashboard', `There is no dashboard ${name}.`)
        request.audit('dashboard.removed', `dashboard:${name}`)
        return { ok: true as const }
      }
    )
  }
}
