/** Events in a real engine, and searches over them: for tests of the search language. */

import assert from 'node:assert/strict'
import { heartbeatSource } from '../core/detection.ts'
import type { EcsEvent } from '../core/parser.ts'
import { parseIso } from '../core/time.ts'
import { type CompiledSearch, type CompileOptions, compileSearch } from '../filter/pipes/compile.ts'
import { parseSearch } from '../filter/search.ts'
import { toSql } from '../filter/to-sql.ts'
import { EventEncoder } from '../store/encode/event-encoder.ts'
import type { Store } from '../store/store.ts'

/** Each event's id is its place in the list. */
export async function fillEvents(store: Store, events: readonly EcsEvent[]): Promise<void> {
  await store.command('TRUNCATE TABLE picket.events')
  const encoder = new EventEncoder()
  encoder.begin()
  for (const [i, event] of events.entries()) encodeEvent(encoder, event, i)
  await store.insert(encoder.finish(), `fill-${fills++}`)
}
let fills = 0

const bytes = Buffer.from('x')

export function encodeEvent(encoder: EventEncoder, event: EcsEvent, id: number): void {
  encoder.add({
    event,
    timeUs: parseIso(event['@timestamp']!)!,
    kind: '',
    source: 'labels' in event ? heartbeatSource : 'test',
    format: 'test',
    receivedMs: 1_700_000_000_000,
    idHigh: 0,
    idLow: id,
    text: 'x',
    bytes,
    start: 0,
    end: 1,
    json: undefined,
    tokens: false,
    undated: false
  })
}

export type Table = { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }

export const searchOptions: CompileOptions = { table: 'picket.events', rowsMax: 10_000, nowMs: 0 }

export function compileText(text: string, options: Partial<CompileOptions> = {}, nowMs = 0): CompiledSearch {
  const parsed = parseSearch(text, { nowMs })
  assert.ok(parsed.ok, `${text}: ${parsed.ok ? '' : parsed.errors.map(error => error.message).join(' ')}`)
  const { fromUs, toUs } = parsed.search
  return compileSearch(parsed.search, { ...searchOptions, fromUs, toUs, nowMs, ...options })
}

/** What a compiled search finds; of one whose rows stay events, their ids. */
export async function runSearch(store: Store, compiled: CompiledSearch): Promise<Table> {
  if (compiled.kind === 'events') {
    const { sql, params } = toSql(compiled.expression)
    const order = compiled.oldestFirst ? 'ASC' : 'DESC'
    const limit = compiled.limit === undefined ? '' : ` LIMIT ${compiled.limit}`
    const rows = await store.query<{ n: number }>(
      `SELECT toUInt32(id) AS n FROM picket.events WHERE ${sql} ORDER BY timestamp ${order}, id ${order}${limit}`,
      params
    )
    return { columns: ['event.id'], rows: rows.map(row => [row.n]) }
  }
  const rows = await store.query<Record<string, unknown>>(compiled.sql, compiled.params)
  return {
    columns: compiled.columns.map(({ name }) => name),
    rows: rows.map(row => compiled.columns.map((_, i) => row[`o${i + 1}`]))
  }
}

/** The table of `join`, as the migrations make it. */
export async function fillLookup(
  store: Store,
  name: string,
  rows: readonly Readonly<Record<string, string>>[]
): Promise<void> {
  await store.command(
    'CREATE TABLE IF NOT EXISTS picket.lookup_rows (lookup String, number UInt32, cells Map(String, String)) ENGINE = MergeTree ORDER BY (lookup, number)'
  )
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
  for (const [number, row] of rows.entries()) {
    const cells = Object.entries(row).map(([key, value]) => `${quoted(key)}, ${quoted(value)}`)
    await store.command(`INSERT INTO picket.lookup_rows VALUES (${quoted(name)}, ${number}, map(${cells.join(', ')}))`)
  }
}
