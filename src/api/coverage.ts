/** Which rules can fire here, over HTTP. */

import { z } from 'zod'
import { type Coverage, coverage } from '../pipeline/coverage.ts'
import type { Rules } from '../pipeline/rules.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import type { Admission } from './admission.ts'
import type { RoutePlugin } from './route.ts'

export type CoverageDeps = {
  readonly store: Store
  readonly state: State
  readonly rules: () => Rules
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
  readonly nowMs: () => number
  readonly admission: Admission
}

const keptMs = 60_000
export const coverageDays = 7

const reply = z.object({
  days: z.int(),
  events: z.int(),
  partial: z.boolean().describe('There are too many kinds of events to know all their fields'),
  counts: z.object({ fired: z.int(), can: z.int(), cannot: z.int(), unknown: z.int() }),
  rules: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      level: z.string(),
      enabled: z.boolean(),
      state: z.enum(['fired', 'can', 'cannot', 'unknown']),
      missing: z.array(z.string()).describe('Fields that it asks for and that no event of its log source has'),
      why: z.string().optional(),
      events: z.int().describe('Events of its log source in the days looked at'),
      alerts: z.int().optional(),
      matches: z.int().optional(),
      last: z.string().optional()
    })
  )
})

export type CoverageReply = z.output<typeof reply>

export function coverageOut({ days, events, partial, rules }: Coverage): CoverageReply {
  const counts = { fired: 0, can: 0, cannot: 0, unknown: 0 }
  for (const { state } of rules) counts[state]++
  return { days, events, partial, counts, rules: rules.map(rule => ({ ...rule, missing: [...rule.missing] })) }
}

export function coverageRoutes(deps: CoverageDeps): RoutePlugin {
  let kept: { readonly key: string; readonly atMs: number; readonly found: Promise<CoverageReply> } | undefined
  const ask = (days: number): Promise<CoverageReply> => {
    const rules = deps.rules()
    const key = `${days} ${rules.rules.length} ${rules.correlations.length} ${rules.declared.length}`
    const nowMs = deps.nowMs()
    if (kept?.key === key && Math.abs(nowMs - kept.atMs) < keptMs) return kept.found
    const { store, state, mayBeInMap } = deps
    const found = deps.admission
      .turn(() => coverage({ rules, state, store, mayBeInMap, nowMs, days }))
      .then(coverageOut)
    kept = { key, atMs: nowMs, found }
    found.catch(() => {
      kept = undefined
    })
    return found
  }
  return (app, guard) => {
    app.get(
      '/api/rules/coverage',
      {
        preHandler: guard('search'),
        schema: {
          summary:
            'Which rules can fire here: each against the log sources and the fields of the events of the last days',
          tags: ['rules'],
          querystring: z.object({ days: z.coerce.number().int().min(1).max(400).default(coverageDays) }),
          response: { 200: reply }
        }
      },
      async request => ask(request.query.days)
    )
  }
}
