/** Alerts over HTTP: `/api/alerts` lists them, shows one with all that belongs to it, and is where people work on one or on many. */

import { z } from 'zod'
import { lastChange } from '../state/alert-changes.ts'
import {
  alertOf,
  countAlerts,
  historyOf,
  idsOfAlerts,
  keptEvents,
  listAlerts,
  relatedAlerts,
  stormEntities,
  summariseAlerts
} from '../state/alert-list.ts'
import { ruleText } from '../state/alert-rules.ts'
import type { State } from '../state/state.ts'
import type { Alert } from '../triage/alert.ts'
import { timelineOf } from '../triage/timeline.ts'
import { actionShape, textMax, type Worker, workAlerts } from './alert-desk.ts'
import {
  alertOut,
  alertReply,
  documentOf,
  historyOut,
  historyReply,
  isoOfUs,
  keptEventOut,
  keptEventReply,
  levelSchema
} from './alert-out.ts'
import { cursorOf, cursorText, filterOf, filterShape, listShape } from './alert-query.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type AlertDeps = { readonly state: State; readonly nowMs: () => number }

const bulkMax = 1000
const relatedMax = 50
const relatedAroundMs = 24 * 3_600_000
const entitiesShownMax = 200
const countedMax = 10_000

const idParam = z.object({ id: z.coerce.number().int().min(1) })
const counts = z.record(levelSchema, z.int())

const timelineReply = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('event'), time: z.string(), id: z.string(), event: z.unknown() }),
    z.object({ kind: z.literal('more-events'), time: z.string(), count: z.int() }),
    z.object({ kind: z.literal('history'), time: z.string(), entry: historyReply })
  ])
)

export const detailReply = alertReply.extend({
  samples: z.object({ first: z.array(keptEventReply), latest: z.array(keptEventReply) }),
  history: z.array(historyReply),
  timeline: timelineReply,
  related: z.array(
    z.object({
      alert: alertReply,
      score: z.number(),
      shared: z.array(z.object({ field: z.string(), value: z.string() }))
    })
  ),
  stormEntities: z.array(
    z.object({
      entity: z.record(z.string(), z.string()),
      count: z.int(),
      first: z.string(),
      last: z.string()
    })
  ),
  ruleText: z.string().optional().describe('The text of the rule as it first matched')
})

export const pageReply = z.object({
  alerts: z.array(alertReply),
  total: z.int().describe(`How many there are, counted up to ${countedMax}`),
  totalIsExact: z.boolean(),
  next: z.string().optional().describe('The cursor of the next page; absent on the last')
})

export const workReply = z.object({
  changed: z.array(z.int()),
  unchanged: z.array(z.int()).describe('It was so already'),
  refused: z.array(z.object({ id: z.int(), code: z.string(), message: z.string() })),
  more: z.boolean().describe('The filter finds more alerts than one request works on: ask again')
})

export function alertRoutes({ state, nowMs }: AlertDeps): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/alerts',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Alerts: the open ones, the most severe first, unless asked otherwise',
          tags: ['alerts'],
          querystring: z.object(listShape),
          response: { 200: pageReply }
        }
      },
      async request => alertsPage(state, request.query, request.principal, nowMs())
    )

    app.get(
      '/api/alerts/summary',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What is open, at a glance',
          tags: ['alerts'],
          response: {
            200: z.object({
              open: counts.describe('By severity, without the snoozed'),
              states: z.record(z.string(), z.int()),
              snoozed: z.int(),
              unassigned: z.int(),
              lastChange: z.int().describe('Of the log of changes; /api/alerts/live?after= goes on from there')
            })
          }
        }
      },
      async () => ({ ...summariseAlerts(state, nowMs()), lastChange: lastChange(state) })
    )

    app.get(
      '/api/alerts/:id',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'An alert with its events, its history as a timeline, and related alerts',
          tags: ['alerts'],
          params: idParam,
          response: { 200: detailReply }
        }
      },
      async request => detailOf(state, theAlert(state, request.params.id))
    )

    app.post(
      '/api/alerts/bulk',
      {
        preHandler: guard('triage'),
        schema: {
          summary:
            'Do something to many alerts: acknowledge, start, close, reopen, assign, comment, snooze, unsnooze, severity',
          description: 'Name them by `ids`, or by a `filter` (as in the list; at most 1,000 in a request).',
          tags: ['alerts'],
          body: z.intersection(
            z.object({
              ids: z.array(z.int().min(1)).min(1).max(bulkMax).optional(),
              filter: z.object(filterShape).optional()
            }),
            actionShape
          ),
          response: { 200: workReply }
        }
      },
      async request => {
        const { ids, filter, ...action } = request.body
        if ((ids === undefined) === (filter === undefined))
          throw new ApiError(400, 'invalid', 'Name the alerts either by `ids` or by a `filter`.')
        const now = nowMs()
        const meant = ids ?? idsOfAlerts(state, filterOf(filter!, request.principal, now), now, bulkMax + 1)
        return {
          ...workAlerts(state, meant.slice(0, bulkMax), action, workerOf(request), now),
          more: meant.length > bulkMax
        }
      }
    )

    app.post(
      '/api/alerts/:id/actions',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Do something to one alert; answers how it is then',
          tags: ['alerts'],
          params: idParam,
          body: actionShape,
          response: { 200: alertReply }
        }
      },
      async request => workOne(request.params.id, request.body, workerOf(request))
    )

    app.post(
      '/api/alerts/:id/comments',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Comment on an alert; @name mentions a user',
          tags: ['alerts'],
          params: idParam,
          body: z.object({ text: z.string().trim().min(1).max(textMax) }),
          response: { 200: alertReply }
        }
      },
      async request => workOne(request.params.id, { action: 'comment', text: request.body.text }, workerOf(request))
    )
  }

  function workOne(id: number, action: Parameters<typeof workAlerts>[2], worker: Worker) {
    theAlert(state, id)
    const [refused] = workAlerts(state, [id], action, worker, nowMs()).refused
    if (refused !== undefined) throw new ApiError(409, refused.code, refused.message)
    return alertOut(theAlert(state, id))
  }
}

type Asking = {
  readonly principal: { readonly actor: string; readonly userName: string | undefined } | undefined
  audit: Worker['audit']
}

export function workerOf(request: Asking): Worker {
  const { actor, userName } = request.principal!
  return { actor, userName, audit: (action, object, detail) => request.audit(action, object, detail) }
}

export function theAlert(state: State, id: number): Alert {
  const alert = alertOf(state, id)
  if (alert === undefined) throw new ApiError(404, 'unknown-alert', `There is no alert ${id}.`)
  return alert
}

/** A page of the list. */
export function alertsPage(
  state: State,
  query: z.output<z.ZodObject<typeof listShape>>,
  principal: { readonly userName: string | undefined } | undefined,
  nowMs: number
): z.output<typeof pageReply> {
  const { sort, limit, cursor, ...asked } = query
  const filter = filterOf(asked, principal, nowMs)
  const { alerts, next } = listAlerts(state, filter, { sort, limit, after: cursorOf(cursor) }, nowMs)
  const total = countAlerts(state, filter, nowMs, countedMax + 1)
  return {
    alerts: alerts.map(alertOut),
    total: Math.min(total, countedMax),
    totalIsExact: total <= countedMax,
    next: cursorText(next)
  }
}

/** An alert with all that belongs to it. */
export function detailOf(state: State, alert: Alert): z.output<typeof detailReply> {
  const kept = keptEvents(state, alert.id)
  const history = historyOf(state, alert.id)
  const related = relatedAlerts(state, alert, relatedAroundMs, relatedMax)
  return {
    ...alertOut(alert),
    samples: { first: kept.first.map(keptEventOut), latest: kept.latest.map(keptEventOut) },
    history: history.map(historyOut),
    timeline: timelineOf(alert, kept, history).map(entry => {
      const time = isoOfUs(entry.atUs)
      if (entry.kind === 'history') return { kind: entry.kind, time, entry: historyOut(entry.entry) }
      if (entry.kind === 'more-events') return { kind: entry.kind, time, count: entry.count }
      return { kind: entry.kind, time, id: entry.id, event: documentOf(entry.event) }
    }),
    related: related.flatMap(({ alert: id, score, shared }) => {
      const other = alertOf(state, id)
      return other === undefined ? [] : [{ alert: alertOut(other), score, shared: shared.map(each => ({ ...each })) }]
    }),
    stormEntities: alert.storm
      ? stormEntities(state, alert.id, entitiesShownMax).map(({ entity, count, firstUs, lastUs }) => ({
          entity: { ...entity },
          count,
          first: isoOfUs(firstUs),
          last: isoOfUs(lastUs)
        }))
      : [],
    ruleText: ruleText(state, alert.rule.id, alert.rule.version)
  }
}
