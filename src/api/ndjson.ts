/**
 * Answers that flow: one JSON value a line, sent as they come, while the other side reads them. The response begins with the first
 * line (until then an error has its status); later errors are a line of their own.
 */

import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PicketError } from '../core/errors.ts'
import { ApiError } from './route.ts'

export type Lines = {
  /** Resolves when more may be written. */
  write(line: unknown): Promise<void>
  /** Only if the other side takes it at once: for progress, of which the next one says the same. */
  offer(line: unknown): void
}

/** Aborts when the one who asked hangs up before the answer is complete. (`request.signal` aborts when a body has arrived.) */
export function hangUp(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const { raw } = reply
  const check = (): void => {
    if (!raw.writableFinished) gone.abort()
  }
  raw.once('close', check)
  return gone.signal
}

export async function sendLines(
  request: FastifyRequest,
  reply: FastifyReply,
  work: (lines: Lines) => Promise<void>
): Promise<FastifyReply> {
  const { raw } = reply
  let begun = false
  const begin = (): void => {
    if (begun) return
    begun = true
    reply.hijack()
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
    raw.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'x-accel-buffering': 'no' })
  }
  const lines: Lines = {
    async write(line) {
      if (raw.destroyed) return
      begin()
      if (!raw.write(`${JSON.stringify(line)}\n`)) await drained(raw)
    },
    offer(line) {
      if (raw.destroyed || raw.writableNeedDrain) return
      begin()
      raw.write(`${JSON.stringify(line)}\n`)
    }
  }
  try {
    await work(lines)
  } catch (error) {
    if (!begun) {
      if (raw.destroyed) {
        reply.hijack()
        return reply
      }
      throw error
    }
    await lines.write({ error: errorOut(error, request) })
  }
  if (begun && !raw.destroyed) raw.end()
  return reply
}

export async function drained(raw: FastifyReply['raw']): Promise<void> {
  if (raw.destroyed) return
  const stop = new AbortController()
  await Promise.race([
    once(raw, 'drain', { signal: stop.signal }).catch(() => {}),
    once(raw, 'close', { signal: stop.signal }).catch(() => {})
  ])
  stop.abort()
}

function errorOut(error: unknown, request: FastifyRequest): { code: string; message: string; details?: unknown } {
  if (error instanceof ApiError)
    return {
      code: error.code,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details })
    }
  if (error instanceof PicketError) {
    if (error.code !== 'search-cancelled') request.log.warn({ err: error, code: error.code }, 'request failed')
    return { code: error.code, message: error.message }
  }
  request.log.error({ err: error }, 'request failed')
  return { code: 'internal', message: 'Something went wrong inside Picket; its log says what.' }
}
