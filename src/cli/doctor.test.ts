import assert from 'node:assert/strict'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { testServer } from '../api/test-server.ts'
import { lockFolder } from '../bus/embedded/folder-lock.ts'
import { parseConfig } from '../platform/config.ts'
import { dataPaths } from '../platform/paths.ts'
import { writeServerFile } from '../platform/server-file.ts'
import { engineLibrary } from '../store/engine.ts'
import { checkFolder, checkLock, newestFileMs } from './doctor/data-folder.ts'
import { existingFolder, measureSpace, measureSync } from './doctor/disk.ts'
import { checkLibrary, checkServer } from './doctor/engine.ts'
import type { Finding } from './doctor/finding.ts'
import { checkConfig, checkPort, checkSources, checkTls } from './doctor/settings.ts'
import { doctorCommand, examine, report } from './doctor.ts'

const server = { pid: process.pid, url: 'http://127.0.0.1:8642', token: 'x' }

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-doctor-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function configOf(text: string) {
  const loaded = parseConfig(text, 'picket.yaml')
  assert.ok(loaded.ok)
  return loaded.config
}

const statuses = (findings: readonly Finding[]) => findings.map(({ status }) => status)

test('the data folder: not there, not ours, open to others', async t => {
  const folder = temporary(t)
  assert.deepEqual(statuses(checkFolder({ folder })), ['ok'])
  const [missing] = checkFolder({ folder: join(folder, 'a', 'b') })
  assert.match(missing!.message, /made at the first start/)
  assert.equal(existingFolder(join(folder, 'a', 'b')), folder)
  writeFileSync(join(folder, 'file'), '')
  assert.match(checkFolder({ folder: join(folder, 'file') })[0]!.message, /is not a folder/)

  writeFileSync(join(folder, 'picket.db'), '', { mode: 0o644 })
  assert.deepEqual(statuses(checkFolder({ folder })), ['ok'])
  chmodSync(folder, 0o755)
  const [open] = checkFolder({ folder })
  assert.equal(open!.status, 'warning')
  assert.match(open!.message, /may read picket\.db$/)

  await t.test('as root', { skip: process.getuid?.() !== 0 }, () => {
    chownSync(join(folder, 'picket.db'), 12_345, 12_345)
    assert.match(checkFolder({ folder })[0]!.message, /belong to another user \(picket\.db\)/)
  })
})

test('the lock: free, held by the server, held by another', async t => {
  const folder = temporary(t)
  const { busFolder } = dataPaths(folder)
  assert.match((await checkLock({ folder, server: undefined })).message, /nobody has worked here yet/)
  assert.ok(!existsSync(busFolder))
  mkdirSync(busFolder)
  const unlock = await lockFolder(busFolder)
  assert.equal((await checkLock({ folder, server })).status, 'ok')
  const held = await checkLock({ folder, server: undefined })
  assert.equal(held.status, 'warning')
  assert.match(held.message, new RegExp(`in use by process ${process.pid}`))
  unlock()
  assert.equal((await checkLock({ folder, server: undefined })).status, 'ok')
  assert.match((await checkLock({ folder, server })).message, /the bus is not locked/)
})

test('the disk is tried without leaving anything', t => {
  const folder = temporary(t)
  assert.ok(measureSpace(join(folder, 'not', 'there')).totalBytes > 0)
  const durations = measureSync(folder, 3)
  assert.ok(durations.length === 3 && durations.every(duration => duration >= 0))
  assert.deepEqual(readdirSync(folder), [])
  assert.equal(newestFileMs(folder), undefined)
  writeFileSync(join(folder, 'a'), '')
  assert.ok(newestFileMs(folder)! > Date.UTC(2020))
  assert.equal(newestFileMs(join(folder, 'none')), undefined)
})

test('the port: free, ours, taken', async t => {
  const other = createServer()
  t.after(() => other.close())
  const port = await new Promise<number>(resolve =>
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
  )
  const config = configOf(`server: {port: ${port}}`)
  assert.equal((await checkPort(config, { ...server, url: `http://127.0.0.1:${port}` })).status, 'ok')
  const taken = await checkPort(config, undefined)
  assert.equal(taken.status, 'problem')
  assert.match(taken.message, /taken by another program/)
  assert.equal((await checkPort(configOf('server: {port: 0}'), undefined)).status, 'ok')
  assert.match(
    (await checkPort(configOf('server: {host: 192.0.2.1}'), undefined)).message,
    /no address of this machine/
  )
})

test('TLS, and files that a source names', t => {
  const folder = temporary(t)
  assert.deepEqual(checkTls(configOf('')), [])
  assert.deepEqual(statuses(checkTls(configOf('server: {host: 0.0.0.0}'))), ['warning'])
  assert.deepEqual(checkTls(configOf('server: {host: 0.0.0.0, publicUrl: "https://p.example"}')), [])
  assert.deepEqual(statuses(checkTls(configOf(`server: {tls: {cert: ${folder}/c, key: ${folder}/k}}`))), ['problem'])
  const sources = (path: string) => checkSources(configOf(`sources: [{type: files, name: a, paths: ['${path}']}]`))
  assert.deepEqual(sources(folder), [])
  assert.deepEqual(sources(`${folder}/*.log`), [])
  assert.deepEqual(statuses(sources(`${folder}/none.log`)), ['warning'])
})

test('the configuration is shown with its mistakes, and the other checks take the defaults', async t => {
  const folder = temporary(t)
  assert.match(checkConfig(folder).finding.message, /the defaults hold/)
  writeFileSync(join(folder, 'picket.yaml'), 'server:\n  prot: 1\n')
  const { config, finding } = checkConfig(folder)
  assert.equal(config.server.port, 8642)
  assert.match(finding.message, /picket\.yaml:2:3 server\.prot is not a known key; did you mean port\?$/)
  const findings = await examine(folder, { configFile: join(folder, 'none.yaml') })
  assert.match(findings.find(({ check }) => check === 'configuration')!.message, /cannot be read/)
})

test('the library: whole, cut off, missing', t => {
  const folder = temporary(t)
  writeFileSync(join(folder, 'libchdb.so'), 'x')
  assert.match(checkLibrary(() => join(folder, 'libchdb.so')).message, /cut off/)
  assert.equal(checkLibrary(() => join(folder, 'none')).status, 'problem')
})

test('a server is asked whether it is ready', async () => {
  await using ready = await testServer()
  assert.match((await checkServer({ ...server, url: ready.address })).message, /runs and is ready$/)
  await using stalled = await testServer({ ready: () => ({ ready: false, reason: 'the disk is full' }) })
  const finding = await checkServer({ ...server, url: stalled.address })
  assert.equal(finding.status, 'problem')
  assert.match(finding.message, /is not ready: the disk is full$/)
})

test('a server that does not answer is a problem, not a wait', async t => {
  const silent = createServer(() => {})
  t.after(() => silent.close())
  const port = await new Promise<number>(resolve =>
    silent.listen(0, '127.0.0.1', () => resolve((silent.address() as { port: number }).port))
  )
  const finding = await checkServer({ ...server, url: `http://127.0.0.1:${port}` }, 100)
  assert.match(finding.message, /no answer within 0\.1 s/)
  const gone = await checkServer({ ...server, url: 'http://127.0.0.1:1' }, 1000)
  assert.match(gone.message, /does not answer: .*ECONNREFUSED/)
})

test('all of it, on an empty folder, leaves the folder empty', { skip: !hasEngine() }, async t => {
  const folder = temporary(t)
  let written = ''
  const before = process.exitCode
  await doctorCommand(text => {
    written += text
  }).parseAsync(['--data', folder, '--json'], { from: 'user' })
  const { ok, findings } = JSON.parse(written) as { ok: boolean; findings: Finding[] }
  assert.equal(ok, !findings.some(({ status }) => status === 'problem'))
  assert.equal(process.exitCode, ok ? before : 1)
  process.exitCode = before
  assert.match(
    findings.find(({ check }) => check === 'engine start')!.message,
    /ClickHouse [\d.]+ starts and answers in/
  )
  assert.deepEqual(readdirSync(folder), [])
})

test('with a running server, that one is asked and no engine is started', async t => {
  await using ready = await testServer()
  const folder = temporary(t)
  writeServerFile(folder, { pid: process.pid, url: ready.address, token: 'x' })
  const names = (await examine(folder)).map(({ check }) => check)
  assert.ok(names.includes('server') && !names.includes('engine start'), names.join())
})

test('the report', () => {
  const text = report([
    { check: 'disk', status: 'ok', message: 'fine' },
    { check: 'data folder', status: 'problem', message: 'one\x1b[2J\ntwo', next: 'do this' }
  ])
  assert.equal(
    text,
    [
      'ok       disk         fine',
      'problem  data folder  one?[2J',
      '                      two',
      '                      → do this',
      '',
      '1 problem, 0 warnings.\n'
    ].join('\n')
  )
  assert.match(report([{ check: 'a', status: 'ok', message: 'b' }]), /All is well\.\n$/)
})

function hasEngine(): boolean {
  return checkLibrary(engineLibrary).status === 'ok'
}
