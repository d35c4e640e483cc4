/** `picket search`: events and tables on the terminal, for people or as NDJSON and CSV; `-f` follows what comes in. */

import { Command, InvalidArgumentError, Option } from 'commander'
import { BadQuery, compileText, timeRange } from '../api/query.ts'
import { eventOut } from '../api/search.ts'
import type { Diagnostic } from '../filter/parse-query.ts'
import { parseSearch, type Search } from '../filter/search.ts'
import { createLog } from '../platform/log.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { listLookups } from '../state/lookups.ts'
import type { Picket } from '../wire.ts'
import { leave, reach } from './access.ts'
import { eventColumns, eventText, type Format, type FoundEvent, tableText } from './search-output.ts'
import { type Answer, queryServer, tailServer } from './search-server.ts'
import { callServer, type Server } from './server-client.ts'

type Options = {
  data?: string
  from?: string
  to?: string
  limit?: number
  json?: boolean
  format?: Format
  follow?: boolean
}

export function searchCommand(): Command {
  return new Command('search')
    .description("search: picket search 'source.ip:10.0.0.0/8 | stats count() by destination.port' --from -24h")
    .argument('[query]', 'see docs/query-language.md; nothing finds everything', '')
    .option('--from <time>', 'from this time on: -15m, -24h, 2026-11-21, 2026-11-21T06:00:00Z')
    .option('--to <time>', 'before this time')
    .option('--limit <n>', 'at most so many events (50, the newest) or rows of a table (10000)', readLimit)
    .addOption(
      new Option('--format <format>', 'columns, one JSON document a line, or CSV').choices(['table', 'ndjson', 'csv'])
    )
    .option('--json', 'the same as --format ndjson')
    .option('-f, --follow', 'go on with what comes in (a server must run)')
    .option('--data <folder>', 'the data folder')
    .action(async (query: string, options: Options) => {
      process.exitCode = await search(query, options)
    })
}

const pageMax = 1000
const rowsMax = 10_000
const say = (text: string): void => void process.stderr.write(text)
const write = (text: string): void => void process.stdout.write(text)

async function search(query: string, options: Options): Promise<number> {
  const parsed = parseSearch(query, { nowMs: Date.now() })
  if (!parsed.ok) return refuse(query, parsed.errors)
  for (const { message, suggestion } of parsed.warnings) say(`note: ${message}${tried(suggestion)}\n`)
  const { search } = parsed
  const format = options.json ? 'ndjson' : options.format
  if (options.follow && !search.commands.every(({ kind }) => kind === 'filter')) {
    say('Only events can be followed: leave the commands behind | away, but for where with a filter.\n')
    return 2
  }
  timeRange(options.from, options.to, Date.now())
  const access = await reach(options.data ?? defaultDataFolder(), {
    log: createLog({ level: 'warn' }),
    say,
    pipeline: false
  })
  try {
    if (options.follow && access.kind !== 'server') {
      say('Nothing comes in while no server runs here: start it with `picket serve`, then follow.\n')
      return 2
    }
    const inColumns = format === 'csv' || format === 'table'
    const asked = inColumns && staysEvents(search) ? `${query} | fields ${eventColumns}` : query
    const limit = options.limit ?? (staysEvents(search) && !inColumns ? 50 : rowsMax)
    const find = access.kind === 'server' ? onServer(access.server, options) : inFolder(access.picket, options)
    const shown = options.follow
      ? await follow((access as { server: Server }).server, query, format)
      : await print(find, asked, search, limit, format)
    if (shown === 0) say('Nothing matches. Widen --from and --to, or shorten the query.\n')
    return 0
  } catch (error) {
    if (error instanceof BadQuery) return refuse(query, error.details)
    throw error
  } finally {
    await leave(access)
  }
}

const staysEvents = ({ commands }: Search): boolean =>
  commands.every(({ kind }) => ['filter', 'where', 'sort', 'head', 'tail', 'dedup'].includes(kind))

function refuse(query: string, errors: readonly Diagnostic[]): number {
  for (const { position, length, message, suggestion } of errors) {
    const under = `${' '.repeat(position)}${'^'.repeat(Math.max(1, length))}`
    say(`${query}\n${under}\n${message}${tried(suggestion)}\n`)
  }
  return 2
}

const tried = (suggestion: string | undefined): string => (suggestion === undefined ? '' : ` Try: ${suggestion}`)

/** One page of events, or the table. */
type Find = (query: string, limit: number, cursor: string | undefined, oldestFirst: boolean) => Promise<Answer>

async function print(
  find: Find,
  query: string,
  search: Search,
  limit: number,
  format: Format | undefined
): Promise<number> {
  const sort = search.commands.findLast(({ kind }) => kind === 'sort')
  const oldestFirst = sort?.kind === 'sort' && sort.keys[0]?.name === '@timestamp' && !sort.keys[0].descending
  let shown = 0
  let cursor: string | undefined
  while (shown < limit) {
    const page = Math.min(limit - shown, cursor === undefined ? rowsMax : pageMax)
    const answer = await find(query, page, cursor, oldestFirst)
    if (answer.table !== undefined) {
      write(tableText(answer.table, format))
      if (answer.table.truncated) say(`note: there are more rows than the ${answer.table.rows.length} shown.\n`)
      return answer.table.rows.length
    }
    const events = answer.events ?? []
    write(events.map(event => eventText(event, format)).join(''))
    shown += events.length
    if (answer.cursor === null || answer.cursor === undefined || events.length === 0) break
    cursor = answer.cursor
  }
  return shown
}

function onServer(server: Server, { from, to }: Options): Find {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  return async (q, limit, cursor, oldestFirst) => {
    if (cursor === undefined) return queryServer(server, { q, limit, ...range })
    const order = oldestFirst ? 'asc' : 'desc'
    const parameters = new URLSearchParams({ q, limit: String(limit), cursor, ...range, order })
    return callServer<Answer>(server, 'GET', `/api/search?${parameters}`)
  }
}

function inFolder(picket: Picket, { from, to }: Options): Find {
  const { store, state } = picket
  return async (query, limit, cursor, _oldestFirst) => {
    const { compiled, range } = compileText(query, {
      nowMs: Date.now(),
      database: store.database,
      lookups: new Map(listLookups(state).map(({ name, columns }) => [name, columns])),
      from,
      to,
      rowsMax: limit + 1
    })
    if (compiled.kind === 'table') {
      const { rows } = await store.table(compiled.sql, compiled.params)
      return {
        table: { columns: compiled.columns, rows: rows.slice(0, limit), truncated: rows.length > limit }
      }
    }
    const wanted = Math.min(limit, compiled.limit ?? limit, pageMax)
    const [timeUs, id] = cursor?.split('.') ?? []
    const { rows } = await store.search(compiled.condition, range, {
      limit: wanted,
      oldestFirst: compiled.oldestFirst,
      ...(id === undefined ? {} : { before: { timeUs: Number(timeUs), id } })
    })
    const last = rows.at(-1)
    const more = last !== undefined && rows.length === wanted && wanted !== compiled.limit
    return { events: rows.map(eventOut), cursor: more ? `${last.timeUs}.${last.id}` : null }
  }
}

async function follow(server: Server, query: string, format: Format | undefined): Promise<number> {
  const stop = new AbortController()
  const interrupted = (): void => stop.abort()
  process.once('SIGINT', interrupted)
  let shown = 0
  try {
    for await (const { events, skipped } of tailServer(server, query, stop.signal)) {
      write(events.map((event: FoundEvent) => eventText(event, format)).join(''))
      shown += events.length
      if (skipped > 0) say(`note: ${skipped} more came faster than they can be shown.\n`)
    }
  } finally {
    process.removeListener('SIGINT', interrupted)
  }
  return Math.max(1, shown)
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000_000)
    throw new InvalidArgumentError('a whole number from 1 to 10000000.')
  return limit
}
