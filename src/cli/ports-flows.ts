/** Where `picket ports` takes flows from: files, read as an import reads them, and the store, through the server if one runs. */

import { compileQuery, everyEvent, timeRange } from '../api/query.ts'
import { type EcsEvent, NO_EVENT } from '../core/parser.ts'
import { forEachRecord } from '../parsers/parse-chunk.ts'
import { realClock } from '../platform/clock.ts'
import { createLog } from '../platform/log.ts'
import type { Conversations } from '../ports/conversations.ts'
import { flowOf } from '../ports/flow.ts'
import { openStreams } from '../sources/files/open-streams.ts'
import { readChunks } from '../sources/files/read-chunks.ts'
import { walk } from '../sources/files/walk.ts'
import { ask, leave, reach } from './access.ts'

export type Reading = {
  readonly from: string | undefined
  readonly to: string | undefined
  readonly say: (text: string) => void
}

/** Returns how many things could not be read. */
export async function flowsOfFiles(
  paths: readonly string[],
  into: Conversations,
  reading: Reading & { readonly format: string | undefined }
): Promise<number> {
  const nowMs = realClock.nowMs()
  const { fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY } = timeRange(
    reading.from,
    reading.to,
    nowMs
  )
  let problems = 0
  const problem = (text: string): void => {
    problems++
    if (problems <= 10) reading.say(`${text}\n`)
  }
  for await (const file of walk(paths, { onProblem: ({ path, reason }) => problem(`${path}: ${reason}`) }))
    for await (const stream of openStreams(file))
      for await (const chunk of readChunks(stream, { nowMs, format: reading.format })) {
        if (chunk.headers.dead !== undefined) problem(`${chunk.headers.source}: ${chunk.headers.dead}`)
        forEachRecord(chunk, (_index, _start, _end, _text, _json, parsed) => {
          if (parsed === NO_EVENT || !parsed.ok) return
          const stamp = parsed.event['@timestamp']
          const timeUs = parsed.timeUs ?? (stamp === undefined ? undefined : Date.parse(stamp) * 1000)
          if (timeUs !== undefined && (timeUs < fromUs || timeUs >= toUs)) return
          const flow = flowOf(parsed.event, timeUs)
          if (flow !== undefined) into.add(flow)
        })
      }
  return problems
}

type Found = { events: { timeMs: number; document: EcsEvent }[]; cursor: string | null }

const pageRows = 1000

/** Everything in the store that has two addresses and matches the query. */
export async function flowsOfStore(
  folder: string,
  query: string,
  into: Conversations,
  reading: Reading
): Promise<void> {
  const nowMs = realClock.nowMs()
  const asked = `source.ip:* and destination.ip:*${query === '' ? '' : ` and (${query})`}`
  const { condition, range: named } = compileQuery(asked, { nowMs })
  const range = { ...timeRange(reading.from, reading.to, nowMs), ...named }
  const access = await reach(folder, { log: createLog({ level: 'warn' }), say: reading.say, pipeline: false })
  try {
    if (access.kind === 'own') {
      await access.picket.store.flows(condition ?? everyEvent, range, ({ event, timeUs, count }) => {
        const flow = flowOf(event, timeUs, count)
        if (flow !== undefined) into.add(flow)
      })
      return
    }
    let cursor: string | null = ''
    while (cursor !== null) {
      const parameters = new URLSearchParams({ q: asked, limit: String(pageRows) })
      if (reading.from !== undefined) parameters.set('from', reading.from)
      if (reading.to !== undefined) parameters.set('to', reading.to)
      if (cursor !== '') parameters.set('cursor', cursor)
      const found: Found = await ask<Found>(access, `/api/search?${parameters}`)
      for (const { document, timeMs } of found.events) {
        const flow = flowOf(document, timeMs * 1000)
        if (flow !== undefined) into.add(flow)
      }
      cursor = found.cursor
    }
  } finally {
    await leave(access)
  }
}
