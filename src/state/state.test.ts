import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { PicketError } from '../core/errors.ts'
import { appendAudit, readAudit, verifyAudit } from './audit.ts'
import { migrations } from './migrations.ts'
import { readSetting, writeSetting } from './settings.ts'
import { memoryState, migrate, openState } from './state.ts'

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'picket-state-'))
}

test('the state survives, durable and readable by its owner only', () => {
  const folder = join(temporary(), 'new')
  const state = openState(folder)
  writeSetting(state, 'theme', { dark: true })
  assert.equal(state.db.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal')
  assert.equal(state.db.prepare('PRAGMA synchronous').get()?.['synchronous'], 2)
  for (const name of ['picket.db', 'picket.db-wal'])
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  state.close()
  const again = openState(folder)
  assert.deepEqual(readSetting(again, 'theme'), { dark: true })
  writeSetting(again, 'theme', undefined)
  assert.equal(readSetting(again, 'theme'), undefined)
  again.close()
  rmSync(folder, { recursive: true })
})

test('what a process had committed is there after it was killed, and what it had not is not', () => {
  const folder = temporary()
  const script = `
    const { openState } = await import(${JSON.stringify(new URL('./state.ts', import.meta.url).href)})
    const { writeSetting } = await import(${JSON.stringify(new URL('./settings.ts', import.meta.url).href)})
    const state = openState(${JSON.stringify(folder)})
    state.transaction(() => { writeSetting(state, 'a', 1); writeSetting(state, 'b', 2) })
    state.transaction(() => { writeSetting(state, 'a', 3); process.kill(process.pid, 'SIGKILL') })`
  assert.throws(() => execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' }))
  const state = openState(folder)
  assert.deepEqual([readSetting(state, 'a'), readSetting(state, 'b')], [1, 2])
  state.close()
  rmSync(folder, { recursive: true })
})

test('a transaction happens as a whole or not at all, and one inside another is a part of it', () => {
  const state = memoryState()
  assert.throws(() =>
    state.transaction(() => {
      writeSetting(state, 'a', 1)
      state.transaction(() => writeSetting(state, 'b', 2))
      throw new Error('no')
    })
  )
  assert.equal(readSetting(state, 'a') ?? readSetting(state, 'b'), undefined)
  assert.throws(() => state.transaction(async () => writeSetting(state, 'c', 3)), /must not be async/)
  assert.equal(readSetting(state, 'c'), undefined)
  assert.equal(
    state.transaction(() => 7),
    7
  )
})

test('migrations go on where they stopped; a failing one leaves nothing; a newer file is left alone', () => {
  const db = new DatabaseSync(':memory:')
  const steps = [
    { name: 'one', sql: 'CREATE TABLE a (x)' },
    { name: 'two', sql: 'CREATE TABLE b (x); CREATE TABLE a (x)' }
  ]
  const tables = () =>
    db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(row => row['name'])
  assert.throws(
    () => migrate(db, steps, 'x'),
    (error: PicketError) => error.code === 'state-migration' && /step 2, two/.test(error.message)
  )
  assert.deepEqual(tables(), ['a'])
  migrate(db, [steps[0]!, { name: 'two', sql: 'CREATE TABLE b (x)' }], 'x')
  assert.deepEqual(tables(), ['a', 'b'])
  assert.throws(() => migrate(db, steps.slice(0, 1), 'x'), { code: 'state-newer' })
})

test('all tables are strict', () => {
  const state = memoryState()
  const loose = state.db
    .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0")
    .all()
  assert.deepEqual(
    loose.map(row => row['name']).filter(name => !String(name).startsWith('sqlite_')),
    []
  )
  assert.equal(state.db.prepare('PRAGMA user_version').get()?.['user_version'], migrations.length)
})

const entry = (n: number) => ({
  actor: 'user:anna',
  action: 'thing.done',
  object: `thing:${n}`,
  detail: { n },
  ip: '192.0.2.1'
})

test('the audit trail can only grow', () => {
  const state = memoryState()
  for (let n = 1; n <= 3; n++) appendAudit(state, entry(n), 1000 + n)
  for (const sql of [
    "UPDATE audit SET actor = 'user:ben'",
    'DELETE FROM audit WHERE id = 3',
    "INSERT OR REPLACE INTO audit SELECT id, time, 'user:ben', action, object, detail, ip, hash FROM audit WHERE id = 2"
  ])
    assert.throws(() => state.db.exec(sql), /append-only/, sql)
  const { rows, intact } = readAudit(state, 2)
  assert.equal(intact, true)
  assert.deepEqual(
    rows.map(row => [row.id, row.timeMs, row.detail]),
    [
      [3, 1003, { n: 3 }],
      [2, 1002, { n: 2 }]
    ]
  )
  assert.equal(verifyAudit(state).ok, true)
})

test('tampering with the audit trail past its triggers shows', () => {
  for (const [sql, id] of [
    ["UPDATE audit SET actor = 'user:ben' WHERE id = 2", 2],
    ['DELETE FROM audit WHERE id = 2', 3],
    ["UPDATE audit SET detail = '{}' WHERE id = 3", 3],
    ['UPDATE audit SET time = 1 WHERE id = 1', 1]
  ] as const) {
    const state = memoryState()
    for (let n = 1; n <= 3; n++) appendAudit(state, entry(n), 1000 + n)
    state.db.exec('DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete')
    state.db.exec(sql)
    assert.deepEqual(verifyAudit(state), { ok: false, id }, sql)
    assert.equal(readAudit(state, 10).intact, false, sql)
  }
})

test('an audit entry stands or falls with what it is about, and is bounded', () => {
  const state = memoryState()
  assert.throws(() =>
    state.transaction(() => {
      appendAudit(state, entry(1), 1)
      throw new Error('no')
    })
  )
  assert.deepEqual(readAudit(state, 10).rows, [])
  appendAudit(state, { ...entry(1), detail: { text: 'x'.repeat(100_000) } }, 1)
  assert.ok(JSON.stringify(readAudit(state, 10).rows).length < 20_000)
  assert.equal(verifyAudit(state).ok, true)
})
