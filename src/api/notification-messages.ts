/** Routes of messages and attempts: what became of what was to be told; dead letters, sent again or given up; who was told of an alert. */

import { z } from 'zod'
import { type Route, routeMisses } from '../actions/routes.ts'
import { listDestinations, listRoutes } from '../state/destinations.ts'
import { outboxStates } from '../state/outbox.ts'
import { dropDead, replay } from '../state/outbox-dead.ts'
import { listAttempts, listMessages, messageWithId } from '../state/outbox-log.ts'
import { attemptOut, messageOut, namesOf } from './notification-out.ts'
import { attemptReply, messageReply } from './notification-shapes.ts'
import { type NotificationDeps, noticeWith } from './notifications.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const tags = ['notifications']
const page = { limit: z.coerce.number().int().min(1).max(500).default(100), before: z.coerce.number().int().optional() }

export function notificationMessageRoutes({ state, nowMs }: Pick<NotificationDeps, 'state' | 'nowMs'>): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/notifications/messages',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Messages, the newest first: all, or those of a state (dead: the dead letters) or a destination',
          tags,
          querystring: z.object({
            state: z.enum(outboxStates).optional(),
            destination: z.string().max(64).optional(),
            ...page
          }),
          response: { 200: z.object({ messages: z.array(messageReply), next: z.int().optional() }) }
        }
      },
      async request => {
        const { limit, before, ...filter } = request.query
        const nameOf = namesOf(listDestinations(state))
        const messages = listMessages(state, filter, limit, before)
        return {
          messages: messages.map(each => messageOut(each, nameOf)),
          next: messages.length === limit ? messages.at(-1)?.id : undefined
        }
      }
    )

    app.get(
      '/api/notifications/attempts',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Every attempt to send, the newest first: of all, a destination or a message',
          tags,
          querystring: z.object({
            destination: z.string().max(64).optional(),
            message: z.coerce.number().int().optional(),
            ...page
          }),
          response: { 200: z.object({ attempts: z.array(attemptReply), next: z.int().optional() }) }
        }
      },
      async request => {
        const { limit, before, ...filter } = request.query
        const nameOf = namesOf(listDestinations(state))
        const attempts = listAttempts(state, filter, limit, before)
        return {
          attempts: attempts.map(each => attemptOut(each, nameOf)),
          next: attempts.length === limit ? attempts.at(-1)?.id : undefined
        }
      }
    )

    app.get(
      '/api/notifications/explain',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Who was told of an alert, and why each route would tell of it now, or not',
          tags,
          querystring: z.object({ alert: z.coerce.number().int().min(1) }),
          response: {
            200: z.object({
              messages: z.array(messageReply),
              routes: z.array(
                z.object({
                  id: z.string(),
                  name: z.string(),
                  fits: z.boolean(),
                  why: z.array(z.string()).describe('Why it does not fit'),
                  destinations: z.array(z.string())
                })
              )
            })
          }
        }
      },
      async request => {
        const now = nowMs()
        const alert = request.query.alert
        const notice = noticeWith(state, alert, now)
        const destinations = listDestinations(state)
        const nameOf = namesOf(destinations)
        return {
          messages: listMessages(state, { alert: String(alert) }, 100).map(each => messageOut(each, nameOf)),
          routes: listRoutes(state).map(({ id, name, route }) => {
            const why = routeMisses(route as unknown as Route, notice, now)
            const leadsTo = route['destinations'] as readonly string[]
            if (leadsTo.length === 0) why.push('it leads nowhere')
            return { id, name, fits: why.length === 0, why, destinations: leadsTo.map(nameOf) }
          })
        }
      }
    )

    const which = z
      .strictObject({
        ids: z.array(z.int().min(1)).min(1).max(1000).optional(),
        destination: z.string().max(64).optional(),
        all: z.literal(true).optional()
      })
      .refine(({ ids, destination, all }) => [ids, destination, all].filter(each => each !== undefined).length === 1, {
        message: 'say which: ids, destination or all'
      })

    for (const [path, act, audited, summary] of [
      ['replay', replay, 'notification.replayed', 'Sends dead letters again, under the keys that they had'],
      ['discard', dropDead, 'notification.discarded', 'Gives up dead letters for good']
    ] as const)
      app.post(
        `/api/notifications/${path}`,
        {
          preHandler: guard('triage'),
          schema: { summary, tags, body: which, response: { 200: z.object({ messages: z.int() }) } }
        },
        async request => {
          const { ids, destination } = request.body
          return state.transaction(() => {
            const messages = act(state, { ids, destination }, nowMs())
            request.audit(audited, destination === undefined ? '' : `destination:${destination}`, { messages })
            return { messages }
          })
        }
      )

    app.get(
      '/api/notifications/messages/:id',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'A message with its attempts',
          tags,
          params: z.object({ id: z.coerce.number().int() }),
          response: { 200: messageReply.extend({ attempts: z.array(attemptReply), tries: z.int() }) }
        }
      },
      async request => {
        const message = messageWithId(state, request.params.id)
        if (message === undefined) throw new ApiError(404, 'unknown-message', 'There is no such message.')
        const nameOf = namesOf(listDestinations(state))
        const attempts = listAttempts(state, { message: message.id }, 500).map(each => attemptOut(each, nameOf))
        return { ...messageOut(message, nameOf), tries: message.attempts, attempts }
      }
    )
  }
}
