/** Files that are damaged, made to hurt, or simply odd. Each lies beside a good one, which must come in whole. */

import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'
import { zipOf } from '../../src/sources/files/zip-writer.ts'
import type { Fault, FaultOptions, ImportLedger, Lab } from './lab.ts'
import { type Corpus, corpusOf, sum } from './records.ts'
import { verify } from './verify.ts'

const good = (): Corpus => corpusOf(99, 3_000)

function sourceOf(ledger: ImportLedger, ending: string): ImportLedger['sources'][number] {
  const source = ledger.sources.find(({ source }) => source.endsWith(ending))
  assert.ok(source !== undefined, `${ending} is in the ledger: ${JSON.stringify(ledger.sources)}`)
  return source
}

async function truncatedGzip(lab: Lab, { random }: FaultOptions): Promise<string> {
  const data = lab.path('data')
  const folder = lab.newFolder('files')
  const beside = good()
  lab.write('files/good.json', beside.text)
  const corpus = corpusOf(1, 10_000)
  const whole = gzipSync(corpus.text)
  const cut = Math.floor(whole.length * (0.2 + 0.6 * random()))
  lab.write('files/cut.json.gz', whole.subarray(0, cut))
  const first = await lab.import(data, [folder])
  const source = sourceOf(first, 'cut.json.gz')
  const share = source.stored / corpus.good
  assert.ok(share > cut / whole.length - 0.2, `only ${source.stored} records before the cut`)
  assert.ok(
    source.reasons.some(({ reason }) => /cut off|ended early/.test(reason)),
    JSON.stringify(source.reasons)
  )
  // The whole file, later: what came before the cut is known.
  lab.write('files/cut.json.gz', whole)
  const second = await lab.import(data, [folder])
  const again = sourceOf(second, 'cut.json.gz')
  assert.equal(again.stored + source.stored, corpus.good)
  const facts = await lab.inspect(data, async picket => picket.ledger.report().totals)
  await verify(lab, data, { stored: sum([beside, corpus]).stored, dead: facts.deadLettered })
  return `${source.stored} of ${corpus.good} records before the cut at ${Math.round((cut / whole.length) * 100)} %, the rest later`
}

const gigabyte = 1_000_000_000

async function longLine(lab: Lab): Promise<string> {
  const data = lab.path('data')
  const before = corpusOf(1, 2_000)
  const after = corpusOf(2, 2_000)
  const running = lab.start(['import', '-', '--data', data, '--json', '--quiet'], { stdin: true })
  const piece = Buffer.alloc(1 << 20, 'abcdefghijklmnopqrstuvwxyz ')
  await pipeline(
    Readable.from(
      (function* () {
        yield Buffer.from(before.text)
        yield Buffer.from('{"event_type":"dns","long":"')
        for (let bytes = 0; bytes < gigabyte; bytes += piece.length) yield piece
        yield Buffer.from('"}\n')
        yield Buffer.from(after.text)
      })()
    ),
    running.child.stdin!
  )
  const { code, stdout, stderr } = await running.ended
  assert.equal(code, 0, stderr.slice(-2000))
  const peakBytes = running.peakBytes()
  const ledger = JSON.parse(stdout) as ImportLedger
  assert.ok(
    ledger.sources[0]!.reasons.some(({ reason }) => /long/.test(reason)),
    JSON.stringify(ledger.sources)
  )
  const { stored, dead } = sum([before, after])
  await verify(lab, data, { stored, dead: dead + 1 })
  assert.ok(peakBytes < 700e6, `it took ${Math.round(peakBytes / 1e6)} MB of memory`)
  return `the lines around it are stored, it is one dead letter; ${Math.round(peakBytes / 1e6)} MB of memory at most`
}

async function bombs(lab: Lab): Promise<string> {
  const data = lab.path('data')
  const folder = lab.newFolder('files')
  const beside = good()
  lab.write('files/good.json', beside.text)
  const line = Buffer.from('{"event_type":"dns","timestamp":"2026-01-01T00:00:00.000000+0000"}\n')
  const content = Buffer.alloc(20_000_000, line)
  lab.write('files/wide.zip', zipOf(['a.json', 'b.json', 'c.json'].map(name => ({ name, content }))))
  const zeros = Buffer.alloc(1 << 20)
  await pipeline(
    Readable.from(
      (function* () {
        for (let i = 0; i < 3_000; i++) yield zeros
      })()
    ),
    createGzip({ level: 9 }),
    createWriteStream(lab.path('files/zeros.gz'))
  )
  // Bombs within bombs.
  lab.write('files/nested.gz', gzipSync(gzipSync(gzipSync(Buffer.alloc(500_000_000, line)))))
  const running = lab.start(['import', folder, '--data', data, '--json', '--quiet'])
  const { code, stdout, stderr } = await running.ended
  assert.equal(code, 0, stderr.slice(-2000))
  const peakBytes = running.peakBytes()
  const ledger = JSON.parse(stdout) as ImportLedger
  assert.equal(sourceOf(ledger, 'good.json').stored, beside.good)
  assert.equal(ledger.totals.received, ledger.totals.stored + ledger.totals.deadLettered + ledger.totals.duplicates)
  await verify(lab, data, { stored: ledger.totals.stored, dead: ledger.totals.deadLettered })
  assert.ok(peakBytes < 900e6, `it took ${Math.round(peakBytes / 1e6)} MB of memory`)
  const reasons = ledger.sources.flatMap(source => source.reasons.map(({ reason }) => reason))
  assert.ok(
    reasons.some(reason => /inflates more than/.test(reason)),
    JSON.stringify(ledger.sources)
  )
  return `${Math.round(peakBytes / 1e6)} MB of memory at most; ${reasons.join('; ').slice(0, 200)}`
}

async function notUtf8(lab: Lab, { random }: FaultOptions): Promise<string> {
  const data = lab.path('data')
  const beside = good()
  const file = lab.write('good.json', beside.text)
  const bytes: Buffer[] = []
  for (let i = 0; i < 4_000; i++) {
    const line = Buffer.from(`line ${i} `.padEnd(20 + Math.floor(random() * 60), 'x'))
    for (let hits = 0; hits < 4; hits++) {
      const byte = 128 + Math.floor(random() * 128)
      line[7 + Math.floor(random() * (line.length - 7))] = byte
    }
    bytes.push(line)
  }
  const eve = Array.from({ length: 2_000 }, (_, i) => {
    const text = `{"timestamp":"2026-01-01T00:00:${String(i % 60).padStart(2, '0')}.000000+0000","event_type":"dns","flow_id":${i},"dns":{"rrname":"?.example"}}`
    const line = Buffer.from(text)
    line[line.indexOf('?')] = 128 + (i % 128)
    return line
  })
  const newline = Buffer.from('\n')
  const latin = lab.write('latin.log', Buffer.concat(bytes.flatMap(line => [line, newline])))
  const broken = lab.write('broken-eve.json', Buffer.concat(eve.flatMap(line => [line, newline])))
  await lab.import(data, [file])
  await lab.import(data, [latin, '--format', 'text'])
  await lab.import(data, [broken, '--format', 'suricata'])
  const { stored, dead } = sum([beside])
  await verify(lab, data, {
    stored: stored + bytes.length + eve.length,
    dead,
    originals: [
      { source: latin, lines: bytes },
      { source: broken, lines: eve },
      { source: file, lines: beside.lines }
    ]
  })
  return `${bytes.length + eve.length} records with bytes that are no text, all recovered byte for byte`
}

const names = 1_000_000

async function millionNames(lab: Lab): Promise<string> {
  const data = lab.path('data')
  const perRecord = 50
  const lines = Array.from({ length: names / perRecord }, (_, record) => {
    const fields = Array.from({ length: perRecord }, (_, i) => `"field_${record * perRecord + i}":"v${i}"`)
    return `{"time":"2026-01-01T00:00:00Z",${fields.join(',')}}`
  })
  const file = lab.write('names.json', lines.join('\n') + '\n')
  const running = lab.start(['import', file, '--data', data, '--json', '--quiet'])
  const { code, stderr } = await running.ended
  assert.equal(code, 0, stderr.slice(-2000))
  const peakBytes = running.peakBytes()
  const beside = good()
  const besideFile = lab.write('good.json', beside.text)
  await lab.import(data, [besideFile])
  const { stored, dead } = sum([beside])
  await verify(lab, data, {
    stored: stored + lines.length,
    dead,
    originals: [
      { source: file, lines },
      { source: besideFile, lines: beside.lines }
    ]
  })
  for (const query of ['field_999999:v49', 'field_0:v0']) {
    const { stdout } = await lab.run(['search', query, '--json', '--data', data])
    assert.equal(stdout.split('\n').filter(line => line !== '').length, 1, query)
  }
  return `${names.toLocaleString('en')} field names in ${lines.length} records; ${Math.round(peakBytes / 1e6)} MB of memory at most`
}

export const oddFiles: readonly Fault[] = [
  { name: 'truncated-gzip', about: 'a .gz that is cut off, and whole later', run: truncatedGzip },
  { name: 'long-line', about: 'a line of 1 GB among others', run: longLine },
  { name: 'bombs', about: 'archives that inflate to gigabytes', run: bombs },
  { name: 'not-utf8', about: 'records that are not UTF-8', run: notUtf8 },
  { name: 'million-names', about: 'a million different field names', run: millionNames }
]
