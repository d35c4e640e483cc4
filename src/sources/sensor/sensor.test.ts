import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { Outlet } from '../listen/outlet.ts'
import { testIntake } from '../listen/test-intake.ts'
import { EveBacklog, EveLines } from './eve-backlog.ts'
import { openEveSocket } from './eve-socket.ts'
import { checkInterfaces, homeNetOf, type NetworkInterface } from './networks.ts'
import { SensorWatch } from './sensor-watch.ts'
import {
  changedRule,
  composeRules,
  noThreshold,
  readChanges,
  readRule,
  type SignatureChange,
  thresholdConfig
} from './signatures.ts'
import { readStats } from './suricata-stats.ts'
import { suricataYaml } from './suricata-yaml.ts'
import { readVerdict } from './test-rules.ts'

const line = (type: string, more = ''): string =>
  `{"timestamp":"2026-01-01T00:00:00.000000+0000","event_type":"${type}","n":"${more}"}\n`

test('lines are cut from what arrives in any pieces; figures are taken out, but not out of payloads', () => {
  const lines: string[] = []
  const stats: string[] = []
  const reader = new EveLines(
    1_000_000,
    bytes => lines.push(bytes.toString()),
    text => stats.push(text)
  )
  const payload = `{"timestamp":"2026","event_type":"alert","payload":"${'x'.repeat(500)} \\"event_type\\":\\"stats\\" "event_type":"stats""}\n`
  const all = line('flow', 'a') + line('stats', 'b') + payload + line('stats', 'c') + line('dns', 'ü')
  for (let size = 1; size < 100; size += 7) {
    lines.length = stats.length = 0
    const bytes = Buffer.from(all)
    for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size))
    assert.equal(lines.join(''), line('flow', 'a') + payload + line('dns', 'ü'))
    assert.deepEqual(stats, [line('stats', 'b').trim(), line('stats', 'c').trim()])
  }
  reader.read(Buffer.from('{"cut'))
  reader.end()
  assert.equal(lines.at(-1), '{"cut\n')
})

test('a line without an end is handed on at its bound', () => {
  let bytes = 0
  const reader = new EveLines(
    1000,
    part => {
      bytes += part.length
    },
    () => {}
  )
  for (let i = 0; i < 50; i++) reader.read(Buffer.alloc(100, 'x'))
  assert.ok(bytes >= 4000)
})

test('what is held is bounded: alerts go last, and what goes is counted', () => {
  const backlog = new EveBacklog(1000, 1500)
  for (let i = 0; i < 30; i++) backlog.add(Buffer.from(line('flow')))
  const kept = Math.floor(1000 / line('flow').length)
  assert.deepEqual([backlog.lost, backlog.lostAlerts], [30 - kept, 0])
  for (let i = 0; i < 30; i++) backlog.add(Buffer.from(line('flow') + line('alert')))
  assert.ok(backlog.heldBytes <= 1500)
  assert.ok(backlog.lostAlerts > 0 && backlog.lostAlerts < 30)
  let alerts = 0
  for (let part = backlog.take(); part !== undefined; part = backlog.take())
    alerts += part.toString().split('"alert"').length - 1
  assert.equal(alerts + backlog.lostAlerts, 30)
  assert.equal(backlog.heldBytes, 0)
})

test('a flood over the socket while the main thread does not take anything: nothing is lost within the bound, and no one waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-eve-'))
  const intake = testIntake()
  const outlet = new Outlet(intake.context, { source: 's', timezoneMinutes: undefined, formatOf: () => 'suricata' })
  let stats = 0
  const eve = await openEveSocket({
    path: join(folder, 'eve.sock'),
    outlet,
    onStats: (_line, keep) => {
      if (stats++ === 0) keep()
    },
    onFailure: reason => assert.fail(reason)
  })
  const release = intake.hold()
  const count = 100_000
  const socket = connect(join(folder, 'eve.sock'))
  const part = Array.from({ length: 100 }, (_, i) => line('flow', 'x'.repeat(i * 3))).join('')
  const startMs = performance.now()
  for (let i = 0; i < count / 100; i++) {
    if (!socket.write(part)) await new Promise(resolve => socket.once('drain', resolve))
    if (i % 500 === 0) socket.write(line('stats'))
  }
  socket.end()
  assert.ok(performance.now() - startMs < 20_000)
  await sleep(50)
  release()
  await eve.close()
  await outlet.drain()
  assert.equal(stats, 2)
  assert.equal(eve.figures().lost, 0)
  assert.equal(
    intake.chunks.reduce((sum, { headers }) => sum + headers.records, 0),
    count + 1
  )
  rmSync(folder, { recursive: true, force: true })
})

const rule = (sid: number, options = '') =>
  `alert tcp any any -> any any (msg:"A \\"b\\"; sid:99;"; content:"sid:5;"; ${options}sid:${sid}; rev:2;)`
const change = (more: Partial<SignatureChange>): SignatureChange => ({ suppress: [], ...more })

test('a rule is read: the last sid counts, and a sign before it switches it off', () => {
  assert.deepEqual(readRule(rule(7)), { sid: 7, enabled: true, name: 'A "b"; sid:99;', text: rule(7) })
  assert.equal(readRule(`#  ${rule(8)}`)?.enabled, false)
  assert.equal(readRule('# a remark about alert tcp'), undefined)
  assert.equal(readRule('alert tcp any any -> any any (msg:"none";)'), undefined)
})

test('changes of rules', () => {
  const read = (text: string) => readRule(text)!
  assert.equal(changedRule(read(rule(7)), undefined), rule(7))
  assert.equal(changedRule(read(rule(7)), change({ state: 'disabled' })), undefined)
  assert.equal(changedRule(read(`# ${rule(7)}`), change({ state: 'enabled' })), rule(7))
  // Others depend on what it notes.
  const setter = rule(7, 'flowbits:set,a; ')
  assert.equal(changedRule(read(setter), change({ state: 'disabled' })), setter.replace(/\)$/, ' noalert;)'))
  assert.equal(changedRule(read(`# ${setter}`), change({ state: 'disabled' })), undefined)
  const limited = changedRule(
    read(rule(7, 'threshold: type limit, track by_src, count 1, seconds 5; ')),
    change({ threshold: { type: 'both', track: 'by_dst', count: 3, seconds: 60 } })
  )
  assert.equal(limited, rule(7, ' ').replace(/\)$/, ' threshold:type both, track by_dst, count 3, seconds 60;)'))
  assert.match(noThreshold(read(rule(7, 'detection_filter:track by_src, count 1, seconds 1; ')))!, /detection_filter/)
  assert.equal(noThreshold(read(rule(7))), undefined)
  // Suricata's own rules about streams are off, until somebody wants them.
  assert.equal(changedRule(read(rule(2_210_003)), undefined), undefined)
  assert.equal(changedRule(read(rule(2_210_003)), change({ state: 'enabled' })), rule(2_210_003))
})

test('a file of rules: joined lines keep their first number, what is left out is gone, the rest is for Suricata to judge', () => {
  const text = `# remark\n${rule(1).replace('; content', '; \\\n content')}\r\n# ${rule(2)}\nnonsense\n${rule(3)}\n`
  const composed = composeRules(text, new Map([[3, change({ state: 'disabled' })]]), new Set([5]))
  assert.deepEqual(composed.from, [2])
  assert.deepEqual([composed.off, [...composed.sids]], [2, [1, 2, 3]])
  assert.deepEqual(composeRules(text, new Map()).lines.at(-1), rule(3))
})

test('what is suppressed, of signatures that are there', () => {
  const suppress = [{ track: 'by_src' as const, address: '10.0.0.0/8' }]
  const changes = new Map([
    [1, change({ suppress })],
    [2, change({ suppress })]
  ])
  assert.deepEqual(
    thresholdConfig(changes, new Set([1]))
      .trim()
      .split('\n')
      .slice(1),
    ['suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.0/8']
  )
})

test('stored changes: what is none is left out', () => {
  assert.equal(readChanges('x').size, 0)
  const good = { sid: 1, name: '', reason: '', by: 'a', atMs: 1, state: 'disabled' }
  const bad = { ...good, sid: 2, suppress: [{ track: 'by_src', address: '1.2.3.4\nsuppress gen_id 0' }] }
  assert.deepEqual([...readChanges([good, bad, 7]).keys()], [1])
})

test('what Suricata says of rules', () => {
  const said = (message: string) => JSON.stringify({ log_level: 'Error', event_type: 'engine', engine: { message } })
  const verdict = readVerdict(
    [
      said("unknown rule keyword 'foo'."),
      said(
        'error parsing signature "alert … from file x at line 9" from file /data/rules/set-1/001-a.rules at line 12'
      ),
      said('Loading signatures failed.')
    ].join('\n')
  )
  assert.deepEqual(verdict.refused, [{ file: '001-a.rules', line: 12, reason: "unknown rule keyword 'foo'." }])
  assert.deepEqual(readVerdict('no JSON\n{"'), { refused: [], problem: '' })
})

test('networks of interfaces', () => {
  const one = (name: string, addresses: string[], up = true): NetworkInterface => ({
    name,
    up,
    addresses,
    kind: 'wired',
    packets: 0
  })
  const here = [
    one('eth0', ['192.168.7.5/23', 'fe80::1/64', '2001:db8::5/64']),
    one('eth1', []),
    one('eth2', ['10.0.0.1/32'], false)
  ]
  assert.deepEqual(homeNetOf(['eth0'], here), ['192.168.6.0/23', '2001:db8::5/64'])
  assert.ok(homeNetOf(['eth1', 'eth2'], here).includes('10.0.0.0/8'))
  assert.throws(() => checkInterfaces(['wlan0'], here), /no network interface wlan0; it has eth0, eth1, eth2/)
  assert.throws(() => checkInterfaces(['eth2'], here), /ip link set eth2 up/)
})

test('the configuration is YAML whatever it is given', () => {
  const text = suricataYaml({
    interfaces: ['eth0', 'a@b'],
    homeNet: ['10.0.0.0/8'],
    filter: 'not host 10.0.0.1 and "x" # y',
    memoryBytes: 512e6,
    folder: '/data/a "b" #c',
    socketFolder: '/run/x',
    rulesFolder: '/data/rules',
    eveSocket: '/run/x/eve.sock',
    commandSocket: '/run/x/command.sock',
    classificationFile: undefined,
    referenceFile: '/etc/suricata/reference.config'
  })
  const read = parse(text) as {
    'default-log-dir': string
    'af-packet': Record<string, unknown>[]
    vars: { 'address-groups': Record<string, string> }
  }
  assert.equal(read['default-log-dir'], '/data/a "b" #c')
  assert.deepEqual(
    read['af-packet'].map(each => each['interface']),
    ['eth0', 'a@b']
  )
  assert.equal(read['af-packet'][0]?.['bpf-filter'], 'not host 10.0.0.1 and "x" # y')
  assert.equal(read.vars['address-groups']['HOME_NET'], '[10.0.0.0/8]')
})

test('figures of Suricata; anything else is none', () => {
  assert.equal(
    readStats('{"stats":{"capture":{"kernel_packets":5,"kernel_drops":1},"detect":{"engines":[{"rules_loaded":7}]}}}')
      ?.rulesLoaded,
    7
  )
  assert.equal(readStats('{"stats":{"detect":{"engines":"x"},"capture":7}}')?.packets, 0)
  assert.equal(readStats('{'), undefined)
})

test('what Suricata counted and what never came is counted as lost, but not what is still on its way', () => {
  const watch = new SensorWatch()
  const stats = (flows: number, alerts: number): string =>
    JSON.stringify({ stats: { flow: { end: { state: { new: 1, closed: flows - 1 } } }, detect: { alert: alerts } } })
  watch.begin({ flows: 100, alerts: 10 })
  watch.takeStats(stats(50, 5), 0, { flows: 110, alerts: 11 })
  assert.equal(watch.lostOnWay, 0)
  watch.takeStats(stats(60, 5), 10_000, { flows: 150, alerts: 15 })
  watch.takeStats(stats(90, 9), 20_000, { flows: 151, alerts: 15 })
  assert.equal(watch.lostOnWay, 0)
  watch.takeStats(stats(90, 9), 40_000, { flows: 160, alerts: 16 })
  assert.equal(watch.lostOnWay, 90 - 60 + (9 - 6))
  // Another process counts anew; what was lost stays lost.
  watch.begin({ flows: 160, alerts: 16 })
  watch.takeStats(stats(5, 0), 50_000, { flows: 165, alerts: 16 })
  watch.takeStats(stats(5, 0), 80_000, { flows: 165, alerts: 16 })
  assert.equal(watch.lostOnWay, 33)
})

test('flows and alerts are counted as they come, but not those in payloads', () => {
  const lines = new EveLines(
    1_000_000,
    () => {},
    () => {}
  )
  const payload = JSON.stringify({ event_type: 'alert', payload: line('flow') })
  lines.read(Buffer.from(`${line('flow')}${payload}\n${line('flow')}${line('netflow')}${line('dns')}`))
  assert.deepEqual([lines.flows, lines.alerts], [2, 1])
})
