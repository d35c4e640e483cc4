import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Found, type Indicator, indicatorOf, indicatorTypes } from '../indicator.ts'
import { normalValue } from '../normalise.ts'
import { readStix } from './bundle.ts'
import type { Json } from './observations.ts'
import { readIdentities, readSightings } from './peer-sightings.ts'
import { sightingId, stixIdentity, stixIndicator, stixSighting } from './to-stix.ts'

const terms = { source: 'list', level: 'high', confidence: 70, labels: ['ours'], confidenceMin: 0 } as const
const times = { createdMs: 1000, modifiedMs: 2000, by: undefined, revoked: false }

function backAndForth(...founds: [Found, ...Found[]]): Found[] {
  const [first, ...others] = founds.map(found => indicatorOf(found, terms, 1000)) as [Indicator, ...Indicator[]]
  const back: Found[] = []
  const object = JSON.parse(JSON.stringify(stixIndicator([first, ...others], times))) as Json
  const reading = readStix([object], found => back.push(found))
  assert.deepEqual(reading.problems, [], JSON.stringify(object))
  return back
}

const hex = (length: number) => 'a1'.repeat(length / 2)
const samples: readonly Found[] = [
  { type: 'ip', value: '192.0.2.1' },
  { type: 'ip', value: '2001:db8::1' },
  { type: 'ip', value: '192.0.2.1', port: 443 },
  { type: 'cidr', value: '198.51.100.0/24' },
  { type: 'cidr', value: '2001:db8::/32' },
  { type: 'domain', value: 'evil.example' },
  { type: 'url', value: "http://evil.example/it's?x=\\y" },
  { type: 'md5', value: hex(32) },
  { type: 'sha1', value: hex(40) },
  { type: 'sha256', value: hex(64) },
  { type: 'sha512', value: hex(128) },
  { type: 'email', value: "o'hara@evil.example" },
  { type: 'ja3', value: hex(32) },
  { type: 'ja3s', value: hex(32) },
  { type: 'ja4', value: 't13d1516h2_8daaf6152771_b186095e22b6' },
  { type: 'user-agent', value: "evil/1.0 (it's \\ me)" }
]

test('what is published says to a peer what it says here, of every type', () => {
  const told = new Set(samples.map(({ type }) => type))
  assert.deepEqual(
    indicatorTypes.filter(type => type !== 'pattern' && !told.has(type)),
    []
  )
  for (const sample of samples) {
    const [back, ...more] = backAndForth(sample)
    assert.deepEqual(
      [back?.type, back?.value, back?.port, more],
      [sample.type, sample.value, sample.port, []],
      sample.type
    )
    assert.deepEqual([back!.confidence, back!.labels], [70, ['malicious-activity', 'ours']])
  }
})

test('values of one indicator stay together, and patterns stay patterns', () => {
  const back = backAndForth(...(samples.slice(0, 2) as unknown as [Found, Found]))
  assert.deepEqual(
    back.map(({ value }) => value),
    ['192.0.2.1', '2001:db8::1']
  )
  assert.equal(new Set(back.map(({ id }) => id)).size, 1)
  const pattern = "[file:name = 'a.exe' AND process:pid = 7]"
  assert.deepEqual(
    backAndForth({ type: 'pattern', value: pattern }).map(({ type, value }) => [type, value]),
    [['pattern', pattern]]
  )
})

test('whatever a URL or a user agent holds, it comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.webUrl({ withQueryParameters: true }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
      (url, agent) => {
        for (const [type, text] of [
          ['url', url],
          ['user-agent', agent]
        ] as const) {
          const value = normalValue(type, text)
          if (value === undefined) continue
          assert.equal(backAndForth({ type, value })[0]?.value, value)
        }
      }
    ),
    { numRuns: 300 }
  )
})

test('sightings and identities come back, and say nothing of where', () => {
  const identity = { id: 'identity--00000000-0000-4000-8000-000000000001', name: 'Village A', createdMs: 5 }
  const sum = {
    id: 'indicator--00000000-0000-4000-8000-000000000002',
    value: 'x',
    count: 3,
    firstUs: 1_000_000,
    lastUs: 2_500_000
  }
  const objects = [stixIdentity(identity, 9), stixSighting(sum, identity.id, { createdMs: 1, modifiedMs: 7 })]
  assert.deepEqual(readIdentities(objects), [{ id: identity.id, name: 'Village A' }])
  assert.deepEqual(readSightings(objects), [
    {
      id: sightingId(identity.id, sum.id, 'x'),
      indicator: sum.id,
      who: identity.id,
      versionMs: 7,
      count: 3,
      firstUs: 1_000_000,
      lastUs: 2_500_000
    }
  ])
  assert.deepEqual(
    readSightings([
      null,
      7,
      {},
      { type: 'sighting', id: 'x' },
      { ...objects[1], summary: true },
      { ...objects[1], modified: 'now', created: 7 }
    ]),
    []
  )
})
