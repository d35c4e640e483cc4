import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { readServerFile } from '../platform/server-file.ts'
import { addToken, type Scope } from '../state/api-tokens.ts'
import type { RoutePlugin } from './route.ts'
import { password, testServer } from './test-server.ts'

const extra: RoutePlugin = (app, guard) => {
  app.get('/api/test/search', { preHandler: guard('search') }, async request => ({ actor: request.principal?.actor }))
  app.post(
    '/api/test/ingest',
    { preHandler: guard('ingest'), bodyLimit: 100, schema: { body: z.object({ n: z.number() }) } },
    async request => ({ n: request.body.n })
  )
  app.post('/api/test/admin', { preHandler: guard('admin') }, async request => {
    request.audit('test.done', 'thing:1', { why: 'test' })
    return {}
  })
}

test('every route that is not declared public refuses strangers, whatever they send', async () => {
  await using server = await testServer({ routes: [extra] })
  const open = new Set<string>()
  for (const { method, url, access } of server.routes) {
    if (access === 'public') {
      open.add(`${method} ${url}`)
      continue
    }
    const path = url.replace(':id', '0123456789abcdef')
    for (const who of [{}, { cookie: 'picket=AAAA' }, { bearer: 'pkt_AAAA' }, { bearer: 'pkt_local_AAAA' }]) {
      const answer = await server.call(
        method,
        path,
        method === 'GET' || method === 'HEAD' ? undefined : 'not json',
        who
      )
      assert.equal(answer.status, 401, `${method} ${url} ${JSON.stringify(who)}: ${answer.status} ${answer.text}`)
    }
  }
  // A new public route is a decision: it is written down here.
  assert.deepEqual([...open].filter(route => !route.startsWith('HEAD')).sort(), [
    'GET /*',
    'GET /api/setup',
    'GET /healthz',
    'GET /readyz',
    'POST /api/session',
    'POST /api/setup'
  ])
  assert.equal((await server.call('POST', '/api/unknown', {})).status, 401)
  assert.equal((await server.call('GET', '/api/unknown')).status, 404)
})

test('a route without a guard cannot be registered', async () => {
  const careless: RoutePlugin = app => void app.get('/api/careless', async () => 'everything')
  await assert.rejects(testServer({ routes: [careless] }), /GET \/api\/careless has no guard/)
})

test('roles: viewers search, analysts also bring in, administrators do all', async () => {
  await using server = await testServer({ routes: [extra] })
  const statuses: Record<string, number[]> = {}
  for (const role of ['viewer', 'analyst', 'admin'] as const) {
    await server.addTestUser(role, role)
    const who = await server.signIn(role)
    statuses[role] = [
      (await server.call('GET', '/api/test/search', undefined, who)).status,
      (await server.call('POST', '/api/test/ingest', { n: 1 }, who)).status,
      (await server.call('POST', '/api/test/admin', {}, who)).status,
      (await server.call('GET', '/metrics', undefined, who)).status,
      (await server.call('GET', '/api/openapi.json', undefined, who)).status
    ]
  }
  assert.deepEqual(statuses, {
    viewer: [200, 403, 403, 403, 200],
    analyst: [200, 200, 403, 403, 200],
    admin: [200, 200, 200, 200, 200]
  })
})

test('unsafe requests with a cookie need its CSRF token and come from our own pages', async () => {
  await using server = await testServer({ routes: [extra] })
  await server.addTestUser('anna', 'admin')
  const who = await server.signIn('anna')
  const other = await server.signIn('anna')
  const post = async (csrf: string | undefined, headers: Record<string, string> = {}) => {
    const answer = await server.call('POST', '/api/test/admin', {}, { cookie: who.cookie, csrf }, headers)
    return answer.json.error?.code ?? answer.status
  }
  assert.equal(await post(undefined), 'csrf')
  assert.equal(await post('x'), 'csrf')
  assert.equal(await post(other.csrf), 'csrf')
  assert.equal(await post(who.csrf), 200)
  assert.equal(await post(who.csrf, { origin: server.address, 'sec-fetch-site': 'same-origin' }), 200)
  assert.equal(await post(who.csrf, { origin: 'http://evil.example' }), 'cross-origin')
  assert.equal(await post(who.csrf, { origin: 'null' }), 'cross-origin')
  assert.equal(await post(who.csrf, { 'sec-fetch-site': 'cross-site' }), 'cross-origin')
  assert.equal(await post(who.csrf, { 'sec-fetch-site': 'same-site' }), 'cross-origin')
  // Also where there is no cookie yet: a foreign page must not sign its visitor in.
  const login = await server.call(
    'POST',
    '/api/session',
    { name: 'anna', password },
    {},
    { origin: 'http://evil.example' }
  )
  assert.equal(login.json.error.code, 'cross-origin')
})

test('API tokens do what their scopes say and no more, without CSRF', async () => {
  await using server = await testServer({ routes: [extra] })
  const tries = async (bearer: string) =>
    [
      await server.call('GET', '/api/test/search', undefined, { bearer }),
      await server.call('POST', '/api/test/ingest', { n: 1 }, { bearer }),
      await server.call('POST', '/api/test/admin', {}, { bearer }),
      await server.call('GET', '/metrics', undefined, { bearer }),
      await server.call('GET', '/api/tokens', undefined, { bearer })
    ].map(answer => answer.status)
  const token = (...scopes: Scope[]) =>
    addToken(server.state, { name: scopes.join('-'), scopes, userId: undefined, expiresMs: undefined }, 0)!.secret
  assert.deepEqual(await tries(token('search')), [200, 403, 403, 403, 403])
  assert.deepEqual(await tries(token('ingest')), [403, 200, 403, 403, 403])
  assert.deepEqual(await tries(token('metrics')), [403, 403, 403, 200, 403])
  assert.deepEqual(await tries(token('admin')), [200, 200, 200, 200, 200])
  assert.equal((await server.call('GET', '/api/session', undefined, { bearer: token('admin') })).status, 403)
})

test('tokens: made with at most one’s own scopes, shown once, expire, are revoked, fall with their owner', async () => {
  await using server = await testServer({ routes: [extra] })
  const anna = await server.addTestUser('anna', 'analyst')
  await server.addTestUser('ben', 'viewer')
  const who = await server.signIn('anna')
  const make = (body: unknown) => server.call('POST', '/api/tokens', body, who)
  assert.equal((await make({ name: 'x', scopes: ['admin'] })).status, 403)
  assert.equal((await make({ name: 'x', scopes: ['nonsense'] })).status, 400)
  const made = await make({ name: 'shipper', scopes: ['ingest', 'search'], days: 1 })
  assert.equal(made.status, 201)
  const bearer = made.json.secret as string
  assert.match(bearer, /^pkt_[\w-]{43}$/)
  assert.ok(!(await server.call('GET', '/api/tokens', undefined, who)).text.includes(bearer))
  const found = (await server.call('GET', '/api/test/search', undefined, { bearer })).json
  assert.equal(found.actor, 'token:shipper')
  const ben = await server.signIn('ben')
  assert.deepEqual((await server.call('GET', '/api/tokens', undefined, ben)).json.tokens, [])
  assert.equal((await server.call('DELETE', `/api/tokens/${made.json.token.id}`, undefined, ben)).status, 404)

  const post = async () => (await server.call('POST', '/api/test/ingest', { n: 1 }, { bearer })).status
  server.state.db.prepare("UPDATE users SET role = 'viewer' WHERE id = ?").run(anna.id)
  assert.equal(await post(), 403)
  server.state.db.prepare("UPDATE users SET role = 'analyst', disabled = 1 WHERE id = ?").run(anna.id)
  assert.equal(await post(), 401)
  server.state.db.prepare('UPDATE users SET disabled = NULL WHERE id = ?').run(anna.id)
  assert.equal(await post(), 200)
  assert.equal((await server.call('DELETE', `/api/tokens/${made.json.token.id}`, undefined, who)).status, 200)
  assert.equal(await post(), 401)
  const short = (await make({ name: 'short', scopes: ['ingest'], days: 1 })).json.secret
  server.clock.advance(86_400_001)
  assert.equal((await server.call('POST', '/api/test/ingest', { n: 1 }, { bearer: short })).status, 401)
})

test('local administration: the token of run/server.json, gone when the server stops', async () => {
  const server = await testServer({ routes: [extra] })
  const file = readServerFile(server.folder)!
  assert.deepEqual([file.pid, file.url], [process.pid, server.address])
  assert.equal((await server.call('POST', '/api/test/admin', {}, { bearer: file.token })).status, 200)
  const trail = await server.call('GET', '/api/audit', undefined, { bearer: file.token })
  assert.equal(trail.json.intact, true)
  const { actor, action, object, detail, ip } = trail.json.entries[0]
  assert.deepEqual([actor, action, object, detail, ip], ['local', 'test.done', 'thing:1', { why: 'test' }, '127.0.0.1'])
  await server[Symbol.asyncDispose]()
  assert.equal(readServerFile(server.folder), undefined)
})

test('who may not is refused before the body is read', async () => {
  await using server = await testServer({ routes: [extra] })
  const secret = (scopes: Scope[]) =>
    addToken(server.state, { name: 'x', scopes, userId: undefined, expiresMs: undefined }, 0)!.secret
  const big = JSON.stringify({ n: 1, pad: 'x'.repeat(200) })
  assert.equal((await server.call('POST', '/api/test/ingest', big, { bearer: secret(['search']) })).status, 403)
  assert.equal((await server.call('POST', '/api/test/ingest', big, { bearer: secret(['ingest']) })).status, 413)
  const invalid = await server.call('POST', '/api/test/ingest', { n: 'x' }, { bearer: secret(['ingest']) })
  assert.deepEqual([invalid.status, invalid.json.error.code], [400, 'invalid'])
  assert.match(invalid.json.error.message, /body.*n: /)
})

test('the audit trail pages backwards', async () => {
  await using server = await testServer({ routes: [extra] })
  const bearer = readServerFile(server.folder)!.token
  for (let i = 0; i < 5; i++) await server.call('POST', '/api/test/admin', {}, { bearer })
  const ids = (answer: { json: { entries: { id: number }[] } }) => answer.json.entries.map(entry => entry.id)
  const first = await server.call('GET', '/api/audit?limit=2', undefined, { bearer })
  assert.deepEqual([ids(first), first.json.next], [[5, 4], 4])
  const last = await server.call('GET', '/api/audit?limit=3&before=4', undefined, { bearer })
  assert.deepEqual([ids(last), last.json.next], [[3, 2, 1], undefined])
  assert.equal((await server.call('GET', '/api/audit?limit=9999', undefined, { bearer })).status, 400)
})
