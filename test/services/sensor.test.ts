/**
 * The sensor with the real Suricata on a real wire: a pair of virtual interfaces into a network namespace, made and removed here. Skipped
 * where that cannot be.
 */

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../../src/sources/sensor/program.ts'
import { type NotedChange, type SignatureChange, signaturesKey } from '../../src/sources/sensor/signatures.ts'
import { makeWire, startSensor, whyNoWire } from './sensor-lab.ts'

const skip = whyNoWire()
if (skip !== false) console.log(`The sensor is not tested with Suricata: ${skip}.`)
const folder = mkdtempSync(join(tmpdir(), 'picket-rules-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const rule = (sid: number, path: string, more = ''): string =>
  `alert http any any -> any any (msg:"LAB ${path}"; flow:established,to_server; http.uri; content:"/${path}"; ${more}sid:${sid}; rev:1;)`
const settings = (wire: string, files: string[]) => ({
  interfaces: [wire],
  homeNet: [],
  rules: { etOpen: false, urls: [] as string[], files, updateEvery: 86_400_000 },
  memory: 128_000_000
})
const noted = (sid: number, change: Partial<SignatureChange>): NotedChange => ({
  sid,
  name: '',
  reason: '',
  by: 'test',
  atMs: 0,
  suppress: [],
  ...change
})
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)
/** Requests that are all over once this resolves, and what Suricata says of them has had the time to come. */
const settle = (): Promise<void> => sleep(1_500)

test('traffic becomes events and alerts; a broken file changes nothing; a repaired one is in force without a restart', {
  skip,
  timeout: 180_000
}, async () => {
  using wire = await makeWire()
  const file = join(folder, 'own.rules')
  writeFileSync(file, `${rule(9_000_001, 'alpha')}\n`)
  await using lab = await startSensor(settings(wire.name, [file]))
  await lab.running()
  const { pid } = lab.source.sensor.state()
  await wire.ask('/alpha')
  await lab.until('an alert', () => lab.alerts().includes(9_000_001))
  await lab.until('the request', () =>
    lab.events('http').some(({ http }) => (http as { url: string }).url === '/alpha')
  )
  const [alert] = lab.events('alert')
  assert.match(String(alert?.['community_id']), /^1:/)
  assert.equal(alert?.['in_iface'], wire.name)
  await lab.until('figures', () => (lab.source.sensor.state().figures?.packets ?? 0) > 0)
  const state = lab.source.sensor.state()
  assert.deepEqual([state.rules.loaded, state.rules.refused, state.problems], [1, 0, []])
  assert.deepEqual(state.homeNet, [`${wire.here.replace(/\.1$/, '.0')}/24`])
  assert.ok(state.memoryBytes! > 10_000_000)

  writeFileSync(file, `${rule(9_000_001, 'alpha')}\n${rule(9_000_002, 'beta', 'nosuchkeyword:1; ')}\nnonsense\n`)
  await lab.source.sensor.applyChanges()
  const broken = lab.source.sensor.state()
  assert.match(
    broken.problems.join(' '),
    /2 of 3 rules are refused \(line 2: unknown rule keyword 'nosuchkeyword'.*last good copy/
  )
  await wire.ask('/alpha')
  await lab.until('an alert of the old rules', () => lab.alerts().length === 2)

  writeFileSync(file, `${rule(9_000_001, 'alpha')}\n${rule(9_000_002, 'beta')}\n`)
  // By itself: files are looked at every ten seconds.
  await lab.until('the repaired file', () => lab.source.sensor.state().rules.loaded === 2, 30_000)
  await lab.until('the reload', () => lab.source.sensor.state().rules.busy === undefined)
  await wire.ask('/beta')
  await lab.until('an alert of the new rule', () => lab.alerts().includes(9_000_002))
  assert.equal(lab.source.sensor.state().pid, pid)
  assert.deepEqual(lab.source.sensor.state().problems, [])
})

test('single signatures: disabled, enabled, limited, silent for an address', { skip, timeout: 180_000 }, async () => {
  using wire = await makeWire()
  const file = join(folder, 'single.rules')
  writeFileSync(
    file,
    [
      rule(9_000_011, 'one'),
      `# ${rule(9_000_012, 'two')}`,
      rule(9_000_013, 'three'),
      rule(9_000_014, 'four'),
      `# ${rule(9_000_015, 'five', 'nosuchkeyword:1; ')}`
    ].join('\n')
  )
  await using lab = await startSensor(settings(wire.name, [file]))
  await lab.running()
  const change = async (...changes: NotedChange[]): Promise<void> => {
    lab.settings.set(signaturesKey, changes)
    await lab.source.sensor.applyChanges()
  }
  const round = async (): Promise<number[]> => {
    const before = lab.alerts().length
    for (const path of ['/one', '/two', '/three', '/three', '/four']) await wire.ask(path)
    await wire.ask('/four', wire.here.replace(/1$/, '3'))
    await settle()
    return lab.alerts().slice(before).sort()
  }
  const [one, two, three, four] = [9_000_011, 9_000_012, 9_000_013, 9_000_014]
  assert.deepEqual(await round(), [one, three, three, four, four])
  await change(
    noted(one, { state: 'disabled' }),
    noted(two, { state: 'enabled' }),
    noted(three, { threshold: { type: 'limit', track: 'by_src', count: 1, seconds: 600 } }),
    noted(four, { suppress: [{ track: 'by_src', address: `${wire.here}/32` }] })
  )
  assert.deepEqual(await round(), [two, three, four])
  // What its rule set keeps off for a reason is refused, and nothing changes.
  await assert.rejects(
    change(noted(one, { state: 'disabled' }), noted(9_000_015, { state: 'enabled' })),
    /refuses the change: unknown rule keyword 'nosuchkeyword'/
  )
  assert.deepEqual(await round(), [two, four])
  await change()
  assert.deepEqual(await round(), [one, three, three, four, four])
})

test('Suricata killed is started again; ended with the sensor', { skip, timeout: 120_000 }, async () => {
  using wire = await makeWire()
  const file = join(folder, 'kill.rules')
  writeFileSync(file, rule(9_000_021, 'again'))
  let pid: number
  {
    await using lab = await startSensor(settings(wire.name, [file]))
    await lab.running()
    const first = lab.source.sensor.state().pid!
    process.kill(first, 'SIGKILL')
    await lab.until('another one', () => {
      const state = lab.source.sensor.state()
      return state.phase === 'running' && state.pid !== first
    })
    assert.equal(lab.source.sensor.state().restarts, 1)
    await wire.ask('/again')
    await lab.until('an alert', () => lab.alerts().includes(9_000_021))
    pid = lab.source.sensor.state().pid!
    assert.ok(isAlive(pid))
  }
  assert.ok(!isAlive(pid))
})

test('rules are fetched with suricata-update; what fails is told, and the old ones stay', {
  skip: skip || (findProgram('suricata-update') === undefined ? 'suricata-update is not installed' : false),
  timeout: 180_000
}, async () => {
  using wire = await makeWire()
  const place = join(folder, 'set')
  mkdirSync(join(place, 'rules'), { recursive: true })
  writeFileSync(join(place, 'rules/lab.rules'), `${rule(9_000_031, 'fetched')}\n`)
  execFileSync('tar', ['czf', join(place, 'lab.rules.tar.gz'), '-C', place, 'rules'])
  const config = settings(wire.name, [])
  config.rules.urls = [`file://${join(place, 'lab.rules.tar.gz')}`]
  await using lab = await startSensor(config)
  await lab.running()
  // By itself, since nothing was fetched before.
  await lab.until('fetched rules', () => lab.source.sensor.state().rules.fetchedMs !== undefined)
  await lab.until('rules in force', () => lab.source.sensor.state().rules.busy === undefined)
  await wire.ask('/fetched')
  await lab.until('an alert', () => lab.alerts().includes(9_000_031))
  const { loaded } = lab.source.sensor.state().rules
  rmSync(join(place, 'lab.rules.tar.gz'))
  await assert.rejects(lab.source.sensor.updateRules(), /could not be fetched/)
  assert.equal(lab.source.sensor.state().rules.loaded, loaded)
  assert.match(lab.source.sensor.state().problems.join(' '), /could not be fetched/)
})

test('an interface that is not there is waited for, and said', { skip, timeout: 60_000 }, async () => {
  await using lab = await startSensor(settings('pk-nothere', []))
  await lab.until('a problem', () => lab.source.figures().problem !== undefined)
  assert.match(lab.source.figures().problem!, /no network interface pk-nothere; it has /)
})

const captures = join(import.meta.dirname, '../../../shared/data/eve/sel')
test('captures, replayed onto the wire, give the alerts that Suricata gives of them', {
  skip:
    skip ||
    (existsSync(captures) ? false : 'the captures are not here') ||
    (findProgram('tcpreplay') === undefined ? 'tcpreplay is not installed' : false),
  timeout: 180_000
}, async () => {
  using wire = await makeWire()
  const cases = readdirSync(captures).flatMap(name => {
    const files = readdirSync(join(captures, name))
    const pcap = files.find(file => /\.pcap$/.test(file))
    const rules = files.find(file => file.endsWith('.rules'))
    return pcap === undefined || rules === undefined
      ? []
      : [{ name, pcap: join(captures, name, pcap), rules: join(captures, name, rules) }]
  })
  assert.ok(cases.length > 0)
  // Those with HTTP are the surest to give the same on a wire as from a file.
  const [chosen] = cases.filter(({ rules }) => /^alert http /m.test(readFileSync(rules, 'utf8')))
  assert.ok(chosen !== undefined)
  const offline = join(folder, 'offline')
  mkdirSync(offline)
  execFileSync(
    'suricata',
    ['-r', chosen.pcap, '-S', chosen.rules, '-l', offline, '-k', 'none', '--runmode', 'single'],
    { stdio: 'pipe' }
  )
  const expected = readFileSync(join(offline, 'eve.json'), 'utf8')
    .split('\n')
    .filter(line => line.includes('"event_type":"alert"'))
    .map(line => (JSON.parse(line) as { alert: { signature_id: number } }).alert.signature_id)
  assert.ok(expected.length > 0, chosen.name)
  await using lab = await startSensor({ ...settings(wire.name, [chosen.rules]), homeNet: ['0.0.0.0/0'] })
  await lab.running()
  execFileSync(
    'ip',
    ['netns', 'exec', wire.namespace, 'tcpreplay', '-q', '--topspeed', '-i', `${wire.name}b`, chosen.pcap],
    { stdio: 'pipe' }
  )
  await lab.until('the alerts', () => new Set(lab.alerts()).size >= new Set(expected).size)
  assert.deepEqual([...new Set(lab.alerts())].sort(), [...new Set(expected)].sort())
})

test('Picket killed with -9 leaves no Suricata; the next start watches again', { skip, timeout: 180_000 }, async () => {
  using wire = await makeWire()
  const data = mkdtempSync(join(tmpdir(), 'picket-killed-'))
  const file = join(data, 'own.rules')
  writeFileSync(file, rule(9_000_041, 'whole'))
  const rules = `{ etOpen: false, files: [${file}] }`
  writeFileSync(
    join(data, 'picket.yaml'),
    `sources:\n  - { type: sensor, name: home, interfaces: [${wire.name}], rules: ${rules}, memory: 128MB }\n`
  )
  const picket = join(import.meta.dirname, '../../bin/picket.js')
  const children: ChildProcess[] = []
  const start = async () => {
    const child = spawn(process.execPath, [picket, 'serve', '--data', data, '--port', '0'], {
      stdio: ['ignore', 'ignore', 'pipe']
    })
    children.push(child)
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    let text = ''
    setTimeout(() => reject(new Error(`no sensor watches:\n${text}`)), 60_000).unref()
    child.stderr?.on('data', (part: Buffer) => {
      text += part.toString()
      const found = /"pid":(\d+),"msg":"the sensor watches"/.exec(text)
      if (found !== null) resolve(Number(found[1]))
    })
    return { child, suricata: await promise }
  }
  using _ = { [Symbol.dispose]: () => children.forEach(child => void child.kill('SIGKILL')) }
  const first = await start()
  assert.ok(isAlive(first.suricata))
  first.child.kill('SIGKILL')
  for (let tries = 0; isAlive(first.suricata) && tries < 100; tries++) await sleep(100)
  assert.ok(!isAlive(first.suricata), 'Suricata is still there ten seconds after Picket was killed')
  const second = await start()
  await wire.ask('/whole')
  let found = ''
  for (let tries = 0; !found.includes('LAB whole') && tries < 30; tries++) {
    await sleep(500)
    found = execFileSync(process.execPath, [picket, 'search', 'event.kind:alert', '--data', data], { encoding: 'utf8' })
  }
  assert.match(found, /alert .*LAB whole/)
  const gone = new Promise(resolve => second.child.once('exit', resolve))
  second.child.kill('SIGTERM')
  await gone
  assert.ok(!isAlive(second.suricata))
  rmSync(data, { recursive: true, force: true })
})

test('picket sensor on a fresh folder: set up, watched, a signature disabled, and off again', {
  skip,
  timeout: 180_000
}, async () => {
  using wire = await makeWire()
  const data = mkdtempSync(join(tmpdir(), 'picket-sensor-cli-'))
  const file = join(data, 'own.rules')
  writeFileSync(file, `${rule(9_000_051, 'cli')}\n`)
  const program = join(import.meta.dirname, '../../bin/picket.js')
  const picket = (...args: string[]): string =>
    execFileSync(process.execPath, [program, ...args, '--data', data], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe']
    })
  assert.throws(() => picket('sensor', '--interface', 'pk-none'), /no network interface pk-none/)
  const args = ['sensor', '--interface', wire.name, '--no-et-open', '--rules', file, '--data', data, '--port', '0']
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  using _ = { [Symbol.dispose]: () => void child.kill('SIGKILL') }
  await new Promise<void>(resolve =>
    child.stderr.on('data', (part: Buffer) => part.includes('the sensor watches') && resolve())
  )
  assert.match(picket('sensor', 'status'), /Rules +1 in force, 0 off, 0 refused/)
  const alerts = (): number => picket('search', 'event.kind:alert').split('LAB cli').length - 1
  await wire.ask('/cli')
  for (let tries = 0; alerts() < 1; tries++) assert.ok(tries < 30)
  assert.match(picket('sensor', 'signatures', 'disable', '9000051', '--reason', 'ours'), /disabled \(local/)
  await wire.ask('/cli')
  await settle()
  assert.equal(alerts(), 1)
  assert.match(picket('sensor', 'signatures'), /9000051 +LAB cli +disabled +local .*ours/)
  assert.match(picket('sensor', 'off'), /taken away/)
  assert.match(picket('sensor', 'status'), /No sensor is set up/)
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
  rmSync(data, { recursive: true, force: true })
})
