import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PicketError } from '../core/errors.ts'
import { signatureChanges, withOwnSensor } from '../pipeline/sensor-settings.ts'
import type { RunningSensor } from '../sources/sensor/sensor-state.ts'
import { type Rule, readRule } from '../sources/sensor/signatures.ts'
import { readAuditOf } from '../state/audit.ts'
import type { State } from '../state/state.ts'
import { sensorRoutes } from './sensor.ts'
import { testServer } from './test-server.ts'

const rules: readonly Rule[] = [
  'alert tcp any any -> any any (msg:"plain"; sid:1; rev:1;)',
  'alert tcp any any -> any any (msg:"counts"; detection_filter:track by_src, count 5, seconds 60; sid:2; rev:1;)'
].map(line => readRule(line)!)

/** Suricata in the tests of services; here a sensor that says yes or no. */
function fakeSensor(apply: () => Promise<void>): RunningSensor {
  return {
    state: () => ({
      phase: 'running',
      suricata: { path: '/usr/bin/suricata', version: '7.0.10' },
      pid: 7,
      runningSinceMs: 1_750_000_000_000,
      restarts: 0,
      interfaces: ['lab0'],
      homeNet: ['10.0.0.0/8'],
      figures: undefined,
      memoryBytes: 1,
      events: 0,
      eventsLost: 0,
      rules: {
        busy: undefined,
        loaded: 2,
        refused: 0,
        off: 0,
        files: [],
        changedMs: 1,
        fetchedMs: undefined,
        nextFetchMs: 0
      },
      problems: [],
      warnings: []
    }),
    updateRules: async () => {
      throw new PicketError('rules-fetch', 'the rules could not be fetched: no way')
    },
    applyChanges: apply,
    findRule: sid => rules.find(rule => rule.sid === sid)
  }
}

async function serverWith(apply: () => Promise<void>, none = false) {
  let state: State | undefined
  const used: number[] = []
  const server = await testServer({
    onState: opened => {
      state = opened
    },
    routes: [
      (app, guard) =>
        sensorRoutes({
          state: state!,
          configured: () => [],
          sensors: () => (none ? new Map() : new Map([['sensor', fakeSensor(apply)]])),
          changed: async () => void used.push(withOwnSensor(state!, []).length),
          nowMs: () => 1_750_000_000_000
        })(app, guard)
    ]
  })
  await server.addTestUser('anna', 'admin')
  await server.addTestUser('ben', 'viewer')
  return { server, used, anna: await server.signIn('anna'), ben: await server.signIn('ben') }
}

test('a signature is changed, in force and audited; back; what cannot be is refused before', async () => {
  let applied = 0
  const { server, anna, ben } = await serverWith(async () => void applied++)
  await using _ = server
  const path = '/api/sensor/signatures/1'
  const disabled = await server.call('PUT', path, { state: 'disabled', reason: ' noise ' }, anna)
  assert.equal(disabled.status, 200, disabled.text)
  assert.equal(disabled.json.change.state, 'disabled')
  assert.deepEqual(
    [disabled.json.change.reason, disabled.json.change.by, disabled.json.change.name],
    ['noise', 'user:anna', 'plain']
  )
  assert.equal(applied, 1)
  assert.equal((await server.call('GET', '/api/sensor', undefined, ben)).json.changes.length, 1)
  assert.equal((await server.call('PUT', path, { state: 'enabled' }, ben)).status, 403)
  assert.equal(
    (await server.call('PUT', '/api/sensor/signatures/9', { state: 'disabled' }, anna)).json.error.code,
    'no-signature'
  )
  const threshold = { type: 'limit', track: 'by_src', count: 1, seconds: 60 }
  const counts = await server.call('PUT', '/api/sensor/signatures/2', { threshold }, anna)
  assert.deepEqual([counts.status, counts.json.error.code], [422, 'no-threshold'])
  for (const suppress of [[{ track: 'by_src', address: '10.0.0.0/8\nx' }], [{ track: 'by_x', address: '10.0.0.1' }]])
    assert.equal((await server.call('PUT', path, { suppress }, anna)).status, 400)
  assert.equal((await server.call('DELETE', path, undefined, anna)).json.change, undefined)
  assert.equal(signatureChanges(server.state).size, 0)
  const actions = readAuditOf(server.state, ['signature:1'], 50).map(({ action }) => action)
  assert.deepEqual(actions.sort(), ['signature.changed', 'signature.restored'])
})

test('what Suricata refuses is taken back; what is only late is kept', async () => {
  let problem = new PicketError('rules-refused', 'Suricata refuses the rules: no')
  const { server, anna } = await serverWith(async () => {
    throw problem
  })
  await using _ = server
  const refused = await server.call('PUT', '/api/sensor/signatures/1', { state: 'disabled' }, anna)
  assert.deepEqual([refused.status, refused.json.error.code], [422, 'rules-refused'])
  assert.equal(signatureChanges(server.state).size, 0)
  problem = new PicketError('rules-reload', 'late')
  assert.equal((await server.call('PUT', '/api/sensor/signatures/1', { state: 'disabled' }, anna)).status, 503)
  assert.equal(signatureChanges(server.state).size, 1)
  const fetched = await server.call('POST', '/api/sensor/rules', undefined, anna)
  assert.deepEqual([fetched.status, fetched.json.error.code], [502, 'rules-fetch'])
})

test('a sensor is set up, for administrators and interfaces that are there; and taken away', async () => {
  const { server, used, anna, ben } = await serverWith(async () => {}, true)
  await using _ = server
  const settings = { interfaces: ['lo'], homeNet: ['10.0.0.0/8'], etOpen: false, files: ['/tmp/none.rules'] }
  assert.equal((await server.call('PUT', '/api/sensor/settings', settings, ben)).status, 403)
  for (const wrong of [{ interfaces: [] }, { interfaces: ['a b'] }, { ...settings, homeNet: ['x'] }])
    assert.equal((await server.call('PUT', '/api/sensor/settings', wrong, anna)).status, 400)
  const gone = await server.call('PUT', '/api/sensor/settings', { ...settings, interfaces: ['pk-none'] }, anna)
  assert.equal(gone.json.error.code, 'no-interface')
  if (process.platform !== 'linux') return
  const set = await server.call('PUT', '/api/sensor/settings', settings, anna)
  assert.deepEqual([set.status, set.json.settings], [200, settings], set.text)
  assert.ok(set.json.machine.interfaces.some(({ name }: { name: string }) => name === 'lo'))
  assert.equal((await server.call('DELETE', '/api/sensor/settings', undefined, anna)).json.settings, undefined)
  assert.deepEqual(used, [1, 0])
})
