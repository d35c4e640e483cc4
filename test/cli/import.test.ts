/** The commands on a data folder that no server runs on: import, ledger, search, dead letters. */

import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { hasEngine } from '../../src/testing/real-store.ts'
import { type Finished, Lab, sleep } from '../faults/lab.ts'
import { corpusOf } from '../faults/records.ts'
import { dead, received, streams, writeMixedFolder } from './fixtures.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const lab = new Lab()
const data = lab.path('data')
const folder = lab.newFolder('mixed')

before(() => writeMixedFolder(folder))
after(() => lab.close({ keep: false }))

const documentsOf = (finished: Finished): Record<string, never>[] =>
  finished.stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 3000)
    await sleep(10)
  }
}

/** What lies on the bus of a data folder. */
function busBytes(data: string): number {
  try {
    const folder = `${data}/bus/raw/0`
    return readdirSync(folder).reduce((bytes, name) => bytes + statSync(`${folder}/${name}`).size, 0)
  } catch {
    return 0
  }
}

test('a folder of everything comes in, and the ledger says what became of it', { skip }, async () => {
  const ledger = await lab.import(data, [folder])
  assert.deepEqual(Object.keys(ledger), ['totals', 'sources'])
  assert.deepEqual(ledger.totals, { received, stored: received - dead, deadLettered: dead, duplicates: 0 })
  for (const [name, expected] of Object.entries(streams)) {
    const source = ledger.sources.find(one => one.source.endsWith(`/${name}`))
    assert.ok(source !== undefined, `${name} is in ${JSON.stringify(ledger.sources.map(one => one.source))}`)
    const { format, received, stored, deadLettered, duplicates } = source
    assert.deepEqual(
      { name, format, received, stored, deadLettered, duplicates },
      {
        name,
        format: expected.format,
        received: expected.received,
        stored: expected.received - expected.dead,
        deadLettered: expected.dead,
        duplicates: 0
      }
    )
    assert.equal(source.reasons.length, expected.dead === 0 ? 0 : 1)
  }
  assert.equal(ledger.sources.length, Object.keys(streams).length)
  const [reason] = ledger.sources.flatMap(source => source.reasons)
  assert.match(reason!.reason, /not JSON/)
  assert.equal(reason!.count, 1)
})

test('the same again is known, and the terminal shows a table', { skip }, async () => {
  const { stdout } = await lab.run(['import', folder, '--data', data, '--quiet'])
  assert.match(stdout, /^SOURCE +FORMAT +RECEIVED +STORED +DEAD-LETTERED +DUPLICATES\n/)
  assert.match(
    stdout,
    new RegExp(`\\n${received} received = 0 stored \\+ 0 dead-lettered \\+ ${received} duplicates in `)
  )
})

test('standard input, its format given', { skip }, async () => {
  const running = lab.start(['import', '-', '--format', 'syslog', '--timezone', '+02:00', '--data', data, '--json'], {
    stdin: true
  })
  running.child.stdin!.end('Jun  1 14:00:00 printer cupsd[1]: job 7 finished\n')
  const { code, stdout, stderr } = await running.ended
  assert.equal(code, 0, stderr)
  const ledger = JSON.parse(stdout)
  assert.deepEqual(ledger.totals, { received: 1, stored: 1, deadLettered: 0, duplicates: 0 })
  assert.equal(ledger.sources[0].source, '-')
  assert.equal(ledger.sources[0].format, 'syslog')
})

test('what is not there, and what is not a format, is said', { skip }, async () => {
  const missing = await lab.start(['import', lab.path('none'), '--data', data]).ended
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /none: no such file or folder/)
  const format = await lab.start(['import', folder, '--format', 'surikata', '--data', data]).ended
  assert.equal(format.code, 1)
  assert.match(format.stderr, /no format named surikata\. There are: suricata,/)
  const zone = await lab.start(['import', folder, '--timezone', 'Berlin', '--data', data]).ended
  assert.equal(zone.code, 1)
  assert.match(zone.stderr, /--timezone Berlin is no offset; write it like \+02:00/)
  const nothing = await lab.start(['import', '--data', data]).ended
  assert.equal(nothing.code, 1)
  assert.match(nothing.stderr, /Say what to import/)
})

test('events are found on the folder itself, with their original', { skip }, async () => {
  const blocked = documentsOf(
    await lab.run(['search', 'event.action:blocked OR destination.ip:203.0.113.66', '--json', '--data', data])
  )
  assert.equal(blocked.length, 1)
  const [document] = blocked as unknown as { event: { original: string; id: string }; source: { ip: string } }[]
  assert.equal(document!.source.ip, '10.20.1.99')
  assert.equal(JSON.parse(document!.event.original).alert.signature, 'ET SCAN Potential SSH Scan')
  assert.match(document!.event.id, /^[0-9a-f]{16}$/)
})

test('the ledger of all runs, as a table and as JSON', { skip }, async () => {
  const { stdout } = await lab.run(['ledger', '--json', '--data', data])
  const report = JSON.parse(stdout)
  assert.deepEqual(Object.keys(report), ['totals', 'pending', 'sources'])
  assert.equal(report.pending, 0)
  assert.deepEqual(report.totals, {
    received: received * 2 + 1,
    stored: received - dead + 1,
    deadLettered: dead,
    duplicates: received
  })
  const table = await lab.run(['ledger', '--data', data])
  assert.match(table.stdout, /Dead letters of .*applications\.ndjson:\n +1 {2}not JSON/)
})

test('dead letters: list, show byte for byte, replay as another format', { skip }, async () => {
  const listed = await lab.run(['dead-letter', 'list', '--json', '--data', data])
  const letters = documentsOf(listed) as unknown as { id: string; reason: string; preview: string; source: string }[]
  assert.equal(letters.length, 1)
  assert.equal(letters[0]!.preview, 'this line is no JSON')
  assert.match(letters[0]!.reason, /not JSON/)
  const { id } = letters[0]!
  const shown = await lab.run(['dead-letter', 'show', id, '--data', data])
  assert.equal(shown.stdout, 'this line is no JSON\n')
  assert.match(shown.stderr, /applications\.ndjson \(ndjson\): not JSON/)
  const replayed = await lab.run(['dead-letter', 'replay', id, '--format', 'text', '--data', data])
  assert.match(replayed.stdout, /^1 replayed/)
  const table = await lab.run(['dead-letter', 'list', '--data', data])
  assert.equal(table.stdout, 'No dead letters.\n')
  const found = await lab.run(['search', 'message:"this line is no JSON"', '--json', '--data', data])
  assert.equal(documentsOf(found).length, 1)
  const { totals, pending } = JSON.parse((await lab.run(['ledger', '--json', '--data', data])).stdout)
  assert.equal(pending, 0)
  assert.equal(totals.deadLettered, 0)
  assert.equal(totals.received, totals.stored + totals.duplicates)
  const unknown = await lab.start(['dead-letter', 'show', '0000000000000000', '--data', data]).ended
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /There is no dead letter 0000000000000000/)
})

test('SIGTERM while importing: what was read is kept, within ten seconds, and the same command takes up the rest', {
  skip
}, async () => {
  const own = lab.path('stopped')
  const corpus = corpusOf(3, 60_000)
  const file = lab.write('long.json', corpus.text)
  const running = lab.start(['import', file, '--data', own, '--json', '--quiet'])
  await until(() => busBytes(own) > 2_000_000)
  const startedMs = performance.now()
  running.child.kill('SIGTERM')
  const stopped = await running.ended
  assert.ok(performance.now() - startedMs < 10_000)
  assert.ok(stopped.code === 1 || stopped.code === 0, `${stopped.signal ?? stopped.code} ${stopped.stderr}`)
  const { totals } = await lab.import(own, [file])
  const all = JSON.parse((await lab.run(['ledger', '--json', '--data', own])).stdout)
  assert.equal(all.totals.stored, corpus.good)
  assert.equal(all.totals.deadLettered, corpus.bad)
  assert.equal(all.pending, 0)
  assert.equal(totals.received, corpus.lines.length)
})
