/** Routes of matching: the indicators in force (the table that the workers share), and how far new ones were held against what is stored. */

import { z } from 'zod'
import type { IndicatorsInForce } from '../pipeline/indicators.ts'
import type { RetroMatch } from '../pipeline/retro-match.ts'
import type { RetroJob } from '../state/retro.ts'
import { isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type MatchingDeps = {
  readonly indicators: IndicatorsInForce | undefined
  readonly retro: RetroMatch | undefined
  readonly nowMs: () => number
}

const job = z.object({
  id: z.int(),
  indicators: z.int().describe('How many numbers of indicators it is about'),
  done: z.number().describe('Its part that is done, 0 to 1'),
  created: z.string(),
  started: z.string().optional(),
  finished: z.string().optional(),
  events: z.int().describe('Events that show an indicator'),
  matches: z.int(),
  leftOut: z.int().describe('Steps in which there were more events than are read'),
  problem: z.string()
})
const reply = z.object({
  indicators: z.int().describe('In force, in memory'),
  patterns: z.int(),
  unmatched: z.int().describe('Patterns that single events cannot show'),
  allowed: z.int().describe('Left out: an allow list names them'),
  tooWide: z.int().describe('Left out: they would match nearly everything'),
  beyond: z.int().describe('Left out: there is no room for them'),
  bytes: z.int(),
  built: z.string().optional(),
  pending: z.enum(['waiting', 'building']).optional(),
  problem: z.string().optional(),
  jobs: z.array(job)
})
export type MatchingReply = z.output<typeof reply>

export function matchingRoutes({ indicators, retro, nowMs }: MatchingDeps): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/intel/matching',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The indicators in force, and how far new ones were held against what is stored',
          tags: ['intel'],
          response: { 200: reply }
        }
      },
      async () => matchingOut(indicators, retro)
    )
    app.post(
      '/api/intel/retro',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Hold all indicators against all that is stored, anew (new ones are without being asked)',
          description: 'Sightings are counted again, and alerts that were closed may come again.',
          tags: ['intel'],
          response: { 202: z.object({ job: z.int() }) }
        }
      },
      async (request, answer) => {
        if (retro === undefined) throw new ApiError(409, 'no-pipeline', 'No pipeline runs here.')
        await indicators?.refresh()
        const id = retro.again(nowMs())
        request.audit('intel.retro', `retro:${id}`, {})
        return answer.code(202).send({ job: id })
      }
    )
  }
}

export function matchingOut(indicators: IndicatorsInForce | undefined, retro: RetroMatch | undefined): MatchingReply {
  const state = indicators?.state()
  return {
    indicators: state?.entries ?? 0,
    patterns: state?.patterns ?? 0,
    unmatched: state?.unmatched ?? 0,
    allowed: state?.allowed ?? 0,
    tooWide: state?.tooWide ?? 0,
    beyond: state?.beyond ?? 0,
    bytes: state?.bytes ?? 0,
    ...(state !== undefined && state.builtMs > 0 && { built: isoOf(state.builtMs) }),
    ...(state?.pending !== undefined && { pending: state.pending }),
    ...(state?.problem !== undefined && { problem: state.problem }),
    jobs: (retro?.jobs() ?? []).slice(0, 20).map(jobOut)
  }
}

/** Single values and days are halves of the work, as nobody knows how long either takes. */
function jobOut(each: RetroJob): z.output<typeof job> {
  const singles = each.toSeq === each.fromSeq ? 1 : (each.doneSeq - each.fromSeq) / (each.toSeq - each.fromSeq)
  const days = each.finishedMs !== undefined ? 1 : each.days === 0 ? 0 : each.daysDone / each.days
  return {
    id: each.id,
    indicators: each.toSeq - each.fromSeq,
    done: each.finishedMs !== undefined ? 1 : Math.round((singles / 2 + days / 2) * 1000) / 1000,
    created: isoOf(each.createdMs),
    ...(each.startedMs !== undefined && { started: isoOf(each.startedMs) }),
    ...(each.finishedMs !== undefined && { finished: isoOf(each.finishedMs) }),
    events: each.events,
    matches: each.matches,
    leftOut: each.leftOut,
    problem: each.problem
  }
}
