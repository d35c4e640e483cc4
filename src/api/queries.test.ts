import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { hasEngine } from '../testing/real-store.ts'
import { testSearch } from '../testing/search-server.ts'
import { lookupRoutes } from './lookups.ts'
import { queryRoutes } from './queries.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'

const routes = (deps: Parameters<typeof queryRoutes>[0]) => [queryRoutes(deps), lookupRoutes(deps)]

test('tables and events, and what is wrong with a search', { skip }, async () => {
  await using search = await testSearch(routes)
  await search.store([
    { message: 'one', source: { ip: '192.0.2.1', port: 1 }, event: { dataset: 'a' } },
    { message: 'two', source: { ip: '192.0.2.2', port: 2 }, event: { dataset: 'a' } },
    { message: 'three', source: { ip: '192.0.2.3', port: 3 }, event: { dataset: 'b' } }
  ])
  const [table, done] = await search.lines('| stats count() as n by event.dataset | sort -n')
  assert.deepEqual(table.table, {
    columns: [
      { name: 'event.dataset', type: 'text' },
      { name: 'n', type: 'number' }
    ],
    rows: [
      ['a', 2],
      ['b', 1]
    ],
    truncated: false
  })
  assert.deepEqual(done.done.warnings, [])
  const [cut] = await search.lines('| stats count() by message', { limit: 2 })
  assert.deepEqual([cut.table.rows.length, cut.table.truncated], [2, true])

  const [events] = await search.lines('event.dataset:a')
  assert.deepEqual(
    events.events.map((event: { document: { message: string } }) => event.document.message),
    ['two', 'one']
  )
  assert.equal(events.cursor, null)
  const [first] = await search.lines('', { limit: 1 })
  assert.match(first.cursor, /^\d+\.[0-9a-f]{16}$/)

  const { call, viewer } = { ...search, ...search.server }
  const wrong = await call('POST', '/api/query', { q: 'a:1 | stats foo()' }, viewer)
  assert.deepEqual([wrong.status, wrong.json.error.code], [400, 'bad-query'])
  assert.equal(typeof wrong.json.error.details[0].position, 'number')
  assert.equal((await call('POST', '/api/query', { q: '', from: 'soon' }, viewer)).json.error.code, 'bad-time')
  assert.equal((await call('POST', '/api/query', { q: '', limit: 10_001 }, viewer)).status, 400)
  assert.equal((await call('POST', '/api/query', { q: '', timezone: 'Mars/Base' }, viewer)).status, 400)
  assert.equal((await call('POST', '/api/query', { q: '' })).status, 401)
  assert.equal((await call('DELETE', '/api/queries/nothing', undefined, viewer)).status, 404)
})

/** Reads for ever, whatever is asked. */
const endless = 'SELECT sum(cityHash64(number)) FROM numbers(1000000000000000)'

async function underWay(search: Awaited<ReturnType<typeof testSearch>>): Promise<number> {
  const { url, writer } = search.real.engine.access
  const sql = "SELECT count() FROM system.processes WHERE user = 'picket_reader' AND query LIKE '%cityHash64%'"
  const response = await fetch(`${url}/?query=${encodeURIComponent(sql)}`, {
    headers: { 'X-ClickHouse-User': writer.user, 'X-ClickHouse-Key': writer.password }
  })
  return Number(await response.text())
}

async function until(what: () => Promise<boolean>, ms = 60_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await what())) {
    assert.ok(performance.now() < end, 'it did not happen in time')
    await wait(20)
  }
}

test('a search tells its progress; hanging up and DELETE end it in the engine; the next one waits its turn', {
  skip
}, async () => {
  await using search = await testSearch(
    deps => {
      const { store } = deps
      const table: typeof store.table = (_sql, _params, options) => store.table(endless, {}, options)
      return [queryRoutes({ ...deps, store: { ...store, table } })]
    },
    { queriesMax: 1 }
  )
  const { call, viewer, analyst, admin, address } = { ...search, ...search.server }

  const begun = (id: string) => {
    const seen: string[] = []
    const outgoing = request(`${address}/api/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: viewer.cookie!, 'x-picket-csrf': viewer.csrf! }
    })
    const ended = new Promise<void>(resolve => {
      outgoing.on('error', () => resolve())
      outgoing.on('response', response => {
        response.setEncoding('utf8').on('data', part => seen.push(part))
        response.on('close', () => resolve()).on('error', () => {})
      })
    })
    outgoing.end(JSON.stringify({ q: '| stats count()', id }))
    return { seen, ended, hangUp: () => outgoing.destroy() }
  }

  const first = begun('first')
  await until(async () => /"progress":\{"rowsRead":[1-9]/.test(first.seen.join('')))
  const { progress } = JSON.parse(first.seen.join('').trim().split('\n').at(-1)!)
  assert.ok(progress.rowsTotal >= progress.rowsRead && progress.elapsedMs > 0)
  assert.equal(await underWay(search), 1)

  const second = begun('second')
  await until(async () => second.seen.join('').includes('"waiting":1'))
  assert.equal((await call('POST', '/api/query', { q: '', id: 'first' }, viewer)).json.error.code, 'query-id-taken')
  first.hangUp()
  await first.ended
  await until(async () => second.seen.join('').includes('"progress"'))

  // Not by anybody.
  assert.equal((await call('DELETE', '/api/queries/second', undefined, analyst)).status, 404)
  assert.equal((await call('DELETE', '/api/queries/second', undefined, admin)).status, 200)
  await second.ended
  assert.equal(JSON.parse(second.seen.join('').trim().split('\n').at(-1)!).error.code, 'search-cancelled')
  await until(async () => (await underWay(search)) === 0)
  assert.deepEqual([search.admission.running(), search.admission.waiting()], [0, 0])
})

test('lookup tables: CSV in, joined with, out again, removed', { skip }, async () => {
  await using search = await testSearch(routes)
  const { call, viewer, analyst } = { ...search, ...search.server }
  await search.store([{ source: { ip: '192.0.2.1' } }, { source: { ip: '192.0.2.9' } }])
  const csv = 'ip,owner,"the site"\r\n192.0.2.1,"Anna, of sales","line one\nline two"\r\n\r\n192.0.2.2,Ben\r\n'
  assert.equal((await call('PUT', '/api/lookups/assets', { csv }, viewer)).status, 403)
  const put = await call('PUT', '/api/lookups/assets', { csv }, analyst)
  assert.deepEqual([put.status, put.json.rows, put.json.columns], [200, 2, ['ip', 'owner', 'the site']])
  const [joined] = await search.lines('| join assets on source.ip=ip | fields source.ip, owner, "the site"')
  assert.deepEqual(joined.table?.rows, [['192.0.2.1', 'Anna, of sales', 'line one\nline two']])
  assert.equal((await call('GET', '/api/lookups', undefined, viewer)).json.lookups[0].by, 'user:anton')
  assert.equal((await call('GET', '/api/lookups/assets', undefined, viewer)).text, csv)

  const raw = await call('PUT', '/api/lookups/assets', 'ip;owner\n192.0.2.9;Cleo\n', analyst, {
    'content-type': 'text/csv'
  })
  assert.equal(raw.status, 200, raw.text)
  const [again] = await search.lines('| join assets on source.ip=ip | fields source.ip, owner')
  assert.deepEqual(again.table?.rows, [['192.0.2.9', 'Cleo']])

  for (const [bad, why] of [
    ['a,a\n1,2\n', /twice/],
    ['a,\n1,2\n', /every column/],
    ['a,b\n1,2,3\n', /Line 2/],
    ['a,b\n1,"2\n', /does not end/]
  ] as const) {
    const answer = await call('PUT', '/api/lookups/bad', { csv: bad }, analyst)
    assert.deepEqual([answer.status, answer.json.error.code], [400, 'bad-csv'])
    assert.match(answer.json.error.message, why)
  }
  assert.equal((await call('PUT', '/api/lookups/9bad', { csv }, analyst)).status, 400)
  assert.equal((await call('DELETE', '/api/lookups/assets', undefined, analyst)).status, 200)
  assert.equal((await call('DELETE', '/api/lookups/assets', undefined, analyst)).status, 404)
  assert.equal((await call('POST', '/api/query', { q: '| join assets on source.ip=ip' }, viewer)).status, 400)
})
