import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { Command } from 'commander'
import { testServer } from '../api/test-server.ts'
import { readAudit } from '../state/audit.ts'
import { openState } from '../state/state.ts'
import { firstLine } from './password-prompt.ts'
import { tokenCommand } from './token.ts'
import { userCommand } from './user.ts'

async function run(make: (write: (text: string) => void) => Command, ...words: string[]): Promise<string> {
  let written = ''
  const command = make(text => {
    written += text
  })
  await command.parseAsync(words, { from: 'user' })
  return written
}

/** The same story, whether a server runs or not. */
async function story(data: string): Promise<string> {
  const added = await run(userCommand, 'add', 'anna', '--role', 'admin', '--generate', '--data', data)
  assert.match(added, /^anna may sign in as admin, with the password [\w-]{20}\n$/)
  await assert.rejects(run(userCommand, 'add', 'Anna', '--generate', '--data', data), { code: 'name-taken' })
  assert.match(await run(userCommand, 'list', '--data', data), /^NAME +ROLE +SINCE\nanna +admin +\d{4}-\d\d-\d\d\n$/)
  const reset = await run(userCommand, 'reset-password', 'ANNA', '--generate', '--data', data)
  await assert.rejects(run(userCommand, 'reset-password', 'nobody', '--generate', '--data', data), {
    code: 'unknown-user'
  })

  const secret = await run(
    tokenCommand,
    'create',
    'shipper',
    '--scope',
    'ingest,search',
    '--days',
    '30',
    '--data',
    data
  )
  assert.match(secret, /^pkt_[\w-]{43}\n$/)
  const listed = JSON.parse(await run(tokenCommand, 'list', '--json', '--data', data))
  assert.deepEqual([listed.length, listed[0].name, listed[0].scopes], [1, 'shipper', ['search', 'ingest']])
  await assert.rejects(run(tokenCommand, 'revoke', 'nothing', '--data', data), { code: 'unknown-token' })
  assert.equal(await run(tokenCommand, 'revoke', 'shipper', '--data', data), 'shipper is revoked\n')
  assert.deepEqual(JSON.parse(await run(tokenCommand, 'list', '--json', '--data', data)), [])
  return reset.split(': ')[1]!.trim()
}

const trail = ['token.revoked', 'token.created', 'user.changed', 'user.added']

test('users and tokens without a server: in the state file', async () => {
  const data = mkdtempSync(join(tmpdir(), 'picket-cli-'))
  await assert.rejects(run(userCommand, 'list', '--data', join(data, 'none')), { code: 'no-data' })
  await story(data)
  const state = openState(data)
  const { rows } = readAudit(state, 10)
  assert.deepEqual(
    rows.map(row => row.action),
    trail
  )
  assert.ok(rows.every(row => row.actor === 'local'))
  state.close()
  rmSync(data, { recursive: true })
})

test('users and tokens with a server: through it', async () => {
  await using server = await testServer()
  const password = await story(server.folder)
  await server.signIn('anna', password)
  const { rows } = readAudit(server.state, 10)
  assert.deepEqual(
    rows.map(row => row.action),
    ['session.opened', ...trail]
  )
  assert.deepEqual(
    rows.map(row => row.actor),
    ['user:anna', 'local', 'local', 'local', 'local']
  )
})

test('a password is one line of standard input', async () => {
  assert.equal(await firstLine(Readable.from([Buffer.from('long pass'), Buffer.from('word\r\nrest')])), 'long password')
  await assert.rejects(firstLine(Readable.from([])), { code: 'no-password' })
})
