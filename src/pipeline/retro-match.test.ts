/** The retro-match on a real store finds what the detector finds when it looks at the same events as they come. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { EcsEvent } from '../core/parser.ts'
import type { Found, Sighting } from '../intel/indicator.ts'
import { IndicatorDetector } from '../intel/match.ts'
import { memoryIntel } from '../state/intel.ts'
import { keepAllowList } from '../state/intel-allow.ts'
import { addFeed } from '../state/intel-feeds.ts'
import { keepFound, newestSeq } from '../state/intel-indicators.ts'
import { nextRetroJob } from '../state/retro.ts'
import { listSightings } from '../state/sightings.ts'
import { memoryState } from '../state/state.ts'
import { EventEncoder } from '../store/encode/event-encoder.ts'
import { hasEngine, type RealStore, realStore } from '../testing/real-store.ts'
import { encodeEvent } from '../testing/search-store.ts'
import { openIndicators } from './indicators.ts'
import { noteMissingTable, openRetroMatch } from './retro-match.ts'
import { buildTable } from './table-build.ts'

const skip = hasEngine() ? false : 'the engine is not installed'
let real: RealStore
before(async () => {
  if (skip === false) real = await realStore()
})
after(async () => {
  await real?.[Symbol.asyncDispose]()
})

const nowMs = Date.UTC(2024, 5, 1)
const log = { info: () => {}, warn: () => {} }
const sha256 = (n: number): string => n.toString(16).padStart(64, 'a')

/** Of everything that is looked at, a third of it bad. */
function eventOf(i: number): EcsEvent {
  const base: EcsEvent = { '@timestamp': new Date(nowMs - (i + 1) * 3_600_000).toISOString(), event: { kind: 'event' } }
  const host = { source: { ip: `10.0.0.${(i % 7) + 1}`, port: 40_000 + i } }
  const n = i % 40
  switch (i % 12) {
    case 0:
      return { ...base, ...host, destination: { ip: `192.0.2.${n}`, port: 443 } }
    case 1:
      return {
        ...base,
        ...host,
        dns: {
          question: { name: `a${n}.bad${n % 5}.example.com` },
          answers: [{ data: `198.51.100.${n}` }],
          resolved_ip: [`198.51.100.${n}`]
        }
      }
    case 2:
      return {
        ...base,
        ...host,
        url: { domain: `Host${n}.example.net`, original: `/p/${n}.php?x=1` },
        destination: { ip: '203.0.113.200', port: 80 }
      }
    case 3:
      return {
        ...base,
        url: { full: `http://host${n}.example.net/full/${n}`, domain: `host${n}.example.net` },
        http: { request: { referrer: `http://ref${n}.example.org/` } }
      }
    case 4:
      return {
        ...base,
        file: { hash: { sha256: sha256(n).toUpperCase() } },
        process: { hash: { md5: n.toString(16).padStart(32, 'b') } }
      }
    case 5:
      return {
        ...base,
        tls: {
          client: { ja3: n.toString(16).padStart(32, 'c'), server_name: `sni${n}.example.com` },
          server: { ja3s: n.toString(16).padStart(32, 'd'), hash: { sha1: n.toString(16).padStart(40, 'e') } }
        }
      }
    case 6:
      return { ...base, email: { from: { address: `user${n}@mail.example.com` }, to: { address: ['me@example.com'] } } }
    case 7:
      return { ...base, ...host, user_agent: { original: `Evil/${n}.0 (x)` } }
    case 8:
      return { ...base, source: { ip: `2001:db8:${n}::1` }, destination: { ip: '10.0.0.1' } }
    case 9:
      return {
        ...base,
        process: { name: `tool${n}.exe`, command_line: `tool${n}.exe -attack` },
        host: { name: `pc${n}` }
      }
    case 10:
      return {
        ...base,
        ...host,
        destination: { ip: `203.0.113.${n}`, domain: `same${n}.example.com` },
        url: { domain: `same${n}.example.com`, original: `/q${n}` }
      }
    default:
      return { ...base, message: `nothing ${n}`, ...host }
  }
}

const founds: Found[] = [
  ...[0, 5, 12, 24].map((n): Found => ({ type: 'ip', value: `192.0.2.${n}` })),
  { type: 'ip', value: '192.0.2.36', port: 443 },
  { type: 'ip', value: '192.0.2.4', port: 80 },
  { type: 'ip', value: '198.51.100.13' },
  { type: 'ip', value: '2001:db8:8::1' },
  { type: 'cidr', value: '203.0.113.0/27' },
  { type: 'cidr', value: '2001:db8:10::/44' },
  { type: 'domain', value: 'bad1.example.com' },
  { type: 'domain', value: 'sni5.example.com' },
  { type: 'domain', value: 'ref3.example.org' },
  { type: 'domain', value: 'host2.example.net' },
  { type: 'url', value: 'http://host14.example.net/p/14.php?x=1' },
  { type: 'url', value: 'http://host15.example.net/full/15' },
  { type: 'url', value: 'http://ref27.example.org/' },
  { type: 'url', value: 'http://same10.example.com/q10' },
  { type: 'sha256', value: sha256(4) },
  { type: 'md5', value: (16).toString(16).padStart(32, 'b') },
  { type: 'sha1', value: (17).toString(16).padStart(40, 'e') },
  { type: 'ja3', value: (29).toString(16).padStart(32, 'c') },
  { type: 'ja3s', value: (5).toString(16).padStart(32, 'd') },
  { type: 'email', value: 'user6@mail.example.com' },
  { type: 'user-agent', value: 'evil/7.0 (x)' },
  { type: 'domain', value: 'never.example.com' },
  { type: 'ip', value: '192.0.2.28', validUntilMs: nowMs - 100 * 3_600_000 },
  {
    type: 'pattern',
    id: 'indicator--00000000-0000-4000-8000-000000000001',
    value: "[process:name = 'tool9.exe' AND process:command_line LIKE '%-attack']"
  }
]

async function fill(events: readonly EcsEvent[], position: number, token: string): Promise<void> {
  const encoder = new EventEncoder()
  encoder.begin(position)
  for (const [i, event] of events.entries()) encodeEvent(encoder, structuredClone(event), position * 10_000 + i)
  await real.store.insert(encoder.finish(), token)
}

const short = ({ type, value, observed, field, count }: Sighting): string =>
  `${type} ${value} as ${observed} in ${field}: ${count}`

test('new indicators are held against what is stored, once, across restarts', { skip, timeout: 120_000 }, async () => {
  const events = Array.from({ length: 960 }, (_, i) => eventOf(i))
  await fill(events, 3, 'retro-a')
  // Those are looked at when they come.
  await fill(events.slice(0, 120), 9, 'retro-b')
  const state = memoryState()
  const intel = memoryIntel()
  const feed = addFeed(
    intel,
    { name: 'abuse', settings: { level: 'high', confidence: 80 }, enabled: true, by: 'x' },
    nowMs
  )!
  keepFound(intel, feed.id, founds, nowMs)
  const off = addFeed(intel, { name: 'off', settings: {}, enabled: false, by: 'x' }, nowMs)!
  keepFound(intel, off.id, [{ type: 'ip', value: '192.0.2.8' }], nowMs)
  keepAllowList(
    intel,
    {
      feed: undefined,
      name: 'ours',
      kind: 'string',
      description: '',
      version: '',
      types: [],
      updatedMs: nowMs,
      by: 'x'
    },
    ['192.0.2.12', '203.0.113.22']
  )

  // What the detector says of the same events.
  const detector = new IndicatorDetector(buildTable(intel, nowMs).table)
  for (const event of events) {
    const timeUs = Date.parse(event['@timestamp']!) * 1000
    // Received when `encodeEvent` says.
    detector.look({ event, timeUs, id: '1', document: () => event }, 1_700_000_000_000)
  }
  const wanted = detector
    .take()
    .filter(({ observed }) => observed.value !== '203.0.113.22')
    .map(({ sighting }) => sighting!)
    // The domains of mail senders are not looked for in the past.
    .filter(({ type, field }) => !(type === 'domain' && field.startsWith('email.')))
  const sum = new Map<string, Sighting>()
  for (const sighting of wanted) {
    const key = `${sighting.id} ${sighting.value} ${sighting.observed} ${sighting.field}`
    sum.set(key, { ...sighting, count: (sum.get(key)?.count ?? 0) + sighting.count })
  }
  const tool = events.filter(event => (event as { process?: { name?: string } }).process?.name === 'tool9.exe').length
  assert.ok(tool > 0)
  const expected = [...sum.values()].map(short)
  expected.push(`pattern ${founds.at(-1)!.value} as pc9 in host.name: ${tool}`)

  const indicators = openIndicators({
    folder: '',
    state,
    intel,
    apply: () => {},
    log,
    nowMs: () => nowMs,
    watchMs: 0,
    make: async () => buildTable(intel, nowMs)
  })
  await indicators.ready
  let failures = 0
  const open = (store: typeof real.store) =>
    openRetroMatch({
      folder: '',
      state,
      intel,
      store,
      indicators,
      committed: () => 9,
      log,
      nowMs: () => nowMs,
      rest: 0,
      retryMs: 5
    })
  const got = (): string[] => listSightings(state, { limit: 10_000 }).map(short).sort()

  // Interrupted after its first steps, and on a store that refuses now and then.
  let steps = 0
  const interrupted = open({
    ...real.store,
    table: (...given) => {
      if (steps++ === 1) {
        void interrupted.close()
        throw new Error('the store is away')
      }
      return real.store.table(...given)
    }
  })
  interrupted.note(newestSeq(intel), 5)
  await interrupted.idle()
  assert.ok(nextRetroJob(state) !== undefined, 'it was interrupted')

  const again = open({
    ...real.store,
    table: (...given) => {
      if (failures++ < 2) throw new Error('the store is away')
      return real.store.table(...given)
    }
  })
  again.note(newestSeq(intel), 5)
  await again.idle()
  assert.equal(nextRetroJob(state), undefined)
  assert.deepEqual(got(), expected.sort())
  const [job, ...more] = again.jobs()
  assert.equal(more.length, 0)
  assert.deepEqual(
    [job!.position, job!.leftOut, job!.problem, job!.daysDone, job!.doneSeq],
    [5, 0, '', job!.days, newestSeq(intel)]
  )
  assert.ok(job!.matches > 0 && job!.events > 0)

  // Each an alert, once; nothing new for the same indicators.
  const alerts = Number(state.db.prepare('SELECT count(*) AS n FROM alerts').get()!['n'])
  assert.ok(alerts > 20)
  again.note(newestSeq(intel), 9)
  await again.idle()
  assert.deepEqual(got(), expected.sort())
  assert.equal(Number(state.db.prepare('SELECT count(*) AS n FROM alerts').get()!['n']), alerts)

  // While there was no table, rows came: those, and no others, are for all indicators.
  const before = listSightings(state, { limit: 10_000 }).reduce((sum, { count }) => sum + count, 0)
  noteMissingTable(state, 5)
  again.note(newestSeq(intel), 9)
  await again.idle()
  const [gap] = again.jobs()
  assert.deepEqual([gap!.fromSeq, gap!.toSeq, gap!.afterPosition, gap!.position], [0, newestSeq(intel), 5, 9])
  const since = listSightings(state, { limit: 10_000 }).reduce((sum, { count }) => sum + count, 0) - before
  // The first 120 of the 960 events came again with position 9.
  assert.equal(since, before / 8)
  const counted = got()

  // One more indicator is a job of its own.
  keepFound(intel, feed.id, [{ type: 'ip', value: '10.0.0.3' }], nowMs)
  again.note(newestSeq(intel), 5)
  await again.idle()
  assert.equal(again.jobs().length, 3)
  assert.deepEqual(
    got().filter(line => !line.includes('10.0.0.3')),
    counted
  )
  assert.ok(got().some(line => line.startsWith('ip 10.0.0.3 as 10.0.0.3 in source.ip: ')))
  await again.close()
  indicators.close()
})

test('with many indicators at once, the values of each day are gone through: the same is found', {
  skip,
  timeout: 120_000
}, async () => {
  // The store holds what the test above put there.
  const found = async (bulk: number): Promise<string[]> => {
    const state = memoryState()
    const intel = memoryIntel()
    const feed = addFeed(
      intel,
      { name: 'abuse', settings: { level: 'high', confidence: 80 }, enabled: true, by: 'x' },
      nowMs
    )!
    const port: Found = { type: 'url', value: 'http://host26.example.net:8080/p/26.php?x=1' }
    keepFound(intel, feed.id, [...founds, port], nowMs)
    const indicators = openIndicators({
      folder: '',
      state,
      intel,
      apply: () => {},
      log,
      nowMs: () => nowMs,
      watchMs: 0,
      make: async () => buildTable(intel, nowMs)
    })
    await indicators.ready
    const retro = openRetroMatch({
      folder: '',
      state,
      intel,
      store: real.store,
      indicators,
      committed: () => 9,
      log,
      nowMs: () => nowMs,
      rest: 0,
      bulk,
      make: async numbers => buildTable(intel, nowMs, numbers).table
    })
    retro.note(newestSeq(intel), 5)
    await retro.idle()
    assert.equal(nextRetroJob(state), undefined)
    await retro.close()
    indicators.close()
    return listSightings(state, { limit: 10_000 }).map(short).sort()
  }
  const events = [
    {
      ...eventOf(26),
      url: { domain: 'host26.example.net', original: '/p/26.php?x=1' },
      destination: { ip: '203.0.113.200', port: 8080 }
    }
  ]
  await fill(events, 4, 'retro-port')
  const one = await found(1_000_000)
  assert.ok(one.some(line => line.includes(':8080')))
  assert.deepEqual(await found(1), one)
})
