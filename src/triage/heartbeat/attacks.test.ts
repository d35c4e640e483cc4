import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_EVENT } from '../../core/parser.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { attacks } from './attacks.ts'

test('each test attack is a record of its format, dated now, and another one in each run', () => {
  const nowMs = Date.UTC(2026, 10, 21, 15, 4, 5, 678)
  for (const attack of attacks) {
    const body = Buffer.from(`${attack.record(nowMs, 'a1b2c3d4')}\n`)
    const headers = {
      source: 'x',
      format: attack.format,
      framing: 'lines',
      records: 1,
      receivedMs: nowMs,
      prefix: '00000000',
      run: '',
      ...(attack.header && { header: attack.header })
    } as const
    let seen = 0
    forEachRecord({ headers, body }, (_index, _start, _end, _text, _json, parsed) => {
      seen++
      assert.ok(parsed !== NO_EVENT && parsed.ok, `${attack.format}: ${JSON.stringify(parsed)}`)
      const at = parsed.event['@timestamp']
      assert.ok(typeof at === 'string' && Math.abs(Date.parse(at) - nowMs) < 6000, `${attack.format}: ${at}`)
    })
    assert.equal(seen, 1, attack.format)
    assert.notEqual(attack.record(nowMs, 'a1b2c3d4'), attack.record(nowMs, '4d3c2b1a'), attack.format)
  }
})
