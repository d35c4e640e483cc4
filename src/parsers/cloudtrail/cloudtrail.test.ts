import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { completeEvent } from '../../core/event.ts'
import type { JsonObject, Parsed, Sample } from '../../core/parser.ts'
import { cloudtrail } from './cloudtrail.ts'
import { javaText } from './java-text.ts'
import { snake } from './leaves.ts'

const parser = cloudtrail.open({ receivedMs: Date.UTC(2026, 0, 1) })
const parse = (json: JsonObject) => parser(JSON.stringify(json), json) as Parsed

const record = {
  eventVersion: '1.08',
  userIdentity: { type: 'IAMUser', userName: 'Mary', accountId: '123456789012' },
  eventTime: '2024-05-01T08:30:15Z',
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateUser',
  eventID: 'b89eb34b-8fcb-4cba-8439-000000000001',
  requestParameters: { userName: 'Richard' }
}

function sampleOf(text: string): Sample {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  const json = lines.map(line => {
    try {
      return JSON.parse(line) as JsonObject
    } catch {
      return undefined
    }
  })
  return { text, lines, json, fileName: undefined }
}

test('recognises files, lines, pretty-printed documents, digests and wrappings', () => {
  const file = { Records: [record, record] }
  const digest = { digestStartTime: 'x', digestS3Object: 'y', awsAccountId: '1', logFiles: [] }
  const texts = [
    JSON.stringify(record),
    JSON.stringify(file),
    JSON.stringify(file).slice(0, 500),
    JSON.stringify(file, null, 2),
    JSON.stringify([record], null, 1),
    JSON.stringify(digest, null, 1),
    JSON.stringify({ 'detail-type': 'AWS API Call via CloudTrail', detail: record }),
    JSON.stringify({ eventVersion: '1.08', eventType: 'AwsCloudTrailInsight', eventID: '1', insightDetails: {} })
  ]
  for (const text of texts) assert.ok(cloudtrail.recognise(sampleOf(text)) >= 0.9, text)
})

test('leaves other formats alone', () => {
  const notification = {
    Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: {} }]
  }
  const texts = [
    JSON.stringify(notification),
    JSON.stringify(notification, null, 2),
    '{"event_type":"alert","src_ip":"192.0.2.1"}',
    JSON.stringify({ message: JSON.stringify(record) }),
    'eventVersion eventName eventSource .amazonaws.com',
    ''
  ]
  for (const text of texts) assert.equal(cloudtrail.recognise(sampleOf(text)), 0, text)
})

test('the event id is the identity, the service the kind', () => {
  const parsed = parse(record)
  assert.ok(parsed.ok)
  assert.equal(parsed.identity, record.eventID)
  assert.equal(parsed.kind, 'iam')
  assert.equal(parsed.timeUs, Date.UTC(2024, 4, 1, 8, 30, 15) * 1000)
})

test('writes maps as Java does', () => {
  // The order is java.util.HashMap's, not the record's.
  const rows: readonly (readonly [JsonObject, string | undefined])[] = [
    [{ status: 'Inactive', userName: 'Bob', sSHPublicKeyId: 'K' }, '{sSHPublicKeyId=K, userName=Bob, status=Inactive}'],
    [{ groupName: 'a', userName: 'b' }, '{groupName=a, userName=b}'],
    [{ a: null, b: '', c: {}, d: [], e: [{ f: '' }] }, undefined],
    [{ x: [1, true, 'y', { z: 0.5 }] }, '{x=[1, true, y, {z=0.5}]}'],
    [{ n: 1.5e10 }, '{n=15000000000}'],
    [{ n: 12345678.5 }, '{n=1.23456785E7}'],
    [{ n: -0.0001 }, '{n=-1.0E-4}']
  ]
  for (const [map, text] of rows) assert.equal(javaText(map).text, text)
})

test('names in snake case', () => {
  const rows = [
    ['requestID', 'request_id'],
    ['ARN', 'arn'],
    ['ec2RoleDelivery', 'ec2_role_delivery'],
    ['sourceIPAddress', 'source_ip_address'],
    ['a.b', 'a_b']
  ] as const
  for (const [name, expected] of rows) assert.equal(snake(name), expected)
})

test('structure is kept only below the longest term, the text always', () => {
  const parsed = parse({ ...record, requestParameters: { policy: 'x'.repeat(40_000) } })
  assert.ok(parsed.ok)
  const event = completeEvent(parsed.event) as { aws: { cloudtrail: Record<string, string | undefined> } }
  const { request_parameters, flattened } = event.aws.cloudtrail
  assert.equal(request_parameters?.length, 40_009)
  assert.equal(flattened, undefined)
})

test('no leaf is lost and nothing throws, whatever the record', () => {
  const value = fc.jsonValue({ maxDepth: 4 })
  const key = fc.oneof(
    fc.constantFrom(
      ...Object.keys(record),
      'sessionContext',
      'resources',
      'tlsDetails',
      'detail',
      'awsAccountId',
      'digestStartTime',
      '__proto__',
      'constructor',
      'toString',
      'flattened'
    ),
    fc.string()
  )
  const odd = fc.dictionary(key, value)
  fc.assert(
    fc.property(odd, odd, odd, (top, identity, session) => {
      const json = JSON.parse(
        JSON.stringify({ eventName: 'X', ...top, userIdentity: { ...identity, sessionContext: session } })
      ) as JsonObject
      const before = JSON.stringify(json)
      const parsed = parse(json)
      assert.equal(JSON.stringify(json), before)
      assert.ok(parsed.ok)
      const kept = new Set(leavesOf(completeEvent(parsed.event)))
      const text = JSON.stringify(completeEvent(parsed.event))
      for (const leaf of leavesOf(json)) {
        assert.ok(
          kept.has(leaf) ||
            kept.has(leaf.toLowerCase()) ||
            text.includes(JSON.stringify(leaf).slice(1, -1)) ||
            /T\d\d:|v/.test(leaf),
          `${leaf} of ${before} in ${text}`
        )
      }
    }),
    { numRuns: 1500 }
  )
})

test('deep nesting and long lists are bounded', () => {
  const deep = `{"eventName":"X","a":${'['.repeat(50_000)}1.0${']'.repeat(50_000)},"requestParameters":${'{"a":'.repeat(50_000)}1.0${'}'.repeat(50_000)}}`
  const parsed = parser(deep, JSON.parse(deep)) as Parsed
  assert.ok(parsed.ok)
  assert.ok(JSON.stringify(completeEvent(parsed.event)).length < 10_000)
  const wide = parse({
    ...record,
    requestParameters: Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i]))
  })
  assert.ok(wide.ok)
})

function leavesOf(value: unknown, out: string[] = []): string[] {
  if (value === null || value === '' || value === undefined) return out
  if (typeof value === 'object') for (const item of Object.values(value)) leavesOf(item, out)
  else out.push(String(value))
  return out
}

const data = new URL('../../../../shared/data/', import.meta.url)
const ecs = new URL('ecs/aws/cloudtrail/', data)

test('maps as the public integration does', { skip: !existsSync(ecs) }, () => {
  let all = 0
  const wrong: string[] = []
  for (const file of readdirSync(ecs).filter(name => name.endsWith('.log'))) {
    const expected = JSON.parse(readFileSync(new URL(`${file}-expected.json`, ecs), 'utf8')).expected
    const lines = readFileSync(new URL(file, ecs), 'utf8')
      .split('\n')
      .filter(text => text !== '')
    lines.forEach((text, i) => {
      const parsed = parser(text, JSON.parse(text)) as Parsed
      assert.ok(parsed.ok, text)
      const ours = leaves(completeEvent(parsed.event))
      for (const [path, value] of leaves(expected[i])) {
        if (/(^|\.)(geo|as)\.|^event\.(original|ingested|created)$|^ecs\.version$|^tags$/.test(path)) continue
        all++
        if (ours.get(path) !== value) wrong.push(`${file} ${path}`)
      }
    })
  }
  assert.deepEqual(wrong, [])
  assert.ok(all > 500)
})

function leaves(value: unknown, path = '', out = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const item of value) leaves(item, path, out)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) leaves(item, path === '' ? key : `${path}.${key}`, out)
  } else out.set(path, [...(out.get(path)?.split('\n') ?? []), String(value)].sort().join('\n'))
  return out
}

const files = new URL('cloudtrail/', data)

test('takes every record of a real intrusion', { skip: !existsSync(files) }, () => {
  let count = 0
  for (const file of readdirSync(files)) {
    for (const item of JSON.parse(readFileSync(new URL(file, files), 'utf8')).Records as JsonObject[]) {
      const parsed = parse(item)
      assert.ok(parsed.ok)
      assert.equal(parsed.identity, item['eventID'])
      const event = completeEvent(parsed.event) as { event: { action: unknown; provider: unknown } }
      assert.equal(event.event.action, item['eventName'])
      assert.equal(event.event.provider, item['eventSource'])
      count++
    }
  }
  assert.equal(count, 1688)
})
