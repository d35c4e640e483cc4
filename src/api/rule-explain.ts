/** Why a rule matches an event, or why not, over HTTP: each clause, the field that it read, what stood there, and whether it holds. */

import { z } from 'zod'
import { completeEvent } from '../core/event.ts'
import type { EcsEvent } from '../core/parser.ts'
import { parseQuery } from '../filter/parse-query.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import type { KnownRule, Rules } from '../pipeline/rules.ts'
import type { ClauseResult } from '../sigma/explain-rule.ts'
import type { Store } from '../store/store.ts'
import { storedEvent } from './one-event.ts'
import { ApiError, type RoutePlugin } from './route.ts'
import { ruleId } from './rule-out.ts'
import { unknownRule } from './rules.ts'

const eventBytesMax = 1 << 20

const clause: z.ZodType<ClauseResult> = z.object({
  kind: z.enum(['and', 'or', 'not', 'test']),
  text: z.string().describe('As the rule has it'),
  result: z.boolean(),
  field: z.string().optional().describe('Of a test: the field of the event that was read'),
  value: z.string().optional().describe('What stood there; absent where the event has no such field'),
  get of() {
    return z.array(clause).optional()
  }
})

export function ruleExplainRoutes({
  rules,
  store
}: {
  readonly rules: () => Rules
  readonly store?: Pick<Store, 'search'> | undefined
}): RoutePlugin {
  return (app, guard) => {
    app.post(
      '/api/rules/:id/explain',
      {
        preHandler: guard('search'),
        bodyLimit: eventBytesMax,
        schema: {
          summary: 'Why a rule matches an event, or why not',
          tags: ['rules'],
          params: z.object({ id: ruleId }),
          body: z.object({
            event: z
              .union([z.string().regex(/^[0-9a-f]{16}$/), z.record(z.string(), z.unknown())])
              .describe('An ECS document, as the search shows it, or the id of a stored one'),
            at: z
              .number()
              .int()
              .optional()
              .describe('Of a stored one its time in milliseconds: it is found sooner then')
          }),
          response: {
            200: z.object({
              matches: z.boolean().describe('With its exceptions: would it make an alert of this event?'),
              clause,
              exceptions: z
                .array(z.object({ id: z.string(), query: z.string(), reason: z.string() }))
                .describe('Those in force that the event passes: they keep it out')
            })
          }
        }
      },
      async request => {
        const { id } = request.params
        const known = rules().rule(id)
        if (known === undefined) {
          if (rules().correlation(id) === undefined && rules().declaredBy(id) === undefined) throw unknownRule(id)
          throw new ApiError(409, 'rule-counts', 'This rule counts events: no single one says why. Try it on the past.')
        }
        const event = await documentOf(request.body.event, request.body.at, request.signal)
        const explained = rules().explain(known, event)
        const exceptions = exceptionsThatHold(known, event)
        return { matches: explained.result && exceptions.length === 0, clause: explained, exceptions }
      }
    )
  }

  async function documentOf(event: string | EcsEvent, at: number | undefined, signal: AbortSignal): Promise<EcsEvent> {
    // As deep as events are, and no deeper.
    if (typeof event !== 'string') return completeEvent(event)
    if (store === undefined) throw new ApiError(503, 'no-store', 'Stored events cannot be had at the moment.')
    return (await storedEvent(store, event, at, signal)).document
  }
}

function exceptionsThatHold(
  { exceptions }: KnownRule,
  event: EcsEvent
): { id: string; query: string; reason: string }[] {
  return exceptions.flatMap(({ id, query, reason }) => {
    const parsed = parseQuery(query)
    return parsed.ok && toPredicate(parsed.expression)(event) ? [{ id, query, reason }] : []
  })
}
