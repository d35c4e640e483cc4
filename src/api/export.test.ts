import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { csvCell } from '../core/csv.ts'
import { hasEngine } from '../testing/real-store.ts'
import { testSearch } from '../testing/search-server.ts'
import { exportRoutes } from './export.ts'
import { workbook } from './xlsx.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'

test('what a spreadsheet would run begins with an apostrophe', () => {
  for (const bad of ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])
    assert.match(csvCell(bad), /^"?'/, JSON.stringify(bad))
  assert.deepEqual(
    ['a', 'a,b', 'say "x"', 'a\nb', -5, undefined].map(cell => csvCell(cell)),
    ['a', '"a,b"', '"say ""x"""', '"a\nb"', '-5', '']
  )
})

test('a search as NDJSON, CSV and XLSX', { skip }, async () => {
  await using search = await testSearch(deps => [exportRoutes(deps)])
  await search.store([
    { message: '=cmd|calc', source: { ip: '192.0.2.1', port: 1 }, event: { dataset: 'a', category: ['x', 'y'] } },
    { message: 'plain', event: { dataset: 'b' } }
  ])
  const get = (body: object) => search.server.call('POST', '/api/export', body, search.viewer)
  const columns = ['message', 'source.port', 'event.category']
  const csv = await get({ format: 'csv', q: '| sort @timestamp', columns })
  assert.equal(csv.text, 'message,source.port,event.category\r\n\'=cmd|calc,1,"x, y"\r\nplain,,\r\n')
  assert.equal(csv.headers['content-disposition'], 'attachment; filename="picket-2026-03-01T12-00-00.csv"')
  const lines = (await get({ format: 'ndjson' })).text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    lines.map(line => line.message),
    ['plain', '=cmd|calc']
  )
  assert.deepEqual((await get({ format: 'ndjson', columns: ['message'], limit: 1 })).text, '{"message":"plain"}\n')
  const table = await get({ format: 'csv', q: '| stats count() as n by event.dataset' })
  assert.equal(table.text, 'event.dataset,n\r\na,1\r\nb,1\r\n')
  assert.equal((await get({ format: 'csv', q: 'event.dataset:none' })).text.split('\r\n').length, 2)
  assert.match((await get({ format: 'xlsx', columns })).headers['content-type']!, /spreadsheetml/)
  assert.equal((await get({ format: 'doc' })).status, 400)
  assert.equal((await get({ format: 'csv', q: 'a:(' })).json.error.code, 'bad-query')
  assert.equal(search.admission.running(), 0)
})

test('a workbook is a ZIP that others read: texts stay texts', async t => {
  const rows = async function* () {
    yield ['a', 'b']
    yield ['=1+1', 5]
    yield ['<&>\x01 \u{1f600}\ud800', undefined]
    for (let i = 0; i < 5000; i++) yield [`row ${i}`, i]
  }
  const parts: Buffer[] = []
  for await (const part of workbook(rows())) parts.push(part)
  const folder = mkdtempSync(join(tmpdir(), 'picket-xlsx-'))
  try {
    writeFileSync(join(folder, 'a.xlsx'), Buffer.concat(parts))
    const script = `import zipfile, sys
z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
import xml.dom.minidom as m
[m.parseString(z.read(n)) for n in z.namelist()]
print(z.read('xl/worksheets/sheet1.xml').decode()[:600])`
    let sheet: string
    try {
      sheet = execFileSync('python3', ['-c', script, join(folder, 'a.xlsx')], { encoding: 'utf8' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return t.skip('python3 is not installed')
      throw error
    }
    assert.match(sheet, /<is><t xml:space="preserve">=1\+1<\/t><\/is><\/c><c><v>5<\/v>/)
    assert.match(sheet, /&lt;&amp;&gt;\ufffd \u{1f600}\ufffd/u)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a long answer is read page by page: each event once, in order, however many share a time', { skip }, async () => {
  await using search = await testSearch(deps => [exportRoutes(deps)])
  const count = 4_700
  await search.store(
    Array.from({ length: count }, (_, i) => ({
      '@timestamp': new Date(Date.UTC(2026, 2, 1) + Math.floor(i / 900) * 1000).toISOString(),
      message: `m${i}`
    }))
  )
  for (const [q, limit] of [
    ['', undefined],
    ['| sort @timestamp', undefined],
    ['', 2_500]
  ] as const) {
    const reply = await search.server.call('POST', '/api/export', { format: 'ndjson', q, limit }, search.viewer)
    const lines = reply.text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { '@timestamp': string; message: string })
    assert.equal(lines.length, limit ?? count)
    assert.equal(new Set(lines.map(({ message }) => message)).size, lines.length)
    const times = lines.map(line => line['@timestamp'])
    assert.deepEqual(times, q === '' ? times.toSorted().reverse() : times.toSorted())
  }
})
