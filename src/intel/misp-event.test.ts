import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Found } from './indicator.ts'
import { readList } from './lists/read-list.ts'
import { readMispEvent } from './misp-event.ts'

const uuid = '5a1c0000-0000-4000-8000-000000000001'

function read(event: unknown, all = false) {
  const found: Found[] = []
  const reading = readMispEvent(event, { all }, each => found.push(each))
  return { found, reading }
}

test('attributes of an event and its objects are indicators, each type with its parts', () => {
  const sha = 'ab'.repeat(32)
  const attributes: [string, string, [string, string, number?][]][] = [
    ['ip-dst', '198.51.100.9', [['ip', '198.51.100.9']]],
    ['ip-src', '198.51.100.0/24', [['cidr', '198.51.100.0/24']]],
    ['ip-dst|port', '198.51.100.10|8080', [['ip', '198.51.100.10', 8080]]],
    [
      'domain|ip',
      'Evil.example|192.0.2.4',
      [
        ['domain', 'evil.example'],
        ['ip', '192.0.2.4']
      ]
    ],
    ['filename|sha256', `a.exe|${sha}`, [['sha256', sha]]],
    ['malware-sample', `a.exe|${'cd'.repeat(16)}`, [['md5', 'cd'.repeat(16)]]],
    ['email-src', 'Bad@Evil.example', [['email', 'bad@evil.example']]],
    ['ja3-fingerprint-md5', 'ef'.repeat(16), [['ja3', 'ef'.repeat(16)]]],
    ['user-agent', 'Evil/1.0', [['user-agent', 'evil/1.0']]],
    ['text', 'hello', []],
    ['hostname', 'not a host', []]
  ]
  for (const [type, value, expected] of attributes) {
    const attribute = { uuid, type, value, to_ids: true }
    for (const event of [
      { uuid, timestamp: '5', Attribute: [attribute] },
      { uuid, timestamp: '5', Object: [{ Attribute: [attribute] }] }
    ]) {
      const { found } = read({ Event: event })
      const values = found.filter(each => !each.revoked)
      assert.deepEqual(
        values.map(each => [each.type, each.value, ...(each.port === undefined ? [] : [each.port])]),
        expected,
        type
      )
      assert.ok(found.every(each => each.id === `indicator--${uuid}` && each.seenMs === 5000))
    }
  }
})

test('what is not meant for detection, deleted or said twice is left out; an event without indicators takes back its own', () => {
  const attribute = (value: string, more = {}) => ({ type: 'domain', value, to_ids: true, ...more })
  const Attribute = [
    attribute('a.example'),
    attribute('a.example'),
    attribute('b.example', { to_ids: false }),
    attribute('c.example', { deleted: true })
  ]
  assert.deepEqual(
    read({ Event: { uuid, timestamp: 5, Attribute } }).found.map(({ value }) => value),
    ['a.example']
  )
  assert.deepEqual(
    read({ Event: { uuid, timestamp: 5, Attribute } }, true).found.map(({ value }) => value),
    ['a.example', 'b.example']
  )
  assert.deepEqual(
    read({ Event: { uuid, timestamp: 5, Attribute: [] } }).found.map(({ revoked }) => revoked),
    [true]
  )
})

test('whatever an event is, reading it ends without an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, inner) => {
      read(value)
      read({ Event: value })
      read({ Event: { uuid, Attribute: [inner], Object: [value] } })
    })
  )
})

test('MISP’s attributes as CSV are read by their types', () => {
  const csv = [
    'uuid,event_id,category,type,value,comment,to_ids,date,object_relation,attribute_tag',
    '5a1c,12,Network activity,ip-dst,198.51.100.9,"c2, seen",1,20240101,,',
    `5a1e,12,Payload delivery,filename|sha256,"a.exe|${'ab'.repeat(32)}",,1,20240101,,tlp:white`,
    '5a1f,12,Network activity,ip-dst|port,198.51.100.10|8080,,1,20240101,,',
    '5a20,12,Other,ip-src,192.0.2.200,,0,20240101,,',
    '5a21,12,Other,text,hello,,1,20240101,,'
  ].join('\n')
  const found: Found[] = []
  const reading = readList(csv, {}, each => found.push(each))
  assert.deepEqual([reading.format, reading.taken, reading.refused], ['csv', 3, 1])
  assert.deepEqual(
    found.map(({ type, value, port, description, labels }) => [type, value.slice(0, 13), port, description, labels]),
    [
      ['ip', '198.51.100.9', undefined, 'c2, seen', undefined],
      ['sha256', 'ababababababa', undefined, undefined, ['tlp:white']],
      ['ip', '198.51.100.10', 8080, undefined, undefined]
    ]
  )
})
