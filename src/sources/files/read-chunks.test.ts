/** From bytes to chunks with recognition, encodings, and what is no text. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Chunk } from '../../core/chunk.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { openStreams } from './open-streams.ts'
import { type ReadOptions, readChunks } from './read-chunks.ts'
import { type NamedStream, StreamProblem } from './stream.ts'
import { walk } from './walk.ts'
import { zipOf } from './zip-writer.ts'

const folder = await mkdtemp(join(tmpdir(), 'picket-chunks-'))
after(() => rm(folder, { recursive: true }))

function streamOf(pieces: Iterable<Buffer> | AsyncIterable<Buffer>, fileName = 'x'): NamedStream {
  const bytes = (async function* () {
    yield* pieces
  })()
  return { name: fileName, fileName, mtimeMs: undefined, bytes }
}

async function chunksOf(stream: NamedStream, options: Partial<ReadOptions> = {}): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  for await (const chunk of readChunks(stream, { nowMs: 1000, ...options })) chunks.push(chunk)
  return chunks
}

function textsOf(chunks: readonly Chunk[]): string[] {
  const out: string[] = []
  for (const chunk of chunks) {
    forEachRecord(chunk, (_index, _start, _end, text) => {
      out.push(chunk.headers.dead === undefined ? text : `dead: ${chunk.headers.dead}`)
    })
  }
  return out
}

const eve = (i: number) =>
  `{"timestamp":"2024-01-02T03:04:05.${String(i).padStart(6, '0')}+0000","flow_id":${i},"event_type":"dns","src_ip":"10.0.0.1",` +
  `"src_port":5353,"dest_ip":"10.0.0.2","dest_port":53,"proto":"UDP","dns":{"type":"query","rrname":"host${i}.example.com"}}`
const events = Array.from({ length: 50 }, (_, i) => eve(i))

test('the format is recognised and the cut follows it: NDJSON in lines, documents by the cutter', async () => {
  const shapes: [string, 'lines' | 'sized'][] = [
    [`${events.join('\n')}\n`, 'lines'],
    [`\ufeff${events.join('\r\n')}`, 'lines'],
    [`{"cut off\n${events.join('\n')}`, 'lines'],
    [`[${events.join(',\n')}]`, 'sized'],
    [
      JSON.stringify(
        events.map(text => JSON.parse(text)),
        null,
        2
      ),
      'sized'
    ],
    [events.map(text => JSON.stringify(JSON.parse(text), null, 2)).join('\n'), 'sized'],
    [`{"Records":[${events.join(',')}]}\n`, 'sized']
  ]
  for (const [text, framing] of shapes) {
    const chunks = await chunksOf(streamOf([Buffer.from(text)]))
    assert.deepEqual([chunks[0]!.headers.format, chunks[0]!.headers.framing], ['suricata', framing])
    const values = textsOf(chunks).filter(record => !record.startsWith('{"cut'))
    assert.deepEqual(
      values.map(record => JSON.parse(record)),
      events.map(record => JSON.parse(record))
    )
  }
})

test('UTF-16 is transcoded, with a mark or without, cut anywhere', async () => {
  const text = 'one ü€𝄞 line\r\nand another, a longer line\n'
  const little = Buffer.from(text, 'utf16le')
  const big = Buffer.from(little).swap16()
  for (const content of [
    Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
    Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])
  ]) {
    for (const size of [1, 3, 1000]) {
      const pieces: Buffer[] = []
      for (let at = 0; at < content.length; at += size) pieces.push(content.subarray(at, at + size))
      const chunks = await chunksOf(streamOf(pieces), { format: 'text' })
      assert.deepEqual(textsOf(chunks), ['one ü€𝄞 line', 'and another, a longer line'])
    }
  }
  const ascii = Buffer.from('plain ascii written by a tool without mark\r\n', 'utf16le')
  assert.deepEqual(textsOf(await chunksOf(streamOf([ascii]))), ['plain ascii written by a tool without mark'])
})

test('binary content is one dead chunk; a stretch of zeros before text is not', async () => {
  const noise = createHash('shake256', { outputLength: 100_000 }).update('x').digest()
  for (const [content, reason] of [
    [noise, 'binary file'],
    [Buffer.alloc(100_000), 'binary file'],
    [Buffer.concat([Buffer.from('d4c3b2a1', 'hex'), noise]), 'binary file: a packet capture (pcap)']
  ] as const) {
    const chunks = await chunksOf(streamOf([content]))
    assert.equal(chunks.length, 1)
    assert.deepEqual([chunks[0]!.headers.dead, chunks[0]!.headers.records], [reason, 1])
    assert.ok(chunks[0]!.body.subarray(4).equals(content.subarray(0, 4096)))
  }
  const crashed = Buffer.concat([Buffer.alloc(10_000), Buffer.from(`\n${events.join('\n')}\n`)])
  assert.equal(textsOf(await chunksOf(streamOf([crashed]))).length, 51)
  assert.deepEqual(await chunksOf(streamOf([])), [])
})

test('a stream that fails ends with a dead record that holds what is left', async () => {
  const failing = (async function* () {
    yield Buffer.from('one\ntwo\nthr')
    throw new StreamProblem('stream ended early: cut')
  })()
  const chunks = await chunksOf(streamOf(failing), { format: 'text' })
  assert.deepEqual(textsOf(chunks), ['one', 'two', 'dead: stream ended early: cut'])
  assert.equal(chunks[1]!.body.toString('utf8', 4), 'thr')
})

test('a line of 64 MiB is dead at a small limit, in bounded memory', async () => {
  const piece = Buffer.alloc(256 * 1024, 120)
  const stream = streamOf(
    (function* () {
      yield Buffer.from('before\n')
      for (let i = 0; i < 256; i++) yield piece
      yield Buffer.from('\nafter')
    })()
  )
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const chunks: Chunk[] = []
  for await (const chunk of readChunks(stream, { nowMs: 0, format: 'text', recordBytesMax: 1024 * 1024 })) {
    most = Math.max(most, process.memoryUsage().arrayBuffers)
    chunks.push(chunk)
  }
  assert.deepEqual(textsOf(chunks), [
    'before',
    `dead: a line of ${64 * 1024 * 1024} bytes is longer than 1048576`,
    'after'
  ])
  assert.equal(chunks[1]!.body.length, 4 + 64 * 1024)
  assert.ok(most - before < 24 * 1024 * 1024, `${most - before} bytes`)
})

test('the same content has the same identity, whatever its container and name', async () => {
  const content = Buffer.from(Array.from({ length: 20_000 }, (_, i) => eve(i)).join('\n'))
  const seen: string[] = []
  for (const [name, bytes] of [
    ['a.json', content],
    ['b.gz', gzipSync(content)],
    ['c', zstdCompressSync(content)],
    ['d.zip', zipOf([{ name: 'inner', content }])]
  ] as const) {
    const path = join(folder, name)
    await writeFile(path, bytes)
    for await (const file of walk([path])) {
      for await (const stream of openStreams(file)) {
        const chunks = await chunksOf(stream)
        assert.ok(chunks.length > 2)
        seen.push(chunks.map(({ headers, body }) => `${headers.prefix} ${headers.records} ${body.length}`).join('\n'))
      }
    }
  }
  assert.equal(seen.length, 4)
  assert.equal(new Set(seen).size, 1)
})

test('headers: whose time, whose zone, whose format', async () => {
  const stream = { ...streamOf([Buffer.from('x y z\n')]), mtimeMs: 500 }
  const [chunk] = await chunksOf(stream, { timezoneMinutes: 60, run: 'r', format: 'text' })
  assert.deepEqual(chunk!.headers, {
    source: 'x',
    format: 'text',
    framing: 'lines',
    records: 1,
    receivedMs: 1000,
    referenceMs: 500,
    prefix: 'e3b0c442',
    run: 'r',
    fileName: 'x',
    timezoneMinutes: 60
  })
  await assert.rejects(chunksOf(streamOf([]), { format: 'no such' }), { code: 'unknown-format' })
})

test('nothing is read ahead of who consumes the chunks', async () => {
  let given = 0
  const stream = streamOf(
    (function* () {
      for (let i = 0; i < 1000; i++) {
        given++
        yield Buffer.from(`${'x'.repeat(99)}\n`.repeat(1000))
      }
    })()
  )
  const chunks = readChunks(stream, { nowMs: 0, format: 'text', chunkBytes: 100_000 })
  await chunks.next()
  await chunks.next()
  assert.ok(given <= 4, String(given))
  await chunks.return()
})
