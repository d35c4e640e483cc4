/** What the page makes of stored events before it shows them: hidden characters, fields, summaries, times. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fieldsOf, textAt } from '../../web/parts/event-fields.ts'
import { endOf, summaryOf } from '../../web/parts/event-summary.ts'
import { isMoving, resolveMs } from '../../web/parts/time-range.ts'
import { clamp, segmentsOf } from '../../web/parts/visible-text.ts'

test('what cannot be seen is named; all else stays', () => {
  const segments = segmentsOf('a\u202eb\x1b[0m\tc\n')
  assert.deepEqual(
    segments.map(segment => (typeof segment === 'string' ? segment : segment.shown)),
    ['a', 'U+202E', 'b', 'ESC', '[0m\tc\n']
  )
  assert.deepEqual(segmentsOf('✔️ plain'), ['✔️ plain'])
})

test('no hidden character passes, however many there are', () => {
  const odd = fc.constantFrom(
    '\0',
    '\x07',
    '\u200b',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\u{e0041}',
    '\ud800',
    'a',
    'é',
    '\n'
  )
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 5000 }), characters => {
      const shown = segmentsOf(characters.join('')).map(segment =>
        typeof segment === 'string' ? segment : segment.shown
      )
      assert.doesNotMatch(shown.join(''), /[\0\x07\u200b\u202e\u2066\ufeff\ud800-\udfff]/)
    }),
    { numRuns: 30 }
  )
  assert.ok(segmentsOf('\0'.repeat(100_000)).length < 5000)
})

test('long text ends between characters', () => {
  assert.equal(clamp('ab😀c', 3), 'ab')
  assert.equal(clamp('ab😀c', 4), 'ab😀')
})

test('a document becomes fields, arrays of objects merged', () => {
  const document = { b: { c: [1, 2] }, a: 'x', 'd.e': true, list: [{ k: 'v' }, { k: 'w' }], none: null }
  assert.deepEqual(fieldsOf(document), [
    { name: 'a', values: ['x'] },
    { name: 'b.c', values: [1, 2] },
    { name: 'd.e', values: [true] },
    { name: 'list.k', values: ['v', 'w'] }
  ])
  assert.equal(textAt(document, 'd.e'), 'true')
  assert.equal(textAt(document, 'list.k'), 'v')
  assert.equal(textAt(document, 'constructor.name'), undefined)
})

test('summaries say what matters for the kind', () => {
  const said = (document: Record<string, unknown>) =>
    summaryOf(document)
      .parts.map(part => part.text)
      .join(' ')
  const alert = { event: { kind: 'alert', severity: 1, action: 'blocked' }, rule: { name: 'R', category: 'C' } }
  assert.deepEqual([said(alert), summaryOf(alert).badge, summaryOf(alert).alarm], ['R blocked C', 'alert', 'high'])
  assert.equal(said({ dns: { question: { name: 'a.org', type: 'A' }, response_code: 'NXDOMAIN' } }), 'A a.org NXDOMAIN')
  assert.equal(
    said({
      url: { domain: 'a.org', path: '/x' },
      http: { request: { method: 'GET' }, response: { status_code: 404 } }
    }),
    'GET a.org/x 404'
  )
  assert.equal(
    said({ network: { transport: 'tcp' }, source: { bytes: 1000 }, destination: { bytes: 500 } }),
    'tcp 1.5 kB ↑ 1.0 kB ↓ 500 B'
  )
  assert.equal(said({ user: { name: 'anna' }, event: { action: 'login', outcome: 'failure' } }), 'anna login failure')
  assert.equal(endOf({ source: { ip: '::1', port: 5 } }, 'source'), '[::1]:5')
})

test('summaries and fields are made of any JSON without throwing', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('event', 'dns', 'url', 'http', 'source', 'tls', 'message'), fc.jsonValue()),
      document => {
        summaryOf(document)
        fieldsOf(document)
        endOf(document, 'source')
      }
    )
  )
})

test('times are read as the API reads them', () => {
  assert.equal(resolveMs('-15m', 1_000_000), 100_000)
  assert.equal(resolveMs('now', 5), 5)
  assert.equal(resolveMs('1700000000000', 0), 1_700_000_000_000)
  assert.equal(resolveMs('2026-01-01T00:00:00Z', 0), Date.UTC(2026, 0, 1))
  assert.equal(resolveMs('yesterday-ish', 0), undefined)
  assert.ok(isMoving({}) && isMoving({ from: '-1h' }) && !isMoving({ from: '-1h', to: '2026-01-01' }))
})
