/** Rules over HTTP: listed, switched, written, checked, excepted; who may, and what the audit trail holds of it. */

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type PackedRules, ruleDetector } from '../detect/packed-rules.ts'
import { openRules, type Rules } from '../pipeline/rules.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { readAudit } from '../state/audit.ts'
import type { State } from '../state/state.ts'
import { ruleRoutes } from './rules.ts'
import { testServer } from './test-server.ts'

const id = '11111111-1111-4111-8111-111111111111'
const yaml = (value: string, more = '') =>
  `title: Looks for ${value}\nid: ${id}\nstatus: test\nlevel: medium\nlogsource:\n  category: test\ndetection:\n  selection:\n    message: ${value}\n  condition: selection\n${more}`

async function lab() {
  let rules: Rules | undefined
  let packed: PackedRules | undefined
  let state: State | undefined
  let folders = { bundled: '', data: '' }
  const server = await testServer({
    onState: given => {
      state = given
      folders = { bundled: join(given.folder, 'bundled'), data: join(given.folder, 'rules') }
      mkdirSync(folders.bundled)
      writeFileSync(join(folders.bundled, 'a.yml'), yaml('alpha'))
    },
    routes: [
      (app, guard) =>
        ruleRoutes({
          state: state!,
          rules: () => rules!,
          folder: folders.data,
          nowMs: () => server.clock.nowMs()
        })(app, guard)
    ]
  })
  rules = openRules({
    folders,
    state: server.state,
    apply: given => {
      packed = given
    },
    log: { info() {}, warn() {} },
    nowMs: () => server.clock.nowMs(),
    watchMs: 0
  })
  await server.addTestUser('anna', 'analyst')
  await server.addTestUser('vera', 'viewer')
  return {
    server,
    folders,
    anna: await server.signIn('anna'),
    vera: await server.signIn('vera'),
    hits: (event: Record<string, unknown>) => ruleDetector(packed!)(event).map(({ rule }) => rule.level)
  }
}

test('rules are listed and shown, and switched by analysts', async () => {
  const { server, anna, vera, hits } = await lab()
  await using _ = server
  const list = (await server.call('GET', '/api/rules', undefined, vera)).json
  assert.equal(list.enabled, 1)
  assert.partialDeepStrictEqual(list.rules, [
    { id, kind: 'rule', title: 'Looks for alpha', level: 'medium', origin: 'picket', enabled: true, exceptions: 0 }
  ])
  assert.equal((await server.call('PUT', `/api/rules/${id}`, { enabled: false }, vera)).status, 403)
  const off = await server.call('PUT', `/api/rules/${id}`, { enabled: false, level: 'high' }, anna)
  assert.partialDeepStrictEqual(off.json, { enabled: false, level: 'high', ownLevel: 'medium', byDefault: true })
  assert.deepEqual(hits({ message: 'alpha' }), [])
  await server.call('PUT', `/api/rules/${id}`, { enabled: true }, anna)
  assert.deepEqual(hits({ message: 'alpha' }), ['high'])
  const one = (await server.call('GET', `/api/rules/${id}`, undefined, vera)).json
  assert.equal(one.query, 'message:alpha')
  assert.deepEqual(
    one.history.map(({ what, by }: { what: string; by: string }) => [what, by]),
    [
      ['enabled', 'user:anna'],
      ['level', 'user:anna'],
      ['disabled', 'user:anna']
    ]
  )
  assert.equal((await server.call('GET', '/api/rules/nothing', undefined, vera)).json.error.code, 'unknown-rule')
  assert.equal(readAudit(server.state, 50).rows.filter(({ action }) => action === 'rule.decide').length, 2)
})

test('how often a rule fired stands with it, tests apart', async () => {
  const { server, vera } = await lab()
  await using _ = server
  const rule = { id, version: '1', kind: 'rule', title: 't', level: 'low', tags: [] } as const
  const us = Date.UTC(2026, 0, 1) * 1000
  const group = { rule, entity: { 'host.name': 'a' }, count: 7, firstUs: us, lastUs: us, samples: [] }
  raiseAlerts(server.state, [group, { ...group, entity: { 'host.name': 'b' } }, { ...group, test: true }], us / 1000)
  const { fired } = (await server.call('GET', `/api/rules/${id}`, undefined, vera)).json
  assert.deepEqual(fired, { alerts: 2, matches: 14, falsePositives: 0, last: '2026-01-01T00:00:00.000Z' })
})

test('a text of our own replaces what comes with Picket, and goes again', async () => {
  const { server, anna, vera, hits, folders } = await lab()
  await using _ = server
  const bad = await server.call('POST', '/api/rules', { text: yaml('x').replace('condition: selection', '') }, anna)
  assert.equal(bad.json.error.code, 'rule-invalid')
  assert.equal((await server.call('POST', '/api/rules', { text: yaml('beta') }, vera)).status, 403)
  assert.equal((await server.call('DELETE', `/api/rules/${id}`, undefined, anna)).json.error.code, 'rule-foreign')
  const kept = await server.call('POST', '/api/rules', { text: yaml('beta') }, anna)
  assert.deepEqual(kept.json, { ids: [id], file: `${id}.yml` })
  assert.deepEqual(hits({ message: 'beta' }), ['medium'])
  assert.deepEqual(hits({ message: 'alpha' }), [])
  // The same file is written anew.
  await server.call('POST', '/api/rules', { text: yaml('gamma') }, anna)
  assert.match(readFileSync(join(folders.data, `${id}.yml`), 'utf8'), /gamma/)
  const { history } = (await server.call('GET', `/api/rules/${id}`, undefined, vera)).json
  const { version } = history[1].detail
  const old = await server.call('GET', `/api/rules/${id}/versions/${version}`, undefined, vera)
  assert.equal(old.json.text.trim(), yaml('beta').trim())
  // Without an id it is given one.
  const { ids, file } = (
    await server.call('POST', '/api/rules', { text: yaml('delta').replace(`id: ${id}\n`, '') }, anna)
  ).json
  assert.match(readFileSync(join(folders.data, file), 'utf8'), new RegExp(`^id: ${ids[0]}$`, 'm'))
  assert.equal((await server.call('DELETE', `/api/rules/${id}`, undefined, anna)).status, 200)
  assert.equal(existsSync(join(folders.data, `${id}.yml`)), false)
  assert.deepEqual(hits({ message: 'alpha' }), ['medium'])
})

test('a text is checked and nothing is kept', async () => {
  const { server, vera } = await lab()
  await using _ = server
  const good = (await server.call('POST', '/api/rules/check', { text: yaml('zeta') }, vera)).json
  assert.partialDeepStrictEqual(good, { ok: true, rules: [{ id, query: 'message:zeta' }], diagnostics: [] })
  const bad = (await server.call('POST', '/api/rules/check', { text: 'title: x\ndetection: 5\n' }, vera)).json
  assert.equal(bad.ok, false)
  assert.equal(bad.diagnostics[0].line, 2)
  assert.equal((await server.call('GET', '/api/rules', undefined, vera)).json.rules.length, 1)
})

test('exceptions: by query or by fields, reviewed, ended; none that say everything', async () => {
  const { server, anna, vera, hits } = await lab()
  await using _ = server
  const url = `/api/rules/${id}/exceptions`
  const post = (body: unknown, who = anna) => server.call('POST', url, body, who)
  assert.equal((await post({ query: 'host.name:a', reason: 'x' }, vera)).status, 403)
  for (const [body, code] of [
    [{ query: '*', reason: 'x' }, 'bad-exception'],
    [{ reason: 'x' }, 'bad-exception'],
    [{ query: 'a:(', reason: 'x' }, 'bad-query'],
    [{ query: 'a:b', reason: 'x', expires: '2020-01-01T00:00:00Z' }, 'bad-expiry']
  ] as const)
    assert.equal((await post(body)).json.error.code, code)
  const fields = { 'host.name': ['build 1', 'b*'], 'user.name': 'root' }
  const expires = new Date(server.clock.nowMs() + 3_600_000).toISOString()
  const made = await post({ fields, reason: 'build machines', expires })
  assert.partialDeepStrictEqual(made.json, { by: 'user:anna', reason: 'build machines', expired: false, expires })
  assert.deepEqual(hits({ message: 'alpha', host: { name: 'BUILD 1' }, user: { name: 'root' } }), [])
  assert.deepEqual(hits({ message: 'alpha', host: { name: 'b*' }, user: { name: 'root' } }), [])
  assert.deepEqual(hits({ message: 'alpha', host: { name: 'bx' }, user: { name: 'root' } }), ['medium'])
  const reviewed = await server.call('PUT', `${url}/${made.json.id}`, { expires: null }, anna)
  assert.partialDeepStrictEqual(reviewed.json, { reviewedBy: 'user:anna' })
  assert.equal(reviewed.json.expires, undefined)
  assert.equal((await server.call('GET', url, undefined, vera)).json.exceptions.length, 1)
  assert.equal(
    (await server.call('DELETE', `/api/rules/other/exceptions/${made.json.id}`, undefined, anna)).status,
    404
  )
  assert.equal((await server.call('DELETE', `${url}/${made.json.id}`, undefined, anna)).status, 200)
  assert.deepEqual(hits({ message: 'alpha', host: { name: 'build 1' }, user: { name: 'root' } }), ['medium'])
  const { history } = (await server.call('GET', `/api/rules/${id}`, undefined, vera)).json
  assert.deepEqual(
    history.map(({ what }: { what: string }) => what),
    ['exception-ended', 'review', 'exception']
  )
})
