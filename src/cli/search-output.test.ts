/** What `picket search` prints, with hostile values in it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventText, tableText } from './search-output.ts'

const found = {
  columns: [
    { name: 'who', type: 'text' },
    { name: 'n', type: 'number' }
  ],
  rows: [
    ['=cmd|calc', 2],
    ['a,"b"\n\u001b[31m', null],
    [['x', 'y'], -1]
  ]
}

test('tables as columns, NDJSON and CSV', () => {
  assert.equal(tableText(found, 'table'), 'who          n\n=cmd|calc    2\na,"b"??[31m\nx, y         -1\n')
  assert.equal(tableText(found, 'csv'), 'who,n\r\n\'=cmd|calc,2\r\n"a,""b""\n\u001b[31m",\r\n"x, y",-1\r\n')
  assert.deepEqual(
    tableText(found, 'ndjson')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
    [
      { who: '=cmd|calc', n: 2 },
      { who: 'a,"b"\n\u001b[31m', n: null },
      { who: ['x', 'y'], n: -1 }
    ]
  )
  assert.ok(!tableText({ columns: found.columns, rows: [['a\u202eb', 1]] }, 'table').includes('\u202e'))
})

test('events as lines and documents', () => {
  const event = { document: { '@timestamp': '2026-11-21T00:00:00.000Z', message: 'x\u001b[2J' } }
  assert.ok(!eventText(event, undefined).includes('\u001b'))
  assert.deepEqual(JSON.parse(eventText(event, 'ndjson')), event.document)
})
