/** What supervisors and monitoring ask: `/healthz` (does it run), `/readyz` (does it work), `/metrics` (Prometheus). */

import { z } from 'zod'
import type { Metrics } from '../platform/metrics.ts'
import type { RoutePlugin } from './route.ts'

export type Readiness = { readonly ready: boolean; readonly reason?: string }

const readiness = z.object({ ready: z.boolean(), reason: z.string().optional() })

export function healthRoutes(ready: () => Readiness, metrics: Metrics): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/healthz',
      {
        preHandler: guard('public'),
        schema: { summary: 'Does it run?', tags: ['health'], response: { 200: z.object({ ok: z.literal(true) }) } }
      },
      async () => ({ ok: true as const })
    )
    app.get(
      '/readyz',
      {
        preHandler: guard('public'),
        schema: {
          summary: 'Does it work? 503 with the reason if not',
          tags: ['health'],
          response: { 200: readiness, 503: readiness }
        }
      },
      async (_request, reply) => {
        const state = ready()
        return reply.code(state.ready ? 200 : 503).send(state)
      }
    )
    app.get(
      '/metrics',
      {
        preHandler: guard('metrics'),
        schema: { summary: 'Figures about Picket itself, for Prometheus', tags: ['health'] }
      },
      async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
    )
  }
}
