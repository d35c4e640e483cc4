/**
 * `GET /api/alerts/live`: what happens to alerts, as server-sent events. The number of the last change is the event's id, so a browser
 * that was cut off goes on where it was (`last-event-id`).
 */

import { z } from 'zod'
import { changesAfter, lastChange } from '../state/alert-changes.ts'
import { alertOf } from '../state/alert-list.ts'
import type { State } from '../state/state.ts'
import { changeKinds } from '../triage/alert.ts'
import { alertOut } from './alert-out.ts'
import { type LiveStream, LiveStreams, pause } from './live-streams.ts'
import { isoOf } from './replies.ts'
import type { RoutePlugin } from './route.ts'

const openMax = 64
/** Changes in one event. */
const changesMax = 200

export function alertLiveRoutes({ state, everyMs = 500 }: { state: State; everyMs?: number }): RoutePlugin {
  return (app, guard) => {
    const streams = new LiveStreams(app, openMax, 'live views of alerts')
    app.get(
      '/api/alerts/live',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What happens to alerts, as it happens (server-sent events)',
          description: `\`event: changes\` carries {"changes": [{"seq", "kind", "time", "by", "about", "alert"}]}; kinds: ${changeKinds.join(', ')}. \`event: skipped\`: there were more than could be told, load the list again. The event's id goes into \`after\` or the header last-event-id to go on.`,
          tags: ['alerts'],
          querystring: z.object({ after: z.coerce.number().int().min(0).optional() })
        }
      },
      async (request, reply) => {
        const said = Number(request.headers['last-event-id'])
        const newest = lastChange(state)
        const asked = request.query.after ?? (Number.isSafeInteger(said) && said > 0 ? said : newest)
        return streams.answer(request, reply, stream => follow(Math.min(asked, newest), stream))
      }
    )
  }

  async function follow(from: number, { send, signal }: LiveStream): Promise<void> {
    let at = from
    while (!signal.aborted) {
      const changes = changesAfter(state, at, changesMax + 1)
      if (changes.length > changesMax) {
        at = lastChange(state)
        await send('skipped', {}, at)
      } else if (changes.length > 0) {
        at = changes.at(-1)!.seq
        const told = changes.flatMap(({ seq, alert: id, kind, atMs, by, about }) => {
          const alert = alertOf(state, id)
          return alert === undefined
            ? []
            : [{ seq, kind, time: isoOf(atMs), by, ...(about !== '' && { about }), alert: alertOut(alert) }]
        })
        await send('changes', { changes: told }, at)
      }
      await pause(everyMs, signal)
    }
  }
}
