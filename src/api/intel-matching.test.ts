import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openIndicators } from '../pipeline/indicators.ts'
import type { RetroMatch } from '../pipeline/retro-match.ts'
import { buildTable } from '../pipeline/table-build.ts'
import { addToken, type Scope } from '../state/api-tokens.ts'
import { memoryIntel } from '../state/intel.ts'
import { addFeed } from '../state/intel-feeds.ts'
import { keepFound } from '../state/intel-indicators.ts'
import { addRetroJob, advanceRetroJob, finishRetroJob, listRetroJobs, retroCovered } from '../state/retro.ts'
import { memoryState } from '../state/state.ts'
import { matchingRoutes } from './intel-matching.ts'
import { testServer } from './test-server.ts'

const log = { info: () => {}, warn: () => {} }

test('what is in force, and how far the past was asked', async t => {
  const intel = memoryIntel()
  const state = memoryState()
  const nowMs = Date.now
  const feed = addFeed(intel, { name: 'a', settings: {}, enabled: true, by: 'x' }, 1)!
  keepFound(
    intel,
    feed.id,
    [
      { type: 'ip', value: '192.0.2.1' },
      { type: 'domain', value: 'com' },
      { type: 'pattern', value: "[mutex:name = 'x']" },
      { type: 'pattern', value: "[process:name LIKE '%x']" }
    ],
    1
  )
  const indicators = openIndicators({
    folder: '',
    state,
    intel,
    apply: () => {},
    log,
    nowMs,
    watchMs: 0,
    make: async () => buildTable(intel, 1)
  })
  await indicators.ready
  const retro: RetroMatch = {
    note() {},
    again: atMs => addRetroJob(state, 0, retroCovered(state), 7, atMs),
    jobs: () => listRetroJobs(state),
    idle: async () => {},
    close: async () => {}
  }
  const job = addRetroJob(state, 0, 4, 7, 1)
  advanceRetroJob(state, job, { doneSeq: 4, days: 4, daysDone: 1, events: 3, matches: 2 }, 1)
  await using server = await testServer({ routes: [matchingRoutes({ indicators, retro, nowMs })] })
  t.after(() => indicators.close())
  const bearer = (...scopes: Scope[]) => ({
    bearer: addToken(server.state, { name: scopes.join(), scopes, userId: undefined, expiresMs: undefined }, 0)!.secret
  })
  const viewer = bearer('search')
  const { json } = await server.call('GET', '/api/intel/matching', undefined, viewer)
  const { jobs, built, bytes, ...counts } = json as Record<string, unknown>
  assert.deepEqual(counts, { indicators: 1, patterns: 1, unmatched: 1, allowed: 0, tooWide: 1, beyond: 0 })
  assert.ok(typeof built === 'string' && Number(bytes) > 0)
  const [first] = jobs as Record<string, unknown>[]
  assert.deepEqual([first!['done'], first!['events'], first!['matches'], first!['finished']], [0.625, 3, 2, undefined])

  assert.equal((await server.call('POST', '/api/intel/retro', {}, viewer)).status, 403)
  finishRetroJob(state, job, 2)
  const again = await server.call('POST', '/api/intel/retro', {}, bearer('search', 'triage'))
  assert.deepEqual([again.status, again.json], [202, { job: 2 }])
  assert.deepEqual(
    listRetroJobs(state).map(({ fromSeq, toSeq, finishedMs }) => [fromSeq, toSeq, finishedMs]),
    [
      [0, 4, undefined],
      [0, 4, 2]
    ]
  )
})
