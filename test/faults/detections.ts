/** Scheduled detections under kills and clock steps: what windows cover is reported once, whatever happened in their middle. */

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { callServer } from '../../src/cli/server-client.ts'
import { readDeclared } from '../../src/correlate/declared.ts'
import { readServerFile } from '../../src/platform/server-file.ts'
import { evaluateWindows, type PlacedEvent } from '../../src/testing/correlation-evaluator.ts'
import type { Fault, FaultOptions, Lab, Running } from './lab.ts'
import { sendUntilAcknowledged, settledLedger } from './sender.ts'

const rule = `title: Many failures
id: many-failures
filter: event.action:fail
threshold: { group-by: [source.ip], timespan: 1m, condition: { gte: 4 } }
schedule: 10s
`

async function midWindow(lab: Lab, { rounds, random }: FaultOptions, faulty: boolean): Promise<string> {
  const data = lab.newFolder('data')
  mkdirSync(join(data, 'rules'))
  writeFileSync(join(data, 'rules', 'many.yml'), rule)
  writeFileSync(join(data, 'picket.yaml'), 'sources:\n  - type: http\n    name: sensor\n    format: ndjson\n')
  const options = faulty ? { faulty, env: { PICKET_FAULT_CLOCK: String(3 * 24 * 3_600_000) } } : {}
  const startUs = Math.floor(Date.now() / 1000 - 3600) * 1_000_000
  const events: PlacedEvent[] = []
  let server: Running = await lab.serve(data, options)
  let kills = 0
  const parts = Math.min(12, 4 + rounds)
  for (let part = 0; part < parts; part++) {
    // Some are late by up to ten minutes: parts of a window come in any order.
    const some = Array.from({ length: 20 }, (): PlacedEvent => {
      const timeUs = startUs + Math.floor(random() * 600) * 1_000_000
      const ip = `10.0.0.${1 + Math.floor(random() * 5)}`
      return { event: { event: { action: 'fail' }, source: { ip } }, timeUs, id: 0, old: false }
    })
    const placed = some.map((one, i) => ({ ...one, id: events.length + i }))
    events.push(...placed)
    const lines = placed.map(({ event, timeUs, id }) =>
      JSON.stringify({ '@timestamp': new Date(timeUs / 1000).toISOString(), ...event, n: id })
    )
    await sendUntilAcknowledged({
      ...{ data, source: 'sensor', lines, linesPerRequest: 5, keyPrefix: `part ${part}`, atOnce: 2 }
    })
    await sleep(random() * 6_000)
    if (random() < 0.6) {
      kills++
      server.child.kill('SIGKILL')
      await server.ended
      server = await lab.serve(data, options)
    }
  }
  await settledLedger(data)
  for (let waited = 0; ; waited++) {
    const { detections } = await callServer<{ detections: { rule: string; behind: number; problem?: string }[] }>(
      readServerFile(data)!,
      'GET',
      '/api/rules/scheduled'
    )
    const one = detections.find(({ rule }) => rule === 'many-failures')
    if (one?.behind === 0) break
    assert.ok(waited < 120, `the detection does not come to an end: ${JSON.stringify(one)}`)
    await sleep(500)
  }
  assert.equal((await lab.stop(server)).code, 0, 'the server stops in good order')
  const [declared] = readDeclared([{ path: 'own/many.yml', text: rule }]).declared
  assert.ok(declared?.ask.kind === 'windowed')
  const clocks = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER, overUs: 0, overSeenUs: 0 }
  const expected = evaluateWindows(declared.ask.windowed, events, clocks)
  const found = await lab.inspect(data, async ({ state }) =>
    state.db
      .prepare("SELECT entity, sum(count) AS n FROM alerts WHERE rule_id = 'many-failures' GROUP BY entity")
      .all()
      .map(row => {
        const entity = JSON.parse(String(row['entity'])) as Record<string, string>
        return [JSON.stringify(Object.values(entity)), Number(row['n'])] as const
      })
  )
  assert.deepEqual(
    found.toSorted(),
    expected.map(({ group, ids }) => [group, ids.length] as const).toSorted(),
    'each event of a matching window is in an alert, once'
  )
  return `${events.length} events, ${kills} kills, ${found.reduce((sum, [, n]) => sum + n, 0)} reported in ${found.length} alerts`
}

export const detections: readonly Fault[] = [
  {
    name: 'kill-in-window',
    about: 'the server is killed again and again while a threshold counts late and timely events',
    run: (lab, options) => midWindow(lab, options, false)
  },
  {
    name: 'clock-in-window',
    about: 'the same while the clock steps by up to three days to and fro',
    run: (lab, options) => midWindow(lab, options, true)
  }
]
