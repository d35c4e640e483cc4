/** The audit trail, newest first: `/api/audit`, for administrators. */

import { z } from 'zod'
import { readAudit } from '../state/audit.ts'
import type { State } from '../state/state.ts'
import { isoOf } from './replies.ts'
import type { RoutePlugin } from './route.ts'

const entry = z.object({
  id: z.int(),
  time: z.string(),
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  detail: z.record(z.string(), z.unknown()),
  ip: z.string(),
  hash: z.string().describe('SHA-256 over this entry and the hash of the one before')
})

export function auditRoutes(state: State): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/audit',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Who did what, when, from where',
          tags: ['audit'],
          querystring: z.object({
            before: z.coerce.number().int().min(1).optional().describe('Entries older than this id'),
            limit: z.coerce.number().int().min(1).max(500).default(100)
          }),
          response: {
            200: z.object({
              entries: z.array(entry),
              intact: z
                .boolean()
                .describe('Do the hashes of these entries hold? If not, somebody has changed the trail'),
              next: z.int().optional().describe('The `before` of the next page; absent on the last')
            })
          }
        }
      },
      async request => {
        const { before, limit } = request.query
        const { rows, intact } = readAudit(state, limit, before)
        const entries = rows.map(({ timeMs, ...row }) => ({ ...row, time: isoOf(timeMs), detail: { ...row.detail } }))
        const last = entries.at(-1)?.id
        return { entries, intact, next: last !== undefined && last > 1 && entries.length === limit ? last : undefined }
      }
    )
  }
}
