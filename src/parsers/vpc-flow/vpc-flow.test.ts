import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { completeEvent } from '../../core/event.ts'
import type { Parsed, Sample } from '../../core/parser.ts'
import { vpcFlow } from './vpc-flow.ts'

const receivedMs = Date.UTC(2026, 0, 1)
const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const header =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'

const parse = (text: string, ...headers: string[]) => vpcFlow.open({ receivedMs, header: headers })(text, {}) as Parsed

function sampleOf(...lines: string[]): Sample {
  return { text: lines.join('\n'), lines, json: lines.map(() => undefined), fileName: undefined }
}

test('recognises flow logs with and without header, prefixed and wrapped', () => {
  const sure: readonly (readonly string[])[] = [
    [line],
    [header],
    [header, line],
    ['srcaddr dstaddr action', '192.0.2.1 192.0.2.2 ACCEPT'],
    [`2022-03-02T10:11:12.345Z ${line}`],
    [JSON.stringify({ message: line })],
    ['2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA']
  ]
  for (const lines of sure) assert.ok(vpcFlow.recognise(sampleOf(...lines)) >= 0.9, lines.join('\n'))
})

test('leaves other formats alone', () => {
  const others = [
    'Mar  1 12:00:00 host sshd[1]: Accepted publickey for root from 192.0.2.1 port 22 ssh2',
    '192.0.2.1 - - [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 612',
    '{"message":"hello world"}',
    '{"timestamp":"2024-01-01T00:00:00Z","event_type":"flow"}',
    'version type region',
    'date time s-ip cs-method cs-uri-stem c-ip',
    '2 3 4 5 6 7 8 9 10 11 12 13 14 15',
    'a b c d e f',
    'http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200'
  ]
  for (const other of others) assert.equal(vpcFlow.recognise(sampleOf(other, other)), 0, other)
  assert.equal(vpcFlow.recognise(sampleOf(line, ...others)), 0)
})

test('a header line is one of field names, in either spelling', () => {
  for (const yes of [
    header,
    'srcaddr',
    'account_id interface_id',
    '$' + '{version} $' + '{account-id}',
    `\ufeff${header}`,
    `${header}\r`
  ])
    assert.equal(vpcFlow.isHeader?.(yes), true, yes)
  for (const no of [
    line,
    '',
    'hello',
    'hello world',
    'srcaddr hello',
    '- eni-1 10.0.1.5',
    'i-0123 eni-1 10.0.1.5 10.0.0.1'
  ])
    assert.equal(vpcFlow.isHeader?.(no), false, no)
})

test('the header in force says where the fields stand', () => {
  const parsed = parse('192.0.2.7 53 17 1640000000', 'dstaddr dstport protocol start')
  assert.ok(parsed.ok)
  assert.equal(parsed.timeUs, 1_640_000_000_000_000)
  assert.deepEqual(completeEvent(parsed.event)['destination'], { address: '192.0.2.7', ip: '192.0.2.7', port: 53 })
})

test('never throws, whatever the line and the header', () => {
  const token = fc.constantFrom(
    ...line.split(' '),
    ...header.split(' '),
    '-',
    '',
    '{',
    '2024-01-01T00:00:00Z',
    '__proto__',
    'NaN'
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(token, { maxLength: 45 }).map(words => words.join(' '))
  )
  fc.assert(
    fc.property(text, text, (one, other) => {
      vpcFlow.isHeader?.(one)
      vpcFlow.recognise(sampleOf(one, other))
      for (const parsed of [parse(one), parse(one, other)]) if (parsed.ok) JSON.stringify(completeEvent(parsed.event))
    }),
    { numRuns: 2000 }
  )
  for (const huge of [
    '- '.repeat(100_000),
    '9'.repeat(100_000),
    `{"message":"${'x'.repeat(100_000)}"}`,
    `{"message":"x","y":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
  ])
    assert.equal(parse(huge).ok, false)
})

const shared = new URL('../../../../shared/data/ecs/aws/vpcflow/', import.meta.url)

test('maps as the public integration does', { skip: !existsSync(shared) }, () => {
  for (const file of readdirSync(shared).filter(name => name.endsWith('.log'))) {
    const expected = JSON.parse(readFileSync(new URL(`${file}-expected.json`, shared), 'utf8')).expected
    const lines = readFileSync(new URL(file, shared), 'utf8')
      .split('\n')
      .filter(text => text !== '')
    lines.forEach((text, i) => {
      const parsed = parse(text)
      assert.ok(parsed.ok, text)
      const ours = leaves(completeEvent(parsed.event))
      for (const [path, value] of leaves(expected[i])) {
        if (!/(^|\.)(geo|as)\.|^event\.(original|ingested|created)$|^ecs\.version$|^tags$/.test(path))
          assert.equal(ours.get(path), value, `${file} ${path}`)
      }
    })
  }
})

function leaves(value: unknown, path = '', out = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const item of value) leaves(item, path, out)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) leaves(item, path === '' ? key : `${path}.${key}`, out)
  } else out.set(path, [...(out.get(path)?.split('\n') ?? []), String(value)].sort().join('\n'))
  return out
}
