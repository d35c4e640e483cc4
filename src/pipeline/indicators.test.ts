/** From the file of intelligence through a worker's detection to sightings and alerts. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ChunkHeaders } from '../core/chunk.ts'
import type { EcsEvent } from '../core/parser.ts'
import { type Found, indicatorId } from '../intel/indicator.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { openIntel } from '../state/intel.ts'
import { keepAllowList } from '../state/intel-allow.ts'
import { addFeed } from '../state/intel-feeds.ts'
import { keepFound } from '../state/intel-indicators.ts'
import { listSightings } from '../state/sightings.ts'
import { openState } from '../state/state.ts'
import { Detection } from './detection.ts'
import { openIndicators } from './indicators.ts'

const folder = mkdtempSync(join(tmpdir(), 'picket-indicators-'))
const state = openState(folder)
const intel = openIntel(folder)
after(() => {
  state.close()
  intel.close()
  rmSync(folder, { recursive: true, force: true })
})
const nowMs = Date.UTC(2024, 5, 1)
const log = { info: () => {}, warn: () => {} }
const headers = { source: 's', format: 'ndjson', receivedMs: nowMs } as ChunkHeaders

test('what is kept is put in force, changes too; allow lists win; sightings and alerts are settled together', async () => {
  const feed = addFeed(
    intel,
    { name: 'abuse', settings: { level: 'high', confidence: 80 }, enabled: true, by: 'x' },
    nowMs
  )!
  const put = (...founds: Found[]): void => void keepFound(intel, feed.id, founds, nowMs)
  const detection = new Detection()
  let applied = 0
  const indicators = openIndicators({
    folder,
    state,
    intel,
    log,
    watchMs: 0,
    nowMs: () => nowMs,
    apply(made) {
      applied++
      detection.applyIndicators(made)
    }
  })
  await indicators.ready
  assert.equal(applied, 1)
  const run = (...events: EcsEvent[]): number => {
    for (const [i, event] of events.entries()) detection.look(event, nowMs * 1000 + i, '', 1, i, headers)
    const { matches, indicators: met, undetected } = detection.take()
    assert.deepEqual(undetected, [])
    return state.transaction(() => raiseAlerts(state, indicators.settle(matches, met, nowMs), nowMs)).created.length
  }
  assert.equal(run({ destination: { ip: '192.0.2.1' } }), 0)

  put(
    { type: 'ip', value: '192.0.2.1' },
    { type: 'cidr', value: '198.51.100.0/24' },
    { type: 'domain', value: 'evil.example.com' }
  )
  put({
    type: 'pattern',
    id: 'indicator--00000000-0000-4000-8000-000000000001',
    value: "[process:name = 'evil.exe' AND process:command_line LIKE '% -x']"
  })
  assert.equal(indicators.state().pending, 'waiting')
  await indicators.refresh()
  assert.deepEqual(
    [indicators.state().entries, indicators.state().patterns, indicators.state().pending],
    [3, 1, undefined]
  )

  const created = run(
    { destination: { ip: '192.0.2.1' }, source: { ip: '10.0.0.5' } },
    { destination: { ip: '192.0.2.1' }, source: { ip: '10.0.0.5' } },
    { dns: { question: { name: 'a.evil.example.com' } }, host: { name: 'pc1' } },
    { process: { name: 'EVIL.exe', command_line: 'evil.exe -x' }, host: { name: 'pc1' } },
    { process: { name: 'evil.exe', command_line: 'evil.exe' } }
  )
  assert.equal(created, 3)
  const seen = listSightings(state, { limit: 10 })
    .map(({ type, value, observed, field, count }) => [type, value, observed, field, count])
    .sort()
  assert.deepEqual(seen, [
    ['domain', 'evil.example.com', 'a.evil.example.com', 'dns.question.name', 1],
    ['ip', '192.0.2.1', '192.0.2.1', 'destination.ip', 2],
    ['pattern', "[process:name = 'evil.exe' AND process:command_line LIKE '% -x']", 'pc1', 'host.name', 1]
  ])
  const [address] = listSightings(state, { value: '192.0.2.1', limit: 1 })
  assert.equal(address!.id, indicatorId('abuse', 'ip', '192.0.2.1'))
  assert.equal(state.db.prepare("SELECT count(*) AS n FROM alerts WHERE rule_kind = 'indicator'").get()!['n'], 3)

  // Of a network that is listed, one address is allowed: at once, before the table is made anew.
  const list = {
    feed: undefined,
    name: 'ours',
    kind: 'cidr',
    description: '',
    version: '',
    types: [],
    updatedMs: nowMs,
    by: 'x'
  } as const
  keepAllowList(intel, list, ['198.51.100.7', 'evil.example.com'])
  assert.equal(run({ destination: { ip: '198.51.100.7' } }), 0)
  assert.equal(run({ destination: { ip: '198.51.100.8' } }), 1)
  keepAllowList(intel, { ...list, name: 'names', kind: 'hostname' }, ['example.com'])
  assert.equal(run({ dns: { question: { name: 'b.evil.example.com' } } }), 0)
  await indicators.refresh()
  assert.deepEqual([indicators.state().entries, indicators.state().allowed], [2, 1])

  // Taken back.
  put({ type: 'ip', value: '192.0.2.1', revoked: true })
  await indicators.refresh()
  assert.equal(run({ destination: { ip: '192.0.2.1' }, source: { ip: '10.0.0.6' } }), 0)
  indicators.close()
})
