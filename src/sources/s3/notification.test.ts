/** What messages of a queue say, in the shapes that AWS documents; and what they may not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Notification, readNotification } from './notification.ts'

const read = (value: unknown): Notification =>
  readNotification(typeof value === 'string' ? value : JSON.stringify(value))
const record = (key: string, eventName = 'ObjectCreated:Put', more: object = {}) => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'eu-central-1',
  eventTime: '2026-03-02T10:00:00.000Z',
  eventName,
  s3: {
    s3SchemaVersion: '1.0',
    bucket: { name: 'logs', arn: 'arn:aws:s3:::logs' },
    object: { key, size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0055AED6DCD90281E5', ...more }
  }
})
const one = (key: string, version?: string) => ({
  ok: true,
  objects: [{ bucket: 'logs', key, sizeBytes: 1024, version }],
  ignored: 0
})

test('S3: keys are URL-encoded, versions are kept, what is no creation is passed over', () => {
  assert.deepEqual(read({ Records: [record('a+b/%C3%BC%2B.gz')] }), one('a b/ü+.gz'))
  assert.deepEqual(
    read({ Records: [record('a', 's3:ObjectCreated:CompleteMultipartUpload', { versionId: 'v1' })] }),
    one('a', 'v1')
  )
  assert.deepEqual(read({ Records: [record('a'), record('b', 'ObjectRemoved:Delete')] }), { ...one('a'), ignored: 1 })
  assert.deepEqual(read({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'logs' }), {
    ok: true,
    objects: [],
    ignored: 1
  })
})

test('in an envelope of SNS, and from EventBridge and CloudTrail', () => {
  const Message = JSON.stringify({ Records: [record('a%3Db')] })
  assert.deepEqual(read({ Type: 'Notification', TopicArn: 'arn:aws:sns:eu-central-1:1:t', Message }), one('a=b'))
  const bridged = {
    version: '0',
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'logs' }, object: { key: 'a+b%20', size: 1024, 'version-id': 'v2' }, reason: 'PutObject' }
  }
  assert.deepEqual(read(bridged), one('a+b%20', 'v2'))
  assert.deepEqual(read({ ...bridged, 'detail-type': 'Object Deleted' }), { ok: true, objects: [], ignored: 1 })
  assert.deepEqual(read({ s3Bucket: 'logs', s3ObjectKey: ['AWSLogs/a+b.gz'] }), {
    ok: true,
    objects: [{ bucket: 'logs', key: 'AWSLogs/a+b.gz', sizeBytes: undefined, version: undefined }],
    ignored: 0
  })
})

test('what is not understood says why', () => {
  const cases: [unknown, RegExp][] = [
    ['hello', /no JSON/],
    ['[1]', /no JSON object/],
    [{ hello: 1 }, /no notification of S3/],
    [{ Type: 'SubscriptionConfirmation', TopicArn: 'a', Message: 'You have chosen' }, /confirm it there/],
    [{ Records: [record('%E0%A4%A')] }, /names no bucket and key/],
    [{ Records: [{ eventName: 'ObjectCreated:Put' }] }, /no event of S3/],
    [{ Records: Array.from({ length: 1001 }, () => record('a')) }, /1001 objects/]
  ]
  for (const [value, reason] of cases) {
    const result = read(value)
    assert.ok(!result.ok && reason.test(result.reason), JSON.stringify(result))
  }
  let nested = JSON.stringify({ Records: [record('a')] })
  for (let layer = 0; layer < 5; layer++) nested = JSON.stringify({ Type: 'Notification', Message: nested })
  const deep = read(nested)
  assert.ok(!deep.ok && /wrapped more than/.test(deep.reason))
})

test('any JSON is an answer, not an exception', () => {
  fc.assert(fc.property(fc.json(), text => typeof readNotification(text).ok === 'boolean'))
  fc.assert(fc.property(fc.array(fc.object()), Records => typeof read({ Records }).ok === 'boolean'))
})
