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
import { drained, hangUp } from './ndjson.ts'
import { isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const openMax = 64
/** Changes in one event. */
const changesMax = 200
const heartbeatMs = 15_000

export function alertLiveRoutes({ state, everyMs = 500 }: { state: State; everyMs?: number }): RoutePlugin {
  const open = new Set<AbortController>()
  return (app, guard) => {
    app.addHook('preClose', async () => {
      for (const each of open) each.abort()
    })

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
        if (open.size >= openMax)
          throw new ApiError(503, 'too-many-tails', `${openMax} live views are open: close one.`, {
            'retry-after': '10'
          })
        const said = Number(request.headers['last-event-id'])
        const newest = lastChange(state)
        const asked = request.query.after ?? (Number.isSafeInteger(said) && said > 0 ? said : newest)
        const stop = new AbortController()
        open.add(stop)
        hangUp(reply).addEventListener('abort', () => stop.abort(), { once: true })
        reply.hijack()
        const { raw } = reply
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) raw.setHeader(name, value)
        raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
        raw.write(': live\n\n')
        const send = async (event: string, seq: number, data: unknown): Promise<void> => {
          const text = `id: ${seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
          if (!raw.destroyed && !raw.write(text)) await drained(raw)
        }
        const beat = setInterval(() => {
          if (!raw.destroyed && !raw.writableNeedDrain) raw.write(': still here\n\n')
        }, heartbeatMs)
        try {
          await follow(Math.min(asked, newest), send, stop.signal)
        } catch (error) {
          if (!stop.signal.aborted) request.log.warn({ err: error }, 'a live view of alerts ended')
        } finally {
          clearInterval(beat)
          open.delete(stop)
          raw.end()
        }
        return reply
      }
    )
  }

  async function follow(
    from: number,
    send: (event: string, seq: number, data: unknown) => Promise<void>,
    signal: AbortSignal
  ): Promise<void> {
    let at = from
    while (!signal.aborted) {
      const changes = changesAfter(state, at, changesMax + 1)
      if (changes.length > changesMax) {
        at = lastChange(state)
        await send('skipped', at, {})
      } else if (changes.length > 0) {
        at = changes.at(-1)!.seq
        const told = changes.flatMap(({ seq, alert: id, kind, atMs, by, about }) => {
          const alert = alertOf(state, id)
          return alert === undefined
            ? []
            : [{ seq, kind, time: isoOf(atMs), by, ...(about !== '' && { about }), alert: alertOut(alert) }]
        })
        await send('changes', at, { changes: told })
      }
      await pause(everyMs, signal)
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(end, ms)
    function end(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
  })
}
