import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasEngine } from '../testing/real-store.ts'
import { testSearch } from '../testing/search-server.ts'
import { savedSearchRoutes } from './saved-searches.ts'
import { sqlRoutes } from './sql.ts'
import { testServer } from './test-server.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'

test('SQL reads our tables, and nothing else', { skip }, async () => {
  await using search = await testSearch(deps => [sqlRoutes(deps)])
  await search.store([{ message: 'one', source: { ip: '192.0.2.1' } }, { message: 'two' }])
  const run = async (sql: string, more = {}, who = search.admin) => {
    const answer = await search.server.call('POST', '/api/sql', { sql, ...more }, who)
    if (answer.status !== 200) return answer.json
    const lines = answer.text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    return lines.find(line => line.table)?.table ?? lines.at(-1)
  }
  assert.deepEqual(await run('SELECT message, count() AS n FROM events GROUP BY message ORDER BY message;'), {
    columns: [
      { name: 'message', type: 'text' },
      { name: 'n', type: 'number' }
    ],
    rows: [
      ['one', 1],
      ['two', 1]
    ],
    truncated: false
  })
  const cut = await run('SELECT number FROM numbers(1000000) -- many', { limit: 10 })
  assert.deepEqual([cut.rows.length, cut.truncated], [10, true])
  for (const bad of [
    'DROP TABLE events',
    'INSERT INTO events (id) VALUES (1)',
    'ALTER TABLE events DELETE WHERE 1',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    'SELECT * FROM system.users',
    'SELECT name FROM system.users_without_any',
    'SELECT 1 SETTINGS max_execution_time = 0',
    'SET max_execution_time = 0',
    'SELECT 1; SELECT 2',
    'SELECT 1; -- so',
    'SELECT 1 FORMAT Native',
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    'SYSTEM SHUTDOWN',
    'KILL QUERY WHERE 1',
    'SELECT no_such_column FROM events',
    'nonsense'
  ])
    assert.equal((await run(bad)).error?.code, 'bad-sql', bad)
  assert.equal((await run(';')).error.code, 'bad-sql')
  assert.equal(
    (await run('SELECT groupArray(repeat(toString(number), 100)) FROM numbers(100000000)')).error.code,
    'search-too-big'
  )
  assert.equal((await run('SELECT 1', {}, search.analyst)).error.code, 'forbidden')
  const audit = search.server.state.db.prepare("SELECT actor, detail FROM audit WHERE action = 'sql.run'").all()
  assert.ok(audit.length > 15)
})

test('searches are saved for oneself or for all; settings too', async () => {
  await using server = await testServer({
    onState: state => {
      routes = savedSearchRoutes({ state, nowMs: () => Date.UTC(2026, 0, 1) })
    },
    routes: [(app, guard) => routes!(app, guard)]
  })
  for (const [name, role] of [
    ['anna', 'analyst'],
    ['vera', 'viewer']
  ] as const)
    await server.addTestUser(name, role)
  const [anna, vera] = [await server.signIn('anna'), await server.signIn('vera')]
  const { call } = server
  const own = await call(
    'PUT',
    '/api/saved-searches/My%20failures',
    { q: 'event.outcome:failure', columns: ['user.name'] },
    vera
  )
  assert.deepEqual([own.status, own.json.shared, own.json.by], [200, false, 'user:vera'])
  const shared = { q: 'event.kind:alert', from: '-24h', view: 'table', shared: true }
  assert.equal((await call('PUT', '/api/saved-searches/Alerts', shared, vera)).status, 403)
  assert.equal((await call('PUT', '/api/saved-searches/Alerts', shared, anna)).status, 200)
  const names = async (who: typeof anna) =>
    (await call('GET', '/api/saved-searches', undefined, who)).json.searches.map((one: { name: string }) => one.name)
  assert.deepEqual([await names(vera), await names(anna)], [['Alerts', 'My failures'], ['Alerts']])
  assert.equal((await call('GET', '/api/saved-searches/Alerts', undefined, vera)).json.from, '-24h')
  assert.equal((await call('DELETE', '/api/saved-searches/Alerts', undefined, anna)).status, 404)
  assert.equal((await call('DELETE', '/api/saved-searches/Alerts?shared=true', undefined, vera)).status, 403)
  assert.equal((await call('DELETE', '/api/saved-searches/Alerts?shared=true', undefined, anna)).status, 200)
  assert.equal((await call('GET', '/api/saved-searches/Alerts', undefined, vera)).status, 404)
  assert.equal((await call('PUT', '/api/saved-searches/x%00y', { q: '' }, anna)).status, 400)

  assert.deepEqual((await call('GET', '/api/settings/pins', undefined, vera)).json, { value: null })
  assert.equal((await call('PUT', '/api/settings/pins', { value: ['source.ip'] }, vera)).status, 200)
  assert.deepEqual((await call('GET', '/api/settings/pins', undefined, vera)).json, { value: ['source.ip'] })
  assert.deepEqual((await call('GET', '/api/settings/pins', undefined, anna)).json, { value: null })
  assert.equal((await call('PUT', '/api/settings/shared/pins', { value: 1 }, vera)).status, 403)
  assert.equal((await call('PUT', '/api/settings/shared/pins', { value: { a: 1 } }, anna)).status, 200)
  assert.deepEqual((await call('GET', '/api/settings/shared/pins', undefined, vera)).json, { value: { a: 1 } })
  assert.equal((await call('PUT', '/api/settings/pins', { value: null }, vera)).status, 200)
  assert.deepEqual((await call('GET', '/api/settings/pins', undefined, vera)).json, { value: null })
  assert.equal((await call('PUT', '/api/settings/pins', { value: 'x'.repeat(70_000) }, vera)).status, 413)
  assert.equal((await call('GET', '/api/settings/a%20b', undefined, vera)).status, 400)
})

let routes: ReturnType<typeof savedSearchRoutes> | undefined
