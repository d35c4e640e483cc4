/**
 * Routes of notifications: what there is, and what becomes of messages. Whoever searches may look; analysts test and replay;
 * administrators say where things go (`notification-changes.ts`), because that is where data leaves the machine.
 */

import { z } from 'zod'
import { actions } from '../actions/index.ts'
import { type Message, type Notice, plainNotice } from '../actions/message.ts'
import { sampleNotice } from '../actions/samples.ts'
import { ownTemplate, renderTemplate, templateNames, templateProblems } from '../actions/template.ts'
import { nearest } from '../core/nearest.ts'
import { noticeOf } from '../pipeline/alert-notices.ts'
import type { Notifier } from '../pipeline/notifier.ts'
import { messageKey } from '../pipeline/notify-changes.ts'
import { alertOf } from '../state/alert-list.ts'
import { destinationOf, listDestinations, listRoutes, listTemplates } from '../state/destinations.ts'
import { enqueue } from '../state/outbox.ts'
import { outboxCounts } from '../state/outbox-log.ts'
import { newId } from '../state/secret.ts'
import type { State } from '../state/state.ts'
import { destinationOut } from './notification-out.ts'
import { readMailServer } from './notification-settings.ts'
import {
  destinationId,
  destinationReply,
  mailServerReply,
  routeReply,
  routeShape,
  templateReply,
  templateShape
} from './notification-shapes.ts'
import { isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type NotificationDeps = {
  readonly state: State
  readonly notifier: Notifier
  readonly nowMs: () => number
  readonly hostName: string
  readonly pageUrl: () => string | undefined
}

const tags = ['notifications']

export function notificationRoutes({ state, notifier, nowMs, hostName, pageUrl }: NotificationDeps): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/notifications',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Destinations with their breakers, routes, templates, and how much waits or is dead',
          tags,
          response: {
            200: z.object({
              kinds: z.array(
                z.object({
                  kind: z.string(),
                  label: z.string(),
                  rate: z.object({ count: z.int(), perMinutes: z.int() }).optional()
                })
              ),
              destinations: z.array(destinationReply),
              routes: z.array(routeReply),
              templates: z.array(templateReply),
              ownTemplate: templateShape,
              templateNames: z.array(z.object({ name: z.string(), meaning: z.string() })),
              mailServer: mailServerReply.optional(),
              dead: z.int(),
              pageUrl: z.string().optional()
            })
          }
        }
      },
      async request => {
        const mayChange = request.principal?.scopes.includes('admin') === true
        const counts = outboxCounts(state)
        const now = nowMs()
        const server = readMailServer(state)
        return {
          kinds: actions.map(({ kind, label, rate }) => ({ kind, label, rate })),
          destinations: listDestinations(state).map(each => destinationOut(each, notifier, counts, now, mayChange)),
          routes: listRoutes(state).map(({ id, name, route, updatedMs, by }) => ({
            ...routeShape.parse({ ...route, name }),
            id,
            updated: isoOf(updatedMs),
            by
          })),
          templates: listTemplates(state).map(({ updatedMs, ...each }) => ({ ...each, updated: isoOf(updatedMs) })),
          ownTemplate,
          templateNames: Object.entries(templateNames).map(([name, meaning]) => ({ name, meaning })),
          mailServer: server && {
            host: server.host,
            port: server.port,
            security: server.security,
            user: server.user,
            from: server.from,
            ca: server.ca,
            hasPassword: server.password !== ''
          },
          dead: counts.filter(each => each.state === 'dead').reduce((sum, { count }) => sum + count, 0),
          pageUrl: pageUrl()
        }
      }
    )

    app.post(
      '/api/notifications/destinations/:id/test',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Sends a test message now, and says what became of it',
          tags,
          params: z.object({ id: destinationId }),
          response: {
            200: z.object({ result: z.enum(['sent', 'transient', 'permanent']), detail: z.string() })
          }
        }
      },
      async request => {
        const destination = destinationOf(state, request.params.id)
        if (destination === undefined) throw unknownDestination()
        const by = request.principal!.actor
        const id = enqueue(state, {
          key: messageKey(newId(), 'test', destination.id),
          destination: destination.id,
          kind: 'test',
          severity: 'informational',
          subject: 'Test',
          alert: '',
          template: '',
          content: {
            title: 'Picket can reach you here',
            body: `This is a test of “${destination.name}”, asked for by ${by.replace(/^user:/, '')}. There is nothing to do.`
          },
          createdMs: nowMs()
        })
        const outcome = await notifier.test(id!)
        request.audit('notification.tested', `destination:${destination.id}`, { result: outcome.result })
        return { result: outcome.result, detail: outcome.detail }
      }
    )

    app.post(
      '/api/notifications/preview',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What a template makes of an alert, and what each kind of destination would be sent',
          tags,
          body: templateShape.extend({ alert: z.int().min(1).optional().describe('Without it, an example') }),
          response: {
            200: z.object({
              title: z.string(),
              body: z.string(),
              problems: z.array(
                z.object({
                  part: z.enum(['title', 'body']),
                  position: z.int(),
                  message: z.string(),
                  suggestion: z.string().optional()
                })
              ),
              shown: z.array(z.object({ kind: z.string(), label: z.string(), text: z.string() }))
            })
          }
        }
      },
      async request => {
        const { title, body, alert } = request.body
        const now = nowMs()
        const notice = alert === undefined ? sampleNotice(now) : noticeWith(state, alert, now)
        const rendered = renderTemplate({ title, body }, notice, pageUrl())
        const message: Message = {
          key: 'pn_00000000000000000000000000000000',
          kind: 'alert',
          ...rendered,
          severity: notice.severity,
          notices: [notice],
          count: 1,
          createdMs: now,
          thread: 'example',
          pageUrl: pageUrl(),
          again: false
        }
        const settings: Record<string, unknown> = { mail: { to: ['you@example.org'] }, syslog: { facility: 16 } }
        const names = Object.keys(templateNames)
        const problems = (['title', 'body'] as const).flatMap(part =>
          templateProblems(request.body[part])
            .slice(0, 20)
            .map(({ name, ...problem }) => ({ part, ...problem, suggestion: name && nearest(name, names) }))
        )
        return {
          ...rendered,
          problems,
          shown: actions.map(({ kind, label, show }) => ({
            kind,
            label,
            text: show(message, settings[kind] ?? {}, { nowMs: now, hostName })
          }))
        }
      }
    )
  }
}

export function noticeWith(state: State, id: number, nowMs: number): Notice {
  const alert = alertOf(state, id)
  if (alert === undefined) throw new ApiError(404, 'unknown-alert', `There is no alert ${id}.`)
  return plainNotice(noticeOf(alert, 'created', nowMs))
}

export const unknownDestination = (): ApiError =>
  new ApiError(404, 'unknown-destination', 'There is no such destination.')
