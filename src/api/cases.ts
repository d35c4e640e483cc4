/** Cases over HTTP: `/api/cases` lists them, makes them, puts alerts into them, takes notes, closes them. Evidence is in `case-evidence.ts`. */

import { z } from 'zod'
import {
  addCase,
  caseCounts,
  caseOf,
  changeCase,
  closeCase,
  listCases,
  noteCase,
  notesMax,
  putIntoCase,
  reopenCase,
  takeOutOfCase
} from '../state/cases.ts'
import type { State } from '../state/state.ts'
import { alertsPerCaseMax, type Case } from '../triage/case.ts'
import { assigneeOf, textMax } from './alert-desk.ts'
import { resolutionSchema } from './alert-out.ts'
import { cursorOf, cursorText, nameOf } from './alert-query.ts'
import { workerOf } from './alerts.ts'
import { caseDetailOut, caseDetailReply, caseOut, caseReply } from './case-out.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type CaseDeps = { readonly state: State; readonly nowMs: () => number }

export const caseParam = z.object({ id: z.coerce.number().int().min(1) })
const title = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .regex(/^[^\x00-\x1f\x7f]+$/, 'must be one line')
const ids = z.array(z.int().min(1)).min(1).max(alertsPerCaseMax)

export function caseRoutes({ state, nowMs }: CaseDeps): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/cases',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Cases, the last worked on first',
          tags: ['cases'],
          querystring: z.object({
            state: z.enum(['open', 'closed', 'all']).default('open'),
            assignee: z.string().min(1).max(64).optional().describe('A user’s name; me; none'),
            q: z.string().min(1).max(256).optional().describe('Part of the title'),
            limit: z.coerce.number().int().min(1).max(200).default(50),
            cursor: z.string().max(128).optional()
          }),
          response: { 200: z.object({ cases: z.array(caseReply), next: z.string().optional() }) }
        }
      },
      async request => {
        const { state: which, assignee, q, limit, cursor } = request.query
        const filter = {
          ...(which !== 'all' && { state: which }),
          ...(assignee !== undefined && { assignee: assignee === 'none' ? '' : nameOf(assignee, request.principal) }),
          ...(q !== undefined && { text: q })
        }
        const { cases, next } = listCases(state, filter, { limit, after: cursorOf(cursor) })
        return { cases: cases.map(each => caseOut(state, each)), next: cursorText(next) }
      }
    )

    app.post(
      '/api/cases',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Open a case, with alerts if wished',
          tags: ['cases'],
          body: z.object({ title, alerts: ids.optional(), assignee: z.string().max(64).optional() }),
          response: { 200: caseReply }
        }
      },
      async request => {
        const { alerts, assignee, ...asked } = request.body
        const by = request.principal!.actor
        return state.transaction(() => {
          const worker = workerOf(request)
          const made = addCase(state, { ...asked, assignee: assigneeOf(state, assignee, worker), by }, nowMs())
          request.audit('case.opened', `case:${made.id}`, asked)
          if (alerts !== undefined) putAlerts(made.id, alerts, by, request.audit.bind(request))
          return caseOut(state, theCase(state, made.id))
        })
      }
    )

    app.get(
      '/api/cases/:id',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'A case with its alerts, notes, evidence and history',
          tags: ['cases'],
          params: caseParam,
          response: { 200: caseDetailReply }
        }
      },
      async request => caseDetailOut(state, theCase(state, request.params.id), nowMs())
    )

    app.patch(
      '/api/cases/:id',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Rename a case, assign it (an empty name: to nobody)',
          tags: ['cases'],
          params: caseParam,
          body: z.object({ title: title.optional(), assignee: z.string().max(64).optional() }),
          response: { 200: caseReply }
        }
      },
      async request =>
        change(request.params.id, request, 'case.changed', known => {
          const { title: next, assignee } = request.body
          const name = assignee === undefined ? undefined : (assigneeOf(state, assignee, workerOf(request)) ?? '')
          changeCase(state, known, { title: next, assignee: name }, request.principal!.actor, nowMs())
          return { ...(next !== undefined && { title: next }), ...(name !== undefined && { assignee: name }) }
        })
    )

    app.post(
      '/api/cases/:id/close',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Close a case, and its open alerts in the same way unless told not to',
          tags: ['cases'],
          params: caseParam,
          body: z.object({
            resolution: resolutionSchema,
            reason: z.string().max(textMax).default(''),
            closeAlerts: z.boolean().default(true)
          }),
          response: { 200: caseReply }
        }
      },
      async request =>
        change(request.params.id, request, 'case.closed', known => {
          if (known.state === 'closed') throw new ApiError(409, 'wrong-state', `Case ${known.id} is closed already.`)
          const closed = closeCase(state, known.id, request.body, request.principal!.actor, nowMs())
          const { resolution, reason } = request.body
          for (const alert of closed)
            request.audit('alert.closed', `alert:${alert}`, { resolution, reason, case: known.id })
          return { resolution, reason, alerts: closed }
        })
    )

    app.post(
      '/api/cases/:id/reopen',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Open a closed case again; its alerts stay as they are',
          tags: ['cases'],
          params: caseParam,
          response: { 200: caseReply }
        }
      },
      async request =>
        change(request.params.id, request, 'case.reopened', known => {
          if (known.state === 'open') throw new ApiError(409, 'wrong-state', `Case ${known.id} is open.`)
          reopenCase(state, known.id, request.principal!.actor, nowMs())
          return {}
        })
    )

    app.post(
      '/api/cases/:id/alerts',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Put alerts into a case, out of others if need be',
          tags: ['cases'],
          params: caseParam,
          body: z.object({ ids }),
          response: { 200: caseReply }
        }
      },
      async request => {
        const { id } = theCase(state, request.params.id)
        return state.transaction(() => {
          putAlerts(id, request.body.ids, request.principal!.actor, request.audit.bind(request))
          return caseOut(state, theCase(state, id))
        })
      }
    )

    app.delete(
      '/api/cases/:id/alerts/:alert',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Take an alert out of a case',
          tags: ['cases'],
          params: caseParam.extend({ alert: z.coerce.number().int().min(1) }),
          response: { 200: caseReply }
        }
      },
      async request =>
        change(request.params.id, request, 'case.alerts-removed', known => {
          const { alert } = request.params
          if (!takeOutOfCase(state, known.id, alert, request.principal!.actor, nowMs()))
            throw new ApiError(404, 'unknown-alert', `Alert ${alert} is not in case ${known.id}.`)
          request.audit('alert.left-case', `alert:${alert}`, { case: known.id })
          return { alerts: [alert] }
        })
    )

    app.post(
      '/api/cases/:id/notes',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Write a note into a case',
          tags: ['cases'],
          params: caseParam,
          body: z.object({ text: z.string().trim().min(1).max(textMax) }),
          response: { 200: caseReply }
        }
      },
      async request =>
        change(request.params.id, request, 'case.noted', known => {
          if (caseCounts(state, known.id).notes >= notesMax)
            throw new ApiError(409, 'too-many-notes', `Case ${known.id} has ${notesMax} notes.`)
          noteCase(state, known.id, 'noted', request.principal!.actor, nowMs(), { text: request.body.text })
          return { text: request.body.text }
        })
    )
  }

  /** Changes a case and says so in the audit trail, both or neither. */
  function change(
    id: number,
    request: { audit(action: string, object: string, detail?: Readonly<Record<string, unknown>>): void },
    action: string,
    apply: (known: Case) => Readonly<Record<string, unknown>>
  ) {
    return state.transaction(() => {
      const known = theCase(state, id)
      request.audit(action, `case:${id}`, apply(known))
      return caseOut(state, theCase(state, id))
    })
  }

  function putAlerts(
    id: number,
    alerts: readonly number[],
    by: string,
    audit: (action: string, object: string, detail?: Readonly<Record<string, unknown>>) => void
  ): void {
    const moved = putIntoCase(state, id, alerts, by, nowMs())
    if (moved === undefined)
      throw new ApiError(409, 'too-many-alerts', `A case holds ${alertsPerCaseMax} alerts at most: open another one.`)
    if (moved.length === 0) return
    audit('case.alerts-added', `case:${id}`, { alerts: moved })
    for (const alert of moved) audit('alert.put-into-case', `alert:${alert}`, { case: id })
  }
}

export function theCase(state: State, id: number): Case {
  const found = caseOf(state, id)
  if (found === undefined) throw new ApiError(404, 'unknown-case', `There is no case ${id}.`)
  return found
}
