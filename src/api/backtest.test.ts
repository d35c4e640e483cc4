/** Back-tests over HTTP, with a real engine: rules, correlations and thresholds, by id and as text. */

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EcsEvent } from '../core/parser.ts'
import { openRules, type Rules } from '../pipeline/rules.ts'
import { hasEngine, realStore } from '../testing/real-store.ts'
import { fillEvents } from '../testing/search-store.ts'
import { createAdmission } from './admission.ts'
import { backtestRoutes } from './backtest.ts'
import { testServer } from './test-server.ts'

const rule = `title: Failed logins
id: failed
logsource: { category: test }
detection: { selection: { event.action: fail }, condition: selection }
`
const burst = `title: Burst
id: burst
correlation: { type: event_count, rules: [failed], group-by: [source.ip], timespan: 1m, condition: { gte: 3 } }
`
const login = (time: string, ip: string, user: string, action = 'fail', test = false): EcsEvent => ({
  '@timestamp': time,
  event: { action },
  source: { ip },
  user: { name: user },
  host: { name: `host of ${user}` },
  ...(test && { labels: { picket_heartbeat: 'run' } })
})

test('a rule over the past: hits by day, the noisiest values, an exception', {
  skip: !hasEngine(),
  timeout: 120_000
}, async () => {
  await using real = await realStore()
  const noisy = Array.from({ length: 30 }, (_, i) =>
    login(`2026-03-03T10:00:${String(i + 10)}.000Z`, '10.0.0.9', 'backup')
  )
  await fillEvents(real.store, [
    ...noisy,
    login('2026-03-01T10:00:00.000Z', '10.0.0.1', 'anna'),
    login('2026-03-01T10:00:30.000Z', '10.0.0.1', 'anna'),
    login('2026-03-01T10:01:00.000Z', '10.0.0.1', 'anna'),
    login('2026-03-01T12:00:00.000Z', '10.0.0.2', 'bert'),
    login('2026-03-01T13:00:00.000Z', '10.0.0.2', 'bert', 'success'),
    login('2026-03-02T13:00:00.000Z', '10.0.0.2', 'bert', 'fail', true)
  ])
  let rules: Rules | undefined
  await using server = await testServer({
    onState: state => {
      const data = join(state.folder, 'rules')
      mkdirSync(data)
      writeFileSync(join(data, 'a.yml'), rule)
      writeFileSync(join(data, 'b.yml'), burst)
      const log = { info() {}, warn() {} }
      rules = openRules({
        folders: { bundled: join(state.folder, 'none'), data },
        state,
        apply: () => {},
        log,
        nowMs: Date.now,
        watchMs: 0
      })
    },
    routes: [backtestRoutes({ store: real.store, rules: () => rules!, nowMs: Date.now, admission: createAdmission(2) })]
  })
  await server.addTestUser('anna', 'analyst')
  const anna = await server.signIn('anna')
  const range = { from: '2026-03-01', to: '2026-03-04' }
  const ask = async (body: object) => server.call('POST', '/api/backtest', { ...range, ...body }, anna)

  const found = await ask({ rule: 'failed' })
  assert.equal(found.status, 200, found.text)
  assert.equal(found.json.total, 34)
  assert.deepEqual(found.json.days, [
    { day: '2026-03-01', hits: 4 },
    { day: '2026-03-02', hits: 0 },
    { day: '2026-03-03', hits: 30 }
  ])
  assert.deepEqual(found.json.fields.find(({ field }: { field: string }) => field === 'user.name').values, [
    { value: 'backup', count: 30 },
    { value: 'anna', count: 3 },
    { value: 'bert', count: 1 }
  ])
  assert.equal(found.json.samples.length, 20)
  const [first] = found.json.suggestions
  assert.match(first.query, /host\.name:"host of backup" .*(source\.ip:"?10\.0\.0\.9|user\.name:"?backup)/)
  assert.equal(first.silences, 30)
  assert.equal(first.stay, 4)

  // The same as text that nobody has kept.
  const text = await ask({ text: rule.replace('id: failed', 'id: other').replace(': fail }', ': success }') })
  assert.equal(text.json.total, 1)
  assert.equal(text.json.rule.id, 'other')

  const correlation = await ask({ rule: 'burst' })
  assert.equal(correlation.json.total, 33, correlation.text)
  assert.deepEqual(correlation.json.fields, [
    {
      field: 'source.ip',
      values: [
        { value: '10.0.0.9', count: 30 },
        { value: '10.0.0.1', count: 3 }
      ]
    }
  ])
  assert.match(correlation.json.suggestions[0].query, /^source\.ip:"?10\.0\.0\.9"?$/)
  assert.equal(correlation.json.suggestions[0].stay, 3)
  assert.ok(correlation.json.samples.length > 3)

  const threshold = await ask({
    text: 'title: T\nid: t\nfilter: event.action:fail\nthreshold: { group-by: [user.name], timespan: 1m, condition: { gt: 10 } }\n'
  })
  assert.equal(threshold.json.total, 30)
  const fresh = await ask({
    text: 'title: F\nid: f\nfilter: event.action:*\nfirst-seen: { value: event.action, for: user.name, learn: 1s, forget: 9d }\n'
  })
  assert.equal(fresh.json.total, 1, fresh.text)

  const all = await server.call('POST', '/api/backtest/all', range, anna)
  assert.equal(all.status, 200, all.text)
  assert.equal(all.json.asked, 1)
  assert.equal(all.json.events, 35)
  assert.deepEqual(all.json.rules[0].days, { '2026-03-01': 4, '2026-03-03': 30 })
  assert.equal(all.json.rules[0].total, 34)

  assert.equal((await ask({ rule: 'no such' })).status, 404)
  const wrong = await ask({ text: 'title: T\nthreshold: { timespan: 1m }\n' })
  assert.equal(wrong.status, 400)
  assert.match(wrong.json.error.message, /^Line 2: condition says how many/)
  assert.equal((await ask({})).status, 400)
  assert.equal((await ask({ text: 'title: S\nsilence: {}\n' })).json.error.code, 'backtest-kind')
  assert.equal((await server.call('POST', '/api/backtest', { rule: 'failed' })).status, 401)
})
