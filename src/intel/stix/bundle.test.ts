import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Found } from '../indicator.ts'
import { readStix } from './bundle.ts'
import { lowerPattern } from './lower.ts'
import { parsePattern } from './parse-pattern.ts'

function lower(text: string): ReturnType<typeof lowerPattern> {
  const parsed = parsePattern(text)
  assert.ok(parsed.ok, `${text}: ${parsed.ok ? '' : parsed.message}`)
  return lowerPattern(parsed.pattern)
}

const values = (text: string): string[] => {
  const lowered = lower(text)
  assert.equal(lowered.kind, 'values', `${text}: ${JSON.stringify(lowered)}`)
  return lowered.kind === 'values'
    ? lowered.values.map(({ type, value, port }) => `${type} ${value}${port === undefined ? '' : ` ${port}`}`)
    : []
}

test('patterns of which one value is enough are values', () => {
  const cases: [string, string[]][] = [
    ["[ipv4-addr:value = '192.0.2.1']", ['ip 192.0.2.1']],
    ["[ipv4-addr:value = '192.0.2.0/24']", ['cidr 192.0.2.0/24']],
    ["[ipv4-addr:value ISSUBSET '192.0.2.0/24']", ['cidr 192.0.2.0/24']],
    ["[ipv4-addr:value = '192.0.2.1/32']", ['ip 192.0.2.1']],
    ["[ipv6-addr:value = '2001:DB8::1']", ['ip 2001:db8::1']],
    [
      "[domain-name:value = 'EVIL.example' OR url:value = 'http://evil.example/a']",
      ['domain evil.example', 'url http://evil.example/a']
    ],
    ["[domain-name:value IN ('a.example', 'b.example')]", ['domain a.example', 'domain b.example']],
    [
      "[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']",
      ['domain a.example', 'domain b.example']
    ],
    [
      `[file:hashes.MD5 = '${'a'.repeat(32)}' OR file:hashes.'SHA-256' = '${'B'.repeat(64)}']`,
      [`md5 ${'a'.repeat(32)}`, `sha256 ${'b'.repeat(64)}`]
    ],
    [
      "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]",
      ['ip 192.0.2.1 443']
    ],
    ["[network-traffic:dst_ref.value = 'evil.example']", ['domain evil.example']],
    ["[email-addr:value = 'JDoe@evil.example']", ['email jdoe@evil.example']],
    ["[ipv4-addr:value = '192.0.2.1'] WITHIN 60 SECONDS", ['ip 192.0.2.1']],
    [
      "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Evil/1.0']",
      ['user-agent evil/1.0']
    ]
  ]
  for (const [pattern, wanted] of cases) assert.deepEqual(values(pattern), wanted, pattern)
})

test('others are expressions, and what events cannot say is said', () => {
  const expression = lower("[file:name = 'a.exe' AND file:size = 1280]")
  assert.equal(expression.kind, 'expression')
  assert.deepEqual(expression.kind === 'expression' && expression.expression, {
    kind: 'and',
    of: [
      {
        kind: 'or',
        of: ['file.name', 'process.name', 'dll.name', 'email.attachments.file.name'].map(field => ({
          kind: 'equals',
          field,
          value: 'a.exe'
        }))
      },
      { kind: 'equals', field: 'file.size', value: '1280' }
    ]
  })
  const timed = lower("[ipv4-addr:value = '192.0.2.1'] START t'2024-01-01T00:00:00Z' STOP t'2024-02-01T00:00:00Z'")
  assert.equal(timed.kind, 'expression')
  assert.match(JSON.stringify(timed), /"op":"lt","value":1706745600000000,"of":"time"/)
  const negated = lower("[process:name NOT LIKE 'sv_host%']")
  assert.deepEqual(negated.kind === 'expression' && negated.expression, {
    kind: 'and',
    of: [
      { kind: 'exists', field: 'process.name' },
      { kind: 'not', of: { kind: 'wildcard', field: 'process.name', pattern: 'sv?host*' } }
    ]
  })
  const reasons: [string, RegExp][] = [
    ["[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']", /2 observations in their order/],
    ["[ipv4-addr:value = '192.0.2.1'] AND [ipv4-addr:value = '192.0.2.2']", /2 observations/],
    ["[ipv4-addr:value = '192.0.2.1'] REPEATS 5 TIMES WITHIN 60 SECONDS", /seen 5 times/],
    ["[mutex:name = 'evil']", /nothing that corresponds to mutex:name/],
    ["[file:magic_number_hex = h'ffd8']", /nothing that corresponds/],
    ["[process:command_line MATCHES '(?=a)b']", /linear time/],
    ["[file:name > 'a']", /order of texts/]
  ]
  for (const [pattern, reason] of reasons) {
    const lowered = lower(pattern)
    assert.equal(lowered.kind, 'none', pattern)
    assert.match(lowered.left.join(), reason)
  }
  const partly = lower("[mutex:name = 'evil'] OR [domain-name:value = 'evil.example']")
  assert.deepEqual(partly.kind === 'values' && partly.values, [{ type: 'domain', value: 'evil.example' }])
  assert.equal(partly.left.length, 1)
})

test('a bundle: what is said of its indicators, and what cannot be used', () => {
  const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const base = {
    type: 'indicator',
    spec_version: '2.1',
    pattern_type: 'stix',
    created: '2024-01-01T00:00:00Z',
    modified: '2024-03-01T00:00:00Z'
  }
  const found: Found[] = []
  const reading = readStix(
    JSON.stringify({
      type: 'bundle',
      id: `bundle--${uuid(0)}`,
      objects: [
        {
          ...base,
          id: `indicator--${uuid(1)}`,
          name: 'C2',
          pattern: "[domain-name:value = 'evil.example']",
          valid_from: '2024-01-01T00:00:00Z',
          valid_until: '2024-06-01T00:00:00Z',
          confidence: 85,
          indicator_types: ['malicious-activity'],
          labels: ['x'],
          kill_chain_phases: [{ kill_chain_name: 'mitre-attack', phase_name: 'command-and-control' }],
          external_references: [{ source_name: 'a', url: 'https://a.example/report' }]
        },
        { ...base, id: `indicator--${uuid(2)}`, pattern: "[ipv4-addr:value = '192.0.2.1']", revoked: true },
        { ...base, id: `indicator--${uuid(3)}`, pattern: 'rule x {}', pattern_type: 'yara' },
        { ...base, id: `indicator--${uuid(4)}`, pattern: '[oops' },
        {
          ...base,
          id: `indicator--${uuid(5)}`,
          pattern: "[domain-name:value = 'good.example']",
          indicator_types: ['benign']
        },
        { ...base, id: `indicator--${uuid(6)}`, pattern: "[file:name = 'a.exe' AND file:size = 1]" },
        { ...base, id: `indicator--${uuid(7)}`, pattern: "[mutex:name = 'a']" },
        { ...base, id: 'indicator--7', pattern: "[domain-name:value = 'evil.example']" },
        { type: 'malware', id: `malware--${uuid(8)}`, name: 'Emotet' },
        {
          type: 'attack-pattern',
          id: `attack-pattern--${uuid(9)}`,
          name: 'DNS',
          external_references: [{ source_name: 'mitre-attack', external_id: 'T1071.004' }]
        },
        {
          type: 'relationship',
          id: `relationship--${uuid(10)}`,
          relationship_type: 'indicates',
          source_ref: `indicator--${uuid(1)}`,
          target_ref: `malware--${uuid(8)}`
        },
        {
          type: 'relationship',
          id: `relationship--${uuid(11)}`,
          relationship_type: 'indicates',
          source_ref: `indicator--${uuid(1)}`,
          target_ref: `attack-pattern--${uuid(9)}`
        }
      ]
    }),
    indicator => found.push(indicator)
  )
  assert.deepEqual(found[0], {
    id: `indicator--${uuid(1)}`,
    type: 'domain',
    value: 'evil.example',
    name: 'C2',
    confidence: 85,
    labels: ['malicious-activity', 'Emotet', 'attack.t1071.004', 'x', 'attack.command-and-control'],
    validFromMs: Date.UTC(2024, 0, 1),
    validUntilMs: Date.UTC(2024, 5, 1),
    seenMs: Date.UTC(2024, 2, 1),
    reference: 'https://a.example/report'
  })
  assert.deepEqual(
    found.slice(1).map(({ id, type, revoked }) => [Number(id!.slice(-2)), type, revoked]),
    [
      [2, 'pattern', true],
      [6, 'pattern', undefined],
      [7, 'pattern', undefined]
    ]
  )
  assert.deepEqual([reading.taken, reading.refused, reading.unmatched], [4, 4, 1])
  for (const odd of ['', '{', 'null', '[]', '[1]', '{"objects": 3}', '{"type":"indicator"}'])
    assert.equal(readStix(odd, () => {}).taken, 0, odd)
})
