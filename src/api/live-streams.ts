/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): so many streams at once, each with a heartbeat, ended with the server. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { drained, hangUp } from './ndjson.ts'
import { type ApiApp, ApiError } from './route.ts'

export type LiveStream = {
  /** Resolves when the browser keeps up. `id` is what it says in `last-event-id` when it comes back. */
  send(event: string, data: unknown, id?: number): Promise<void>
  /** Aborted when the browser is gone, or the server goes. */
  readonly signal: AbortSignal
}

const heartbeatMs = 15_000

export class LiveStreams {
  readonly #open = new Set<AbortController>()
  readonly #most: number
  readonly #what: string

  /** `what`: `live tails`. */
  constructor(app: ApiApp, most: number, what: string) {
    this.#most = most
    this.#what = what
    app.addHook('preClose', async () => {
      for (const each of this.#open) each.abort()
    })
  }

  /** Throws `too-many-tails` (503). Answers with what `follow` sends; a failure of it is logged and told as the event `failed`. */
  async answer(
    request: FastifyRequest,
    reply: FastifyReply,
    follow: (stream: LiveStream) => Promise<void>
  ): Promise<FastifyReply> {
    if (this.#open.size >= this.#most)
      throw new ApiError(503, 'too-many-tails', `${this.#most} ${this.#what} are open: close one.`, {
        'retry-after': '10'
      })
    const stop = new AbortController()
    this.#open.add(stop)
    hangUp(reply).addEventListener('abort', () => stop.abort(), { once: true })
    reply.hijack()
    const { raw } = reply
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
    raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
    raw.write(': live\n\n')
    const send = async (event: string, data: unknown, id?: number): Promise<void> => {
      const text = `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
      if (!raw.destroyed && !raw.write(text)) await drained(raw)
    }
    const beat = setInterval(() => {
      if (!raw.destroyed && !raw.writableNeedDrain) raw.write(': still here\n\n')
    }, heartbeatMs)
    try {
      await follow({ send, signal: stop.signal })
    } catch (error) {
      if (!stop.signal.aborted) {
        request.log.warn({ err: error }, `one of the ${this.#what} ended`)
        await send('failed', { message: error instanceof Error ? error.message : String(error) })
      }
    } finally {
      clearInterval(beat)
      this.#open.delete(stop)
      raw.end()
    }
    return reply
  }
}

/** So long, or until the stream ends. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
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
