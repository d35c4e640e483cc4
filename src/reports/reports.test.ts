/** Reports of odd rows: nothing stored becomes markup, and each view draws or says why not. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { reportHtml } from './html.ts'
import { reportPdf } from './pdf.ts'
import type { Report, ReportPanel, ReportTable } from './report.ts'

const evil = '<script>alert(1)</script>"\'&\u202etxt'

const over: ReportTable = {
  columns: [
    { name: '@timestamp', type: 'time' },
    { name: 'event.outcome', type: 'text' },
    { name: 'count()', type: 'number' }
  ],
  rows: Array.from({ length: 48 }, (_, at) => [
    new Date(Date.UTC(2026, 2, 1, Math.floor(at / 2))).toISOString().slice(0, 19).replace('T', ' '),
    at % 2 === 0 ? 'success' : evil,
    (at * 37) % 100
  ])
}
const ranked: ReportTable = {
  columns: [
    { name: 'user.name', type: 'text' },
    { name: 'count', type: 'number' }
  ],
  rows: [
    [evil, 120],
    ['Ζωή Παπαδοπούλου', 90],
    ['Сергей Иванов', '44'],
    ['x'.repeat(2000), 3],
    [null, 1]
  ]
}
const flows: ReportTable = {
  columns: [
    { name: 'source.ip', type: 'ip' },
    { name: 'destination.port', type: 'number' },
    { name: 'bytes', type: 'number' }
  ],
  rows: Array.from({ length: 40 }, (_, at) => [`10.0.${at % 17}.1`, 20 + (at % 5), 1000 * at * at])
}
const rows: ReportTable = {
  columns: [...flows.columns, { name: evil, type: 'text' }],
  rows: Array.from({ length: 130 }, (_, at) => [`10.0.0.${at}`, at, at * 1000, at === 3 ? evil : `row ${at}`])
}
const panel = (view: ReportPanel['view'], table: ReportTable | undefined, title: string = view): ReportPanel => ({
  title,
  query: '',
  view,
  options: { unit: view === 'flows' ? 'bytes' : undefined, tone: view === 'single' ? 'red' : undefined },
  table
})
const report: Report = {
  title: `Weekly ${evil}`,
  customer: 'Ünïted Widgets Ltd.',
  fromMs: Date.UTC(2026, 2, 1),
  toMs: Date.UTC(2026, 2, 2),
  madeMs: Date.UTC(2026, 2, 2, 6),
  timezone: 'Europe/Berlin',
  filter: 'source.ip:10.0.0.0/8',
  panels: [
    ...['One', 'Two', evil, 'Four'].map(title =>
      panel('single', { columns: [{ name: 'n', type: 'number' }], rows: [[123456]] }, title)
    ),
    panel('timeseries', over),
    panel('bars', ranked),
    panel('list', ranked),
    panel('flows', flows),
    panel('table', rows),
    panel('bars', { columns: ranked.columns, rows: [] }, 'Empty'),
    { ...panel('table', undefined, 'Broken'), problem: `no ${evil}` },
    panel('timeseries', ranked, 'Does not fit')
  ]
}

/** For the eye: PICKET_TEST_OUT=/tmp/out keeps the files. */
function keep(name: string, content: string | Buffer): void {
  const folder = process.env['PICKET_TEST_OUT']
  if (folder !== undefined) writeFileSync(`${folder}/${name}`, content)
}

test('HTML is one file without scripts, and everything in it is escaped', () => {
  const html = reportHtml(report)
  keep('report.html', html)
  assert.ok(!/<script/i.test(html))
  assert.ok(!html.includes('\u202e'))
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
  assert.ok(!/(?:src|href)=/.test(html), 'something is loaded from elsewhere')
  assert.match(html, /‹U\+202E›/)
  assert.match(html, /2026-03-01 01:00 – 2026-03-02 01:00 \(Europe\/Berlin\)/)
  assert.match(html, /Ünïted Widgets/)
  assert.match(html, /and 30 more rows/)
  assert.equal(html.match(/<svg /g)?.length, 8)
})

test('PDF holds the same', async () => {
  const pdf = await reportPdf(report)
  keep('report.pdf', pdf)
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
  assert.ok(pdf.length > 10_000 && pdf.length < 2_000_000)
})

test('numbers that are none, and times that are none, break nothing', async () => {
  const odd: ReportTable = {
    columns: over.columns,
    rows: [
      ['never', 'a', 'NaN'],
      [null, null, null],
      ['2026-03-01 00:00:00', 'a', -5],
      ['9999-12-31 00:00:00', 'b', 1e308]
    ]
  }
  for (const view of ['timeseries', 'bars', 'list', 'table', 'single', 'flows'] as const) {
    const broken = { ...report, panels: [panel(view, odd), panel(view, { columns: [], rows: [[]] })] }
    const html = reportHtml(broken)
    assert.ok(!/NaN|Infinity/.test(html.replaceAll('>NaN<', '')), view)
    await reportPdf(broken)
  }
})
