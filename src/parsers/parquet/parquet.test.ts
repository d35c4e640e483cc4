/** Parquet: rows come out as they went in, whatever compresses them; VPC flow rows are the text format's events; hostile files end. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Codec, type WrittenColumn, writeParquet } from '../../testing/parquet-writer.ts'
import { parseText } from '../../testing/parser-cases.ts'
import { decoderOf } from '../decoders.ts'
import { parserNamed } from '../index.ts'
import { makeSample, recognise } from '../recognise.ts'
import { parquet } from './parquet.ts'

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function decoded(bytes: Buffer): Promise<{ readonly rows: unknown[]; readonly problem: string | undefined }> {
  const rows: unknown[] = []
  try {
    for await (const batch of parquet.decode(pieces(bytes, 1000))) for (const text of batch) rows.push(JSON.parse(text))
    return { rows, problem: undefined }
  } catch (error) {
    assert.ok(error instanceof Error)
    return { rows, problem: error.message }
  }
}

const columns: WrittenColumn[] = [
  { name: 'id', type: 'int64' },
  { name: 'count', type: 'int32' },
  { name: 'ok', type: 'boolean' },
  { name: 'rate', type: 'double' },
  { name: 'at', type: 'timestamp' },
  { name: 'src.ip', type: 'text' },
  { name: 'src.location.city', type: 'text' }
]

test('rows of any codec, in several row groups', async () => {
  const first = {
    id: 2 ** 40,
    count: -5,
    ok: true,
    rate: 1.5,
    at: 1767225600123456,
    'src.ip': '192.0.2.1',
    'src.location.city': 'Köln'
  }
  const groups = [[first, {}, { ok: false, 'src.ip': '' }], [{ id: 7 }]]
  for (const codec of ['none', 'gzip', 'zstd', 'brotli'] satisfies Codec[]) {
    const file = writeParquet(columns, groups, codec)
    assert.equal(decoderOf(file.subarray(0, 512)), parquet)
    const { rows, problem } = await decoded(file)
    assert.equal(problem, undefined, codec)
    const at = '2026-01-01T00:00:00.123456Z'
    const src = { ip: '192.0.2.1', location: { city: 'Köln' } }
    assert.deepEqual(rows, [
      { id: 2 ** 40, count: -5, ok: true, rate: 1.5, at, src },
      {},
      { ok: false, src: { ip: '' } },
      { id: 7 }
    ])
  }
})

const flowNames =
  'version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action log_status'.split(
    ' '
  )
const numbers = new Map<string, 'int32' | 'int64'>([
  ...['version', 'srcport', 'dstport', 'protocol'].map(name => [name, 'int32'] as const),
  ...['packets', 'bytes', 'start', 'end'].map(name => [name, 'int64'] as const)
])

test('rows of VPC flow logs are the events of their lines', async () => {
  const lines = [
    '2 123456789012 eni-0a1b2c3d 192.0.2.10 198.51.100.7 49152 443 6 10 840 1767225600 1767225660 ACCEPT OK',
    '2 123456789012 eni-0a1b2c3d 2001:db8::1 2001:db8::2 53 53 17 1 76 1767225601 1767225661 REJECT OK',
    '2 123456789012 eni-0a1b2c3d - - - - - - - 1767225600 1767225660 - NODATA'
  ]
  const rows = lines.map(line => {
    const values = line.split(' ')
    const row: { [name: string]: unknown } = {}
    flowNames.forEach((name, i) => {
      if (values[i] !== '-') row[name] = numbers.has(name) ? Number(values[i]) : values[i]
    })
    return row
  })
  const file = writeParquet(
    flowNames.map(name => ({ name, type: numbers.get(name) ?? 'text' })),
    [rows],
    'gzip'
  )
  const { rows: found } = await decoded(file)
  const text = found.map(row => JSON.stringify(row)).join('\n')
  const { parser } = recognise(makeSample(text))
  assert.equal(parser.name, 'vpc-flow-rows')
  const context = { receivedMs: 0 }
  assert.deepEqual(parseText(text, parser, context), parseText(lines.join('\n'), parserNamed('vpc-flow')!, context))
})

test('rows of OCSF events are recognised as such', async () => {
  const names = ['class_uid', 'category_uid', 'type_uid', 'activity_id', 'severity_id'].map(name => ({
    name,
    type: 'int32' as const
  }))
  const file = writeParquet(
    [
      ...names,
      { name: 'time', type: 'int64' },
      { name: 'class_name', type: 'text' },
      { name: 'metadata.version', type: 'text' },
      { name: 'metadata.product.name', type: 'text' },
      { name: 'src_endpoint.ip', type: 'text' }
    ],
    [
      [
        {
          class_uid: 4001,
          category_uid: 4,
          type_uid: 400106,
          activity_id: 6,
          severity_id: 1,
          time: 1767225600000,
          class_name: 'Network Activity',
          'metadata.version': '1.1.0',
          'metadata.product.name': 'Amazon VPC',
          'src_endpoint.ip': '192.0.2.1'
        }
      ]
    ],
    'zstd'
  )
  const { rows } = await decoded(file)
  assert.equal(recognise(makeSample(JSON.stringify(rows[0]))).parser.name, 'ocsf')
})

test('damaged and hostile files end with a reason, soon', async () => {
  const good = writeParquet(columns, [[{ id: 1, 'src.ip': 'x' }], [{ id: 2 }, { id: 3 }]], 'gzip')
  assert.match((await decoded(good.subarray(0, -3))).problem!, /cut off/)
  assert.match((await decoded(good.subarray(0, 6))).problem!, /cut off/)
  const number = fc.oneof(fc.nat(255), fc.constantFrom(0, 127, 128, 255))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Codec>('none', 'gzip', 'zstd', 'brotli'),
      fc.array(fc.tuple(fc.nat(4000), number), { minLength: 1, maxLength: 6 }),
      async (codec, edits) => {
        const file = writeParquet(columns, [[{ id: 1, 'src.ip': 'x' }], [{ id: 2 }, { id: 3 }]], codec)
        for (const [at, byte] of edits) file[4 + (at % (file.length - 8))] = byte
        const started = performance.now()
        const { rows } = await decoded(file)
        assert.ok(performance.now() - started < 2000, `${performance.now() - started} ms`)
        assert.ok(rows.length <= 1_000_000)
      }
    ),
    { numRuns: 300 }
  )
})
