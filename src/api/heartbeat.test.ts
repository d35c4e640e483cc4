import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heartbeatText } from '../cli/heartbeat.ts'
import { createMetrics } from '../platform/metrics.ts'
import { addHeartbeat, addHeartbeatChecks, endHeartbeat, heartbeatArrived } from '../state/heartbeats.ts'
import type { State } from '../state/state.ts'
import { heartbeatRoutes, observeHeartbeat } from './heartbeat.ts'
import { testServer } from './test-server.ts'

const sentMs = 1_750_000_000_000

/** A run as the pipeline would leave it: `arrived` of the sent ones. */
function ran(state: State, run: string, checks: readonly ('arrived' | 'missed' | 'untested')[]): void {
  addHeartbeat(state, { run, startedMs: sentMs, by: 'user:anna' })
  addHeartbeatChecks(
    state,
    run,
    checks.map((is, number) => ({
      number,
      source: `source-${number}`,
      format: 'syslog',
      title: 'An attack',
      rules: ['r'],
      sentMs: is === 'untested' ? undefined : sentMs,
      arrivedMs: undefined,
      alert: undefined,
      problem: is === 'untested' ? 'no test attack is known for this format' : ''
    }))
  )
  for (const [number, is] of checks.entries())
    if (is === 'arrived') heartbeatArrived(state, run, number, 7, sentMs + 1500)
  endHeartbeat(state, run, 'no alert within 120 seconds', sentMs + 2000)
}

test('the light is green only if every source was tested and each alert arrived; who may run it', async () => {
  let state: State | undefined
  let next: Parameters<typeof ran>[2] = []
  let runs = 0
  let daily = true
  await using server = await testServer({
    onState: opened => {
      state = opened
    },
    routes: [
      (app, guard) =>
        heartbeatRoutes({
          state: state!,
          heartbeat: {
            running: undefined,
            get daily() {
              return daily
            },
            setDaily: on => {
              daily = on
            },
            begin() {
              const run = `run-${9 - runs++}`
              ran(state!, run, next)
              return { run, done: Promise.resolve() }
            },
            close: async () => {}
          }
        })(app, guard)
    ]
  })
  await server.addTestUser('anna', 'analyst')
  await server.addTestUser('vera', 'viewer')
  const anna = await server.signIn('anna')
  const vera = await server.signIn('vera')
  assert.equal((await server.call('GET', '/api/heartbeat', undefined, vera)).json.light, 'never')
  assert.equal((await server.call('POST', '/api/heartbeat', {}, vera)).status, 403)
  assert.equal((await server.call('PUT', '/api/heartbeat/daily', { daily: false }, anna)).status, 403)
  const light = async (...checks: Parameters<typeof ran>[2]) => {
    next = checks
    return (await server.call('POST', '/api/heartbeat', {}, anna)).json
  }
  const green = await light('arrived', 'arrived')
  assert.deepEqual([green.light, green.last.checks[0].tookMs, green.last.checks[0].alert], ['green', 1500, 7])
  assert.match(heartbeatText(green), /source-0 +syslog +arrived +1.5 s +7 +An attack\n[\s\S]*green: every test attack/)
  assert.equal((await light('arrived', 'untested')).light, 'amber')
  const red = await light('arrived', 'missed', 'untested')
  assert.deepEqual([red.light, red.last.checks[1].problem], ['red', 'no alert within 120 seconds'])
  assert.match(heartbeatText(red), /source-1 +syslog +missed .*no alert within[\s\S]*RED/)
  assert.equal((await light()).light, 'amber')
  assert.equal(red.runs.length, 3)
  const metrics = createMetrics({ process: false })
  observeHeartbeat(server.state, metrics)
  await light('missed')
  const figures = await metrics.registry.metrics()
  assert.match(figures, /picket_heartbeat_missed 1\n[\s\S]*picket_heartbeat_started_seconds 1750000000\n/)
})
