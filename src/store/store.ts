/**
 * The store: everything that is said to ClickHouse, embedded or clustered. Inserts are blocks with a token, so that a block that is
 * sent again (after a crash, a timeout) changes nothing; reads go through a user who may only read.
 */

import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient
} from '@clickhouse/client'
import { columns } from '../core/columns.ts'
import { PicketError } from '../core/errors.ts'
import { type RebuiltRow, rebuildRow, selectionFor } from './encode/rebuild.ts'
import type { StoreAccess } from './engine.ts'
import { readFlows, type StoredFlow } from './flows.ts'
import { createReading, type ReadOptions, tooSlow } from './reading.ts'
import { columnSql, migrations } from './schema.ts'

/** A boolean expression of ClickHouse SQL with its parameters (`{p0:String}`). */
export type SqlCondition = { readonly sql: string; readonly params: Readonly<Record<string, unknown>> }

export type TimeRange = { readonly fromUs?: number; readonly toUs?: number }

export type HistogramBucket = { readonly startMs: number; readonly count: number }

export type PartitionInfo = { readonly partition: string; readonly rows: number; readonly bytes: number }

export type Store = {
  /** Inserts a `Native` block; a token that was seen before makes it a no-op. Resolves when it is on disk. */
  insert(block: Buffer, token: string): Promise<void>
  /** Which events exist that could be those of a batch: their ids, as pairs of 32-bit halves (high, low). */
  existingIds(batch: BatchExtent): Promise<Uint32Array>
  search(condition: SqlCondition, range: TimeRange, options: SearchOptions): Promise<SearchResult>
  histogram(
    condition: SqlCondition | undefined,
    range: TimeRange,
    bucketSeconds: number,
    signal?: AbortSignal
  ): Promise<HistogramBucket[]>
  /** How many events there are, and the first and last minute of their times. */
  extent(): Promise<{ rows: number; fromUs: number; toUs: number; bytes: number }>
  /** Who spoke with whom among the events that match, alike ones together. */
  flows(condition: SqlCondition, range: TimeRange, receive: (flow: StoredFlow) => void): Promise<void>
  partitions(): Promise<PartitionInfo[]>
  dropPartition(partition: string): Promise<void>
  deleteById(ids: readonly string[]): Promise<void>
  /** Lets background merges of the events go on, or wait. */
  setMerging(on: boolean): Promise<void>
  activeParts(): Promise<number>
  /** The events themselves, one after the other, for exports: not kept in memory. */
  events(condition: SqlCondition, range: TimeRange, options: SearchOptions): AsyncGenerator<RebuiltRow>
  /** A query of ours as the reader: the rows of its answer (64-bit numbers as text), at most 256 MiB of them. */
  table(sql: string, params: Readonly<Record<string, unknown>>, options?: ReadOptions): Promise<TableAnswer>
  /** SQL of somebody else's, as a user who may read our tables and nothing more: names and types of the columns, then the rows. */
  foreign(sql: string, options?: ReadOptions): AsyncGenerator<unknown[]>
  /** The database's name, for SQL that names tables. */
  readonly database: string
  /** Replaces the rows of a lookup table (none: removes it). */
  writeLookup(name: string, rows: readonly Readonly<Record<string, string>>[]): Promise<void>
  /** Any query, as the reader. For tests, tools and the bench. */
  query<Row>(sql: string, params?: Record<string, unknown>): Promise<Row[]>
  command(sql: string): Promise<void>
  ping(): Promise<boolean>
  close(): Promise<void>
}

/** Where the events of a batch may have been stored before. */
export type BatchExtent = {
  /** Their hours (seconds since 1970); empty if there are too many to name. */
  readonly hours: readonly number[]
  readonly fromUs: number
  readonly toUs: number
  /** The upper 24 bits of their ids; empty if there are too many to name. */
  readonly idGroups: readonly number[]
  /** How many have no time of their own. */
  readonly undated: number
}

export type SearchOptions = {
  readonly limit: number
  /** Rows strictly before this place, for the next page. */
  readonly before?: { readonly timeUs: number; readonly id: string }
  readonly oldestFirst?: boolean
  readonly withCount?: boolean
} & ReadOptions

export type TableAnswer = {
  readonly rows: readonly (readonly unknown[])[]
  readonly rowsRead: number
  readonly elapsedMs: number
}

export type SearchResult = {
  readonly rows: readonly RebuiltRow[]
  readonly rowsRead: number
  readonly elapsedMs: number
}

export const insertSettings = {
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  async_insert: 0,
  // One block in, one part out: a block is never split.
  min_insert_block_size_rows: '0',
  min_insert_block_size_bytes: '0',
  max_insert_block_size: '10000000',
  input_format_parallel_parsing: 0,
  max_partitions_per_insert_block: '0',
  optimize_on_insert: 0
} satisfies ClickHouseSettings

/** Connects, and brings the tables up to date. Throws `store-unreachable`, `store-migration`. */
export async function openStore(
  access: StoreAccess,
  options: { queryTimeMaxMs: number } = { queryTimeMaxMs: 60_000 }
): Promise<Store> {
  const writer = createClient({
    url: access.url,
    username: access.writer.user,
    password: access.writer.password,
    request_timeout: 300_000,
    max_open_connections: 8,
    keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
    compression: { request: false, response: false },
    // Failures reach our own log through the errors thrown.
    log: { level: ClickHouseLogLevel.OFF }
  })
  const reader = createClient({
    url: access.url,
    username: access.reader.user,
    password: access.reader.password,
    database: access.database,
    request_timeout: 120_000,
    max_open_connections: 16,
    keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
    compression: { request: false, response: false },
    // Failures reach our own log through the errors thrown.
    log: { level: ClickHouseLogLevel.OFF }
  })
  // SQL of others: a user of its own whose profile allows no settings; on a server that is not ours, the reader in its strictest mode.
  const guest = access.guest
  const foreigner =
    guest === undefined
      ? reader
      : createClient({
          url: access.url,
          username: guest.user,
          password: guest.password,
          database: access.database,
          request_timeout: 120_000,
          max_open_connections: 4,
          compression: { request: false, response: false },
          log: { level: ClickHouseLogLevel.OFF }
        })
  const { queryTimeMaxMs } = options
  const wrapError = (cause: unknown): PicketError => readError(cause, queryTimeMaxMs)
  const reading = createReading({ reader, writer, queryTimeMaxMs, settings: readSettings, wrapError })
  const foreign = createReading({
    reader: foreigner,
    writer,
    queryTimeMaxMs: Math.min(queryTimeMaxMs, 60_000),
    settings: guest === undefined ? { ...readSettings, readonly: '1' } : undefined,
    wrapError
  })
  await migrate(writer, access.database)
  const table = `${access.database}.events`

  return {
    async insert(block, token) {
      try {
        const result = await writer.exec({
          query: `INSERT INTO ${table} FORMAT Native`,
          values: Readable.from([block], { objectMode: false }),
          clickhouse_settings: { ...insertSettings, insert_deduplication_token: token, wait_end_of_query: 1 }
        })
        result.stream.resume()
        await new Promise((resolve, reject) =>
          result.stream.on('end', resolve).on('error', reject).on('close', resolve)
        )
      } catch (cause) {
        throw storeError(cause, 'inserting events')
      }
    },

    async existingIds({ hours, fromUs, toUs, idGroups, undated }) {
      const named = idGroups.length > 0 ? ' AND bitShiftRight(id, 40) IN {idGroups:Array(UInt64)}' : ''
      const inHours =
        hours.length > 0
          ? " AND toStartOfHour(timestamp) IN (SELECT toDateTime(arrayJoin({hours:Array(UInt32)}), 'UTC'))"
          : ''
      const dated =
        toUs < fromUs
          ? ''
          : `SELECT id FROM ${table} WHERE timestamp >= fromUnixTimestamp64Micro({from:Int64}) AND timestamp <= fromUnixTimestamp64Micro({to:Int64})${inHours}${named}`
      const timeless = undated === 0 ? '' : `SELECT id FROM ${table} WHERE picket_undated = 1${named}`
      const sql = [dated, timeless].filter(part => part !== '').join(' UNION ALL ')
      if (sql === '') return new Uint32Array(0)
      try {
        const result = await writer.exec({
          query: `${sql} FORMAT RowBinary`,
          query_params: { from: Math.floor(fromUs), to: Math.ceil(toUs), hours, idGroups },
          clickhouse_settings: { max_execution_time: 60, max_threads: 1 }
        })
        const parts: Buffer[] = []
        for await (const part of result.stream) parts.push(part as Buffer)
        const bytes = Buffer.concat(parts)
        const halves = new Uint32Array(bytes.length / 4)
        // RowBinary is little-endian: the low half comes first.
        for (let i = 0; i < halves.length; i += 2) {
          halves[i] = bytes.readUInt32LE(i * 4 + 4)
          halves[i + 1] = bytes.readUInt32LE(i * 4)
        }
        return halves
      } catch (cause) {
        throw storeError(cause, 'looking for duplicates')
      }
    },

    search,

    async *events(condition, range, options) {
      // Page by page: sorting whole rows of a large answer would take more memory than a search may have.
      let { before } = options
      for (let left = options.limit; left > 0; ) {
        const limit = Math.min(left, eventsPage)
        const { rows } = await search(condition, range, {
          ...options,
          limit,
          ...(before === undefined ? {} : { before })
        })
        yield* rows
        const last = rows.at(-1)
        if (last === undefined || rows.length < limit) return
        left -= rows.length
        before = { timeUs: last.timeUs, id: last.id }
      }
    },

    async table(sql, params, options) {
      const { data, statistics } = await reading.whole<JsonCompact>(sql, params, options)
      return { rows: data, rowsRead: statistics.rows_read, elapsedMs: statistics.elapsed * 1000 }
    },

    foreign: (sql, options = {}) =>
      foreign.rows(sql, {}, { ...options, format: 'JSONCompactEachRowWithNamesAndTypes' }),

    database: access.database,

    async writeLookup(name, rows) {
      const lookups = `${access.database}.lookup_rows`
      try {
        await writer.command({
          query: `DELETE FROM ${lookups} WHERE lookup = {name:String}`,
          query_params: { name },
          clickhouse_settings: { lightweight_deletes_sync: '2' }
        })
        // One block: all of the table or none of it.
        if (rows.length > 0)
          await writer.insert({
            table: lookups,
            values: rows.map((cells, number) => ({ lookup: name, number, cells })),
            format: 'JSONEachRow'
          })
      } catch (cause) {
        throw storeError(cause, `writing the lookup table ${name}`)
      }
    },

    async histogram(condition, range, bucketSeconds, signal) {
      const fast = condition === undefined && bucketSeconds % 60 === 0 && (range.fromUs ?? 0) % 60_000_000 === 0
      const sql = fast
        ? `SELECT toUnixTimestamp(toStartOfInterval(minute, INTERVAL {bucket:UInt32} SECOND, 'UTC')) AS start, sum(events) AS count
           FROM ${access.database}.histogram WHERE ${rangeSql(range, 'minute')} GROUP BY start ORDER BY start`
        : `SELECT toUnixTimestamp(toStartOfInterval(timestamp, INTERVAL {bucket:UInt32} SECOND, 'UTC')) AS start, count() AS count
           FROM ${table} WHERE ${rangeSql(range)} AND (${condition?.sql ?? '1'}) GROUP BY start ORDER BY start`
      const result = await reading.whole<{ data: [number, string | number][] }>(
        sql,
        { ...condition?.params, ...rangeParams(range), bucket: bucketSeconds },
        { signal }
      )
      return result.data.map(([start, count]) => ({ startMs: start * 1000, count: Number(count) }))
    },

    async flows(condition, range, receive) {
      const where = `${table} WHERE ${rangeSql(range)} AND (${condition.sql})`
      try {
        await readFlows(reader, where, { ...condition.params, ...rangeParams(range) }, receive)
      } catch (cause) {
        if (cause instanceof PicketError) throw cause
        throw storeError(cause, 'reading flows')
      }
    },

    async extent() {
      // From the rollup: whole minutes, at once, however much is stored.
      const [{ data }, parts] = await Promise.all([
        reading.whole<{ data: [string, number, number][] }>(
          `SELECT toString(sum(events)), toUnixTimestamp(min(minute)), toUnixTimestamp(max(minute)) FROM ${access.database}.histogram`,
          {}
        ),
        partitions()
      ])
      const [row] = data
      return {
        rows: Number(row?.[0] ?? 0),
        fromUs: Number(row?.[1] ?? 0) * 1_000_000,
        toUs: (Number(row?.[2] ?? 0) + 60) * 1_000_000 - 1,
        bytes: parts.reduce((sum, part) => sum + part.bytes, 0)
      }
    },

    partitions,

    async dropPartition(partition) {
      if (!/^\d{4}-\d\d-\d\d$/.test(partition))
        throw new PicketError('store-partition', `not a partition: ${partition}`)
      for (const name of ['events', 'histogram']) {
        await writer.command({ query: `ALTER TABLE ${access.database}.${name} DROP PARTITION '${partition}'` })
      }
    },

    async deleteById(ids) {
      if (ids.length === 0) return
      await writer.command({
        query: `DELETE FROM ${table} WHERE id IN ({ids:Array(UInt64)}) AND event_kind = 'pipeline_error'`,
        query_params: { ids: ids.map(id => BigInt('0x' + id)) },
        clickhouse_settings: { lightweight_deletes_sync: '1' }
      })
    },

    async setMerging(on) {
      await writer.command({ query: `SYSTEM ${on ? 'START' : 'STOP'} MERGES ${table}` })
    },

    async activeParts() {
      const result = await writer.query({
        query: `SELECT toUInt32(count()) AS parts FROM system.parts WHERE active AND database = {database:String} AND table = 'events'`,
        query_params: { database: access.database },
        format: 'JSONEachRow'
      })
      const [row] = await result.json<{ parts: number }>()
      return row?.parts ?? 0
    },

    async query<Row>(sql: string, params: Record<string, unknown> = {}) {
      const result = await reader.query({ query: sql, query_params: params, format: 'JSONEachRow' })
      return (await result.json()) as Row[]
    },

    async command(sql) {
      await writer.command({ query: sql })
    },

    async ping() {
      return (await reader.ping()).success
    },

    async close() {
      await Promise.all([writer.close(), reader.close(), foreigner === reader ? undefined : foreigner.close()])
    }
  }

  async function partitions(): Promise<PartitionInfo[]> {
    const result = await writer.query({
      query: `SELECT partition, toString(sum(rows)) AS rows, toString(sum(bytes_on_disk)) AS bytes FROM system.parts
              WHERE active AND database = {database:String} AND table = 'events' GROUP BY partition ORDER BY partition`,
      query_params: { database: access.database },
      format: 'JSONEachRow'
    })
    const rows = await result.json<{ partition: string; rows: string; bytes: string }>()
    return rows.map(row => ({ partition: row.partition, rows: Number(row.rows), bytes: Number(row.bytes) }))
  }

  async function search(condition: SqlCondition, range: TimeRange, options: SearchOptions): Promise<SearchResult> {
    // First which rows, then what their shapes need of them: a fifth of the columns.
    const asked = eventsSql(
      'toString(id), toUnixTimestamp64Micro(timestamp), shape, original_shape',
      condition,
      range,
      options
    )
    const found = await reading.whole<JsonCompact>(asked.sql, asked.params, options)
    const { rows_read: rowsRead, elapsed } = found.statistics
    if (found.data.length === 0) return { rows: [], rowsRead, elapsedMs: elapsed * 1000 }
    const keys = found.data as readonly (readonly [string, string, string, string])[]
    const selection = selectionFor(new Set(keys.flatMap(([, , shape, originalShape]) => [shape, originalShape])))
    const times = keys.map(([, timeUs]) => Number(timeUs))
    const { data, statistics } = await reading.whole<JsonCompact>(
      `SELECT ${selection.sql} FROM ${table} ` +
        "WHERE toStartOfHour(timestamp) IN (SELECT toDateTime(arrayJoin({hours:Array(UInt32)}), 'UTC')) " +
        'AND timestamp IN (SELECT fromUnixTimestamp64Micro(arrayJoin({times:Array(Int64)}))) ' +
        `AND id IN (SELECT arrayJoin({ids:Array(UInt64)})) ${newestFirst(options)}`,
      {
        ids: keys.map(([id]) => BigInt(id)),
        times: times.map(Math.floor),
        hours: [...new Set(times.map(timeUs => Math.floor(timeUs / 3_600_000_000) * 3600))],
        limit: options.limit
      },
      options
    )
    return {
      rows: data.map(row => rebuildRow(row, selection)),
      rowsRead: rowsRead + statistics.rows_read,
      elapsedMs: (elapsed + statistics.elapsed) * 1000
    }
  }

  function eventsSql(selection: string, condition: SqlCondition, range: TimeRange, options: SearchOptions) {
    const { before, oldestFirst } = options
    const page =
      before === undefined
        ? ''
        : ` AND timestamp ${oldestFirst ? '>=' : '<='} fromUnixTimestamp64Micro({beforeUs:Int64})` +
          ` AND (timestamp, id) ${oldestFirst ? '>' : '<'} (fromUnixTimestamp64Micro({beforeUs:Int64}), {beforeId:UInt64})`
    const sql =
      `SELECT ${selection} FROM ${table} WHERE ${rangeSql(range)} AND (${condition.sql})${page} ` + newestFirst(options)
    const params = {
      ...condition.params,
      ...rangeParams(range),
      limit: options.limit,
      ...(before === undefined ? {} : { beforeUs: before.timeUs, beforeId: BigInt(`0x${before.id}`).toString() })
    }
    return { sql, params }
  }
}

/** Rows of one question, where all of a large answer are read. */
const eventsPage = 2_000

/** The table is sorted by the hour first: said in these words, the engine reads the hours in order and stops when it has enough. */
function newestFirst({ oldestFirst }: SearchOptions): string {
  const order = oldestFirst ? 'ASC' : 'DESC'
  return `ORDER BY toStartOfHour(timestamp) ${order}, timestamp ${order}, id ${order} LIMIT {limit:UInt32}`
}

type JsonCompact = {
  readonly data: readonly (readonly unknown[])[]
  readonly statistics: { readonly elapsed: number; readonly rows_read: number }
}

const readSettings: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  max_threads: 2,
  // Below 1 is none; what runs in the background has 10 and waits for these.
  priority: '1',
  timeout_before_checking_execution_speed: 0,
  // Where our process dies, its questions die with it.
  cancel_http_readonly_queries_on_client_close: 1
}

function rangeSql(range: TimeRange, column = 'timestamp'): string {
  const parts: string[] = []
  if (range.fromUs !== undefined) parts.push(`${column} >= fromUnixTimestamp64Micro({fromUs:Int64})`)
  if (range.toUs !== undefined) parts.push(`${column} < fromUnixTimestamp64Micro({toUs:Int64})`)
  return parts.length === 0 ? '1' : parts.join(' AND ')
}

function rangeParams(range: TimeRange): Record<string, unknown> {
  return {
    ...(range.fromUs === undefined ? {} : { fromUs: range.fromUs }),
    ...(range.toUs === undefined ? {} : { toUs: range.toUs })
  }
}

const tableExists = '57'
const diskFull = '243'
const connectTriesMax = 8

async function migrate(client: ClickHouseClient, database: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await migrateOnce(client, database)
    } catch (error) {
      // The engine may have died this very moment; it is started again.
      const { cause } = error as PicketError
      if (cause instanceof ClickHouseError || tries >= connectTriesMax) throw error
      await sleep(100 * 2 ** Math.min(tries, 4))
    }
  }
}

async function migrateOnce(client: ClickHouseClient, database: string): Promise<void> {
  try {
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` })
    await client.command({
      query: `CREATE TABLE IF NOT EXISTS ${database}.migrations (number UInt32, applied DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY number`
    })
    const result = await client.query({
      query: `SELECT max(number) AS last FROM ${database}.migrations`,
      format: 'JSONEachRow'
    })
    const [row] = await result.json<{ last: number }>()
    const statements = migrations(database)
    for (let number = (row?.last ?? 0) + 1; number <= statements.length; number++) {
      try {
        await client.command({ query: statements[number - 1]! })
      } catch (error) {
        // It was done, but the process ended before it was noted.
        if (!(error instanceof ClickHouseError && error.code === tableExists)) throw error
      }
      await client.insert({ table: `${database}.migrations`, values: [{ number }], format: 'JSONEachRow' })
    }
    // A field that got a column after this store was made.
    const existing = await client.query({
      query: 'SELECT name FROM system.columns WHERE database = {database:String} AND table = {table:String}',
      query_params: { database, table: 'events' },
      format: 'JSONEachRow'
    })
    const names = new Set((await existing.json<{ name: string }>()).map(row => row.name))
    for (const column of columns.filter(column => !names.has(column.stored))) {
      for (const part of columnSql(column).split(',\n  ')) {
        await client.command({ query: `ALTER TABLE ${database}.events ADD COLUMN IF NOT EXISTS ${part}` })
      }
    }
  } catch (cause) {
    if (cause instanceof ClickHouseError && cause.code === diskFull) throw storeError(cause, 'making the tables')
    throw new PicketError('store-migration', `The tables in ClickHouse could not be made: ${messageFor(cause)}`, {
      cause
    })
  }
}

/**
 * Codes of ClickHouse that mean the block or the query itself is at fault: the same request can never succeed. All others (memory,
 * parts, disk, files, network, timeouts, shutdown) are the world's and are tried again.
 */
const ours = new Set([
  '6',
  '8',
  '16',
  '20',
  '27',
  '33',
  '36',
  '38',
  '40',
  '41',
  '43',
  '46',
  '47',
  '50',
  '53',
  '62',
  '69',
  '70',
  '72',
  '117',
  '130',
  '131',
  '190',
  '321',
  '395',
  '456',
  '457'
])

/** What a search met: its own bounds, or what `storeError` knows. */
function readError(cause: unknown, queryTimeMaxMs: number): PicketError {
  if (cause instanceof PicketError) return cause
  if (cause instanceof ClickHouseError) {
    if (cause.code === '159' || cause.code === '160') return tooSlow(queryTimeMaxMs, cause)
    if (cause.code === '394') return new PicketError('search-cancelled', 'The search was cancelled.', { cause })
    if (cause.code === '241')
      return new PicketError(
        'search-too-big',
        'The search needs more memory than one search may take: narrow its time or its filter, or group by fewer values.',
        { cause }
      )
  }
  return storeError(cause, 'searching')
}

function storeError(cause: unknown, attempted: string): PicketError {
  if (cause instanceof ClickHouseError) {
    const full = cause.code === diskFull
    return new PicketError(
      full ? 'store-full' : 'store-refused',
      full
        ? `The disk is too full for ${attempted}: free some space or lower storage.retentionDays.`
        : `ClickHouse refused ${attempted}: ${messageFor(cause)}`,
      { cause, retryable: !ours.has(cause.code) }
    )
  }
  return new PicketError('store-unreachable', `ClickHouse cannot be reached for ${attempted}: ${messageFor(cause)}`, {
    cause,
    retryable: true
  })
}

function messageFor(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 500)
}
