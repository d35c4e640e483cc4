import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../core/parser.ts'
import { forEachRecord } from '../parse-chunk.ts'

/** What a record is known by, in a chunk of this format. */
function identity(json: JsonObject, format: string): string | undefined {
  const body = Buffer.from(JSON.stringify(json))
  const headers = { source: 's', format, receivedMs: 0, run: '', records: 1, prefix: '0', framing: 'lines' } as const
  let found: string | undefined
  const records = forEachRecord({ headers, body }, (_index, _start, _end, _text, _json, parsed) => {
    assert.ok(typeof parsed === 'object' && parsed.ok)
    found = parsed.identity
  })
  assert.equal(records, 1)
  return found
}

const ofFile: JsonObject = {
  '@timestamp': '2026-03-02T10:00:00.000Z',
  message: 'one',
  agent: { type: 'filebeat', ephemeral_id: 'e-1', id: 'a-1' },
  log: { offset: 120, file: { path: '/var/log/app.log' } }
}
const ofWindows: JsonObject = {
  '@timestamp': '2026-03-02T10:00:00.000Z',
  message: 'one',
  agent: { type: 'winlogbeat', ephemeral_id: 'e-1', id: 'a-1' },
  event: { code: '4625', kind: 'event', provider: 'Security' },
  winlog: { channel: 'Security', computer_name: 'ws-1', event_id: '4625', provider_name: 'Security', record_id: 7 }
}
const named: JsonObject = {
  '@timestamp': '2026-03-02T10:00:00.000Z',
  '@metadata': { beat: 'packetbeat', type: '_doc', version: '8.15.0', _id: 'x-1' },
  message: 'one',
  agent: { type: 'packetbeat', ephemeral_id: 'e-1', id: 'a-1' },
  ecs: { version: '8.0.0' }
}
const withWinlog = (more: JsonObject): JsonObject => ({ winlog: { ...(ofWindows['winlog'] as JsonObject), ...more } })

for (const [what, line, formats, others] of [
  [
    'a file',
    ofFile,
    ['ndjson', 'shipper', 'mixed'],
    [
      { message: 'two' },
      { '@timestamp': '2026-03-02T10:00:01.000Z' },
      { log: { offset: 121, file: { path: '/var/log/app.log' } } },
      { log: { offset: 120, file: { path: '/var/log/other.log' } } },
      { agent: { ephemeral_id: 'e-2' } }
    ]
  ],
  [
    'a Windows log',
    ofWindows,
    ['windows-json', 'mixed'],
    [
      { '@timestamp': '2026-03-02T10:00:01.000Z' },
      { agent: { id: 'a-2' } },
      withWinlog({ record_id: 8 }),
      withWinlog({ channel: 'System' }),
      withWinlog({ computer_name: 'ws-2' })
    ]
  ],
  [
    'a Beat that names its events',
    named,
    ['ndjson', 'shipper', 'mixed'],
    [{ '@metadata': { _id: 'x-2' } }, { agent: { id: 'a-2' } }]
  ]
] as const)
  test(`an event of ${what} that is sent again is the same; any other is not`, () => {
    for (const format of formats) {
      const one = identity(line, format)
      assert.equal(typeof one, 'string', format)
      assert.equal(identity({ ...line }, format), one)
      for (const other of others as readonly JsonObject[])
        assert.notEqual(identity({ ...line, ...other }, format), one, JSON.stringify(other))
    }
  })

test('what no Beat sent, or cannot be told from others, has no identity of a Beat', () => {
  const { '@metadata': _metadata, ...unnamed } = named
  for (const line of [
    unnamed,
    { ...ofFile, agent: 'curl' },
    { ...ofFile, log: { offset: 120 } },
    { ...ofFile, log: { offset: '120', file: { path: '/var/log/app.log' } } },
    { ...named, '@metadata': { _id: 5 } },
    { ...named, '@metadata': 'x-1' },
    { ...named, agent: null }
  ] as JsonObject[])
    assert.equal(identity(line, 'mixed'), undefined, JSON.stringify(line))
})

test('an identity that the format itself gives goes before', () => {
  const journal = { ...ofFile, __CURSOR: 's=1;i=2', __REALTIME_TIMESTAMP: '1767225600000000', MESSAGE: 'one' }
  assert.equal(identity(journal, 'ndjson'), 's=1;i=2')
})
