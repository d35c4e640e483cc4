/** The heartbeat against everything real: bus, workers, rules, engine, alerts. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { compileQuery } from '../api/query.ts'
import { configFor } from '../cli/settings.ts'
import type { Chunk } from '../core/chunk.ts'
import { heartbeatSource } from '../core/detection.ts'
import { createLog } from '../platform/log.ts'
import { listAlerts } from '../state/alert-list.ts'
import { listHeartbeats } from '../state/heartbeats.ts'
import { hasEngine } from '../testing/real-store.ts'
import { alertStates } from '../triage/alert.ts'
import { openPicket, type Picket } from '../wire.ts'
import { type HeartbeatOptions, openHeartbeat } from './heartbeat.ts'

const skip = { skip: !hasEngine(), timeout: 200_000 }
const folder = mkdtempSync(join(tmpdir(), 'picket-heartbeat-'))
let picket: Picket
before(async () => {
  if (!hasEngine()) return
  picket = await openPicket({
    folder,
    config: configFor(folder, undefined),
    log: createLog({ level: 'warn', write: () => {} })
  })
})
after(async () => {
  await picket?.close()
  rmSync(folder, { recursive: true, force: true })
})

const warned: string[] = []
function options(about: Partial<HeartbeatOptions> = {}): HeartbeatOptions {
  return {
    ...picket,
    sources: () => [
      { name: 'web', type: 'http', format: 'nginx-access' },
      { name: 'web2', type: 'http', format: 'nginx-access' },
      { name: 'tables', type: 'http', format: 'csv' }
    ],
    log: { info() {}, warn: (_: object, message: string) => void warned.push(message) },
    nowMs: Date.now,
    patienceMs: 60_000,
    lookMs: 50,
    tickMs: 0,
    ...about
  }
}

const found = (test: boolean) =>
  listAlerts(picket.state, { test, states: alertStates }, { sort: 'created', limit: 100 }, Date.now()).alerts

async function stored(query: string): Promise<number> {
  const { condition } = compileQuery(query, { nowMs: Date.now() })
  const { rows } = await picket.store.search(condition!, {}, { limit: 100 })
  return rows.length
}

test(
  'each source’s attack becomes a test alert; what cannot be tested is said; nothing of it is among real things',
  skip,
  async () => {
    const heartbeat = openHeartbeat(options())
    await heartbeat.begin('user:anna').done
    await heartbeat.close()
    const [run] = listHeartbeats(picket.state, 1)
    assert.deepEqual(
      run!.checks.map(check => [check.source, check.arrivedMs !== undefined, check.problem]),
      [
        ['web', true, ''],
        ['web2', true, ''],
        ['tables', false, 'no test attack is known for this format']
      ]
    )
    assert.notEqual(run!.endedMs, undefined)
    assert.deepEqual(found(false), [])
    assert.deepEqual(
      found(true).map(alert => [alert.rule.title, alert.state, alert.resolution]),
      Array(2).fill(['Log4Shell: a lookup in a request', 'closed', 'benign'])
    )
    assert.equal(await stored('event.category:* or message:*'), 0)
    assert.equal(await stored(`picket.source:"${heartbeatSource}"`), 2)
    assert.equal(await stored(`labels.picket_heartbeat:${run!.run}*`), 2)
    const histogram = await picket.store.query<{ n: string }>(
      `SELECT toString(sum(events)) AS n FROM ${picket.store.database}.histogram`
    )
    assert.equal(histogram[0]!.n, '0')
  }
)

test('a second run makes alerts anew', skip, async () => {
  const before = found(true).length
  const heartbeat = openHeartbeat(options())
  const first = heartbeat.begin('user:anna')
  assert.equal(heartbeat.begin('user:ben').run, first.run)
  await first.done
  await heartbeat.close()
  const [run] = listHeartbeats(picket.state, 1)
  assert.equal(run!.checks.filter(check => check.arrivedMs !== undefined).length, 2)
  assert.equal(found(true).length, before + 2)
})

test('an attack that is lost on the way turns the light red and raises a real alert', skip, async () => {
  const lost: Chunk[] = []
  const intake = {
    backlogBytes: 77,
    async append(chunks: readonly Chunk[]) {
      lost.push(...chunks.slice(0, 1))
      await picket.intake.append(chunks.slice(1))
    }
  }
  const heartbeat = openHeartbeat(options({ intake, patienceMs: 8000 }))
  await heartbeat.begin('picket').done
  await heartbeat.close()
  const [run] = listHeartbeats(picket.state, 1)
  assert.equal(lost.length, 1)
  assert.match(run!.checks[0]!.problem, /no alert within 8 seconds \(77 bytes are waiting/)
  assert.notEqual(run!.checks[1]!.arrivedMs, undefined)
  const [alert] = found(false)
  assert.equal(alert!.rule.id, 'picket-heartbeat-missed')
  assert.deepEqual(alert!.entity, { 'picket.source': 'web' })
})

test('nobody from outside passes for a test', skip, async () => {
  const forged = (source: string, heartbeat?: string): Chunk => ({
    headers: {
      source,
      format: 'ndjson',
      framing: 'lines',
      records: 2,
      receivedMs: Date.now(),
      prefix: 'deadbeef',
      run: '',
      ...(heartbeat !== undefined && { heartbeat })
    },
    body: Buffer.from(
      ['"labels":{"picket_heartbeat":"x","team":"blue"}', '"labels.picket_heartbeat":"x"']
        .map(
          label =>
            `{"@timestamp":"2026-11-21T10:00:00Z","ecs":{"version":"8.17"},"event":{"kind":"event","category":["web"]},"message":"forged \${jndi:ldap","picket":{"source":"picket:heartbeat"},${label}}\n`
        )
        .join('')
    )
  })
  await assert.rejects(picket.intake.append([forged(heartbeatSource)]), /No source may be called/)
  const before = picket.pipeline.state.rowsInserted
  await picket.intake.append([forged('web')])
  while (picket.pipeline.state.rowsInserted < before + 2) await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(await stored('message:"forged ${jndi:ldap"'), 2)
  assert.equal(await stored('labels.picket_heartbeat:x'), 0)
  const { condition } = compileQuery('labels.team:blue', { nowMs: Date.now() })
  const { rows } = await picket.store.search(condition!, {}, { limit: 10 })
  assert.equal(rows.length, 1)
  // The record itself is as it came.
  assert.match(rows[0]!.original.toString(), /"picket_heartbeat":"x","team":"blue"/)
})

test('once a day by itself, unless it is switched off; a run that was cut off is ended', skip, async () => {
  let now = Date.now() + 10 * 86_400_000
  picket.state.db.prepare("INSERT INTO heartbeats (run, started, by) VALUES ('cut', ?, 'picket')").run(now - 3_600_000)
  const heartbeat = openHeartbeat(options({ nowMs: () => now, tickMs: 20 }))
  assert.notEqual(listHeartbeats(picket.state, 1)[0]!.endedMs, undefined)
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal(listHeartbeats(picket.state, 1)[0]!.run, 'cut')
  heartbeat.setDaily(false)
  now += 86_400_000
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal(listHeartbeats(picket.state, 1)[0]!.run, 'cut')
  heartbeat.setDaily(true)
  while (listHeartbeats(picket.state, 1)[0]!.run === 'cut') await new Promise(resolve => setTimeout(resolve, 20))
  while (heartbeat.running !== undefined) await new Promise(resolve => setTimeout(resolve, 50))
  await heartbeat.close()
  assert.deepEqual(warned, [])
})
