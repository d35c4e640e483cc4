import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../core/parser.ts'
import { parserNamed } from '../index.ts'

const context = { receivedMs: 0, timezoneMinutes: undefined, parseInner: () => undefined }
const line: JsonObject = {
  '@timestamp': '2026-03-02T10:00:00.000Z',
  message: 'one',
  agent: { type: 'filebeat', ephemeral_id: 'e-1', id: 'a-1' },
  log: { offset: 120, file: { path: '/var/log/app.log' } }
}

test('an event of Filebeat that is sent again is the same; any other is not', () => {
  for (const name of ['ndjson', 'shipper']) {
    const parse = parserNamed(name)!.open(context as never) as (text: string, json: JsonObject) => unknown
    const identity = (json: JsonObject): unknown => (parse('', json) as { identity?: string }).identity
    const one = identity(line)
    assert.equal(typeof one, 'string')
    assert.equal(identity({ ...line }), one)
    for (const other of [
      { message: 'two' },
      { '@timestamp': '2026-03-02T10:00:01.000Z' },
      { log: { offset: 121, file: { path: '/var/log/app.log' } } },
      { log: { offset: 120, file: { path: '/var/log/other.log' } } },
      { agent: { ephemeral_id: 'e-2' } }
    ] as JsonObject[])
      assert.notEqual(identity({ ...line, ...other }), one, JSON.stringify(other))
    assert.equal(identity({ '@timestamp': '2026-03-02T10:00:00.000Z', message: 'one', agent: { id: 'a' } }), undefined)
  }
})
