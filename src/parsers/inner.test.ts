/** Records within records: what is remembered of a record's look never decides against what recognition from scratch says. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { completeEvent } from '../core/event.ts'
import type { ParseContext } from '../core/parser.ts'
import { frame, listCases, parserOfCase } from '../testing/parser-cases.ts'
import { withInner } from './inner.ts'
import { Looks } from './looks.ts'

const context: ParseContext = { receivedMs: Date.UTC(2026, 0, 1) }

const records = listCases().flatMap(parserCase => {
  const text = readFileSync(parserCase.inputPath, 'utf8')
  return frame(text, parserOfCase(parserCase, text)).map(record => record.text)
})

function said(read: NonNullable<ParseContext['parseInner']>, record: string): unknown {
  const parsed = read(record)
  return typeof parsed === 'object' && parsed.ok ? completeEvent(parsed.event) : String(parsed)
}

test('records in any order are what each is alone', () => {
  const alone = new Map<string, unknown>()
  const fresh = (record: string) => {
    if (!alone.has(record)) alone.set(record, said(withInner(context).parseInner!, record))
    return alone.get(record)
  }
  const wrong: string[] = []
  let seed = 1
  for (let round = 0; round < 5; round++) {
    const looks = new Looks()
    let read = withInner(context, looks).parseInner!
    for (let i = 0; i < 1500; i++) {
      // The next chunk of the same sender.
      if (i % 100 === 99) read = withInner(context, looks).parseInner!
      seed = (seed * 48271) % 2147483647
      const record = records[seed % records.length]!
      if (isDeepStrictEqual(said(read, record), fresh(record))) continue
      wrong.push(record.slice(0, 300))
    }
  }
  assert.deepEqual([...new Set(wrong)].slice(0, 10), [])
})

test('envelopes within envelopes end somewhere', () => {
  let record = 'nobody knows'
  for (let i = 0; i < 12; i++)
    record = JSON.stringify({ log: `${record}\n`, stream: 'stdout', time: '2026-01-01T00:00:00Z' })
  const parsed = withInner(context).parseInner!(record)
  assert.ok(typeof parsed === 'object' && parsed.ok)
  assert.equal(typeof parsed.event['message'], 'string')
})
