/** How the work on alerts goes: `/api/alerts/metrics`, and what Prometheus is told of it. */

import { z } from 'zod'
import { levels } from '../core/detection.ts'
import type { Metrics } from '../platform/metrics.ts'
import { summariseAlerts } from '../state/alert-list.ts'
import { alertMetrics } from '../state/alert-metrics.ts'
import type { State } from '../state/state.ts'
import { levelSchema } from './alert-out.ts'
import { timeUs } from './alert-query.ts'
import { isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const monthMs = 30 * 86_400_000

const durations = z.object({
  count: z.int(),
  medianMs: z.number().optional(),
  p90Ms: z.number().optional()
})

export function alertMetricsRoutes({ state, nowMs }: { state: State; nowMs: () => number }): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/alerts/metrics',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Time to acknowledge, time to close, noise by rule; of the alerts made in a time (default: 30 days)',
          tags: ['alerts'],
          querystring: z.object({ from: z.string().max(64).optional(), to: z.string().max(64).optional() }),
          response: {
            200: z.object({
              from: z.string(),
              to: z.string(),
              created: z.int(),
              closed: z.int(),
              open: z.int(),
              bySeverity: z.record(levelSchema, z.int()),
              toAcknowledge: durations,
              toClose: durations,
              days: z.array(z.object({ day: z.string(), created: z.int(), closed: z.int() })),
              rules: z.array(
                z.object({
                  rule: z.string(),
                  title: z.string(),
                  alerts: z.int(),
                  events: z.int(),
                  open: z.int(),
                  truePositive: z.int(),
                  falsePositive: z.int(),
                  benign: z.int(),
                  noise: z
                    .number()
                    .optional()
                    .describe('Of the closed ones, the share that was a false positive or benign')
                })
              )
            })
          }
        }
      },
      async request => {
        const { from, to } = request.query
        const toMs = to === undefined ? nowMs() + 1 : timeUs(to, nowMs()) / 1000
        const fromMs = from === undefined ? toMs - monthMs : timeUs(from, nowMs()) / 1000
        if (fromMs >= toMs) throw new ApiError(400, 'bad-time', '`from` must be before `to`.')
        const { days, rules, ...rest } = alertMetrics(state, fromMs, toMs)
        return { from: isoOf(fromMs), to: isoOf(toMs), ...rest, days: [...days], rules: [...rules] }
      }
    )
  }
}

/** `picket_alerts_open` by severity, without the snoozed. */
export function observeAlerts(state: State, metrics: Metrics, nowMs: () => number): void {
  metrics.gauge('picket_alerts_open', 'Open alerts by severity, without the snoozed', ['severity'], gauge => {
    const { open } = summariseAlerts(state, nowMs())
    for (const level of levels) gauge.set({ severity: level }, open[level])
  })
}
