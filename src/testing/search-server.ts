/** For tests of the API: a web server with the routes that search, over a real store, and somebody signed in. */

import { createAdmission } from '../api/admission.ts'
import type { QueryDeps } from '../api/queries.ts'
import type { RoutePlugin } from '../api/route.ts'
import { testServer } from '../api/test-server.ts'
import type { StoredBatch } from '../pipeline/pipeline.ts'
import { BatchWorker } from '../pipeline/worker.ts'
import { realStore } from './real-store.ts'

let batches = 0

/** `routes` makes the routes under test; the events' times and `now` are near `nowMs` (2026-03-01T12:00:00Z). */
export async function testSearch(
  routes: (deps: QueryDeps) => readonly RoutePlugin[],
  { queriesMax = 4 }: { queriesMax?: number } = {}
) {
  const real = await realStore()
  const admission = createAdmission(queriesMax)
  // The routes are made before the server has its state: both are of the same file then.
  let deps: QueryDeps | undefined
  const nowMs = Date.UTC(2026, 2, 1, 12)
  const server = await testServer({
    routes: [
      async (app, guard) => {
        for (const plugin of routes(deps!)) await plugin(app, guard)
      }
    ],
    onState: state => {
      deps = { store: real.store, state, nowMs: () => nowMs, admission }
    }
  })
  await server.addTestUser('ada', 'admin')
  await server.addTestUser('vera', 'viewer')
  await server.addTestUser('anton', 'analyst')
  const [admin, viewer, analyst] = [
    await server.signIn('ada'),
    await server.signIn('vera'),
    await server.signIn('anton')
  ]

  return {
    /** Told of each batch, as the pipeline tells. */
    onStored: undefined as ((batch: StoredBatch) => void) | undefined,
    real,
    server,
    admission,
    nowMs,
    admin,
    viewer,
    analyst,
    /** Stores documents, as if they had been imported. `@timestamp` is filled in: a second after the one before. */
    async store(documents: readonly Record<string, unknown>[], receivedMs = nowMs): Promise<void> {
      const text = documents
        .map((document, index) =>
          JSON.stringify({
            '@timestamp': new Date(nowMs - 3_600_000 + index * 1000).toISOString(),
            ecs: { version: '8.17.0' },
            ...document
          })
        )
        .join('\n')
      const chunk = {
        headers: {
          source: 'test',
          format: 'ndjson',
          framing: 'lines' as const,
          records: documents.length,
          receivedMs,
          prefix: (++batches).toString(16).padStart(8, '0'),
          run: ''
        },
        body: Buffer.from(`${text}\n`)
      }
      const reply = new BatchWorker().run({ number: batches, chunks: [chunk], known: new Uint32Array(0) })
      await real.store.insert(Buffer.from(reply.block), `batch ${batches}`)
      this.onStored?.(reply)
    },
    /** The lines of an NDJSON answer, without those of its progress. */
    async lines(q: string, more: Record<string, unknown> = {}) {
      const answer = await server.call('POST', '/api/query', { q, ...more }, viewer)
      return answer.text
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line))
        .filter(line => line.progress === undefined && line.waiting === undefined)
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await real[Symbol.asyncDispose]()
    }
  }
}
