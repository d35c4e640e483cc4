/**
 * What gatekeepers may call, and all that they may: where they are, and chunks, in their order. A request that comes again is cut at what
 * was taken already (docs/adr/0027).
 */

import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Chunk } from '../core/chunk.ts'
import { messageOf } from '../core/errors.ts'
import { decodeFrames } from '../pipeline/chunk-frames.ts'
import { type Intake, isMail } from '../pipeline/intake.ts'
import { gatesMax, gatesOf } from '../state/gates.ts'
import type { State } from '../state/state.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type GateDeps = {
  readonly state: State
  readonly intake: Pick<Intake, 'append'>
  readonly nowMs: () => number
}

const gateShape = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
const positionReply = z.object({ next: z.int().optional().describe('The offset to send next; absent for a new gate') })
const bodyBytesMax = 80 << 20
const lateMs = 60_000
const earlyMs = 30 * 86_400_000

export function gateRoutes({ state, intake, nowMs }: GateDeps): RoutePlugin {
  const gates = gatesOf(state)
  /** One request of a gate at a time: a second would be judged by a position that the first is about to move. */
  const busy = new Set<string>()

  /** What was made durable here: the ledger learns of it a moment later. */
  const durable = new Map<string, number>()
  const nextOf = (gate: string): number | undefined => {
    const noted = gates.next(gate)
    const known = durable.get(gate)
    return known === undefined ? noted : Math.max(known, noted ?? 0)
  }

  const take = async (gate: string, from: number, chunks: readonly Chunk[]): Promise<void> => {
    const fresh = chunks.slice(Math.max(0, (nextOf(gate) ?? 0) - from))
    const first = from + chunks.length - fresh.length
    const marked = fresh.map(({ headers: { replayOf: _, ...headers }, body }, i) => ({
      // What a gate says of times and replays is not believed.
      headers: {
        ...headers,
        run: '',
        receivedMs: believable(headers.receivedMs, nowMs()),
        gate: { id: gate, next: first + i + 1 }
      },
      body
    }))
    // Mails have a topic of their own: what stands before them must be durable before they are, or the position would pass it.
    for (let at = 0; at < marked.length; ) {
      const mails = isMail(marked[at]!)
      let end = at + 1
      while (end < marked.length && isMail(marked[end]!) === mails) end++
      await intake.append(marked.slice(at, end))
      durable.set(gate, first + end)
      at = end
    }
  }

  return (app, guard) => {
    if (!app.hasContentTypeParser('application/octet-stream'))
      app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    app.get(
      '/api/gate/position',
      {
        preHandler: guard('gate'),
        schema: {
          summary: 'How far the spool of a gatekeeper has been taken',
          tags: ['gate'],
          querystring: z.object({ gate: gateShape }),
          response: { 200: positionReply }
        }
      },
      async request => ({ next: nextOf(request.query.gate) })
    )

    app.post(
      '/api/gate/chunks',
      {
        preHandler: guard('gate'),
        bodyLimit: bodyBytesMax,
        schema: {
          summary:
            'Takes chunks of a gatekeeper, in their order; answers when they are durable. What was taken already is left out',
          tags: ['gate'],
          querystring: z.object({
            gate: gateShape,
            from: z.coerce
              .number()
              .int()
              .min(0)
              .max(Number.MAX_SAFE_INTEGER - 1e6)
          }),
          response: { 200: positionReply }
        }
      },
      async request => {
        const { gate, from } = request.query
        if (busy.has(gate))
          throw new ApiError(429, 'gate-busy', 'The last request of this gate is still being worked on.', {
            'retry-after': '2'
          })
        if (nextOf(gate) === undefined && gates.count() >= gatesMax)
          throw new ApiError(409, 'too-many-gates', `There are ${gatesMax} gates already.`)
        busy.add(gate)
        try {
          let chunks: Chunk[]
          try {
            chunks = decodeFrames(await readAll(request.body as Readable))
          } catch (error) {
            if (error instanceof ApiError) throw error
            throw new ApiError(400, 'bad-frames', messageOf(error))
          }
          await take(gate, from, chunks)
          return { next: nextOf(gate) }
        } finally {
          busy.delete(gate)
        }
      }
    )
  }
}

function believable(receivedMs: number, nowMs: number): number {
  return receivedMs > nowMs - earlyMs && receivedMs < nowMs + lateMs ? receivedMs : nowMs
}

async function readAll(body: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += (part as Buffer).length
    if (size > bodyBytesMax) throw new ApiError(413, 'too-large', 'The body is too large: send fewer chunks.')
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}
