/** Framers of streams that grow: whatever the pieces, the parts and the restarts, the records and their places are those of the whole. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Chunk } from '../../core/chunk.ts'
import type { Parser } from '../../core/parser.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { ChunkMaker } from './chunk-maker.ts'
import { tailFramerOf } from './read-chunks.ts'

const base = { source: 's', format: 'test', receivedMs: 0, run: '' }

function parserOf(over: Partial<Parser>): Parser {
  const open: Parser['open'] = context => text => ({
    ok: true,
    event: { message: text, header: context.header?.join('|') ?? '' }
  })
  return { name: 'test', title: '', input: 'text', framing: 'lines', recognise: () => 0, open, ...over }
}

/** Each record with its chunk's place in the chain, its place in the chunk, and the header it is read under. */
function recordsOf(chunks: readonly Chunk[], parser: Parser): string[] {
  const out: string[] = []
  for (const chunk of chunks) {
    const { prefix, firstIndex = 0, dead = '' } = chunk.headers
    const count = forEachRecord(
      chunk,
      (index, _start, _end, text, _json, parsed) => {
        const header = typeof parsed === 'object' && parsed.ok ? String(parsed.event['header']) : ''
        out.push(`${prefix} ${firstIndex + index} ${JSON.stringify(text)} under ${header} ${dead}`)
      },
      parser
    )
    assert.equal(count, chunk.headers.records)
  }
  return out
}

const shapes = [
  {
    framing: 'lines',
    parser: parserOf({ isHeader: line => line.startsWith('#'), startsHeader: line => line.startsWith('##') }),
    line: fc.constantFrom(
      'a',
      'bb',
      '',
      '\r',
      '7 b\r',
      '##start',
      '#more',
      '12',
      ' ',
      'ü€𝄞',
      'a long line, longer than others'
    )
  },
  {
    framing: 'csv',
    parser: parserOf({}),
    line: fc.constantFrom(
      'a,b',
      '"x',
      'y"',
      '"a ""q"" b",c',
      '',
      '\r',
      '1,2,3\r',
      ' "no quote',
      'a long line, longer than others'
    )
  },
  {
    framing: 'csv',
    parser: parserOf({ isHeader: line => line.startsWith('#') }),
    line: fc.constantFrom('a,b', '"x', 'y"', '#head', '', '"#head', '1,2,3\r', 'a long line, longer than others')
  },
  {
    framing: 'multiline',
    parser: parserOf({ begins: line => line.startsWith('<') }),
    line: fc.constantFrom('<1> a', '  more', '', '\r', '<2> b\r', 'at x', '<', '<3> a long line, longer than others')
  }
] as const

for (const { framing, parser, line } of shapes) {
  test(`${framing}: parts and restarts change nothing`, () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 40 }),
        fc.boolean(),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom('go on', 'part', 'restart')), {
          minLength: 1
        }),
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(20, 1000),
        (lines, ended, steps, chunkBytes, recordBytesMax) => {
          const content = Buffer.from(lines.join('\n') + (ended ? '\n' : ''))
          const limits = { chunkBytes, recordBytesMax }
          const whole = tailFramerOf(framing, new ChunkMaker(base), parser, limits)
          const expected = recordsOf([...whole.push(content), ...whole.end()], parser)

          let maker = new ChunkMaker(base)
          let framer = tailFramerOf(framing, maker, parser, limits)
          const chunks: Chunk[] = []
          for (let at = 0, i = 0; at < content.length; i++) {
            const [size, then] = steps[i % steps.length]!
            chunks.push(...framer.push(content.subarray(at, at + size)))
            at = Math.min(content.length, at + size)
            if (then === 'go on') continue
            const part = framer.part()
            if (part !== undefined) chunks.push(part)
            framer.rest()
            if (then === 'part') continue
            const kept = JSON.stringify(framer.mark())
            const mark = JSON.parse(kept)
            const { taken } = framer
            assert.ok(mark.at <= taken && taken <= at)
            maker = new ChunkMaker(base, '', maker.chain)
            framer = tailFramerOf(framing, maker, parser, limits, mark)
            for (const _ of framer.push(content.subarray(mark.at, at))) assert.fail('a chunk ended before its end')
            framer.part()
            assert.equal(framer.taken, taken)
          }
          chunks.push(...framer.end())
          assert.deepEqual(recordsOf(chunks, parser), expected)
        }
      ),
      { numRuns: 1000 }
    )
  })
}
