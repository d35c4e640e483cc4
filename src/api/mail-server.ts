/** Routes of the server that mail goes out through: that of alerts and that of reports. Its password is kept and never told. */

import { z } from 'zod'
import { mailServerSettings } from '../actions/mail.ts'
import { closedBreaker } from '../actions/retry.ts'
import { reportsId } from '../pipeline/notify-reports.ts'
import { listDestinations } from '../state/destinations.ts'
import { hasten, keepBreaker } from '../state/outbox.ts'
import type { State } from '../state/state.ts'
import { keepMailServer, readMailServer, removeMailServer } from './notification-settings.ts'
import { done } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const tags = ['notifications']

/** What waits because the mail server was wrong need not wait any longer. */
function tryMailAgain(state: State, nowMs: number): void {
  const mails = listDestinations(state).filter(({ kind }) => kind === 'mail')
  for (const id of [reportsId, ...mails.map(each => each.id)]) {
    keepBreaker(state, id, closedBreaker(nowMs))
    hasten(state, id, nowMs)
  }
}

export function mailServerRoutes(state: State, nowMs: () => number): RoutePlugin {
  return (app, guard) => {
    app.put(
      '/api/notifications/mail-server',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Sets up the server that mail goes out through: of alerts and of reports',
          tags,
          body: mailServerSettings.extend({
            password: z.string().max(1024).optional().describe('Without it, the one that is known is kept')
          }),
          response: { 200: done }
        }
      },
      async request => {
        const { password, ...settings } = request.body
        state.transaction(() => {
          keepMailServer(state, settings, password)
          const { host, port, security, user, from } = settings
          request.audit('notification.mail-server.set', '', { host, port, security, user, from })
          tryMailAgain(state, nowMs())
        })
        return { ok: true as const }
      }
    )

    app.delete(
      '/api/notifications/mail-server',
      {
        preHandler: guard('admin'),
        schema: { summary: 'Sends no mail any more', tags, response: { 200: done } }
      },
      async request => {
        state.transaction(() => {
          if (readMailServer(state) === undefined)
            throw new ApiError(404, 'no-mail-server', 'There is no mail server set up.')
          removeMailServer(state)
          request.audit('notification.mail-server.removed', '')
          tryMailAgain(state, nowMs())
        })
        return { ok: true as const }
      }
    )
  }
}
