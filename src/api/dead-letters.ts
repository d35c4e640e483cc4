/** Routes of the dead letters: what could not be read, why, and another try. */

import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Chunk } from '../core/chunk.ts'
import { placeHigh } from '../core/identity.ts'
import { type DeadLetter, deadLetterChunks, findDeadLetters } from '../pipeline/dead-letters.ts'
import type { Picket } from '../wire.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const which = { source: z.string().max(4096).optional(), reason: z.string().max(1000).optional() }

export function deadLetterRoutes(
  picket: Pick<Picket, 'store' | 'intake' | 'ledger'>,
  nowMs: () => number
): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/dead-letters',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Records that could not be read, newest first',
          tags: ['dead letters'],
          querystring: z.object({
            ...which,
            id: z
              .string()
              .regex(/^[0-9a-f]{16}$/)
              .optional(),
            limit: z.coerce.number().int().min(1).max(500).default(50),
            cursor: z.string().max(64).optional()
          })
        }
      },
      async request => {
        const { source, reason, id, limit, cursor } = request.query
        const place = cursor === undefined ? undefined : /^(-?\d{1,17})\.([0-9a-f]{16})$/.exec(cursor)
        if (place === null) throw new ApiError(400, 'bad-cursor', 'The cursor is not one that a listing gave.')
        const letters = await findDeadLetters(picket.store, {
          ...(id !== undefined && { ids: [id] }),
          ...(id !== undefined && { ids: [id] }),
          source,
          reason,
          limit,
          before: place === undefined ? undefined : { timeUs: Number(place[1]), id: place[2]! }
        })
        const last = letters.at(-1)
        return {
          letters: letters.map(letterOut),
          cursor: last !== undefined && letters.length === limit ? `${last.timeUs}.${last.id}` : null
        }
      }
    )

    app.post(
      '/api/dead-letters/replay',
      {
        preHandler: guard('ingest'),
        schema: {
          summary: 'Sends dead letters through the pipeline again',
          tags: ['dead letters'],
          body: z.object({
            ids: z
              .array(z.string().regex(/^[0-9a-f]{16}$/))
              .max(10_000)
              .optional(),
            all: z.boolean().optional(),
            format: z.string().max(64).optional(),
            ...which
          })
        }
      },
      async request => {
        const { ids, all, ...filter } = request.body
        if (ids === undefined && all !== true) throw new ApiError(400, 'invalid', 'Say which: ids, or all: true.')
        const replayed = await replayDeadLetters(picket, { ...filter, ids }, nowMs)
        request.audit('dead-letters.replay', filter.source ?? 'all', { replayed })
        return { replayed }
      }
    )
  }
}

const replayAtOnce = 500

/** Appends the originals to the bus again, then deletes the letters: a crash between leaves both, never neither. */
export async function replayDeadLetters(
  picket: Pick<Picket, 'store' | 'intake' | 'ledger'>,
  filter: { ids?: readonly string[]; source?: string; reason?: string; format?: string },
  nowMs: () => number
): Promise<number> {
  let replayed = 0
  let before: { timeUs: number; id: string } | undefined
  const run = randomBytes(8).toString('hex')
  // The upper halves of the ids that the replayed records will have.
  const again = new Set<number>()
  for (;;) {
    const found = await findDeadLetters(picket.store, { ...filter, limit: replayAtOnce, before })
    const last = found.at(-1)
    if (last === undefined) return replayed
    before = { timeUs: last.timeUs, id: last.id }
    // One that died again meanwhile had its turn.
    const letters = found.filter(letter => !again.has(Number.parseInt(letter.id.slice(0, 8), 16)))
    if (letters.length === 0) continue
    const chunks: Chunk[] = deadLetterChunks(letters, {
      run,
      receivedMs: nowMs(),
      format: filter.format,
      prefix: () => randomBytes(4).toString('hex')
    })
    for (const { headers } of chunks) {
      const prefix = Number.parseInt(headers.prefix, 16)
      for (let index = 0; index < headers.records; index++) again.add(placeHigh(prefix, index))
    }
    await picket.intake.append(chunks)
    await picket.store.deleteById(letters.map(letter => letter.id))
    const bySource = new Map<string, DeadLetter[]>()
    for (const letter of letters) {
      const key = `${letter.source}\0${letter.format}`
      bySource.set(key, [...(bySource.get(key) ?? []), letter])
    }
    for (const group of bySource.values()) picket.ledger.replayed(group[0]!.source, group[0]!.format, group.length)
    replayed += letters.length
  }
}

export function letterOut(letter: DeadLetter) {
  return {
    id: letter.id,
    timeMs: Math.floor(letter.timeUs / 1000),
    source: letter.source,
    format: letter.format,
    reason: letter.reason,
    bytes: letter.original.length,
    preview: letter.original.toString('utf8', 0, 300),
    originalBase64: letter.original.subarray(0, 65_536).toString('base64')
  }
}
