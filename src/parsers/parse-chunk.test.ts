/** Records of chunks: what is one, under which header, and what becomes of those that cannot be parsed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chunk, ChunkHeaders } from '../core/chunk.ts'
import { NO_EVENT, type Parser } from '../core/parser.ts'
import { forEachRecord } from './parse-chunk.ts'

const headers: ChunkHeaders = {
  source: 's',
  format: 'test',
  framing: 'lines',
  records: 0,
  receivedMs: 0,
  prefix: '00000000',
  run: ''
}

function chunkOf(text: string, over: Partial<ChunkHeaders> = {}): Chunk {
  return { headers: { ...headers, ...over }, body: Buffer.from(text) }
}

function sized(...records: string[]): Chunk {
  const parts = records.flatMap(record => {
    const bytes = Buffer.from(record)
    const size = Buffer.alloc(4)
    size.writeUInt32LE(bytes.length)
    return [size, bytes]
  })
  return { headers: { ...headers, framing: 'sized' }, body: Buffer.concat(parts) }
}

let opened = 0
const parser: Parser = {
  name: 'test',
  title: '',
  input: 'text',
  framing: 'lines',
  recognise: () => 0,
  isHeader: line => line.startsWith('#'),
  startsHeader: line => line.startsWith('#!'),
  open(context) {
    opened++
    return text => {
      if (text === 'poison') throw new Error('no')
      return text === 'nothing'
        ? NO_EVENT
        : { ok: true, event: { message: `${text}@${context.header?.join('') ?? ''}` } }
    }
  }
}

function outcomes(chunk: Chunk, by: Parser | undefined = parser): unknown[] {
  const out: unknown[] = []
  const count = forEachRecord(
    chunk,
    (index, start, end, text, json, parsed) => {
      assert.equal(index, out.length)
      assert.equal(chunk.body.toString('utf8', start, end), text)
      if (parsed === NO_EVENT) out.push(null)
      else if (parsed.ok) out.push(json ?? parsed.event['message'])
      else out.push(`! ${parsed.reason}`)
    },
    by
  )
  assert.equal(count, out.length)
  return out
}

test('lines are records but for blank ones and headers; a header opens the parser once', () => {
  opened = 0
  const text = '1\r\n\n\r\n#!a\n#b\n2\n#!c\nnothing\n3\npoison\nlast'
  assert.deepEqual(outcomes(chunkOf(text, { header: ['#0'] })), [
    '1@#0',
    '2@#!a#b',
    null,
    '3@#!c',
    '! parser failed: no',
    'last@#!c'
  ])
  assert.equal(opened, 3)
})

test('sized records may hold line ends; a damaged chunk says so', () => {
  assert.deepEqual(outcomes(sized('a\nb', '', '#x')), ['a\nb@', '@', '#x@'])
  const chunk = sized('abc', 'def')
  assert.deepEqual(outcomes({ ...chunk, body: chunk.body.subarray(0, -1) }), [
    'abc@',
    '! the chunk is damaged: a record is longer than its chunk'
  ])
})

test('JSON is parsed for those who want it', () => {
  const json: Parser = { ...parser, isHeader: undefined, input: 'json' }
  const [first, second, third, ...more] = outcomes(chunkOf('{"a":1}\n[1]\nnull\n{"a"\n{"__proto__":{"x":1}}'), json)
  assert.deepEqual([first, second, third], [{ a: 1 }, '! not a JSON object', '! not a JSON object'])
  assert.match(String(more[0]), /^! not JSON: /)
  assert.equal(({} as { x?: number }).x, undefined)
})

test('dead records, unknown formats and failing parsers reject every record', () => {
  assert.deepEqual(outcomes(chunkOf('a\n#b', { dead: 'why' })), ['! why', '! why'])
  const out: string[] = []
  forEachRecord(chunkOf('a', { format: 'no-such' }), (_i, _s, _e, _t, _j, parsed) => {
    out.push(parsed !== NO_EVENT && !parsed.ok ? parsed.reason : '')
  })
  assert.deepEqual(out, ['there is no format named no-such'])
  const failing: Parser = {
    ...parser,
    isHeader() {
      throw new Error('x')
    },
    open() {
      throw new Error('closed')
    }
  }
  assert.deepEqual(outcomes(chunkOf('a\nb'), failing), ['! parser failed: closed', '! parser failed: closed'])
})
