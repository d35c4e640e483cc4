/** Exceptions of rules over HTTP: what is harmless, why, who says so, and until when. */

import { z } from 'zod'
import { and, inList } from '../filter/expression.ts'
import { formatQuery } from '../filter/format-query.ts'
import { parseQuery } from '../filter/parse-query.ts'
import {
  addException,
  endException,
  exceptionOf,
  exceptionsMax,
  openExceptions,
  reviewException
} from '../state/rules.ts'
import { done } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'
import { exceptionOut, exceptionReply, ruleId } from './rule-out.ts'
import { knownRule, type RuleDeps, unknownRule } from './rules.ts'

const tags = ['rules']
const params = z.object({ id: ruleId })
const oneParams = params.extend({ exception: z.string().regex(/^[0-9a-f]{16}$/) })
const value = z.union([z.string().max(4096), z.number(), z.boolean()])
const time = z.iso.datetime({ offset: true })

const body = z.object({
  query: z.string().min(1).max(16_384).optional().describe('In the search language: events that pass it are excepted'),
  fields: z
    .record(z.string().min(1).max(256), z.union([value, z.array(value).min(1).max(100)]))
    .optional()
    .describe('Instead of a query: all of these fields have one of their values'),
  reason: z.string().min(1).max(2000),
  expires: time.optional().describe('ISO 8601; absent: it holds until somebody ends it')
})

export function ruleExceptionRoutes(deps: RuleDeps): RoutePlugin {
  const { state, nowMs } = deps
  const mustBeKnown = (id: string): void => {
    if (knownRule(deps.rules(), id) === undefined) throw unknownRule(id)
  }
  return (app, guard) => {
    app.get(
      '/api/rules/:id/exceptions',
      {
        preHandler: guard('search'),
        schema: {
          summary: "A rule's exceptions, those past their time included",
          tags,
          params,
          response: { 200: z.object({ exceptions: z.array(exceptionReply) }) }
        }
      },
      async request => ({
        exceptions: openExceptions(state, request.params.id).map(exception => exceptionOut(exception, nowMs()))
      })
    )

    app.post(
      '/api/rules/:id/exceptions',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Excepts what is harmless from a rule',
          tags,
          params,
          body,
          response: { 200: exceptionReply }
        }
      },
      async request => {
        const { id } = request.params
        mustBeKnown(id)
        const { reason } = request.body
        const query = queryOf(request.body)
        const expiresMs = futureMs(request.body.expires, nowMs())
        const added = state.transaction(() => {
          const actor = request.principal?.actor ?? ''
          const exception = addException(state, { rule: id, query, reason, expiresMs }, actor, nowMs())
          if (exception !== undefined)
            request.audit('rule.except', `rule:${id}`, { query, reason, expires: request.body.expires })
          return exception
        })
        if (added === undefined)
          throw new ApiError(409, 'too-many', `The rule has ${exceptionsMax} exceptions: put some of them together.`)
        deps.rules().refresh()
        return exceptionOut(added, nowMs())
      }
    )

    app.put(
      '/api/rules/:id/exceptions/:exception',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Says that an exception was looked at and is right, perhaps until another time',
          tags,
          params: oneParams,
          body: z.object({ expires: time.nullable().optional().describe('null: it holds until somebody ends it') }),
          response: { 200: exceptionReply }
        }
      },
      async request => {
        const { id, exception } = request.params
        mustBelong(id, exception)
        const { expires } = request.body
        const expiresMs = expires === null ? null : futureMs(expires, nowMs())
        const reviewed = state.transaction(() => {
          const after = reviewException(state, exception, expiresMs, request.principal?.actor ?? '', nowMs())
          if (after !== undefined)
            request.audit('rule.review', `rule:${id}`, { exception, query: after.query, expires })
          return after
        })
        if (reviewed === undefined) throw unknownException(exception)
        deps.rules().refresh()
        return exceptionOut(reviewed, nowMs())
      }
    )

    app.delete(
      '/api/rules/:id/exceptions/:exception',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Ends an exception; it stays in the history',
          tags,
          params: oneParams,
          response: { 200: done }
        }
      },
      async request => {
        const { id, exception } = request.params
        mustBelong(id, exception)
        state.transaction(() => {
          const ended = endException(state, exception, request.principal?.actor ?? '', nowMs())
          if (ended === undefined) throw unknownException(exception)
          request.audit('rule.except-end', `rule:${id}`, { exception, query: ended.query })
        })
        deps.rules().refresh()
        return { ok: true as const }
      }
    )

    function mustBelong(id: string, exception: string): void {
      if (exceptionOf(state, exception)?.rule !== id) throw unknownException(exception)
    }
  }
}

function unknownException(id: string): ApiError {
  return new ApiError(404, 'unknown-exception', `The rule has no exception ${id}.`)
}

function futureMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  const ms = Date.parse(text)
  if (!(ms > nowMs)) throw new ApiError(400, 'bad-expiry', 'An exception ends in the future.')
  return ms
}

function queryOf({ query, fields }: z.output<typeof body>): string {
  if ((query === undefined) === (fields === undefined))
    throw new ApiError(400, 'bad-exception', 'An exception is a query, or fields with their values: one of both.')
  const text =
    query ??
    formatQuery(and(Object.entries(fields!).map(([field, values]) => inList(field, [values].flat().map(String)))))
  const parsed = parseQuery(text)
  if (!parsed.ok) {
    const message = parsed.errors[0]?.message ?? 'The query cannot be read.'
    throw new ApiError(400, 'bad-query', message, {}, parsed.errors)
  }
  const { kind } = parsed.expression
  if (kind === 'all') throw new ApiError(400, 'bad-exception', 'This excepts everything: switch the rule off instead.')
  if (kind === 'none') throw new ApiError(400, 'bad-exception', 'This excepts nothing.')
  return text
}
