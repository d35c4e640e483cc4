/**
 * `npm run bench search -- --events 10000000`: how long searches take through the HTTP API, engine warm, and beside each the time of the
 * best SQL that we can write by hand for the same answer, sent straight to ClickHouse. Events: EVE and VPC flow logs, four to one.
 * Also: the first row of a live tail, and what the importer keeps of its rate while eight people search.
 */

import { join } from 'node:path'
import { createAdmission } from '../src/api/admission.ts'
import { facetRoutes } from '../src/api/facets.ts'
import { histogramRoutes } from '../src/api/histogram.ts'
import { queryRoutes } from '../src/api/queries.ts'
import { searchRoutes } from '../src/api/search.ts'
import { startApi } from '../src/api/server.ts'
import { tailRoutes } from '../src/api/tail.ts'
import type { Chunk } from '../src/core/chunk.ts'
import { heartbeatSource } from '../src/core/detection.ts'
import { textExpression } from '../src/filter/sql-expressions.ts'
import type { StoredBatch } from '../src/pipeline/pipeline.ts'
import { BatchWorker } from '../src/pipeline/worker.ts'
import { createLog } from '../src/platform/log.ts'
import { createMetrics } from '../src/platform/metrics.ts'
import { readServerFile } from '../src/platform/server-file.ts'
import { openState } from '../src/state/state.ts'
import { startEngine } from '../src/store/engine.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { eveLines, vpcFlowLines } from './corpus.ts'

export type Row = (workload: string, figure: string, ceiling?: string, ratio?: string) => void

const batchRecords = 65_536
/** Stands once in all the events. */
const needle = 'zzneedle7f3a'
const facetFields = [
  'event.dataset',
  'event.action',
  'source.ip',
  'destination.ip',
  'destination.port',
  'network.transport',
  'network.protocol',
  'user_agent.original',
  'dns.question.name',
  'rule.name'
]
/** As the page asks: facets are counted in the newest so many. */
const facetSample = 100_000
const columnOf = (field: string): string => field.replaceAll('.', '_')

export async function benchSearch(events: number, folder: string, row: Row): Promise<void> {
  const log = createLog({ level: 'error' })
  const engine = await startEngine({
    folder: join(folder, 'search-engine'),
    memoryBytesMax: 900e6,
    freeDiskBytesMin: 1e8,
    log: { info() {}, warn() {} }
  })
  const store = await openStore(engine.access)
  const state = openState(join(folder, 'search-state'))
  const listeners = new Set<(batch: StoredBatch) => void>()
  const deps = { store, state, nowMs: Date.now, mayBeInMap: () => false, admission: createAdmission(4) }
  const onStored = (listener: (batch: StoredBatch) => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const api = await startApi({
    host: '127.0.0.1',
    port: 0,
    state,
    webFolder: join(folder, 'no-page'),
    log,
    metrics: createMetrics({ process: false }),
    routes: [
      searchRoutes(deps),
      histogramRoutes(deps),
      facetRoutes(deps),
      queryRoutes(deps),
      tailRoutes({ ...deps, onStored })
    ],
    ready: () => ({ ready: true })
  })
  try {
    const { token } = readServerFile(state.folder)!
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const get = async (path: string, parts: Record<string, string | number>): Promise<unknown> => {
      const query = new URLSearchParams(Object.entries(parts).map(([name, value]) => [name, String(value)]))
      const answer = await fetch(`${api.address}${path}?${query}`, { headers })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${path}?${query}: ${answer.status} ${text.slice(0, 500)}`)
      return JSON.parse(text)
    }
    const ask = async (q: string): Promise<void> => {
      const answer = await fetch(`${api.address}/api/query`, { method: 'POST', headers, body: JSON.stringify({ q }) })
      const text = await answer.text()
      if (!answer.ok || text.includes('{"error"')) throw new Error(`${q}: ${text.slice(0, 500)}`)
    }

    const importer = importing()
    const startedMs = performance.now()
    let stored = 0
    while (stored < events) stored += await importer.next(store, Math.min(batchRecords, events - stored), stored === 0)
    const seconds = (performance.now() - startedMs) / 1000
    row(`search: ${stored} events stored`, `${Math.round(stored / seconds)} events/s`)
    const [sample] = await store.query<{ ip: string }>(
      "SELECT replaceOne(IPv6NumToString(source_ip), '::ffff:', '') AS ip FROM picket.events WHERE source_ip != toIPv6('::') GROUP BY ip ORDER BY count() LIMIT 1"
    )
    const rare = sample!.ip

    // The same answers: neither dead letters nor what the heartbeat sent.
    const shown = `event_kind != 'pipeline_error' AND picket_source != '${heartbeatSource}'`
    // The order of the table's hours, said so: the engine stops reading when it has enough.
    const newest = (condition: string): string =>
      `SELECT * FROM picket.events WHERE ${condition} AND ${shown} ORDER BY toStartOfHour(timestamp) DESC, timestamp DESC, id DESC LIMIT 50`
    const facetColumns = facetFields.map(columnOf)
    const pages = [
      ['alerts', 'picket.kind:alert', "picket_kind = 'alert'"],
      [
        'rejected flows',
        'event.dataset:aws.vpcflow and event.action:reject',
        "event_dataset = 'aws.vpcflow' AND event_action = 'reject'"
      ],
      [
        'web of a network',
        'source.ip:10.20.1.0/26 and destination.port:443',
        "source_ip BETWEEN toIPv6('::ffff:10.20.1.0') AND toIPv6('::ffff:10.20.1.63') AND destination_port = 443"
      ]
    ] as const
    for (const [name, q, sql] of pages) {
      const [{ n }] = (await store.query<{ n: string }>(
        `SELECT toString(count()) AS n FROM picket.events WHERE ${sql}`
      )) as [{ n: string }]
      await compared(row, `page (50 events, histogram, 10 facets): ${name}, ${n} events`, {
        ours: () =>
          Promise.all([
            get('/api/search', { q, limit: 50 }),
            get('/api/histogram', { q }),
            get('/api/facets', { q, fields: facetFields.join(','), sample: facetSample })
          ]),
        theirs: () =>
          Promise.all([
            store.table(newest(sql), {}),
            store.table(
              `SELECT toStartOfInterval(timestamp, INTERVAL 1800 SECOND) AS t, count() FROM picket.events WHERE ${sql} AND ${shown} GROUP BY t ORDER BY t`,
              {}
            ),
            store.table(
              `SELECT *, count() OVER (PARTITION BY g) AS distinct, sum(n) OVER (PARTITION BY g) AS total FROM (` +
                `SELECT grouping(${facetColumns}) AS g, ${facetColumns}, count() AS n FROM (SELECT ${facetColumns} FROM picket.events ` +
                `WHERE ${sql} AND ${shown} ORDER BY toStartOfHour(timestamp) DESC LIMIT ${facetSample}) ` +
                `GROUP BY GROUPING SETS (${facetColumns.map(column => `(${column})`)})) ORDER BY g, n DESC LIMIT 8 BY g`,
              {}
            )
          ])
      })
    }
    await compared(row, 'needle (one rare word)', {
      ours: () => get('/api/search', { q: needle, limit: 50 }),
      theirs: () => store.table(newest(`hasAllTokens(${textExpression}, ['${needle}'])`), {})
    })
    await compared(row, 'one address (source.ip)', {
      ours: () => get('/api/search', { q: `source.ip:${rare}`, limit: 50 }),
      theirs: () => store.table(newest(`source_ip = toIPv6('::ffff:${rare}')`), {})
    })
    await compared(row, 'substring without an index (url.query)', {
      ours: () => get('/api/search', { q: 'url.query:~"no such part"', limit: 50 }),
      theirs: () => store.table(newest("position(lower(url_query), 'no such part') > 0"), {})
    })
    await compared(row, 'stats count() by two fields', {
      ours: () => ask('| stats count() by event.dataset, destination.port'),
      theirs: () =>
        store.table(
          'SELECT event_dataset, destination_port, count() FROM picket.events WHERE destination_port != 0 AND ' +
            `${shown} GROUP BY 1, 2 LIMIT 1001`,
          {}
        )
    })

    row('first row of a live tail', `${Math.round(await firstTailMs())} ms after it is stored`)

    const alone = await rate()
    let searches = 0
    let over = false
    const people = Array.from({ length: 8 }, async () => {
      while (!over) {
        const q = pages[searches % pages.length]![1]
        await get('/api/search', { q, limit: 50 })
        await get('/api/facets', { q, fields: facetFields.join(','), sample: facetSample })
        searches++
      }
    })
    const together = await rate()
    over = true
    await Promise.all(people)
    row(
      `insert while 8 people search (${searches} pages meanwhile)`,
      `${Math.round(together)} events/s`,
      `${Math.round(alone)} events/s alone`,
      (together / alone).toFixed(2)
    )

    async function rate(): Promise<number> {
      const startedMs = performance.now()
      let count = 0
      const batches = Math.max(2, Math.min(8, Math.floor(events / batchRecords / 4)))
      for (let batch = 0; batch < batches; batch++) count += await importer.next(store, batchRecords, false)
      return count / ((performance.now() - startedMs) / 1000)
    }

    async function firstTailMs(): Promise<number> {
      const stop = new AbortController()
      const answer = await fetch(`${api.address}/api/tail`, { headers, signal: stop.signal })
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
      await reader.read()
      const fromMs = performance.now()
      await importer.next(store, 100, false, batch => {
        for (const listener of listeners) listener(batch)
      })
      for (;;) {
        const { value, done } = await reader.read()
        if (done || value.includes('event: rows')) break
      }
      stop.abort()
      return performance.now() - fromMs
    }
  } finally {
    await api.close()
    state.close()
    await store.close()
    await engine.close()
  }
}

function importing() {
  const eve = eveLines()
  const vpc = vpcFlowLines()
  const worker = new BatchWorker()
  let number = 0
  return {
    async next(store: Store, records: number, first: boolean, told?: (batch: StoredBatch) => void): Promise<number> {
      const chunks: Chunk[] = []
      for (const [lines, format, share] of [
        [eve, 'suricata', 0.8],
        [vpc, 'vpc-flow', 0.2]
      ] as const) {
        const count = Math.max(1, Math.round(records * share))
        const texts: string[] = []
        for (let i = 0; i < count; i++) texts.push(lines.next().value as string)
        if (first && format === 'suricata') texts[0] = texts[0]!.replace(/^\{/, `{"host":"${needle}",`)
        chunks.push({
          headers: {
            source: `bench.${format}`,
            format,
            framing: 'lines',
            records: count,
            receivedMs: Date.now(),
            prefix: (++number).toString(16).padStart(8, '0'),
            run: ''
          },
          body: Buffer.from(`${texts.join('\n')}\n`)
        })
      }
      const reply = worker.run({ number, chunks, known: new Uint32Array(0) })
      await store.insert(Buffer.from(reply.block), `bench ${number}`)
      told?.(reply)
      return reply.rows
    }
  }
}

type Pair = { readonly ours: () => Promise<unknown>; readonly theirs: () => Promise<unknown> }

/** Both in turn, so that what else happens on the machine meets both alike. */
async function compared(row: Row, name: string, { ours, theirs }: Pair): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await ours()
    await theirs()
  }
  const times: [number[], number[]] = [[], []]
  for (let i = 0; i < 20; i++)
    for (const [index, work] of [ours, theirs].entries()) {
      const fromMs = performance.now()
      await work()
      times[index]!.push(performance.now() - fromMs)
    }
  const [own, other] = times.map(list => list.sort((a, b) => a - b)) as [number[], number[]]
  const figure = (list: number[]): string => `${list[10]!.toFixed(1)} ms (95th percentile ${list[18]!.toFixed(1)})`
  row(name, figure(own), figure(other), (own[10]! / other[10]!).toFixed(2))
}
