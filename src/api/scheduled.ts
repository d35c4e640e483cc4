/** How the scheduled detections fare, over HTTP: when each ran, how long it took, and what is wrong with those that fail. */

import { z } from 'zod'
import type { ScheduledRuns } from '../pipeline/scheduled-rules.ts'
import { isoOf, isoOrNothing } from './replies.ts'
import type { RoutePlugin } from './route.ts'

const reply = z.object({
  detections: z.array(
    z.object({
      rule: z.string(),
      title: z.string(),
      everyMs: z.number(),
      ran: z.string().describe('When it last looked'),
      tookMs: z.number(),
      behind: z.int().describe('Batches of events that it has not looked at yet'),
      fired: z.int(),
      lastFired: z.string().optional(),
      problem: z.string().optional()
    })
  ),
  refused: z
    .array(z.object({ rule: z.string(), problem: z.string() }))
    .describe('Rules that are on but cannot be asked')
})

export function scheduledRoutes(runs: () => ScheduledRuns | undefined, committed: () => number): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/rules/scheduled',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Correlations, thresholds and baselines: when each last looked, and what is wrong',
          tags: ['rules'],
          response: { 200: reply }
        }
      },
      async () => {
        const now = committed()
        const running = runs()
        return {
          detections: (running?.detections.status() ?? []).map(one => ({
            rule: one.rule,
            title: one.title,
            everyMs: one.everyMs,
            ran: isoOf(one.ranMs),
            tookMs: Math.round(one.tookMs),
            behind: Math.max(0, now - one.position),
            fired: one.fired,
            lastFired: isoOrNothing(one.lastFiredMs),
            problem: one.problem
          })),
          refused: [...(running?.problems() ?? [])].map(([rule, problem]) => ({ rule, problem }))
        }
      }
    )
  }
}
