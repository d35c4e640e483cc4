/** Notifications over the API, to a real peer: what is set up is used, secrets stay inside, and everybody may do what they may. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSigned } from '../actions/signature.ts'
import { readAlertChanges } from '../pipeline/alert-notices.ts'
import type { Notifier } from '../pipeline/notifier.ts'
import { raiseAlerts } from '../state/alerts.ts'
import type { State } from '../state/state.ts'
import { startPeer, testNotifier, until } from '../testing/notify-lab.ts'
import { notificationChangeRoutes } from './notification-changes.ts'
import { notificationMessageRoutes } from './notification-messages.ts'
import { readMailServer } from './notification-settings.ts'
import { notificationRoutes } from './notifications.ts'
import { testServer } from './test-server.ts'

test('notifications', async t => {
  let state: State | undefined
  let notifier: Notifier | undefined
  await using peer = await startPeer()
  await using server = await testServer({
    onState(opened) {
      state = opened
      notifier = testNotifier(opened, readAlertChanges(opened), { mailServer: () => readMailServer(opened) })
    },
    routes: [
      async (app, guard) => {
        const deps = {
          state: state!,
          notifier: notifier!,
          nowMs: Date.now,
          hostName: 'watch',
          pageUrl: () => 'https://picket.example.org'
        }
        await notificationRoutes(deps)(app, guard)
        await notificationMessageRoutes(deps)(app, guard)
        await notificationChangeRoutes(deps)(app, guard)
      }
    ]
  })
  t.after(() => notifier?.close())
  for (const [name, role] of [
    ['ada', 'admin'],
    ['anton', 'analyst'],
    ['vera', 'viewer']
  ] as const)
    await server.addTestUser(name, role)
  const [ada, anton, vera] = [await server.signIn('ada'), await server.signIn('anton'), await server.signIn('vera')]
  const at = (path: string) => `/api/notifications${path}`
  const hook = { name: 'Hook', kind: 'webhook', settings: { url: peer.url } }
  let hookId = ''
  let signingKey = ''
  const all = async () => (await server.call('GET', at(''), undefined, vera)).json

  await t.test('only administrators say where things go; a webhook’s key is shown once', async () => {
    assert.equal((await server.call('POST', at('/destinations'), hook, anton)).status, 403)
    assert.equal((await server.call('GET', at(''), undefined)).status, 401)
    const made = await server.call('POST', at('/destinations'), hook, ada)
    assert.equal(made.status, 200, made.text)
    hookId = made.json.id
    signingKey = made.json.signingKey
    assert.match(signingKey, /^whsec_/)
    const listed = await server.call('GET', at(''), undefined, vera)
    assert.ok(!listed.text.includes(signingKey.slice(6)), 'the key is told again')
    const [destination] = listed.json.destinations
    assert.deepEqual([destination.secrets, destination.breaker.state], [['signingKey'], 'closed'])
    assert.equal(destination.where, new URL(peer.url).host)
    assert.ok(!server.lines.some(line => line.includes(signingKey)), 'it is in the log')
    const audit = await server.call('GET', '/api/audit', undefined, ada)
    assert.ok(audit.text.includes('notification.destination.added') && !audit.text.includes(signingKey))
  })

  await t.test('what makes no sense is refused with the reason', async () => {
    const post = (body: unknown) => server.call('POST', at('/destinations'), body, ada)
    for (const [body, code] of [
      [{ ...hook, name: 'hOOk' }, 'name-taken'],
      [{ ...hook, name: 'b', settings: {} }, 'bad-settings'],
      [{ ...hook, name: 'b', settings: { url: 'file:///etc/passwd' } }, 'bad-settings'],
      [{ ...hook, name: 'b', settings: { url: 'https://u:p@example.org/' } }, 'bad-settings'],
      [{ ...hook, name: 'b', secrets: { signingKey: 'short' } }, 'bad-secrets'],
      [{ ...hook, name: 'b', secrets: { other: 'x' } }, 'bad-secrets'],
      [{ name: 'b', kind: 'slack', settings: {} }, 'bad-secrets'],
      [{ name: 'b', kind: 'mail', settings: { to: ['a@b, c@d'] } }, 'bad-settings'],
      [{ name: 'b', kind: 'pigeon', settings: {} }, 'invalid'],
      [{ ...hook, name: 'b', pace: { quiet: { zone: 'Mars/Base', windows: [] } } }, 'invalid']
    ] as const) {
      const answer = await post(body)
      assert.equal(answer.json.error?.code, code, `${JSON.stringify(body)}: ${answer.text}`)
    }
    const route = { name: 'r', destinations: ['0000000000000000'] }
    assert.equal((await server.call('POST', at('/routes'), route, ada)).status, 404)
    const broken = { name: 'r', destinations: [hookId], title: '/a(/' }
    assert.match((await server.call('POST', at('/routes'), broken, ada)).text, /no regular expression/)
  })

  await t.test('a test goes out at once and is signed; one that fails is said and is no dead letter', async () => {
    assert.equal((await server.call('POST', at(`/destinations/${hookId}/test`), undefined, vera)).status, 403)
    const sent = await server.call('POST', at(`/destinations/${hookId}/test`), undefined, anton)
    assert.deepEqual(sent.json, { result: 'sent', detail: 'answered 200: ok' })
    const seen = (await all()).destinations[0]
    assert.deepEqual([seen.settings, seen.where], [{}, new URL(peer.url).host], 'a viewer sees the host only')
    const { headers, body, json } = peer.received[0]!
    assert.ok(isSigned(signingKey, headers, body, Date.now()))
    assert.match(json.data.text, /asked for by anton/)
    peer.answers.push(500)
    const failed = await server.call('POST', at(`/destinations/${hookId}/test`), undefined, anton)
    assert.equal(failed.json.result, 'transient')
    assert.equal((await all()).dead, 0)
  })

  await t.test('an alert takes its route; the message, its attempts and its replay can be seen', async () => {
    const made = await server.call('POST', at('/routes'), { name: 'all', severity: 'low', destinations: [hookId] }, ada)
    assert.equal(made.status, 200, made.text)
    peer.received.length = 0
    peer.answers.push(410)
    raiseAlerts(
      state!,
      [
        {
          rule: { id: 'r1', version: '1', kind: 'rule', title: 'Scan', level: 'high', tags: [] },
          entity: { 'source.ip': '192.0.2.1' },
          count: 1,
          firstUs: Date.now() * 1000,
          lastUs: Date.now() * 1000,
          samples: []
        }
      ],
      Date.now()
    )
    await until(() => peer.received.length === 1)
    await until(() => state!.db.prepare("SELECT 1 AS n FROM outbox WHERE state = 'dead'").get() !== undefined)
    const dead = await server.call('GET', at('/messages?state=dead'), undefined, vera)
    const [letter] = dead.json.messages
    assert.deepEqual([letter.subject, letter.destinationName, letter.reason], ['Scan', 'Hook', 'answered 410: ok'])
    assert.equal((await server.call('POST', at('/replay'), { all: true }, vera)).status, 403)
    assert.equal((await server.call('POST', at('/replay'), {}, anton)).status, 400)
    const replayed = await server.call('POST', at('/replay'), { ids: [letter.id] }, anton)
    assert.deepEqual(replayed.json, { messages: 1 })
    await until(() => peer.received.length === 2)
    assert.equal(peer.received[1]!.headers['webhook-id'], peer.received[0]!.headers['webhook-id'])
    await until(() => state!.db.prepare("SELECT 1 AS n FROM outbox WHERE state = 'dead'").get() === undefined)
    const one = await server.call('GET', at(`/messages/${letter.id}`), undefined, vera)
    assert.deepEqual(
      one.json.attempts.map((each: { result: string }) => each.result),
      ['sent', 'permanent']
    )
    const told = await server.call('GET', at('/explain?alert=1'), undefined, vera)
    assert.deepEqual(
      [told.json.messages.map((each: { state: string }) => each.state), told.json.routes[0].fits],
      [['sent'], true]
    )
    assert.equal((await server.call('GET', at('/explain?alert=99'), undefined, vera)).status, 404)
    const attempts = await server.call('GET', at(`/attempts?destination=${hookId}&limit=2`), undefined, vera)
    assert.equal(attempts.json.attempts.length, 2)
    const older = await server.call('GET', at(`/attempts?before=${attempts.json.next}`), undefined, vera)
    assert.equal(older.json.attempts.length, 2)
  })

  await t.test('a secret does not follow to another place', async () => {
    const put = (body: unknown) => server.call('PUT', at(`/destinations/${hookId}`), body, ada)
    const same = await put({
      ...hook,
      settings: { url: `${peer.url}/other` },
      secrets: { authorization: 'Bearer x1y2' }
    })
    assert.deepEqual(same.json, { id: hookId }, 'the same host keeps the key')
    await server.call('POST', at(`/destinations/${hookId}/test`), undefined, ada)
    assert.equal(peer.received.at(-1)!.headers['authorization'], 'Bearer x1y2')
    peer.answers.push({ status: 403, headers: {}, body: 'Bearer x1y2 is not welcome' })
    const echoed = await server.call('POST', at(`/destinations/${hookId}/test`), undefined, ada)
    assert.equal(echoed.json.detail, 'answered 403: [hidden] is not welcome')
    await using other = await startPeer()
    const moved = await put({ ...hook, settings: { url: other.url } })
    assert.match(moved.json.signingKey, /^whsec_/)
    assert.notEqual(moved.json.signingKey, signingKey)
    await server.call('POST', at(`/destinations/${hookId}/test`), undefined, ada)
    const { headers, body } = other.received[0]!
    assert.equal(headers['authorization'], undefined)
    assert.ok(isSigned(moved.json.signingKey, headers, body, Date.now()))
    const slack = {
      name: 'Chat',
      kind: 'slack',
      secrets: { url: 'https://hooks.example.org/services/T0/B0/topsecret' }
    }
    const made = await server.call('POST', at('/destinations'), slack, ada)
    const listed = await server.call('GET', at(''), undefined, ada)
    assert.ok(!listed.text.includes('topsecret') && listed.text.includes('hooks.example.org'))
    const { secrets: _, ...without } = slack
    const kept = await server.call('PUT', at(`/destinations/${made.json.id}`), { ...without, name: 'Chat 2' }, ada)
    assert.equal(kept.status, 200, kept.text)
    assert.equal(
      (await server.call('PUT', at(`/destinations/${made.json.id}`), hook, ada)).json.error.code,
      'kind-changed'
    )
  })

  await t.test('the mail server keeps its password to itself', async () => {
    const mail = { host: '127.0.0.1', port: 2525, security: 'starttls', user: 'picket', from: 'picket@example.org' }
    const put = (body: unknown) => server.call('PUT', at('/mail-server'), body, ada)
    assert.equal((await put(mail)).json.error.code, 'secret-needed')
    assert.equal((await put({ ...mail, password: 'hunter2hunter2' })).status, 200)
    const listed = await server.call('GET', at(''), undefined, ada)
    assert.ok(!listed.text.includes('hunter2hunter2'))
    assert.equal(listed.json.mailServer.hasPassword, true)
    assert.equal(
      (await put({ ...mail, from: 'Watch <watch@example.org>' })).status,
      200,
      'another sender needs no password'
    )
    assert.equal(readMailServer(state!)?.password, 'hunter2hunter2')
    assert.equal((await put({ ...mail, host: 'evil.example.org' })).json.error.code, 'secret-needed')
    assert.equal((await put({ ...mail, security: 'none' })).json.error.code, 'secret-needed')
    assert.equal((await server.call('DELETE', at('/mail-server'), undefined, ada)).status, 200)
    assert.equal((await all()).mailServer, undefined)
  })

  await t.test('templates are previewed in every way of sending, and kept only without mistakes', async () => {
    const preview = await server.call('POST', at('/preview'), { title: '{{severty}} {{title}}', body: '{{url}}' }, vera)
    assert.equal(preview.json.body, 'https://picket.example.org/alerts/sample')
    assert.deepEqual(preview.json.problems, [
      { part: 'title', position: 0, message: 'there is no {{severty}}', suggestion: 'severity' }
    ])
    assert.equal(preview.json.shown.length, 6)
    const put = (body: unknown) => server.call('PUT', at('/templates/Short'), body, ada)
    assert.equal((await put({ title: '{{severty}}', body: '' })).json.error.code, 'bad-template')
    assert.equal((await put({ title: 'ALERT {{title}}', body: '{{count}}' })).status, 200)
    const { routes } = await all()
    const { id, updated: _updated, by: _by, ...route } = routes[0]
    const set = await server.call('PUT', at(`/routes/${id}`), { ...route, template: 'Short' }, ada)
    assert.equal(set.status, 200, set.text)
    assert.equal((await server.call('DELETE', at('/templates/Short'), undefined, ada)).json.error.code, 'in-use')
  })

  await t.test('a removed destination leaves its routes', async () => {
    assert.equal((await server.call('DELETE', at(`/destinations/${hookId}`), undefined, ada)).status, 200)
    assert.equal((await server.call('DELETE', at(`/destinations/${hookId}`), undefined, ada)).status, 404)
    const { routes, destinations } = await all()
    assert.deepEqual(routes[0].destinations, [])
    assert.equal(destinations.length, 1)
    assert.equal((await server.call('DELETE', at(`/routes/${routes[0].id}`), undefined, ada)).status, 200)
    assert.equal((await server.call('DELETE', at('/templates/Short'), undefined, ada)).status, 200)
  })
})
