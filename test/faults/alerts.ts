/**
 * Alerts under faults: while records come in out of their order, the process is killed and the rules are written anew again and again. Each
 * event that the rule finds must be counted by exactly one alert, once.
 */

import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { type Fault, type FaultOptions, type Lab, sleep } from './lab.ts'
import { type Corpus, corpusOf, sum } from './records.ts'
import { sendUntilAcknowledged, settledLedger } from './sender.ts'
import { verify } from './verify.ts'

const ruleId = '11111111-1111-4111-8111-111111111111'
const linesPerRound = 6_000
const config = `sources:
  - type: http
    name: sensor
    format: suricata
`

/** Each edition has another version; what it looks for stays. A broken one now and then stands beside it. */
function writeRules(data: string, edition: number): void {
  const folder = `${data}/rules`
  mkdirSync(folder, { recursive: true })
  const rule = `title: A signature fired (edition ${edition})
id: ${ruleId}
status: test
level: medium
logsource:
  product: suricata
picket:
  group_by: [source.ip]
detection:
  selection:
    suricata.eve.event_type: alert
  condition: selection
`
  writeFileSync(`${folder}/.new`, rule)
  renameSync(`${folder}/.new`, `${folder}/signature.yml`)
  writeFileSync(`${folder}/broken.yml`, edition % 2 === 0 ? 'title: [\n' : 'title: x\ndetection: 5\n')
}

/** What the alerts of the rule count, and what the store holds of such events. */
async function counted(
  lab: Lab,
  data: string
): Promise<{ alerts: number; counted: number; stored: number; versions: number }> {
  return lab.inspect(data, async ({ state, store }) => {
    const row = state.db
      .prepare('SELECT count(*) AS n, coalesce(sum(count), 0) AS counted FROM alerts WHERE rule_id = ? AND test = 0')
      .get(ruleId)!
    const versions = state.db.prepare('SELECT count(*) AS n FROM rule_versions WHERE rule = ?').get(ruleId)!
    const [events] = await store.query<{ n: string }>(
      "SELECT toString(count()) AS n FROM picket.events WHERE suricata_eve_event_type = 'alert'"
    )
    return {
      alerts: Number(row['n']),
      counted: Number(row['counted']),
      stored: Number(events!.n),
      versions: Number(versions['n'])
    }
  })
}

async function underKills(lab: Lab, { rounds, random, say }: FaultOptions): Promise<string> {
  const data = lab.newFolder('data')
  writeFileSync(`${data}/picket.yaml`, config)
  const corpora: Corpus[] = []
  let edition = 0
  let kills = 0
  writeRules(data, edition)
  let server = await lab.serve(data)
  while (kills < rounds) {
    // Seeds go back in time: what comes later is older.
    const corpus = corpusOf(900 - corpora.length, linesPerRound)
    corpora.push(corpus)
    let isSent = false
    const sending = sendUntilAcknowledged({
      data,
      source: 'sensor',
      lines: corpus.lines,
      linesPerRequest: 250,
      keyPrefix: `round ${corpora.length}`,
      atOnce: 2
    }).finally(() => {
      isSent = true
    })
    // Whoever awaits it below is told.
    sending.catch(() => {})
    while (!isSent) {
      writeRules(data, ++edition)
      await sleep(50 + random() * 400)
      if (random() < 0.3 && kills < rounds) {
        server.child.kill('SIGKILL')
        await server.ended
        kills++
        server = await lab.serve(data)
      }
    }
    await sending
    say(`${kills} of ${rounds}`)
  }
  const wanted = sum(corpora)
  for (let waited = 0; ; waited++) {
    const totals = await settledLedger(data)
    if (totals.stored >= wanted.stored && totals.deadLettered >= wanted.dead) break
    assert.ok(waited < 600, `not all was stored: ${JSON.stringify({ totals, wanted })}`)
    await sleep(100)
  }
  assert.equal((await lab.stop(server)).code, 0)
  await verify(lab, data, wanted)
  const found = await counted(lab, data)
  assert.ok(found.stored > 0, 'the corpus holds events that the rule finds')
  assert.equal(found.counted, found.stored, `events that alerted, and those that should have: ${JSON.stringify(found)}`)
  return `${kills} kills, ${found.versions} editions of the rule, ${found.counted} events in ${found.alerts} alerts, each once`
}

export const alertFaults: readonly (Fault & { readonly share: number })[] = [
  {
    name: 'alerts-kill',
    share: 0.1,
    about: 'kill -9 of a server while late records come in and the rules are written anew: each match is counted once',
    run: underKills
  }
]
