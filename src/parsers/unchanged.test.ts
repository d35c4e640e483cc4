/** No parser writes into the record that it is given: parts of it may become parts of the event, and it is compared with its text later. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { JsonObject } from '../core/parser.ts'
import { caseReceivedMs, frame, listCases, parserOfCase } from '../testing/parser-cases.ts'
import { allParsers } from './index.ts'
import { withInner } from './inner.ts'

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(Object.freeze(value))) frozen(inner)
  return value
}

test('records are as they were', () => {
  let records = 0
  const context = withInner({ receivedMs: caseReceivedMs })
  const general = allParsers()
    .filter(({ name }) => ['ndjson', 'shipper', 'windows-json', 'sysmon-linux'].includes(name))
    .map(parser => parser.open(context))
  assert.equal(general.length, 4)
  for (const parserCase of listCases()) {
    const text = readFileSync(parserCase.inputPath, 'utf8')
    const parser = parserOfCase(parserCase, text)
    if (parser.input !== 'json') continue
    for (const { text: record, header } of frame(text, parser)) {
      let json: JsonObject
      try {
        json = frozen(JSON.parse(record) as JsonObject)
      } catch {
        continue
      }
      if (typeof json !== 'object' || json === null || Array.isArray(json)) continue
      // Writing into what is frozen throws.
      for (const parse of [parser.open({ ...context, header }), ...general]) parse(record, json)
      records++
    }
  }
  assert.ok(records > 400, `${records} records`)
})
