import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration, parseOffset, parseSize } from '../core/measures.ts'
import { editDistance, nearest } from '../core/nearest.ts'
import { createLog, lineOf } from './log.ts'
import { createMetrics } from './metrics.ts'
import { defaultDataFolder } from './paths.ts'

test('sizes', () => {
  const cases: [string, number | undefined][] = [
    ['900MB', 900e6],
    ['2GiB', 2 ** 31],
    ['1.5 gb', 1.5e9],
    ['4096', 4096],
    ['0', 0],
    ['-1MB', undefined],
    ['MB', undefined],
    ['1XB', undefined],
    ['1e9', undefined],
    ['99999999999999999TB', undefined],
    ['', undefined]
  ]
  for (const [text, bytes] of cases) assert.equal(parseSize(text), bytes, text)
})

test('durations and zone offsets', () => {
  const durations: [string, number | undefined][] = [
    ['30d', 30 * 86_400_000],
    ['12h', 43_200_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['0', 0],
    ['30', undefined],
    ['30M', undefined]
  ]
  for (const [text, ms] of durations) assert.equal(parseDuration(text), ms, text)
  const offsets: [string, number | undefined][] = [
    ['Z', 0],
    ['utc', 0],
    ['+02:00', 120],
    ['-0530', -330],
    ['+15:00', undefined],
    ['Europe/Paris', undefined]
  ]
  for (const [text, minutes] of offsets) assert.equal(parseOffset(text), minutes, text)
})

test('the nearest known word', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3)
  assert.equal(editDistance('prot', 'port'), 1)
  assert.equal(nearest('retentionDay', ['retentionDays', 'retentionHours']), 'retentionDays')
  assert.equal(nearest('frobnicate', ['port', 'host']), undefined)
  assert.equal(nearest('x'.repeat(10_000), ['x']), undefined)
})

test('the data folder of each system and user', () => {
  const around = { env: {}, platform: 'linux', home: '/home/anna', uid: 1000 } as const
  assert.equal(defaultDataFolder(around), '/home/anna/.local/share/picket')
  assert.equal(defaultDataFolder({ ...around, env: { XDG_DATA_HOME: '/data' } }), '/data/picket')
  assert.equal(defaultDataFolder({ ...around, env: { XDG_DATA_HOME: 'relative' } }), '/home/anna/.local/share/picket')
  assert.equal(defaultDataFolder({ ...around, platform: 'darwin' }), '/home/anna/Library/Application Support/Picket')
  assert.equal(defaultDataFolder({ ...around, uid: 0 }), '/var/lib/picket')
  assert.equal(defaultDataFolder({ ...around, uid: 0, env: { PICKET_DATA: '/srv/p' } }), '/srv/p')
})

test('the log hides secrets, and cannot drive a terminal', () => {
  const lines: string[] = []
  const log = createLog({ format: 'line', write: line => void lines.push(line) })
  log.info({ password: 'hush', body: { token: 'hush' }, name: 'a\u001b[31m b' }, 'hello\nworld')
  log.debug('not shown')
  assert.match(
    lines[0]!,
    /^\d\d:\d\d:\d\d\.\d{3} INFO {2}hello\\x0aworld password=\[hidden\] body=\{"token":"\[hidden\]"\} name="a\\u001b\[31m b"\n$/
  )
  assert.equal(lines.length, 1)
  log.error({ err: new Error('boom') }, 'failed')
  assert.match(lines[1]!, /ERROR failed error="boom"\n {4}at /)
  assert.equal(lineOf('not json\u0007\n'), 'not json\\x07\n')
  const json: string[] = []
  createLog({ format: 'json', write: line => void json.push(line) }).warn({ n: 1 }, 'x')
  assert.deepEqual({ ...JSON.parse(json[0]!), time: 0 }, { level: 'warn', time: 0, n: 1, msg: 'x' })
})

test('a metric is made once and read at each scrape', async () => {
  const metrics = createMetrics({ process: false })
  metrics.counter('picket_test_total', 'a test', ['kind']).inc({ kind: 'a' })
  metrics.counter('picket_test_total', 'a test', ['kind']).inc({ kind: 'a' })
  let value = 1
  metrics.gauge('picket_test_now', 'a test', [], gauge => gauge.set(value))
  assert.match(await metrics.registry.metrics(), /picket_test_total\{kind="a"\} 2[\s\S]*picket_test_now 1/)
  value = 2
  assert.match(await metrics.registry.metrics(), /picket_test_now 2/)
})
