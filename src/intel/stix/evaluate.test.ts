import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluatePattern } from './evaluate.ts'
import { type Json, observationsOf } from './observations.ts'
import { parsePattern } from './parse-pattern.ts'

const observed = (second: number, objects: { [key: string]: Json }, times = 1): Json => ({
  type: 'observed-data',
  first_observed: `2024-01-01T00:00:0${second}Z`,
  last_observed: `2024-01-01T00:00:0${second}Z`,
  number_observed: times,
  objects
})
const connection: Json = {
  '0': { type: 'ipv4-addr', value: '192.0.2.1' },
  '1': { type: 'domain-name', value: 'evil.example', resolves_to_refs: ['0'] },
  '2': { type: 'network-traffic', dst_ref: '0', dst_port: 443, protocols: ['ipv4', 'tcp'] },
  '3': {
    type: 'file',
    name: 'a.exe',
    size: 1280,
    hashes: { MD5: 'aa' },
    magic_number_hex: 'ffd8',
    created: '2024-01-01T00:00:00.5Z'
  }
}
const data: Json[] = [
  observed(1, connection as { [key: string]: Json }),
  observed(3, { '0': { type: 'file', name: 'b.exe', size: 5 } }, 2),
  observed(6, { '0': { type: 'process', command_line: 'x -y', pid: 7 } })
]

function verdict(pattern: string, given: Json[] = data): string {
  const parsed = parsePattern(pattern)
  if (!parsed.ok) return parsed.kind
  const observations = observationsOf(given)
  assert.ok(observations.ok)
  const result = evaluatePattern(parsed.pattern, observations.observations)
  return result.ok ? String(result.matches) : result.message
}

test('tests of values', () => {
  const cases: [string, string][] = [
    ["[ipv4-addr:value = '192.0.2.1']", 'true'],
    ["[ipv4-addr:value != '192.0.2.1']", 'false'],
    ["[ipv4-addr:value NOT = '192.0.2.2']", 'true'],
    ["[ipv4-addr:value ISSUBSET '192.0.2.0/24']", 'true'],
    ["[ipv4-addr:value ISSUBSET '198.51.100.0/24']", 'false'],
    ["[ipv4-addr:value ISSUPERSET '192.0.2.1']", 'true'],
    ['[file:size = 1280.0]', 'true'],
    ['[file:size >= 1280 AND file:size < 1281]', 'true'],
    ["[file:size = '1280']", 'false'],
    ['[file:size IN (1, 2, 5)]', 'true'],
    ['[file:size IN ()]', 'false'],
    ["[file:name LIKE '_.exe']", 'true'],
    ["[file:name LIKE '.exe']", 'false'],
    ["[file:name MATCHES '^[ab]\\\\.exe$']", 'true'],
    [
      "[file:name MATCHES '(?=a)']",
      'no regular expression that runs in linear time: error parsing regexp: invalid or unsupported Perl syntax: `(?=`'
    ],
    ["[file:hashes.MD5 = 'aa']", 'true'],
    ["[file:hashes[*] = 'aa']", 'true'],
    ["[file:magic_number_hex = h'FFD8']", 'true'],
    ["[file:magic_number_hex = b'/9g=']", 'true'],
    ["[file:created = t'2024-01-01T00:00:00.500Z']", 'true'],
    ["[file:created > t'2024-01-01T00:00:00.4999Z']", 'true'],
    ["[file:name = t'2024-01-01T00:00:00Z']", 'no timestamp: a.exe'],
    ['[EXISTS file:hashes.MD5]', 'true'],
    ['[EXISTS file:hashes.SHA1]', 'false'],
    ["[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:protocols[1] = 'tcp']", 'true'],
    ["[network-traffic:protocols[*] = 'udp']", 'false'],
    ["[domain-name:resolves_to_refs[*].value = '192.0.2.1']", 'true'],
    // Both are about the same file.
    ["[file:name = 'a.exe' AND file:size = 5]", 'false'],
    ["[file:name = 'a.exe' OR file:size = 5]", 'true']
  ]
  for (const [pattern, wanted] of cases) assert.equal(verdict(pattern), wanted, pattern)
})

test('observations together', () => {
  const cases: [string, boolean][] = [
    ["[file:name = 'b.exe'] REPEATS 2 TIMES", true],
    ["[file:name = 'b.exe'] REPEATS 3 TIMES", false],
    ['[file:size > 1] AND [process:pid = 7]', true],
    ['[process:pid = 7] AND [process:pid = 7]', false],
    ['[process:pid = 8] OR [process:pid = 7]', true],
    ['[file:size = 1280] FOLLOWEDBY [process:pid = 7]', true],
    ['[process:pid = 7] FOLLOWEDBY [file:size = 1280]', false],
    ['([file:size = 1280] AND [process:pid = 7]) WITHIN 5 SECONDS', true],
    ['([file:size = 1280] AND [process:pid = 7]) WITHIN 4.9 SECONDS', false],
    ["[process:pid = 7] START t'2024-01-01T00:00:06Z' STOP t'2024-01-01T00:00:07Z'", true],
    ["[process:pid = 7] START t'2024-01-01T00:00:05Z' STOP t'2024-01-01T00:00:06Z'", false],
    ["[file:size = 5] AND [file:size = 5] AND [file:size = 1280] FOLLOWEDBY [process:command_line LIKE '%y']", true]
  ]
  for (const [pattern, wanted] of cases) assert.equal(verdict(pattern), String(wanted), pattern)
})

test('what is no pattern is refused with its place; what costs too much is given up', () => {
  for (const text of [
    '',
    '[',
    'file:size = 1',
    "[file:size = 'a]",
    '[file:size = 1] WITHIN -1 SECONDS',
    '[a:b = null]',
    "[a:b = h'f']",
    '[a:b = true] x',
    '[a-b:c-d = 1]',
    '(('.repeat(5000)
  ])
    assert.equal(verdict(text), 'syntax', text.slice(0, 40))
  for (const text of ['[a:b = 1] WITHIN 0 SECONDS', '[a:b = 1] REPEATS 0 TIMES', "[a:b IN (1, 'a')]"])
    assert.equal(verdict(text), 'meaning', text)
  const bad = parsePattern("[file:name = 'a' AND file:size = ]")
  assert.deepEqual(bad, { ok: false, kind: 'syntax', message: 'there is ] where a value is expected', at: 33 })
  const many = [observed(1, { '0': { type: 'file', size: 1 } }, 60)]
  assert.match(
    verdict(
      "([file:size = 1] REPEATS 30 TIMES FOLLOWEDBY [file:size = 2]) OR ([file:size = 1] REPEATS 30 TIMES) START t'2020-01-01T00:00:00Z' STOP t'2020-01-02T00:00:00Z'",
      many
    ),
    /not decided/
  )
})
