import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { groupOf, startMs, withAlerts } from '../api/triage-test-server.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { readAudit } from '../state/audit.ts'
import { addCase, putIntoCase } from '../state/cases.ts'
import { openState, type State } from '../state/state.ts'
import { alertsCommand } from './alerts.ts'
import { caseCommand } from './case.ts'

const groups = [
  groupOf('192.0.2.1', { count: 40, summary: 'many\u001b[31m tries' }),
  groupOf('192.0.2.2', { rule: { ...groupOf('').rule, id: 'r2', title: 'Scan', level: 'low' } })
]

async function run(make: (write: (text: string) => void) => Command, folder: string, ...words: string[]) {
  let text = ''
  const command = make(part => {
    text += part
  })
  for (const each of [command, ...command.commands]) each.exitOverride().configureOutput({ writeErr: () => {} })
  await command.parseAsync([...words, '--data', folder], { from: 'user' })
  return text
}

/** The same through a running server, and in the state file. */
async function both(check: (folder: string, state: State) => Promise<void>) {
  {
    await using server = await withAlerts(groups)
    server.clock.advance(Date.now() - server.clock.nowMs())
    await check(server.folder, server.state)
  }
  const folder = mkdtempSync(join(tmpdir(), 'picket-alerts-'))
  const state = openState(folder)
  raiseAlerts(state, groups, startMs)
  await check(folder, state)
  state.close()
  rmSync(folder, { recursive: true })
}

test('picket alerts lists, shows, and works on alerts; with a server and without', async () => {
  await both(async (folder, state) => {
    const alerts = (...words: string[]) => run(alertsCommand, folder, ...words)
    const list = await alerts()
    assert.match(list, /^ID +SEVERITY +STATE +EVENTS/)
    assert.match(list, /\n1 +high +new +40 +2025-06-15 15:06 +source.ip 192.0.2.1 +Password guessing\n/)
    assert.match(list, /\n2 alerts\n$/)
    assert.match(await alerts('list', '--severity', 'critical'), /^No alerts/)
    assert.equal(JSON.parse(await alerts('--json', '--entity', '192.0.2.2')).alerts[0].id, 2)
    const shown = await alerts('show', '1')
    assert.match(shown, /^Alert 1: Password guessing\nmany\?\[31m tries\n/)
    assert.match(shown, /ATT&CK +T1110.001 Brute Force: Password Guessing/)
    assert.match(shown, /… 39 more events/)
    assert.equal(await alerts('ack', '1,2'), 'changed: 1, 2\n')
    assert.equal(await alerts('ack', '1'), 'so already: 1\n')
    await alerts('comment', '1', '--text', 'asked the owner')
    assert.equal(await alerts('close', '1', '2', '--as', 'false-positive', '--reason', 'a test'), 'changed: 1, 2\n')
    assert.match(await alerts('show', '1'), /state +closed, false_positive, a test\n/)
    assert.match(await alerts('--state', 'closed'), /2 alerts/)
    await assert.rejects(alerts('ack', '1', '9'), /Alert 1 is closed: reopen it first.\n +There is no alert 9./)
    await assert.rejects(alerts('show', '9'), /There is no alert 9/)
    await assert.rejects(alerts('list', '--severity', 'severe'), /There is no severity severe: known are/)
    await assert.rejects(alerts('close', '1'), /--as/)
    await assert.rejects(alerts('assign', '1', '--to', 'nobody-known'), /There is no user/)
    await alerts('reopen', '1')
    await alerts('snooze', '1', '--until', '+4h')
    assert.match(await alerts('--snoozed', 'only'), /\n1 +high +snoozed/)
    const trail = readAudit(state, 100).rows.filter(row => row.object === 'alert:1')
    assert.deepEqual(trail.map(row => `${row.actor} ${row.action}`).reverse(), [
      'local alert.acknowledged',
      'local alert.commented',
      'local alert.closed',
      'local alert.reopened',
      'local alert.snoozed'
    ])
  })
})

test('picket case shows, exports and verifies; what was changed fails', async () => {
  await both(async (folder, state) => {
    addCase(state, { title: 'Guessing', assignee: undefined, by: 'local' }, startMs)
    putIntoCase(state, 1, [1, 2], 'local', startMs)
    const picket = (...words: string[]) => run(caseCommand, folder, ...words)
    assert.match(await picket('list'), /\n1 +open +high +2 +2 /)
    assert.match(await picket('show', '1'), /alert 2 +low +new +Scan/)
    const file = join(folder, 'out.tar')
    assert.match(await picket('export', '1', '--out', file), /signed with SHA256:/)
    const key = JSON.parse(await picket('key', '--json'))
    const keyFile = join(folder, 'key.pem')
    writeFileSync(keyFile, key.pem)
    const verify = async (...words: string[]) => {
      let text = ''
      await caseCommand(part => {
        text += part
      }).parseAsync(['verify', ...words], { from: 'user' })
      const { exitCode } = process
      process.exitCode = 0
      return { text, exitCode: exitCode ?? 0 }
    }
    const good = await verify(file, '--key', keyFile)
    assert.equal(good.exitCode, 0)
    assert.match(good.text, /as it was exported\n +case +Guessing/)
    assert.ok(good.text.includes(key.fingerprint))
    assert.match((await verify(file)).text, /compare its fingerprint/)
    const bytes = readFileSync(file)
    bytes[bytes.indexOf('"severity": "high"') + 14] = 'l'.charCodeAt(0)
    writeFileSync(file, bytes)
    const bad = await verify(file, '--key', keyFile)
    assert.equal(bad.exitCode, 1)
    assert.match(bad.text, /NOT as it was exported\n +alerts\/1.json was changed/)
    await assert.rejects(verify(join(folder, 'none.tar')), /cannot read/)
    await assert.rejects(picket('export', '7', '--out', file), /There is no case 7/)
  })
})
