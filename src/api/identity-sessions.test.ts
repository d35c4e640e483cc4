import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionIdleMs, sessionMaxMs } from '../state/sessions.ts'
import { hasUsers, listUsers } from '../state/users.ts'
import { cookieOf, password, testServer } from './test-server.ts'

test('the setup link makes the first administrator, once', async () => {
  await using server = await testServer()
  assert.deepEqual((await server.call('GET', '/api/setup')).json, { needed: true })
  const token = new URL(server.setupUrl!).searchParams.get('token')!
  assert.equal(Buffer.from(token, 'base64url').length, 32)

  const wrong = await server.call('POST', '/api/setup', { token: token.slice(1) + 'A', name: 'anna', password })
  assert.deepEqual([wrong.status, wrong.json.error.code], [403, 'setup-token'])
  const weak = await server.call('POST', '/api/setup', { token, name: 'anna', password: 'short' })
  assert.deepEqual([weak.status, weak.json.error.code], [400, 'weak-password'])
  assert.equal(hasUsers(server.state), false)

  const both = await Promise.all([
    server.call('POST', '/api/setup', { token, name: 'anna', password }),
    server.call('POST', '/api/setup', { token, name: 'eve', password })
  ])
  assert.deepEqual(both.map(answer => answer.status).sort(), [200, 403])
  const made = both.find(answer => answer.status === 200)!
  assert.equal(made.json.user.role, 'admin')
  assert.deepEqual(listUsers(server.state).length, 1)
  assert.deepEqual((await server.call('GET', '/api/setup')).json, { needed: false })
  const session = await server.call('GET', '/api/session', undefined, { cookie: cookieOf(made) })
  assert.equal(session.json.csrf, made.json.csrf)
  assert.equal((await server.call('POST', '/api/setup', { token, name: 'mallory', password })).status, 403)
  assert.ok(!server.lines.join('').includes(token), 'the token is in the log')
})

test('a new start makes a new setup link, and none where there is a user', async () => {
  await using first = await testServer()
  await using second = await testServer({ state: first.state })
  const token = new URL(first.setupUrl!).searchParams.get('token')!
  assert.equal((await second.call('POST', '/api/setup', { token, name: 'anna', password })).status, 403)
  await first.addTestUser('anna', 'admin')
  await using third = await testServer({ state: first.state })
  assert.equal(third.setupUrl, undefined)
})

test('signing in: the cookie, the session, and signing out', async () => {
  await using server = await testServer()
  await server.addTestUser('anna', 'analyst')
  const answer = await server.call('POST', '/api/session', { name: 'ANNA', password })
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.json.scopes, ['search', 'ingest', 'triage'])
  assert.match(
    answer.headers['set-cookie']![0]!,
    /^picket=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/
  )
  const who = { cookie: cookieOf(answer), csrf: answer.json.csrf }
  assert.equal((await server.call('GET', '/api/session', undefined, who)).json.user.name, 'anna')
  assert.equal((await server.call('DELETE', '/api/session', undefined, who)).status, 200)
  assert.equal((await server.call('GET', '/api/session', undefined, who)).status, 401)
  const stored = JSON.stringify(server.state.db.prepare('SELECT * FROM sessions').all())
  assert.ok(!stored.includes(who.cookie.slice(7)), 'the cookie is stored')
})

test('wrong names and wrong passwords look the same, and disabled users stay out', async () => {
  await using server = await testServer()
  const anna = await server.addTestUser('anna', 'viewer')
  const wrong = await server.call('POST', '/api/session', { name: 'anna', password: 'x' })
  const unknown = await server.call('POST', '/api/session', { name: 'nobody', password: 'x' })
  server.state.db.prepare('UPDATE users SET disabled = 1 WHERE id = ?').run(anna.id)
  const disabled = await server.call('POST', '/api/session', { name: 'anna', password })
  for (const answer of [wrong, unknown, disabled])
    assert.deepEqual(
      [answer.status, answer.text],
      [401, '{"error":{"code":"wrong-login","message":"The name or the password is wrong."}}']
    )
  const trail = server.state.db.prepare('SELECT action, object FROM audit').all()
  assert.deepEqual(
    trail.map(row => [row['action'], row['object']]),
    [
      ['session.refused', 'user:anna'],
      ['session.refused', 'user:(unknown)'],
      ['session.refused', 'user:anna']
    ]
  )
})

test('after some failures a name must wait, even with the right password, and longer each time', async () => {
  await using server = await testServer()
  await server.addTestUser('anna', 'viewer')
  await server.addTestUser('ben', 'viewer')
  const attempt = (name: string, given: string) => server.call('POST', '/api/session', { name, password: given })
  for (let i = 0; i < 6; i++) assert.equal((await attempt('anna', 'wrong')).status, 401)
  const locked = await attempt('anna', password)
  assert.deepEqual(
    [locked.status, locked.json.error.code, locked.headers['retry-after']],
    [429, 'too-many-attempts', '1']
  )
  assert.equal((await attempt('ben', password)).status, 200)
  server.clock.advance(1001)
  assert.equal((await attempt('anna', 'wrong')).status, 401)
  assert.equal((await attempt('anna', password)).headers['retry-after'], '2')
  server.clock.advance(2001)
  assert.equal((await attempt('anna', password)).status, 200)
  assert.equal((await attempt('anna', 'wrong')).status, 401)
})

test('a session ends when it is idle, and in any case after a week', async () => {
  await using server = await testServer()
  await server.addTestUser('anna', 'viewer')
  const idle = await server.signIn('anna')
  server.clock.advance(sessionIdleMs - 1000)
  assert.equal((await server.call('GET', '/api/session', undefined, idle)).status, 200)
  server.clock.advance(sessionIdleMs - 1000)
  assert.equal((await server.call('GET', '/api/session', undefined, idle)).status, 200)
  server.clock.advance(sessionIdleMs + 1000)
  assert.equal((await server.call('GET', '/api/session', undefined, idle)).status, 401)

  const busy = await server.signIn('anna')
  for (let ms = 0; ms < sessionMaxMs - 3_600_000; ms += 3_600_000) {
    server.clock.advance(3_600_000)
    if (ms % 36_000_000 === 0) assert.equal((await server.call('GET', '/api/session', undefined, busy)).status, 200)
  }
  server.clock.advance(3_600_001)
  assert.equal((await server.call('GET', '/api/session', undefined, busy)).status, 401)
})

test('sessions can be listed and revoked: the own ones, and everybody’s by administrators', async () => {
  await using server = await testServer()
  await server.addTestUser('anna', 'admin')
  await server.addTestUser('ben', 'viewer')
  const anna = await server.signIn('anna')
  const ben = await server.signIn('ben')
  const benAgain = await server.signIn('ben')
  const own = (await server.call('GET', '/api/sessions', undefined, ben)).json.sessions
  assert.deepEqual(
    own.map((session: { user: string }) => session.user),
    ['ben', 'ben']
  )
  assert.equal((await server.call('GET', '/api/sessions?all=true', undefined, ben)).json.sessions.length, 2)
  const all = (await server.call('GET', '/api/sessions?all=true', undefined, anna)).json.sessions
  assert.equal(all.length, 3)
  const annasId = all.find((session: { current: boolean }) => session.current).id
  assert.equal((await server.call('DELETE', `/api/sessions/${annasId}`, undefined, ben)).status, 404)
  const other = own.find((session: { current: boolean }) => !session.current).id
  assert.equal((await server.call('DELETE', `/api/sessions/${other}`, undefined, ben)).status, 200)
  assert.equal((await server.call('GET', '/api/session', undefined, benAgain)).status, 401)
  const bens = (await server.call('GET', '/api/sessions', undefined, ben)).json.sessions[0].id
  assert.equal((await server.call('DELETE', `/api/sessions/${bens}`, undefined, anna)).status, 200)
  assert.equal((await server.call('GET', '/api/session', undefined, ben)).status, 401)
})

test('changing the own password needs the old one and ends the other sessions', async () => {
  await using server = await testServer()
  await server.addTestUser('anna', 'viewer')
  const here = await server.signIn('anna')
  const elsewhere = await server.signIn('anna')
  const next = 'another long password'
  const wrong = await server.call('PUT', '/api/session/password', { current: 'x', password: next }, here)
  assert.deepEqual([wrong.status, wrong.json.error.code], [403, 'wrong-password'])
  const changed = await server.call('PUT', '/api/session/password', { current: password, password: next }, here)
  assert.equal(changed.status, 200)
  assert.equal((await server.call('GET', '/api/session', undefined, elsewhere)).status, 401)
  assert.equal((await server.call('GET', '/api/session', undefined, here)).status, 401)
  assert.equal((await server.call('GET', '/api/session', undefined, { cookie: cookieOf(changed) })).status, 200)
  await assert.rejects(server.signIn('anna'))
  await server.signIn('anna', next)
})

test('the last administrator cannot be taken away, and a change of role holds at once', async () => {
  await using server = await testServer()
  const anna = await server.addTestUser('anna', 'admin')
  const who = await server.signIn('anna')
  const made = await server.call('POST', '/api/users', { name: 'ben', password, role: 'admin' }, who)
  assert.equal(made.status, 201)
  assert.equal((await server.call('POST', '/api/users', { name: 'Ben', password, role: 'viewer' }, who)).status, 409)
  const ben = await server.signIn('ben')
  const demote = (id: number, by: typeof who) => server.call('PATCH', `/api/users/${id}`, { role: 'viewer' }, by)
  assert.equal((await demote(anna.id, ben)).status, 200)
  assert.equal((await server.call('GET', '/api/users', undefined, who)).status, 403)
  assert.deepEqual((await demote(made.json.id, ben)).json.error.code, 'last-admin')
  const shut = await server.call('PATCH', `/api/users/${anna.id}`, { disabled: true }, ben)
  assert.ok(shut.json.disabled)
  assert.equal((await server.call('GET', '/api/session', undefined, who)).status, 401)
})
