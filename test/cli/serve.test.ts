/** The server as a process: its configuration, its sources, the commands that go through it, and its end. */

import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { readServerFile } from '../../src/platform/server-file.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { type Finished, Lab, type Running, sleep } from '../faults/lab.ts'
import { corpusOf } from '../faults/records.ts'
import { settledLedger } from '../faults/sender.ts'
import { dead, received, writeMixedFolder } from './fixtures.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const lab = new Lab()
const data = lab.newFolder('data')
const folder = lab.newFolder('mixed')
const configFile = lab.path('settings.yaml')
let server: Running

const config = (more = ''): string =>
  `server:
  port: 0
sources:
  - type: http
    name: sensor
    format: suricata
${more}`

before(async () => {
  await writeMixedFolder(folder)
  if (skip !== false) return
  writeFileSync(configFile, config())
  server = lab.start(['serve', '--config', configFile, '--data', data])
  while (readServerFile(data) === undefined && !server.hasEnded) await sleep(50)
})
after(() => lab.close({ keep: false }))

async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  while (!(await holds())) {
    assert.ok(performance.now() < deadlineMs, `${what}: not within ${withinMs} ms\n${server.stderr.slice(-3000)}`)
    await sleep(25)
  }
}

function call(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  const { url, token } = readServerFile(data)!
  return fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })
}

const linesOf = (finished: Finished): string[] => finished.stdout.split('\n').filter(line => line !== '')
const search = async (...args: string[]): Promise<number> =>
  linesOf(await lab.run(['search', ...args, '--json', '--data', data])).length

test('import through the running server', { skip }, async () => {
  const { totals } = await lab.import(data, [folder])
  assert.deepEqual(totals, { received, stored: received - dead, deadLettered: dead, duplicates: 0 })
  const again = await lab.import(data, [folder])
  assert.deepEqual(again.totals, { received, stored: 0, deadLettered: 0, duplicates: received })
})

test('a record that is posted can be found within two seconds, once, though it is sent twice', { skip }, async () => {
  const record = JSON.stringify({
    timestamp: new Date().toISOString().replace('Z', '000+0000'),
    event_type: 'dns',
    src_ip: '192.0.2.200',
    dns: { type: 'query', rrname: 'needle.example.org', rrtype: 'A' }
  })
  const post = (): Promise<Response> =>
    call('/api/ingest/sensor', {
      method: 'POST',
      body: record,
      headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'needle' }
    })
  const startedMs = performance.now()
  const answer = await post()
  assert.equal(answer.status, 200)
  assert.deepEqual(await answer.json(), { accepted: { chunks: 1, records: 1 } })
  const found = async (): Promise<number> =>
    ((await (await call('/api/search?q=dns.question.name%3Aneedle.example.org')).json()) as { events: [] }).events
      .length
  await until('found', async () => (await found()) === 1, 2000)
  assert.ok(performance.now() - startedMs < 2000)
  assert.equal((await post()).status, 200)
  const totals = await settledLedger(data)
  assert.equal(await found(), 1)
  assert.equal(totals.duplicates, received + 1)
})

test('records for a source that is not configured are refused', { skip }, async () => {
  const answer = await call('/api/ingest/nobody', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'text/plain' }
  })
  assert.equal(answer.status, 404)
  assert.match(await answer.text(), /There is no HTTP source named nobody: add it to picket\.yaml/)
})

test('searches: fields, wildcards, networks, words, and, or, not, times, a limit', { skip }, async () => {
  assert.equal(await search('event.dataset:aws.cloudtrail', '--limit', '1000'), 3)
  assert.equal(await search('event.action:Console*'), 1)
  assert.equal(await search('event.action:(ConsoleLogin OR DeleteTrail)'), 2)
  assert.equal(await search('event.dataset:aws.cloudtrail and not event.action:CreateUser'), 2)
  assert.equal(await search('source.ip:198.51.100.0/24 and user.name:oracle'), 1)
  assert.equal(await search('198.51.100.23'), 1)
  assert.equal(await search('gateway refused'), 1)
  assert.equal(await search('"door was open"'), 1)
  assert.equal(
    await search('rule.name:"ET SCAN Potential SSH Scan" and destination.port:22 and source.ip:10.20.1.99'),
    1
  )
  assert.equal(await search('*', '--limit', '5'), 5)
  assert.equal(await search('user.name:*', '--from', '2026-06-01T11:00:01Z', '--to', '2026-06-01T11:00:02Z'), 1)
  assert.equal(await search('no.such.field:x'), 0)
})

test('a search for people, and one with a mistake', { skip }, async () => {
  const { stdout } = await lab.run(['search', 'source.ip:10.20.1.99', '--data', data])
  assert.match(stdout, /^2026-06-01T08:30:00\.123Z {2}suricata\.eve {2}.*10\.20\.1\.99:51000 → 203\.0\.113\.66:22/)
  const bad = await lab.start(['search', 'source.ip:(', '--data', data]).ended
  assert.equal(bad.code, 2)
  assert.match(bad.stderr, /source\.ip:\(\n +\^/)
  const none = await lab.run(['search', 'no.such.field:x', '--data', data])
  assert.equal(none.stdout, '')
  assert.match(none.stderr, /Nothing matches/)
  const time = await lab.start(['search', '*', '--from', 'tomorrowish', '--data', data]).ended
  assert.equal(time.code, 1)
  assert.match(time.stderr, /from is not a point in time: tomorrowish/)
})

test('dead letters through the server', { skip }, async () => {
  const [letter] = linesOf(await lab.run(['dead-letter', 'list', '--json', '--data', data]))
  const { id } = JSON.parse(letter!)
  assert.equal((await lab.run(['dead-letter', 'show', id, '--data', data])).stdout, 'this line is no JSON\n')
  assert.match((await lab.run(['dead-letter', 'replay', '--all', '--data', data])).stdout, /^1 replayed/)
  await settledLedger(data)
  // It still is no JSON.
  assert.equal(linesOf(await lab.run(['dead-letter', 'list', '--json', '--data', data])).length, 1)
  const { totals, pending } = JSON.parse((await lab.run(['ledger', '--json', '--data', data])).stdout)
  assert.equal(pending, 0)
  assert.equal(totals.deadLettered, 1)
})

test('a changed configuration is in force without a restart; a broken one is told, and the old goes on', {
  skip
}, async () => {
  const post = async (source: string): Promise<number> =>
    (await call(`/api/ingest/${source}`, { method: 'POST', body: 'x\n', headers: { 'content-type': 'text/plain' } }))
      .status
  assert.equal(await post('second'), 404)
  writeFileSync(configFile, config('  - type: http\n    name: second\n    format: text\n'))
  await until('the new source', async () => (await post('second')) === 200)
  const before = server.stderr.length
  writeFileSync(configFile, config('  - type: http\n    nmae: third\n'))
  await until('the complaint', () => server.stderr.slice(before).includes('not valid'))
  const said = server.stderr.slice(before)
  assert.match(said, /settings\.yaml:\d+:\d+ sources\[1\]\.nmae is not a known key; did you mean name\?/)
  assert.match(said, /the old one goes on/)
  assert.doesNotMatch(said, /undefined/)
  assert.equal(await post('second'), 200)
})

test('records are taken whatever kind of content they are said to be', { skip }, async () => {
  const answers = ['application/json', 'application/x-www-form-urlencoded', 'application/gzip', 'x/y'].map(type =>
    call('/api/ingest/second', { method: 'POST', body: '{"a":1}\n{"a":2}\n', headers: { 'content-type': type } })
  )
  for (const answer of await Promise.all(answers))
    assert.deepEqual([answer.status, await answer.json()], [200, { accepted: { chunks: 1, records: 2 } }])
  assert.equal((await call('/api/ingest/second', { method: 'POST' })).status, 200)
})

test('a second server on the same folder is told who has it', { skip }, async () => {
  const { code, stderr } = await lab.start(['serve', '--port', '0', '--data', data]).ended
  assert.equal(code, 1)
  assert.match(stderr, /Another picket works on .*Stop it, or choose another --data folder/)
})

test('SIGTERM in the middle of an import: drained within ten seconds, nothing lost', { skip }, async () => {
  const corpus = corpusOf(11, 40_000)
  const file = lab.write('long.json', corpus.text)
  const importing = lab.start(['import', file, '--data', data, '--json', '--quiet'])
  await until('the first records', async () => {
    const answer = (await (await call('/api/ledger')).json()) as { sources: { source: string }[] }
    return answer.sources.some(({ source }) => source === file)
  })
  const startedMs = performance.now()
  const { code, stderr } = await lab.stop(server)
  assert.ok(performance.now() - startedMs < 10_000)
  assert.equal(code, 0, stderr.slice(-2000))
  assert.ok(!existsSync(`${data}/run/server.json`))
  // The import has no server any more: it says so, and what it sent is there.
  const cut = await importing.ended
  if (cut.code !== 0) assert.match(cut.stderr, /server/)
  await lab.import(data, [file])
  const report = JSON.parse((await lab.run(['ledger', '--json', '--data', data])).stdout)
  assert.equal(report.pending, 0)
  const source = report.sources.find((one: { source: string }) => one.source === file)
  assert.equal(source.stored, corpus.good)
  assert.equal(source.deadLettered, corpus.bad)
})
