/** Dashboards through the API; and ours: each of their queries is one that the engine answers with what its view needs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSearch } from '../filter/pipes/compile.ts'
import { parseSearch } from '../filter/search.ts'
import { hasEngine, realStore } from '../testing/real-store.ts'
import type { Dashboard } from './dashboard-shape.ts'
import { dashboardRoutes } from './dashboards.ts'
import { ownDashboards } from './own-dashboards.ts'
import type { RoutePlugin } from './route.ts'
import { testServer } from './test-server.ts'

const mine: Dashboard = {
  picket: 'dashboard/1',
  name: 'mine',
  title: 'Mine <b>',
  panels: [{ id: 'a', title: 'A', query: '| stats count()', view: 'single', x: 0, y: 0, w: 4, h: 3, options: {} }]
}

function server() {
  let routes: RoutePlugin | undefined
  return testServer({
    routes: [async (app, guard) => routes?.(app, guard)],
    onState: state => {
      routes = dashboardRoutes({ state, nowMs: () => 0 })
    }
  })
}

test('dashboards are kept, changed on their newest revision only, and removed', async () => {
  await using running = await server()
  await running.addTestUser('anton', 'analyst')
  await running.addTestUser('vera', 'viewer')
  const [analyst, viewer] = [await running.signIn('anton'), await running.signIn('vera')]
  const put = (document: unknown, query = '', who = analyst, name = 'mine') =>
    running.call('PUT', `/api/dashboards/${name}${query}`, document, who)

  assert.equal((await put(mine, '?revision=0', viewer)).status, 403)
  assert.deepEqual((await put(mine, '?revision=0')).json, { name: 'mine', revision: 1 })
  assert.equal((await put(mine, '?revision=0')).json.error.code, 'dashboard-changed')
  assert.deepEqual((await put({ ...mine, title: 'Ours' }, '?revision=1')).json, { name: 'mine', revision: 2 })
  const found = await running.call('GET', '/api/dashboards/mine', undefined, viewer)
  assert.equal(found.json.dashboard.title, 'Ours')
  assert.equal(found.json.by, 'user:anton')

  const file = await running.call('GET', '/api/dashboards/mine/file', undefined, viewer)
  assert.match(file.headers['content-disposition'] ?? '', /filename="mine.json"/)
  // What was exported is imported as it is; its name is the address's.
  assert.equal((await put(file.json, '?revision=0', analyst, 'copy')).status, 200)
  const list = await running.call('GET', '/api/dashboards', undefined, viewer)
  assert.deepEqual(
    list.json.dashboards.filter((each: { own: boolean }) => !each.own).map((each: { name: string }) => each.name),
    ['copy', 'mine']
  )
  assert.equal((await running.call('DELETE', '/api/dashboards/mine', undefined, viewer)).status, 403)
  assert.equal((await running.call('DELETE', '/api/dashboards/mine', undefined, analyst)).status, 200)
  assert.equal((await running.call('GET', '/api/dashboards/mine', undefined, viewer)).status, 404)
})

test('what is no dashboard is refused, and ours are read-only', async () => {
  await using running = await server()
  await running.addTestUser('anton', 'analyst')
  const analyst = await running.signIn('anton')
  const put = async (document: unknown, name = 'mine') =>
    (await running.call('PUT', `/api/dashboards/${name}`, document, analyst)).status
  const panel = mine.panels[0]!
  for (const wrong of [
    {},
    { ...mine, picket: 'dashboard/2' },
    { ...mine, more: 1 },
    { ...mine, panels: [panel, panel] },
    { ...mine, panels: [{ ...panel, x: 10 }] },
    { ...mine, panels: [{ ...panel, view: 'pie' }] },
    { ...mine, panels: [{ ...panel, options: { script: 1 } }] }
  ])
    assert.equal(await put(wrong), 400, JSON.stringify(wrong))
  assert.equal(await put(mine, 'Not%20a%20name'), 400)
  assert.equal(await put(mine, 'suricata'), 409)
  assert.equal((await running.call('DELETE', '/api/dashboards/suricata', undefined, analyst)).status, 409)
})

test('our dashboards have no gaps, no overlaps, and queries that are read without a warning', () => {
  assert.deepEqual(
    ownDashboards().map(({ name }) => name),
    ['authentication', 'cloudtrail', 'network-overview', 'suricata', 'vpc-flows']
  )
  for (const { name, panels } of ownDashboards()) {
    const taken = new Set<string>()
    for (const { id, x, y, w, h, query } of panels) {
      for (let column = x; column < x + w; column++)
        for (let row = y; row < y + h; row++) {
          assert.ok(!taken.has(`${column}/${row}`), `${name}: ${id} lies over another panel`)
          taken.add(`${column}/${row}`)
        }
      const parsed = parseSearch(query, { nowMs: 0 })
      assert.ok(parsed.ok, `${name}/${id}: ${JSON.stringify(parsed)}`)
      assert.deepEqual(parsed.warnings, [], `${name}/${id}`)
    }
  }
})

test('the engine answers our queries with what their views need', { skip: !hasEngine() }, async () => {
  await using real = await realStore()
  for (const { name, panels } of ownDashboards())
    for (const { id, query, view } of panels) {
      const parsed = parseSearch(query, { nowMs: 0 })
      assert.ok(parsed.ok)
      const compiled = compileSearch(parsed.search, {
        table: 'picket.events',
        fromUs: 0,
        toUs: 1e15,
        rowsMax: 100,
        nowMs: 0
      })
      assert.equal(compiled.kind, 'table', `${name}/${id}`)
      if (compiled.kind !== 'table') continue
      const kinds = compiled.columns.map(({ type }) => type)
      const place = `${name}/${id}: ${view} of ${kinds}`
      if (view !== 'table') assert.ok(kinds.includes('number'), place)
      if (view === 'timeseries') assert.equal(kinds[0], 'time', place)
      if (view === 'flows') assert.ok(kinds.length > 2 && kinds.indexOf('number', 2) > 0, place)
      await real.store
        .query(compiled.sql, { ...compiled.params })
        .catch(error => assert.fail(`${place}: ${error.message}`))
    }
})
