/** Dead letters are rows of the events table with `event.kind: pipeline_error`. Here they are found, and made into chunks again. */

import type { Chunk } from '../core/chunk.ts'
import type { Store } from '../store/store.ts'

export type DeadLetter = {
  readonly id: string
  readonly timeUs: number
  readonly source: string
  readonly format: string
  readonly reason: string
  readonly original: Buffer
}

export type DeadLetterFilter = {
  readonly ids?: readonly string[]
  readonly source?: string
  /** A part of the reason. */
  readonly reason?: string
  readonly limit: number
  readonly before?: { readonly timeUs: number; readonly id: string }
}

export async function findDeadLetters(store: Pick<Store, 'search'>, filter: DeadLetterFilter): Promise<DeadLetter[]> {
  const conditions = ["event_kind = 'pipeline_error'"]
  const params: Record<string, unknown> = {}
  if (filter.ids !== undefined) {
    conditions.push('id IN {ids:Array(UInt64)}')
    params['ids'] = filter.ids.map(id => BigInt('0x' + id))
  }
  if (filter.source !== undefined) {
    conditions.push('picket_source = {source:String}')
    params['source'] = filter.source
  }
  if (filter.reason !== undefined) {
    conditions.push('positionCaseInsensitive(error_message, {reason:String}) > 0')
    params['reason'] = filter.reason
  }
  const { rows } = await store.search(
    { sql: conditions.join(' AND '), params },
    {},
    { limit: filter.limit, before: filter.before }
  )
  return rows.map(({ document, original, id, timeUs }) => {
    const picket = document['picket'] as { source?: string; format?: string } | undefined
    const error = document['error'] as { message?: string } | undefined
    return {
      id,
      timeUs,
      source: picket?.source ?? '',
      format: picket?.format ?? '',
      reason: error?.message ?? '',
      original
    }
  })
}

/** One chunk for each source and format, with the letters' originals as records. */
export function deadLetterChunks(
  letters: readonly DeadLetter[],
  options: { run: string; receivedMs: number; format?: string; prefix: () => string }
): Chunk[] {
  const groups = new Map<string, DeadLetter[]>()
  for (const letter of letters) {
    const key = `${letter.source}\0${letter.format}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [letter])
    else group.push(letter)
  }
  return [...groups.values()].map(group => {
    const parts = group.flatMap(({ original }) => {
      const size = Buffer.allocUnsafe(4)
      size.writeUInt32LE(original.length)
      return [size, original]
    })
    const first = group[0]!
    return {
      headers: {
        source: first.source,
        format: options.format ?? first.format,
        framing: 'sized' as const,
        records: group.length,
        receivedMs: options.receivedMs,
        referenceMs: Math.floor(first.timeUs / 1000),
        prefix: options.prefix(),
        run: options.run,
        replayOf: first.id
      },
      body: Buffer.concat(parts)
    }
  })
}
