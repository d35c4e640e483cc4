/** Properties of cutting: chunks depend on the content alone, and hold exactly the records that a naive cut of the whole gives. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Chunk } from '../../core/chunk.ts'
import type { Parser } from '../../core/parser.ts'
import { jsonRecords } from '../../parsers/json-elements.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { ChunkMaker } from './chunk-maker.ts'
import { csvFramer } from './frame-csv.ts'
import { jsonFramer } from './frame-json.ts'
import { linesFramer } from './frame-lines.ts'
import { multilineFramer } from './frame-multiline.ts'
import type { FrameLimits, Framer } from './framer.ts'

const base = { source: 's', format: 'test', receivedMs: 0, run: '' }

function parserOf(over: Partial<Parser>): Parser {
  const open: Parser['open'] = context => text => ({
    ok: true,
    event: { message: text, header: context.header?.join('|') ?? '' }
  })
  return { name: 'test', title: '', input: 'text', framing: 'lines', recognise: () => 0, open, ...over }
}

type Make = (maker: ChunkMaker, limits: FrameLimits) => Framer

/** The chunks of the content, given in pieces of these sizes (again and again). */
function chunksOf(
  make: Make,
  content: Buffer,
  sizes: readonly number[],
  limits: FrameLimits,
  problem?: string
): Chunk[] {
  const framer = make(new ChunkMaker(base), limits)
  const chunks: Chunk[] = []
  for (let at = 0, i = 0; at < content.length; i++) {
    const size = sizes[i % sizes.length]!
    for (const chunk of framer.push(content.subarray(at, at + size))) chunks.push(chunk)
    at += size
  }
  for (const chunk of framer.end(problem)) chunks.push(chunk)
  return chunks
}

type Seen = { text: string; header: string; dead: string | undefined }

function recordsOf(chunks: readonly Chunk[], parser: Parser): Seen[] {
  const seen: Seen[] = []
  for (const chunk of chunks) {
    const count = forEachRecord(
      chunk,
      (_index, start, end, text, _json, parsed) => {
        assert.equal(chunk.body.toString('utf8', start, end), text)
        const ok = typeof parsed === 'object' && parsed.ok
        seen.push({ text, header: ok ? String(parsed.event['header']) : '', dead: chunk.headers.dead })
      },
      parser
    )
    assert.equal(count, chunk.headers.records, 'the chunk says how many records it holds')
  }
  return seen
}

const plain = (text: string): Seen => ({ text, header: '', dead: undefined })
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })
const chunkBytes = fc.integer({ min: 1, max: 200 })

function sameWhateverThePieces(make: Make, content: Buffer, pieces: readonly number[], limits: FrameLimits): Chunk[] {
  const whole = chunksOf(make, content, [content.length || 1], limits)
  assert.deepEqual(chunksOf(make, content, pieces, limits), whole)
  assert.deepEqual(chunksOf(make, content, [1], limits), whole)
  return whole
}

test('lines: every line that is neither blank nor a header is a record, under the header in force', () => {
  const parser = parserOf({
    isHeader: line => line.startsWith('#'),
    startsHeader: line => line.startsWith('##')
  })
  const line = fc.oneof(
    fc.string({ maxLength: 20 }).map(text => text.replace(/[\r\n]/g, '')),
    fc.constantFrom('', '\r', '7 b\r', '##start', '#more', '#cr\r', '12', ' ', 'ü€𝄞')
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), fc.boolean(), sizes, chunkBytes, (lines, ended, pieces, bytes) => {
      const content = Buffer.from(lines.join('\n') + (ended ? '\n' : ''))
      const expected: Seen[] = []
      let header: string[] = []
      for (const each of content.toString().split('\n')) {
        const text = each.endsWith('\r') ? each.slice(0, -1) : each
        if (text === '') continue
        if (!text.startsWith('#')) expected.push({ text, header: header.join('|'), dead: undefined })
        else header = text.startsWith('##') || header.length === 0 ? [text] : [...header, text]
      }
      const make: Make = (maker, limits) => linesFramer(maker, parser, limits)
      const limits = { chunkBytes: bytes, recordBytesMax: 1000 }
      const chunks = sameWhateverThePieces(make, content, pieces, limits)
      assert.deepEqual(recordsOf(chunks, parser), expected)
      for (const chunk of chunks.slice(0, -1)) assert.equal(chunk.body.at(-1), 10)
    }),
    { numRuns: 300 }
  )
})

test('lines: chunks end at the first line end at or after the size, and their prefixes are the chain', () => {
  const content = Buffer.from('aaaa\nbbbb\ncc\n')
  const chunks = chunksOf((maker, limits) => linesFramer(maker, parserOf({}), limits), content, [3], {
    chunkBytes: 7,
    recordBytesMax: 100
  })
  assert.deepEqual(
    chunks.map(chunk => chunk.body.toString()),
    ['aaaa\nbbbb\n', 'cc\n']
  )
  const first = createHash('sha256').digest()
  const second = createHash('sha256').update(first).update('aaaa\nbbbb\n').digest()
  assert.deepEqual(
    chunks.map(chunk => chunk.headers.prefix),
    [first.toString('hex', 0, 4), second.toString('hex', 0, 4)]
  )
})

test('a file that has grown gives the same chunks up to its old last one, which begins at the same place', () => {
  const make: Make = (maker, limits) => linesFramer(maker, parserOf({}), limits)
  const limits = { chunkBytes: 50, recordBytesMax: 100 }
  const line = (i: number) => `line number ${i}\n`
  const before = Buffer.from(Array.from({ length: 30 }, (_, i) => line(i)).join(''))
  const after = Buffer.concat([before, Buffer.from(line(30) + line(31))])
  const old = chunksOf(make, before, [17], limits)
  const grown = chunksOf(make, after, [23], limits)
  assert.deepEqual(grown.slice(0, old.length - 1), old.slice(0, -1))
  assert.equal(grown[old.length - 1]!.headers.prefix, old.at(-1)!.headers.prefix)
})

test('records that are too long are dead with their size, in every framing, and the others live', () => {
  const long = 'x'.repeat(200)
  const limits = { chunkBytes: 64, recordBytesMax: 50 }
  const cases: [Make, Parser, string][] = [
    [(maker, l) => linesFramer(maker, parserOf({}), l), parserOf({}), `one\n${long}\ntwo\n${long}\r\n${long}`],
    [
      (maker, l) => multilineFramer(maker, parserOf({ begins: line => line.startsWith('>') }), l),
      parserOf({}),
      `>one\n>${long}\nmore\n${long}\n>two\n>${long}`
    ],
    [(maker, l) => csvFramer(maker, parserOf({}), l), parserOf({}), `a,b\none\n"${long}"\ntwo\n${long}`],
    [(maker, l) => jsonFramer(maker, l), parserOf({}), `[{"a":"one"},{"a":"${long}"},{"a":"two"},{"a":"${long}`]
  ]
  for (const [make, parser, text] of cases) {
    for (const size of [1, 7, 60, 10_000]) {
      const chunks = chunksOf(make, Buffer.from(text), [size], limits)
      assert.deepEqual(chunks, chunksOf(make, Buffer.from(text), [3], limits))
      const records = recordsOf(chunks, parser)
      const alive = records.filter(record => record.dead === undefined).map(record => record.text)
      assert.match(alive.join(' '), /^\S*one\S* \S*two\S*$/)
      const dead = records.filter(record => record.dead !== undefined)
      assert.ok(
        dead.length >= 2 && dead.every(record => /of 2\d\d bytes is longer than 50|of 4\d\d bytes/.test(record.dead!)),
        String(dead.map(d => d.dead))
      )
    }
  }
})

test('a problem at the end: whole records live, what is left is dead with the reason', () => {
  const limits = { chunkBytes: 1000, recordBytesMax: 1000 }
  const cases: [Make, string, string[], string][] = [
    [(maker, l) => linesFramer(maker, parserOf({}), l), 'one\ntwo\nthr', ['one', 'two'], 'thr'],
    [(maker, l) => linesFramer(maker, parserOf({}), l), 'one\ntwo\n', ['one', 'two'], ''],
    [
      (maker, l) => multilineFramer(maker, parserOf({ begins: line => line.startsWith('>') }), l),
      '>one\nmore\n>tw',
      ['>one\nmore'],
      '>tw'
    ],
    [(maker, l) => csvFramer(maker, parserOf({}), l), 'a,b\n1,"x\ny"\n2,"z', ['1,"x\ny"'], '2,"z'],
    [(maker, l) => jsonFramer(maker, l), '[{"a":1},{"a":2},{"a"', ['{"a":1}', '{"a":2}'], '{"a"']
  ]
  for (const [make, text, alive, left] of cases) {
    const records = recordsOf(chunksOf(make, Buffer.from(text), [5], limits, 'stream ended early'), parserOf({}))
    assert.deepEqual(
      records.map(record => [record.text, record.dead]),
      [...alive.map(each => [each, undefined]), [left, 'stream ended early']]
    )
  }
})

test('multiline: lines that begin no record belong to the one before', () => {
  const parser = parserOf({ framing: 'multiline', begins: line => line.startsWith('>') })
  const line = fc.oneof(fc.constantFrom('>a', '>bb\r', '  at x', '', '\r', 'more'), fc.string({ maxLength: 9 }))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), sizes, chunkBytes, (lines, pieces, bytes) => {
      const content = Buffer.from(lines.join('\n'))
      const expected: string[] = []
      let current: string[] = []
      const close = () => {
        const text = current.join('\n').replace(/[\r\n]+$/, '')
        if (text !== '') expected.push(text)
        current = []
      }
      for (const each of content.toString().split('\n')) {
        if (each.startsWith('>')) close()
        current.push(each)
      }
      close()
      const limits = { chunkBytes: bytes, recordBytesMax: 1000 }
      const chunks = sameWhateverThePieces((maker, l) => multilineFramer(maker, parser, l), content, pieces, limits)
      assert.deepEqual(recordsOf(chunks, parser), expected.map(plain))
    }),
    { numRuns: 300 }
  )
})

test('csv: line ends within quotes belong to the record; the first record is the header of all', () => {
  const cell = fc.oneof(
    fc.string({ maxLength: 8 }).map(text => `"${text.replaceAll('"', '""')}"`),
    fc.constantFrom('"a\nb"', '"\r\n"', '""', '""""', '"x,""y"""', 'lone " quote', 'plain', '1')
  )
  const row = fc.array(cell, { minLength: 2, maxLength: 4 }).map(cells => cells.join(','))
  const parser = parserOf({ framing: 'csv' })
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), sizes, chunkBytes, (rows, pieces, bytes) => {
      const content = Buffer.from(['h1,h2', ...rows].join('\r\n'))
      const limits = { chunkBytes: bytes, recordBytesMax: 1000 }
      const chunks = sameWhateverThePieces((maker, l) => csvFramer(maker, parser, l), content, pieces, limits)
      const expected = rows.map(text => ({ text: Buffer.from(text).toString(), header: 'h1,h2', dead: undefined }))
      assert.deepEqual(recordsOf(chunks, parser), expected)
    }),
    { numRuns: 300 }
  )
})

test('csv: a quote that is never closed costs its own line only', () => {
  const parser = parserOf({ framing: 'csv' })
  const rows = ['1,"open', ...Array.from({ length: 50 }, (_, i) => `${i},x`)]
  const content = Buffer.from(['a,b', ...rows].join('\n'))
  const limits = { chunkBytes: 100, recordBytesMax: 100 }
  const chunks = sameWhateverThePieces((maker, l) => csvFramer(maker, parser, l), content, [13], limits)
  assert.deepEqual(
    recordsOf(chunks, parser).map(record => record.text),
    rows
  )
})

test('json: arrays, wrapped records, pretty-printed and concatenated objects give the same exact records', () => {
  const key = fc.constantFrom('a', 'b', 'Record', 'x"y', 'é', '\\', '{', ']')
  const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
  const parser = parserOf({ input: 'text' })
  fc.assert(
    fc.property(
      fc.array(object, { maxLength: 12 }),
      fc.constantFrom('array', 'pretty array', 'Records', 'events', 'ndjson', 'pretty', 'concatenated'),
      sizes,
      chunkBytes,
      (objects, shape, pieces, bytes) => {
        const indent = shape.startsWith('pretty') ? 2 : undefined
        const texts = objects.map(each => JSON.stringify(each, null, indent))
        let document = texts.join(shape === 'concatenated' ? '' : '\n')
        if (shape.endsWith('array')) document = `[${texts.join(',\n')}]`
        if (shape === 'Records') document = `{"x":{"y":[1]},"Records": [ ${texts.join(' , ')} ] , "z":"]}"}`
        if (shape === 'events') document = `{"nextToken":"t{","events":[${texts.join(',')}],"searchedLogStreams":[]}\n`
        const content = Buffer.from(document)
        const limits = { chunkBytes: bytes, recordBytesMax: 10_000 }
        const chunks = sameWhateverThePieces((maker, l) => jsonFramer(maker, l), content, pieces, limits)
        assert.deepEqual(
          recordsOf(chunks, parser).map(record => record.text),
          texts.map(text => Buffer.from(text).toString())
        )
      }
    ),
    { numRuns: 400 }
  )
})

test('json: what a document says about its records is their header, however the bytes arrive', () => {
  const document = (group: string, ids: readonly number[]) => ({
    owner: '1',
    logGroup: group,
    filters: ['a'],
    nextToken: String(ids),
    deep: { x: 1 },
    logEvents: ids.map(id => ({ id })),
    after: 'y'
  })
  const said = (group: string) => JSON.stringify({ owner: '1', logGroup: group, filters: ['a'] })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('g', 'h "]'), fc.array(fc.nat(9), { minLength: 1, maxLength: 3 })), {
        maxLength: 6
      }),
      fc.constantFrom('', '\n', '{"bare":1}', '[{"bare":1}]'),
      sizes,
      chunkBytes,
      (documents, between, pieces, bytes) => {
        const text = documents.map(([group, ids]) => JSON.stringify(document(group, ids))).join(between)
        const limits = { chunkBytes: bytes, recordBytesMax: 10_000 }
        const chunks = sameWhateverThePieces((maker, l) => jsonFramer(maker, l), Buffer.from(text), pieces, limits)
        const seen = recordsOf(chunks, parserOf({ input: 'text' })).map(({ text, header }) => ({ text, header }))
        const bare = { text: '{"bare":1}', header: '' }
        const expected = documents.flatMap(([group, ids], i) => [
          ...(i > 0 && between.includes('bare') ? [bare] : []),
          ...ids.map(id => ({ text: JSON.stringify({ id }), header: said(group) }))
        ])
        assert.deepEqual(seen, expected)
        assert.deepEqual(
          jsonRecords(text).map(({ text, header }) => ({ text, header: header ?? '' })),
          expected
        )
      }
    ),
    { numRuns: 300 }
  )
})

test('multiline: a parser may look at the line before', () => {
  const parser = parserOf({
    framing: 'multiline',
    begins: (_line: string, _first: string | undefined, last?: string) => !(last ?? '').startsWith('P')
  })
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('P a', 'F b', 'P', 'F'), { maxLength: 20 }),
      sizes,
      chunkBytes,
      (lines, pieces, bytes) => {
        const limits = { chunkBytes: bytes, recordBytesMax: 10_000 }
        const make: Make = (maker, l) => multilineFramer(maker, parser, l)
        const chunks = sameWhateverThePieces(make, Buffer.from(lines.join('\n')), pieces, limits)
        const expected: string[] = []
        lines.forEach((line, i) => {
          if (i > 0 && lines[i - 1]!.startsWith('P')) expected.push(`${expected.pop()}\n${line}`)
          else expected.push(line)
        })
        assert.deepEqual(
          recordsOf(chunks, parser).map(record => record.text),
          expected
        )
      }
    ),
    { numRuns: 300 }
  )
})

test('json: hostile text in any pieces gives the same chunks, ends, and keeps what is whole', () => {
  const piece = fc.oneof(
    fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '\n', '{"a":1}', '\n{"b":2}', ' ', 'x', '{"Records":['),
    fc.string({ maxLength: 5 })
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), sizes, chunkBytes, (parts, pieces, bytes) => {
      const content = Buffer.from(parts.join(''))
      const limits = { chunkBytes: bytes, recordBytesMax: 30 }
      sameWhateverThePieces((maker, l) => jsonFramer(maker, l), content, pieces, limits)
    }),
    { numRuns: 1000 }
  )
  const limits = { chunkBytes: 1000, recordBytesMax: 100_000 }
  const records = (text: string) =>
    recordsOf(
      chunksOf((maker, l) => jsonFramer(maker, l), Buffer.from(text), [9], limits),
      parserOf({})
    ).map(record => (record.dead === undefined ? record.text : record.dead.replace(/ \(.*/, '')))
  assert.deepEqual(records('{"a":1}\n{"b":"cut\n{"c":3}\n'), [
    '{"a":1}',
    'broken JSON: a line end within a string',
    '{"c":3}'
  ])
  assert.deepEqual(records('[{"a":1},{"b":2}'), ['{"a":1}', '{"b":2}', 'the JSON document ended early, after a record'])
  assert.deepEqual(records('{"Records":[{"a":1},{"b":[}]}'), [
    '{"a":1}',
    'broken JSON: a closing bracket that does not fit'
  ])
  assert.deepEqual(records('[\n{"a":1},\n{"b":2]\n{"c":3}\n]\n'), [
    '{"a":1}',
    'broken JSON: a closing bracket that does not fit',
    '{"c":3}'
  ])
  assert.deepEqual(records(`${'['.repeat(2)}${'{"a":'.repeat(300)}`), ['broken JSON: more than 256 levels'])
  // Not wrappers: the events of a record of Google Workspace belong to it.
  assert.deepEqual(records('{"actor":{},"events":[{"type":"login"}]}'), ['{"actor":{},"events":[{"type":"login"}]}'])
  assert.deepEqual(records('{"events":["a","b"]}'), ['{"events":["a","b"]}'])
  assert.deepEqual(records('{"Records":[]}'), [])
})

test('any bytes in any framing: the same chunks whatever the pieces', () => {
  const makes: Make[] = [
    (maker, l) => linesFramer(maker, parserOf({}), l),
    (maker, l) => multilineFramer(maker, parserOf({ begins: line => line.startsWith('a') }), l),
    (maker, l) => csvFramer(maker, parserOf({}), l)
  ]
  const part = fc.oneof(fc.constantFrom('a', '"', '\n', '\r\n', ',', '"",', 'a,"b'), fc.string({ maxLength: 30 }))
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 60 }),
      sizes,
      chunkBytes,
      fc.integer({ min: 1, max: 40 }),
      (parts, pieces, bytes, max) => {
        const content = Buffer.from(parts.join(''))
        for (const make of makes)
          sameWhateverThePieces(make, content, pieces, { chunkBytes: bytes, recordBytesMax: max })
      }
    ),
    { numRuns: 500 }
  )
})
