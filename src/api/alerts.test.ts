import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raiseAlerts } from '../state/alerts.ts'
import { addToken } from '../state/api-tokens.ts'
import { readAudit } from '../state/audit.ts'
import { groupOf, startMs, withAlerts } from './triage-test-server.ts'

test('alerts are listed, found by what they are about, and paged through', async () => {
  const groups = Array.from({ length: 7 }, (_, i) => groupOf(`192.0.2.${i}`, { lastUs: startMs * 1000 + i }))
  await using server = await withAlerts(groups)
  const vera = await server.signIn('vera')
  const list = async (query: string) => (await server.call('GET', `/api/alerts?${query}`, undefined, vera)).json
  const all = await list('')
  assert.equal(all.total, 7)
  assert.deepEqual(
    all.alerts.map((alert: { id: number }) => alert.id),
    [7, 6, 5, 4, 3, 2, 1]
  )
  assert.deepEqual(all.alerts[0].attack[0], {
    id: 'T1110.001',
    name: 'Brute Force: Password Guessing',
    tactics: ['Credential Access'],
    url: 'https://attack.mitre.org/techniques/T1110/001/'
  })
  const seen: number[] = []
  for (let cursor = '', more = true; more; ) {
    const page = await list(`limit=3&sort=newest${cursor}`)
    seen.push(...page.alerts.map((alert: { id: number }) => alert.id))
    cursor = `&cursor=${page.next}`
    more = page.next !== undefined
  }
  assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1])
  const ids = async (query: string) => (await list(query)).alerts.map((alert: { id: number }) => alert.id)
  assert.deepEqual(await ids('entity=192.0.2.3'), [4])
  assert.deepEqual(await ids('q=192.0.2.4'), [5])
  assert.deepEqual(await ids('q=%23' + '2'), [2])
  assert.deepEqual(await ids('q=%25'), [])
  assert.deepEqual(await ids('tag=attack.t1110'), [7, 6, 5, 4, 3, 2, 1])
  assert.deepEqual(await ids('tag=attack.t11'), [])
  assert.deepEqual(await ids('severity=low,medium'), [])
  assert.equal((await ids('severity=medium%2B')).length, 7)
  assert.deepEqual(await ids('state=closed'), [])
  assert.deepEqual(await ids('test=true'), [])
  assert.equal((await ids('assignee=none&rule=r1')).length, 7)
  for (const wrong of ['severity=severe', 'state=done', 'from=yesterday', 'cursor=x', 'limit=0', 'sort=up'])
    assert.equal((await server.call('GET', `/api/alerts?${wrong}`, undefined, vera)).status, 400, wrong)
  const summary = (await server.call('GET', '/api/alerts/summary', undefined, vera)).json
  assert.equal(summary.open.high, 7)
  assert.equal(summary.unassigned, 7)
})

test('one alert has its events, its history, its timeline, and what is related', async () => {
  await using server = await withAlerts([
    groupOf('192.0.2.1', { count: 30 }),
    groupOf('192.0.2.1', { rule: { ...groupOf('').rule, id: 'r2' } })
  ])
  const anna = await server.signIn('anna')
  await server.call('POST', '/api/alerts/1/comments', { text: 'Asked @vera and @nobody about it.' }, anna)
  const { json } = await server.call('GET', '/api/alerts/1', undefined, anna)
  assert.equal(json.samples.first[0].event.source.ip, '192.0.2.1')
  assert.deepEqual(
    json.timeline.map((entry: { kind: string }) => entry.kind),
    ['event', 'more-events', 'history', 'history']
  )
  assert.equal(json.timeline[1].count, 29)
  assert.equal(json.history[1].detail.text, 'Asked @vera and @nobody about it.')
  assert.equal(json.related[0].alert.id, 2)
  const vera = await server.signIn('vera')
  assert.equal((await server.call('GET', '/api/alerts?mentions=me', undefined, vera)).json.alerts.length, 1)
  assert.equal((await server.call('GET', '/api/alerts?mentions=nobody', undefined, vera)).json.alerts.length, 0)
  assert.equal((await server.call('GET', '/api/alerts/99', undefined, anna)).status, 404)
})

test('a whole life: acknowledged, assigned, snoozed, closed, reopened; all of it is audited', async () => {
  await using server = await withAlerts([groupOf('192.0.2.1')])
  const anna = await server.signIn('anna')
  const act = async (body: object) => server.call('POST', '/api/alerts/1/actions', body, anna)
  assert.equal((await act({ action: 'acknowledge' })).json.state, 'acknowledged')
  assert.equal((await act({ action: 'assign', assignee: 'me' })).json.assignee, 'anna')
  assert.equal((await act({ action: 'assign', assignee: 'nobody' })).status, 400)
  assert.equal((await act({ action: 'start' })).json.state, 'in_progress')
  const until = new Date(server.clock.nowMs() + 60_000).toISOString()
  assert.equal((await act({ action: 'snooze', until })).json.snoozedUntil, until)
  assert.equal((await act({ action: 'snooze', until: '2001-01-01T00:00:00Z' })).status, 400)
  assert.equal((await act({ action: 'close' })).status, 400)
  const closed = await act({ action: 'close', resolution: 'false_positive', reason: 'our scanner' })
  assert.deepEqual([closed.json.state, closed.json.resolution], ['closed', 'false_positive'])
  assert.equal(closed.json.snoozedUntil, undefined)
  assert.equal((await act({ action: 'acknowledge' })).status, 409)
  assert.equal((await act({ action: 'reopen' })).json.resolution, undefined)
  assert.equal((await act({ action: 'severity', severity: 'low', reason: 'lab' })).json.severity, 'low')
  const entries = readAudit(server.state, 100).rows.filter(({ object }) => object === 'alert:1')
  assert.deepEqual(entries.map(({ action }) => action).reverse(), [
    'alert.acknowledged',
    'alert.assigned',
    'alert.started',
    'alert.snoozed',
    'alert.closed',
    'alert.reopened',
    'alert.severity-set'
  ])
  assert.ok(entries.every(({ actor }) => actor === 'user:anna'))
})

test('many at once, by number or by filter; viewers and shippers may not', async () => {
  await using server = await withAlerts(Array.from({ length: 20 }, (_, i) => groupOf(`192.0.2.${i}`)))
  const anna = await server.signIn('anna')
  const vera = await server.signIn('vera')
  const bulk = async (body: object, who = anna) => server.call('POST', '/api/alerts/bulk', body, who)
  const token = (scope: 'ingest' | 'triage') => ({
    bearer: addToken(server.state, { name: scope, scopes: [scope], userId: undefined, expiresMs: undefined }, 0)!.secret
  })
  const close = { action: 'close', resolution: 'benign' }
  assert.equal((await bulk({ ids: [1], ...close }, vera)).status, 403)
  assert.equal((await bulk({ ids: [1], ...close }, token('ingest'))).status, 403)
  assert.equal((await server.call('POST', '/api/alerts/1/comments', { text: 'x' }, vera)).status, 403)
  assert.equal((await bulk({ ids: [1], ...close })).status, 200)
  const answer = (await bulk({ ids: [1, 2, 2, 99], ...close })).json
  assert.deepEqual(
    [answer.changed, answer.unchanged, answer.refused.map((each: { id: number }) => each.id)],
    [[2], [1], [99]]
  )
  assert.equal(
    (await bulk({ filter: { entity: '192.0.2.7' }, action: 'acknowledge' }, token('triage'))).json.changed.length,
    1
  )
  assert.equal((await bulk({ filter: { state: 'new' }, ...close })).json.changed.length, 17)
  assert.equal((await bulk({ action: 'reopen' })).status, 400)
  assert.equal((await bulk({ ids: [1], action: 'explode' })).status, 400)
  assert.equal((await bulk({ ids: [], action: 'reopen' })).status, 400)
})

test('metrics: how soon it is looked at, how soon it is done, which rule makes noise', async () => {
  const rule = groupOf('').rule
  const groups = [1, 2, 3, 4].map(i => groupOf(`192.0.2.${i}`))
  await using server = await withAlerts([
    ...groups,
    groupOf('192.0.2.9', { rule: { ...rule, id: 'r2', title: 'Other' } }),
    groupOf('192.0.2.9', { test: true })
  ])
  const anna = await server.signIn('anna')
  const bulk = async (ids: number[], action: object) =>
    server.call('POST', '/api/alerts/bulk', { ids, ...action }, anna)
  server.clock.advance(60_000)
  await bulk([1, 2], { action: 'acknowledge' })
  server.clock.advance(60_000)
  await bulk([1, 2, 3], { action: 'close', resolution: 'false_positive' })
  await bulk([4], { action: 'close', resolution: 'true_positive', reason: 'it was one' })
  const { json } = await server.call('GET', '/api/alerts/metrics', undefined, anna)
  assert.deepEqual([json.created, json.closed, json.open], [5, 4, 1])
  assert.deepEqual(json.toAcknowledge, { count: 4, medianMs: 120_000, p90Ms: 120_000 })
  assert.deepEqual(json.toClose, { count: 4, medianMs: 120_000, p90Ms: 120_000 })
  assert.deepEqual(json.days, [{ day: '2025-06-15', created: 5, closed: 4 }])
  assert.equal(json.rules[0].rule, 'r1')
  assert.equal(json.rules[0].noise, 0.75)
  assert.equal(json.rules[1].noise, undefined)
  assert.equal((await server.call('GET', '/api/alerts/metrics?from=soon', undefined, anna)).status, 400)
})

test('changes are told as they happen, and one who was cut off goes on where they were', async () => {
  await using server = await withAlerts([groupOf('192.0.2.1')])
  const vera = await server.signIn('vera')
  const anna = await server.signIn('anna')
  const stop = new AbortController()
  const open = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.address}/api/alerts/live`, {
      headers: { cookie: vera.cookie!, ...headers },
      signal: stop.signal
    })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    return async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(text)) text += (await reader.read()).value ?? assert.fail(`ended: ${text}`)
      return text
    }
  }
  const until = await open()
  await until(/live/)
  await server.call('POST', '/api/alerts/1/actions', { action: 'acknowledge' }, anna)
  const text = await until(/event: changes\ndata: .*\n\n/)
  const told = JSON.parse(/data: (.*)/.exec(text)![1]!)
  assert.deepEqual(
    told.changes.map((each: { kind: string; by: string; alert: { state: string } }) => [
      each.kind,
      each.by,
      each.alert.state
    ]),
    [['state', 'user:anna', 'acknowledged']]
  )
  const again = await open({ 'last-event-id': '1' })
  assert.match(await again(/"kind":"state"/), /id: 2/)
  stop.abort()
})

test('assets are written by analysts, checked, and raise what comes after', async () => {
  await using server = await withAlerts([])
  const anna = await server.signIn('anna')
  const vera = await server.signIn('vera')
  const asset = { name: 'payroll', match: '192.0.2.0/28', criticality: 'critical' }
  const put = async (assets: object[], who = anna) => server.call('PUT', '/api/assets', { assets }, who)
  assert.equal((await put([asset], vera)).status, 403)
  for (const match of ['192.0.2.0/33', 'a b', '10.0.0.0/8/9', '*'])
    assert.equal((await put([asset, { ...asset, match }])).status, 400, match)
  assert.deepEqual((await server.call('GET', '/api/assets', undefined, vera)).json.assets, [])
  const made = await put([asset, { ...asset, match: 'fileserver', name: 'files', criticality: 'high' }])
  assert.equal(made.json.assets.length, 2)
  raiseAlerts(server.state, [groupOf('192.0.2.5'), groupOf('192.0.2.77')], startMs)
  const { alerts } = (await server.call('GET', '/api/alerts', undefined, vera)).json
  assert.deepEqual(
    alerts.map((alert: { id: number; severity: string }) => [alert.id, alert.severity]),
    [
      [1, 'critical'],
      [2, 'high']
    ]
  )
  const { id } = made.json.assets[0]
  assert.equal((await server.call('DELETE', `/api/assets/${id}`, undefined, vera)).status, 403)
  assert.equal((await server.call('DELETE', `/api/assets/${id}`, undefined, anna)).status, 200)
  raiseAlerts(server.state, [groupOf('192.0.2.6')], startMs)
  assert.equal((await server.call('GET', '/api/alerts/3', undefined, vera)).json.severity, 'high')
})
