/**
 * kill -9 while indicators are met: in events as they come, and in what is stored. Each event that shows one is to count exactly once, in
 * sightings and in alerts, however often Picket was killed.
 */

import assert from 'node:assert/strict'
import { openState } from '../../src/state/state.ts'
import { type Fault, type FaultOptions, type Lab, sleep } from './lab.ts'

const events = 40_000
const others = 6_000

/** Every 100th goes to one listed address, every 777th asks for a name below a listed domain. */
function records(): { text: string; expected: Map<string, number> } {
  let text = ''
  const expected = new Map([
    ['203.0.113.9', 0],
    ['evil.example.com', 0]
  ])
  const hit = (value: string): void => void expected.set(value, expected.get(value)! + 1)
  for (let i = 0; i < events; i++) {
    const event: Record<string, unknown> = {
      '@timestamp': new Date(Date.UTC(2026, 9, 1) + i * 50).toISOString(),
      source: { ip: `10.0.${i % 4}.${i % 200}` },
      destination: { ip: i % 100 === 0 ? '203.0.113.9' : `198.51.100.${i % 250}`, port: 443 }
    }
    if (i % 100 === 0) hit('203.0.113.9')
    if (i % 777 === 0) {
      event['dns'] = { question: { name: `a${i % 7}.evil.example.com` } }
      hit('evil.example.com')
    }
    text += `${JSON.stringify(event)}\n`
  }
  return { text, expected }
}

/** With company that is never met: steps take their time. */
function indicators(): string {
  const company = Array.from({ length: others }, (_, i) =>
    i % 2 === 0 ? `172.16.${i >> 8}.${i & 255}` : `h${i}.nothing.example.com`
  )
  return ['203.0.113.9', 'evil.example.com', ...company].join('\n')
}

function verifySeen(data: string, expected: ReadonlyMap<string, number>): void {
  const state = openState(data)
  try {
    const rows = state.db.prepare('SELECT value, sum(count) AS n FROM sightings GROUP BY value ORDER BY value').all()
    const seen = rows.map(row => [row['value'], row['n']])
    assert.deepEqual(seen, [...expected].toSorted(), 'sightings')
    const alerts = state.db.prepare("SELECT sum(count) AS n FROM alerts WHERE rule_kind = 'indicator'").get()!['n']
    assert.equal(
      alerts,
      [...expected.values()].reduce((a, b) => a + b, 0),
      'events in alerts'
    )
  } finally {
    state.close()
  }
}

async function killed(lab: Lab, args: readonly string[], random: () => number, mostMs: number): Promise<boolean> {
  const running = lab.start(args)
  await sleep(300 + random() * mostMs)
  running.child.kill('SIGKILL')
  return (await running.ended).signal === 'SIGKILL'
}

async function whileMatching(lab: Lab, { rounds, random, say }: FaultOptions): Promise<string> {
  const data = lab.path('data')
  const { text, expected } = records()
  const file = lab.write('events.json', text)
  const list = lab.write('indicators.txt', indicators())
  await lab.import(data, [lab.write('first.json', '{"@timestamp":"2026-10-01T00:00:00Z","message":"x"}\n')])
  await lab.run(['intel', 'import', list, '--data', data])
  const startedMs = performance.now()
  await lab.import(lab.path('measure'), [file])
  const wholeMs = performance.now() - startedMs
  let kills = 0
  for (let tries = 0; kills < rounds && tries < rounds * 5; tries++) {
    if (await killed(lab, ['import', file, '--data', data, '--quiet'], random, wholeMs)) kills++
    else break
    say(`${kills} kills`)
  }
  await lab.import(data, [file])
  verifySeen(data, expected)
  return `${kills} kills; ${[...expected.values()].join(' and ')} events, each counted once`
}

async function whileLookingBack(lab: Lab, { rounds, random, say }: FaultOptions): Promise<string> {
  const data = lab.path('data')
  const { text, expected } = records()
  await lab.import(data, [lab.write('events.json', text)])
  await lab.run(['intel', 'import', lab.write('indicators.txt', indicators()), '--data', data])
  let kills = 0
  while (kills < rounds) {
    if (!(await killed(lab, ['intel', 'retro', '--data', data], random, 4_000))) break
    kills++
    say(`${kills} kills`)
  }
  await lab.run(['intel', 'retro', '--data', data])
  verifySeen(data, expected)
  return `${kills} kills before it was done; ${[...expected.values()].join(' and ')} events, each counted once`
}

export const intel: readonly (Fault & { readonly share?: number })[] = [
  {
    name: 'kill-indicators-met',
    share: 0.05,
    about: 'kill -9 while events that show indicators are imported',
    run: whileMatching
  },
  {
    name: 'kill-retro-match',
    share: 0.05,
    about: 'kill -9 while new indicators are held against what is stored',
    run: whileLookingBack
  }
]
