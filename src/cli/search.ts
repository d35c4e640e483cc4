/** `picket search`: events on the terminal, as lines for people or as JSON. */

import { Command, InvalidArgumentError } from 'commander'
import { BadQuery, compileQuery, everyEvent, timeRange } from '../api/query.ts'
import { eventOut } from '../api/search.ts'
import { createLog } from '../platform/log.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { ask, leave, reach } from './access.ts'
import { eventLine } from './event-line.ts'

type Options = { data?: string; from?: string; to?: string; limit: number; json?: boolean }
type Found = { events: { id: string; timeMs: number; document: Record<string, unknown> }[]; cursor: string | null }

export function searchCommand(): Command {
  return new Command('search')
    .description("search events: picket search 'source.ip:10.0.0.0/8 and event.action:blocked' --from -24h")
    .argument('[query]', 'see docs/query-language.md; nothing finds everything', '')
    .option('--from <time>', 'from this time on: -15m, -24h, 2026-11-21, 2026-11-21T06:00:00Z')
    .option('--to <time>', 'before this time')
    .option('--limit <n>', 'at most so many, the newest', readLimit, 50)
    .option('--json', 'one JSON document a line')
    .option('--data <folder>', 'the data folder')
    .action(async (query: string, options: Options) => {
      process.exitCode = await search(query, options)
    })
}

const pageMax = 1000

async function search(query: string, options: Options): Promise<number> {
  const write = (text: string): void => void process.stdout.write(text)
  let compiled: ReturnType<typeof compileQuery>
  try {
    compiled = compileQuery(query, { nowMs: Date.now() })
  } catch (error) {
    if (!(error instanceof BadQuery)) throw error
    for (const { position, length, message, suggestion } of error.details) {
      process.stderr.write(
        `${query}\n${' '.repeat(position)}${'^'.repeat(Math.max(1, length))}\n${message}${suggestion === undefined ? '' : ` Try: ${suggestion}`}\n`
      )
    }
    return 2
  }
  for (const warning of compiled.warnings)
    process.stderr.write(
      `note: ${warning.message}${warning.suggestion === undefined ? '' : ` Try: ${warning.suggestion}`}\n`
    )
  const range = { ...timeRange(options.from, options.to, Date.now()), ...compiled.range }
  const access = await reach(options.data ?? defaultDataFolder(), {
    log: createLog({ level: 'warn' }),
    say: text => void process.stderr.write(text),
    pipeline: false
  })
  let shown = 0
  try {
    let cursor: string | undefined
    let before: { timeUs: number; id: string } | undefined
    while (shown < options.limit) {
      const limit = Math.min(pageMax, options.limit - shown)
      let found: Found
      if (access.kind === 'server') {
        const parameters = new URLSearchParams({ q: query, limit: String(limit) })
        if (options.from !== undefined) parameters.set('from', options.from)
        if (options.to !== undefined) parameters.set('to', options.to)
        if (cursor !== undefined) parameters.set('cursor', cursor)
        found = await ask<Found>(access, `/api/search?${parameters}`)
      } else {
        const { rows } = await access.picket.store.search(compiled.condition ?? everyEvent, range, { limit, before })
        const last = rows.at(-1)
        if (last !== undefined) before = { timeUs: last.timeUs, id: last.id }
        found = { events: rows.map(eventOut), cursor: rows.length === limit ? 'more' : null }
      }
      for (const event of found.events)
        write(options.json ? JSON.stringify(event.document) + '\n' : eventLine(event.document) + '\n')
      shown += found.events.length
      if (found.cursor === null) break
      cursor = found.cursor
    }
  } finally {
    await leave(access)
  }
  if (shown === 0) process.stderr.write('Nothing matches. Widen --from and --to, or shorten the query.\n')
  return 0
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000_000)
    throw new InvalidArgumentError('a whole number from 1 to 10000000.')
  return limit
}
