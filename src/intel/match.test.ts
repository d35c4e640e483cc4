/** The shared table and the detector against the obvious way: each indicator held against each value of each event. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EcsEvent } from '../core/parser.ts'
import { inNetwork, parseCidr } from '../filter/address.ts'
import { valuesOf } from '../filter/event-values.ts'
import { fieldUses } from './event-fields.ts'
import { type FeedTerms, type Found, type Indicator, indicatorOf, withoutId } from './indicator.ts'
import { IndicatorDetector, type IndicatorMatch } from './match.ts'
import { normalUrl, normalValue } from './normalise.ts'
import { TableBuilder } from './table/build.ts'
import { hostInUrl } from './table/layout.ts'
import { IndicatorTable } from './table/table.ts'

const feed: FeedTerms = { source: 'test', level: 'high', confidence: 80, labels: [], confidenceMin: 0 }
const nowMs = Date.UTC(2024, 5, 1)

function build(
  indicators: readonly Indicator[],
  feeds: readonly FeedTerms[] = [feed],
  allows: (type: string, value: string) => string | undefined = () => undefined
) {
  const builder = new TableBuilder({ feeds, allows, newestSeq: 7 })
  for (const indicator of indicators) builder.add(indicator)
  return builder.finish()
}

const of = (found: Found, terms = feed): Indicator => indicatorOf(found, terms, nowMs)

function look(
  indicators: readonly Found[],
  event: EcsEvent,
  terms = feed,
  timeMs = nowMs,
  receivedMs = nowMs
): IndicatorMatch[] {
  const detector = new IndicatorDetector(
    build(
      indicators.map(found => of(found, terms)),
      [terms]
    ).table
  )
  detector.look({ event, timeUs: timeMs * 1000, id: '0000000000000001', document: () => event }, receivedMs)
  return detector.take()
}

const ips = [
  '192.0.2.1',
  '192.0.2.77',
  '198.51.100.9',
  '10.0.0.1',
  '2001:db8::1',
  '2001:db8:1::5',
  '2001:DB8:0:0::1',
  '::ffff:192.0.2.1',
  'not an ip',
  '192.0.2.999',
  '192.0.02.1'
]
const cidrs = [
  '192.0.2.0/24',
  '192.0.2.0/25',
  '192.0.2.64/26',
  '198.51.100.8/29',
  '2001:db8::/32',
  '2001:db8:1::/48',
  '10.0.0.0/8',
  '192.0.2.1/30'
]
const names = [
  'evil.example.com',
  'a.evil.example.com',
  'A.B.Evil.Example.com',
  'example.com',
  'notevil.example.com',
  'evil.example.com.',
  'github.io',
  'x.github.io',
  'com',
  'evil.example.com.br',
  '192.0.2.1',
  'bücher.example.com',
  'a.Bücher.example.com'
]
const urls = [
  'http://evil.example.com/a',
  'http://evil.example.com/A',
  'https://evil.example.com/a?x=1',
  'http://EVIL.example.com:80/a#b',
  'http://192.0.2.1:8080/x',
  'http://user@evil.example.com/a',
  '/a',
  '/a?x=1',
  'http://',
  'http://x.github.io/'
]
const hashes = [
  'd41d8cd98f00b204e9800998ecf8427e',
  'D41D8CD98F00B204E9800998ECF8427E',
  'ffffffffffffffffffffffffffffffff'
]
const mails = ['jdoe@evil.example.com', 'JDoe@Evil.Example.com', 'x@a.evil.example.com', 'nobody']
const agents = ['Evil/1.0', 'evil/1.0', 'Mozilla/5.0 (Ωmega)', 'mozilla/5.0 (ωmega)', 'curl/8']

const pool: Readonly<Record<string, readonly string[]>> = {
  ip: ips,
  cidr: cidrs,
  domain: names,
  url: urls,
  md5: hashes,
  ja3: hashes,
  email: mails,
  'user-agent': agents
}
const arbitraryFound = fc
  .constantFrom(...Object.keys(pool))
  .chain(type =>
    fc.constantFrom(...pool[type]!).map(value => ({ type, value: normalValue(type as Found['type'], value) }))
  )
  .filter(({ value }) => value !== undefined) as fc.Arbitrary<Found>

const used = [
  'source.ip',
  'destination.ip',
  'dns.resolved_ip',
  'dns.answers.data',
  'url.domain',
  'dns.question.name',
  'source.address',
  'url.full',
  'url.original',
  'http.request.referrer',
  'email.from.address',
  'email.to.address',
  'file.hash.md5',
  'tls.client.ja3',
  'user_agent.original'
]
const arbitraryEvent = fc
  .dictionary(
    fc.constantFrom(...used),
    fc.oneof(
      fc.constantFrom(...Object.values(pool).flat()),
      fc.array(fc.constantFrom(...Object.values(pool).flat()), { maxLength: 3 })
    ),
    { maxKeys: 6 }
  )
  .map(fields => {
    const event: EcsEvent = {}
    for (const [field, value] of Object.entries(fields)) {
      const path = field.split('.')
      let at: Record<string, unknown> = event
      for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>
      at[path.at(-1)!] = value
    }
    return event
  })

/** All that an event shows of an indicator, the slow way. */
function shows({ type, value }: Indicator, event: EcsEvent): boolean {
  const below = (name: string): boolean => {
    const bare = (/[^\0-\x7f]/.test(name) ? (normalValue('domain', name) ?? '') : name).toLowerCase().replace(/\.$/, '')
    return bare === value || (bare.endsWith(`.${value}`) && value !== 'github.io')
  }
  const address = (text: string): boolean => {
    if (type === 'cidr') return inNetwork(text, parseCidr(value)!)
    return type === 'ip' && normalValue('ip', text) === value && !text.startsWith('[')
  }
  for (const { field, as } of fieldUses) {
    for (const leaf of valuesOf(field)(event)) {
      const text = String(leaf)
      if (as.includes('ip') && address(text)) return true
      if (as.includes('domain') && type === 'domain' && below(text)) return true
      if (as.includes('url') && text.includes('://')) {
        if (type === 'url' && normalUrl(text) === value) return true
        if (type === 'domain' && below(hostInUrl(text))) return true
        if (address(hostInUrl(text))) return true
      }
      if (field === 'url.original' && type === 'url' && text.startsWith('/')) {
        const host = valuesOf('url.domain')(event)[0]
        if (host !== undefined && ['http', 'https'].some(scheme => normalUrl(`${scheme}://${host}${text}`) === value))
          return true
      }
      if (as.includes('email')) {
        if (type === 'email' && text.toLowerCase() === value) return true
        if (type === 'domain' && field === 'email.from.address' && below(text.slice(text.lastIndexOf('@') + 1)))
          return true
      }
      if (
        as.includes(type) &&
        !['ip', 'domain', 'url', 'email'].includes(type) &&
        text.replace(/[A-Z]/g, c => c.toLowerCase()) === value.replace(/[A-Z]/g, c => c.toLowerCase())
      )
        return true
    }
  }
  return false
}

test('random indicators and random events: the table finds what the obvious way finds', () => {
  let hits = 0
  fc.assert(
    fc.property(
      fc.array(arbitraryFound, { maxLength: 30 }),
      fc.array(arbitraryEvent, { maxLength: 8 }),
      (founds, events) => {
        const indicators = founds
          .map(found => of(found))
          .filter(({ type, value }) => !(type === 'domain' && value === 'com'))
        const detector = new IndicatorDetector(build(indicators).table)
        for (const event of events) {
          detector.look({ event, timeUs: nowMs * 1000, id: '1', document: () => event }, nowMs)
          const got = new Set(detector.take().map(({ sighting }) => `${sighting!.type} ${sighting!.value}`))
          const wanted = new Set(
            indicators.filter(indicator => shows(indicator, event)).map(({ type, value }) => `${type} ${value}`)
          )
          assert.deepEqual([...got].sort(), [...wanted].sort())
          hits += wanted.size
        }
      }
    ),
    { numRuns: 3000 }
  )
  assert.ok(hits > 1000, `only ${hits} hits`)
})

test('addresses and nested networks against all of them, one by one', () => {
  const numbers = fc.integer({ min: 0, max: 0xffffffff })
  const four = (n: number): string => [24, 16, 8, 0].map(shift => (n >>> shift) & 255).join('.')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(numbers, fc.integer({ min: 8, max: 31 })), { maxLength: 40 }),
      fc.array(numbers, { maxLength: 20 }),
      (networks, addresses) => {
        const indicators = networks.map(([n, prefix]) =>
          of({ type: 'cidr', value: normalValue('cidr', `${four(n)}/${prefix}`)! })
        )
        const table = new IndicatorTable(build(indicators).table)
        // Addresses at the edges of networks, too.
        const edges = networks.flatMap(([n, prefix]) => [
          n,
          (n | (0xffffffff >>> prefix)) >>> 0,
          (((n | (0xffffffff >>> prefix)) >>> 0) + 1) >>> 0
        ])
        for (const address of [...addresses, ...edges]) {
          table.found.length = 0
          table.ip(four(address))
          const wanted = indicators
            .filter(({ value }) => inNetwork(four(address), parseCidr(value)!))
            .map(({ value }) => value)
          assert.deepEqual(table.found.map(entry => table.entry(entry).value).sort(), wanted.sort())
        }
      }
    ),
    { numRuns: 300 }
  )
})

test('a match says who, what, where, and how bad', () => {
  const [match, ...more] = look(
    [{ type: 'domain', value: 'evil.example.com', name: 'Emotet', labels: ['attack.t1071'], confidence: 90 }],
    {
      dns: { question: { name: 'a.evil.example.com' } },
      source: { ip: '10.0.0.5' }
    }
  )
  assert.equal(more.length, 0)
  assert.deepEqual(match!.group.entity, { 'dns.question.name': 'a.evil.example.com', 'source.ip': '10.0.0.5' })
  assert.equal(match!.group.rule.title, 'Known bad domain evil.example.com (Emotet, test)')
  assert.deepEqual(
    [match!.group.rule.kind, match!.group.rule.level, match!.group.rule.tags],
    ['indicator', 'high', ['attack.t1071']]
  )
  assert.equal(match!.group.rule.id, match!.sighting!.id)
  assert.equal(match!.group.summary, 'as a.evil.example.com in dns.question.name')
  assert.deepEqual(match!.observed, { type: 'domain', value: 'a.evil.example.com' })
  assert.equal(match!.group.samples.length, 1)
  // Who comes to us is less than where we go.
  assert.equal(
    look([{ type: 'ip', value: '192.0.2.1' }], { source: { ip: '192.0.2.1' }, destination: { ip: '10.0.0.1' } })[0]!
      .group.rule.level,
    'medium'
  )
  assert.equal(
    look([{ type: 'ip', value: '192.0.2.1' }], { destination: { ip: '192.0.2.1' } })[0]!.group.rule.level,
    'high'
  )
  const heartbeat = look([{ type: 'ip', value: '192.0.2.1' }], {
    destination: { ip: '192.0.2.1' },
    labels: { picket_heartbeat: 'x' }
  })[0]!
  assert.deepEqual([heartbeat.group.test, heartbeat.sighting], [true, undefined])
})

test('ports, the end of validity, decay, and times that events claim', () => {
  const c2: Found = { type: 'ip', value: '192.0.2.1', port: 443 }
  assert.equal(look([c2], { destination: { ip: '192.0.2.1', port: 443 } }).length, 1)
  assert.equal(look([c2], { destination: { ip: '192.0.2.1', port: 80 } }).length, 0)
  assert.equal(look([c2], { destination: { ip: '192.0.2.1' } }).length, 1)
  assert.equal(look([c2], { dns: { resolved_ip: ['192.0.2.1'] } }).length, 1)
  const event = { destination: { ip: '192.0.2.1' } }
  const day = 86_400_000
  const ended: Found = { type: 'ip', value: '192.0.2.1', validFromMs: nowMs - day, validUntilMs: nowMs }
  assert.equal(look([ended], event, feed, nowMs - 1, nowMs).length, 1)
  assert.equal(look([ended], event, feed, nowMs, nowMs).length, 0)
  // From before anybody knew.
  assert.equal(look([ended], event, feed, nowMs - 300 * day, nowMs).length, 1)
  const decaying: FeedTerms = { ...feed, halfLifeMs: 30 * day, confidenceMin: 20 }
  const old: Found = { type: 'ip', value: '192.0.2.1', seenMs: nowMs - 59 * day, confidence: 80 }
  assert.equal(look([old], event, decaying).length, 1)
  assert.equal(look([old], event, decaying, nowMs + 2 * day, nowMs + 2 * day).length, 0)
  // An event from the future counts as of when it came.
  assert.equal(look([old], event, decaying, nowMs + 300 * day, nowMs).length, 1)
  assert.equal(look([{ ...old, confidence: 10 }], event, decaying, 0, nowMs).length, 0)
})

test('allow lists win, what is too wide is left out, and each feed is told of', () => {
  const other: FeedTerms = { ...feed, source: 'other', level: 'low' }
  const built = build(
    [
      of({ type: 'ip', value: '8.8.8.8' }),
      of({ type: 'domain', value: 'com' }),
      of({ type: 'cidr', value: '0.0.0.0/1' }),
      of({ type: 'domain', value: 'github.io' }),
      of({ type: 'ip', value: '192.0.2.1' }),
      of({ type: 'ip', value: '192.0.2.1' }, other)
    ],
    [feed, other],
    (_, value) => (value === '8.8.8.8' ? 'Google DNS' : undefined)
  )
  assert.deepEqual([built.allowed, built.tooWide, built.table.entries, built.table.newestSeq], [1, 2, 3, 7])
  const detector = new IndicatorDetector(built.table)
  const see = (event: EcsEvent): string[] => {
    detector.look({ event, timeUs: 1, id: '1', document: () => event }, nowMs)
    return detector
      .take()
      .map(({ group, sighting }) => `${sighting!.source} ${group.rule.level} ${sighting!.value}`)
      .sort()
  }
  assert.deepEqual(see({ destination: { ip: '192.0.2.1' } }), ['other low 192.0.2.1', 'test high 192.0.2.1'])
  assert.deepEqual(see({ url: { domain: 'someone.github.io' } }), [])
  assert.deepEqual(see({ url: { domain: 'github.io' } }), ['test high github.io'])
})

test('what is found in a batch is bounded, and every hit counted', () => {
  const detector = new IndicatorDetector(build([of({ type: 'cidr', value: '10.0.0.0/8' })]).table)
  const count = 12_000
  for (let i = 0; i < count; i++) {
    const event = { destination: { ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` } }
    detector.look({ event, timeUs: i, id: '1', document: () => event }, nowMs)
  }
  const matches = detector.take()
  assert.equal(matches.length, 5001)
  assert.equal(
    matches.reduce((sum, { group }) => sum + group.count, 0),
    count
  )
  assert.deepEqual(matches.at(-1)!.group.entity, {})
})

test('memory: an indicator takes a hundred bytes or so', () => {
  const count = 100_000
  const indicators = Array.from({ length: count }, (_, i) =>
    withoutId(
      i % 2 === 0
        ? { type: 'domain', value: `host${i}.example.com`, labels: ['phishing'] }
        : { type: 'ip', value: `192.${i >> 16}.${(i >> 8) & 255}.${i & 255}` },
      feed,
      nowMs
    )
  )
  const { table } = build(indicators)
  assert.equal(table.entries, count)
  assert.ok(table.bytes.byteLength < count * 110, `${table.bytes.byteLength / count} bytes each`)
})
