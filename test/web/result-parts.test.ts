/** What stands behind tables, charts and columns: order of cells, series over time, columns as text, patterns as filters. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseQuery } from '../../src/filter/parse-query.ts'
import { cellText, compareCells, timeOf } from '../../web/parts/cell-text.ts'
import { chartOf, rankingOf, timeSeriesOf } from '../../web/parts/chart-data.ts'
import { columnsOf, columnsText, defaultColumns, moved, resized, toggled } from '../../web/parts/columns.ts'
import { facetClause } from '../../web/parts/facet-values.ts'
import { clauseState, patternClause, splitQuery, toggleClause, toggleFilter } from '../../web/parts/query-text.ts'
import { lookUpPlaces, relatedField } from '../../web/parts/value-places.ts'
import type { Table } from '../../web/stream.ts'

test('columns are read back as they were written', () => {
  const column = fc.record({
    name: fc.string({ minLength: 1, maxLength: 20 }).map(name => name.toWellFormed()),
    width: fc.option(fc.integer({ min: 56, max: 1200 }), { nil: undefined })
  })
  fc.assert(
    fc.property(fc.uniqueArray(column, { selector: each => each.name, minLength: 1, maxLength: 12 }), columns => {
      const plain = columns.map(({ name, width }) => ({ name, width }))
      assert.deepEqual(columnsOf(columnsText(columns)), plain)
    })
  )
})

test('columns are moved, resized, added and removed', () => {
  const names = (columns: readonly { name: string }[]) => columns.map(each => each.name).join(' ')
  assert.equal(names(moved(defaultColumns, '_event', 0)), '_event @timestamp _kind _ends')
  assert.equal(names(moved(defaultColumns, '_kind', 9)), '@timestamp _ends _event _kind')
  assert.equal(resized(defaultColumns, '_kind', 5)[1]?.width, 56)
  const more = toggled(defaultColumns, 'source.ip')
  assert.equal(names(more), '@timestamp _kind _ends source.ip _event')
  assert.deepEqual(toggled(more, 'source.ip'), defaultColumns)
})

test('cells are shown and sorted by their type; nothing comes last', () => {
  assert.equal(cellText(1234567.8912, 'number'), '1,234,567.891')
  assert.equal(cellText(null, 'text'), '')
  assert.equal(cellText(['a', 'b'], 'list'), 'a, b')
  assert.equal(timeOf('2026-03-04 05:06:07.500000'), Date.UTC(2026, 2, 4, 5, 6, 7, 500))
  assert.equal(timeOf('2026-03-04T05:06:07Z'), timeOf(Date.UTC(2026, 2, 4, 5, 6, 7) * 1000))
  const sorted = ['10.0.0.10', null, '10.0.0.9'].toSorted((a, b) => compareCells(a, b, 'ip'))
  assert.deepEqual(sorted, ['10.0.0.9', '10.0.0.10', null])
  assert.ok(compareCells(9, '10', 'number') < 0)
})

const overTime: Table = {
  columns: [
    { name: '@timestamp', type: 'time' },
    { name: 'picket.kind', type: 'text' },
    { name: 'count', type: 'number' }
  ],
  rows: [
    ['2026-03-04 05:00:00', 'dns', 3],
    ['2026-03-04 05:01:00', 'dns', '4'],
    ['2026-03-04 05:03:00', 'http', 5]
  ],
  truncated: false
}

test('series over time have a value for each step', () => {
  const chart = chartOf(overTime)
  assert.deepEqual(chart, { x: '@timestamp', values: ['count'], series: 'picket.kind' })
  const { starts, stepMs, series } = timeSeriesOf(overTime, chart!)
  assert.equal(stepMs, 60_000)
  assert.equal(starts.length, 4)
  assert.deepEqual(series, [
    { label: 'dns', values: [3, 4, 0, 0] },
    { label: 'http', values: [0, 0, 0, 5] }
  ])
})

test('ports are names, not amounts', () => {
  const table: Table = {
    columns: [
      { name: 'destination.port', type: 'number' },
      { name: 'sum(source.bytes)', type: 'number' }
    ],
    rows: [[8080, 5]],
    truncated: false
  }
  const chart = chartOf(table)!
  assert.equal(chart.x, 'destination.port')
  assert.deepEqual(rankingOf(table, chart).bars, [{ label: '8080', value: 5, raw: 8080 }])
})

test('filters go before the commands, and are found there', () => {
  const query = 'message:/a|b/ | stats count() by source.ip'
  assert.deepEqual(splitQuery(query), { filter: 'message:/a|b/ ', commands: '| stats count() by source.ip' })
  const filtered = toggleFilter(query, 'source.port', 22, 'exclude')
  assert.equal(filtered, 'message:/a|b/ and not source.port:22 | stats count() by source.ip')
  assert.equal(clauseState(filtered, 'source.port:22'), 'exclude')
})

test('ranges and networks of facets can be read, and taken back', () => {
  for (const [kind, value] of [
    ['ranges', { value: '10–100', count: 1, from: 10, to: 100 }],
    ['networks', { value: '10.1.0.0/16', count: 1 }],
    ['networks', { value: '2001:db8::/48', count: 1 }]
  ] as const) {
    const clause = facetClause(kind === 'ranges' ? 'source.bytes' : 'source.ip', kind, value)
    const query = toggleClause('a', clause, 'include')
    assert.ok(parseQuery(query).ok, query)
    assert.equal(toggleClause(query, clause, 'include'), 'a')
  }
})

test('the filter of a pattern can be read, whatever stands in the pattern', () => {
  assert.equal(patternClause('url.original', '<n>/<ip>'), undefined)
  const text = fc.string({ unit: fc.constantFrom(...'ab <>n"\\/()|:*?-!=.ä') })
  fc.assert(
    fc.property(text, written => {
      const clause = patternClause('message', `go ${written}<n>`)!
      const parsed = parseQuery(clause)
      assert.ok(parsed.ok, clause)
      assert.notEqual(parsed.expression.kind, 'and', clause)
    })
  )
})

test('a value leads to the fields and the places that know it; inner addresses to no place', () => {
  assert.equal(relatedField('source.ip', '192.0.2.1'), 'related.ip')
  assert.equal(relatedField('source.user.name', 'anna'), 'related.user')
  assert.equal(lookUpPlaces('source.ip', '10.1.2.3').length, 0)
  assert.ok(lookUpPlaces('source.ip', '192.0.2.1').every(({ url }) => url.startsWith('https://')))
  assert.equal(lookUpPlaces('user.name', 'anna').length, 0)
})
