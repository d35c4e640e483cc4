/** Why a rule matches, over HTTP: clauses with what they read, exceptions that keep an event out, rules that no single event explains. */

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openRules, type Rules } from '../pipeline/rules.ts'
import { addException } from '../state/rules.ts'
import { ruleExplainRoutes } from './rule-explain.ts'
import { testServer } from './test-server.ts'

const id = '11111111-1111-4111-8111-111111111111'
const counting = '22222222-2222-4222-8222-222222222222'
const texts = `title: Logins that fail
name: failed
id: ${id}
level: medium
logsource:
  category: test
detection:
  login:
    event.outcome: failure
    user.name|startswith: adm
  scanner:
    source.ip|cidr: 10.0.0.0/8
  condition: login and not scanner
---
title: Many of them
id: ${counting}
level: high
correlation:
  type: event_count
  rules: [failed]
  group-by: [source.ip]
  timespan: 5m
  condition:
    gte: 10
  generate: true
`

test('each clause is told with the field that it read and what stood there', async () => {
  let rules: Rules | undefined
  await using server = await testServer({ routes: [ruleExplainRoutes({ rules: () => rules! })] })
  const bundled = join(server.folder, 'bundled')
  mkdirSync(bundled)
  writeFileSync(join(bundled, 'a.yml'), texts)
  rules = openRules({
    folders: { bundled, data: join(server.folder, 'rules') },
    state: server.state,
    apply: () => {},
    log: { info() {}, warn() {} },
    nowMs: () => server.clock.nowMs(),
    watchMs: 0
  })
  await server.addTestUser('vera', 'viewer')
  const vera = await server.signIn('vera')
  const ask = async (rule: string, event: unknown) => server.call('POST', `/api/rules/${rule}/explain`, { event }, vera)
  const event = { event: { outcome: 'failure' }, user: { name: 'admin' }, source: { ip: '192.0.2.1' } }

  const yes = (await ask(id, event)).json
  assert.equal(yes.matches, true)
  const text = JSON.stringify(yes.clause)
  assert.ok(text.includes('"value":"admin"') && text.includes('"field":"source.ip"'), text)

  const no = (await ask(id, { ...event, source: { ip: '10.1.2.3' }, user: {} })).json
  assert.equal(no.matches, false)
  const tests: { field?: string; value?: string; result: boolean }[] = []
  const walk = (clause: { of?: unknown[] }): void => {
    tests.push(clause as (typeof tests)[number])
    for (const inner of clause.of ?? []) walk(inner as { of?: unknown[] })
  }
  walk(no.clause)
  const absent = tests.find(({ field }) => field === 'user.name')
  assert.deepEqual([absent?.result, absent?.value], [false, undefined], 'a field that is not there has no value')
  assert.partialDeepStrictEqual(tests, [{ field: 'source.ip', value: '10.1.2.3', result: true }])

  addException(server.state, { rule: id, query: 'user.name:admin', reason: 'ours', expiresMs: undefined }, 'test', 1)
  rules.refresh()
  const excepted = (await ask(id, event)).json
  assert.equal(excepted.matches, false)
  assert.equal(excepted.clause.result, true, 'the rule itself does match')
  assert.partialDeepStrictEqual(excepted.exceptions, [{ query: 'user.name:admin', reason: 'ours' }])

  assert.equal((await ask(counting, event)).json.error.code, 'rule-counts')
  assert.equal((await ask('nothing', event)).status, 404)
  assert.equal((await ask(id, 'no document')).status, 400)
  rules.close()
})
