import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noOwnParsers } from '../pipeline/own-parsers.ts'
import { parserRoutes } from './parsers.ts'
import { testServer } from './test-server.ts'

const sample = `2026-03-01T08:15:42Z door=front badge=1A2B3C result=granted
2026-03-01T23:03:10+01:00 door=server-room badge=99FF01 result=denied reason=lost badge
`

test('a parser is proposed, tried, kept, listed and removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-parsers-'))
  let reloads = 0
  const picket = {
    reloadParsers() {
      reloads++
      return noOwnParsers
    }
  }
  await using server = await testServer({ routes: [parserRoutes(picket, folder, Date.now)] })
  try {
    const { call } = server
    await server.addTestUser('anna', 'admin')
    const who = await server.signIn('anna')
    const proposed = await call('POST', '/api/parsers/propose', { sample, name: 'door-log' }, who)
    assert.equal(proposed.status, 200, proposed.text)
    assert.match(proposed.json.text, /badge=\{door_log\.badge:word\}/)
    assert.equal(proposed.json.records.length, 2)
    assert.equal(proposed.json.records[1].event.event.reason, 'lost badge')
    const corrected = proposed.json.text.replaceAll('door_log.badge', 'user.id')
    const tried = await call('POST', '/api/parsers/try', { text: corrected, sample }, who)
    assert.equal(tried.json.records[0].event.user.id, '1A2B3C')
    assert.deepEqual(tried.json.brokenCases, [])
    const { record, parts } = tried.json.records[0]
    const badge = parts.find(({ field }: { field: string }) => field === 'user.id')
    assert.equal(record.slice(badge.from, badge.to), '1A2B3C')
    const wrong = await call('POST', '/api/parsers/try', { text: 'name: x', sample }, who)
    assert.equal(wrong.status, 400)
    assert.match(wrong.json.error.message, /title/)
    const unclosed = corrected.replace('{user.id:word}', '{user.id')
    const misspelt = await call('POST', '/api/parsers/try', { text: unclosed, sample }, who)
    const [problem] = misspelt.json.error.details
    assert.match(problem.message, /^patterns\[\d\]: .* is no field name/)
    assert.match(unclosed.slice(problem.position, problem.position + problem.length), /^.?\{@timestamp.*\{user\.id/)
    const other = await call('PUT', '/api/parsers/other', { text: corrected }, who)
    assert.equal(other.status, 400)
    const kept = await call('PUT', '/api/parsers/door-log', { text: `# of the north gate\n${corrected}`, sample }, who)
    assert.deepEqual(kept.json, { name: 'door-log', cases: 2 })
    assert.equal(reloads, 1)
    const listed = await call('GET', '/api/parsers', undefined, who)
    assert.deepEqual(
      listed.json.own.map(({ name, cases, broken }: Record<string, unknown>) => ({ name, cases, broken })),
      [{ name: 'door-log', cases: 2, broken: [] }]
    )
    assert.match(listed.json.own[0].text, /^# of the north gate/)
    assert.doesNotMatch(listed.json.own[0].text, /cases/)
    assert.equal(listed.json.own[0].sample, sample.trim())
    assert.ok(listed.json.builtIn.some(({ name }: { name: string }) => name === 'suricata'))
    assert.equal((await call('DELETE', '/api/parsers/door-log', undefined, who)).status, 200)
    assert.equal((await call('DELETE', '/api/parsers/door-log', undefined, who)).status, 404)
    assert.equal((await call('GET', '/api/parsers')).status, 401)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
