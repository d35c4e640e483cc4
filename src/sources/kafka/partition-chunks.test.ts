import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placesIn } from '../../core/identity.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { type Batch, type CutSettings, cutPartition } from './partition-chunks.ts'

const settings: CutSettings = {
  origin: 'kafka/c/t/id/0',
  base: { source: 's', format: 'mixed', receivedMs: Date.UTC(2026, 0), run: '' },
  records: 'messages',
  recordBytesMax: 1000
}

/** A batch whose records have these offsets; undefined is a tombstone. */
function batch(records: readonly (readonly [number, string | undefined])[], more: Partial<Batch> = {}): Batch {
  const first = records[0]![0]
  return {
    firstOffset: BigInt(first),
    lastOffsetDelta: records.at(-1)![0] - first,
    attributes: 0,
    producerId: -1n,
    maxTimestamp: BigInt(Date.UTC(2025, 5)),
    records: records.map(([offset, text]) => ({
      offsetDelta: offset - first,
      key: null,
      value: text === undefined ? null : Buffer.from(text)
    })),
    ...more
  }
}

function marker(offset: number, producerId: bigint, type: 0 | 1): Batch {
  const key = Buffer.from([0, 0, 0, type])
  return {
    ...batch([[offset, '']], { attributes: 0x30, producerId }),
    records: [{ offsetDelta: 0, key, value: Buffer.alloc(6) }]
  }
}

/** What identifies each record. */
function cut(batches: readonly Batch[], from = 0, more: Partial<CutSettings> = {}, aborted: [bigint, number][] = []) {
  const fetched = {
    batches,
    aborted: aborted.map(([producerId, offset]) => ({ producerId, firstOffset: BigInt(offset) }))
  }
  const made = cutPartition(fetched, from, { ...settings, ...more })
  const records = made.chunks.flatMap(chunk => {
    const placeOf = placesIn(chunk.headers)
    const found: string[] = []
    forEachRecord(chunk, (index, _start, _end, text) =>
      found.push(`${chunk.headers.prefix} ${placeOf(index)} ${chunk.headers.dead === undefined ? text : 'dead'}`)
    )
    assert.equal(found.length, chunk.headers.records)
    return found
  })
  return { ...made, texts: records }
}

test('a record has the same identity wherever the fetch began, and whatever was compacted away', () => {
  const whole = batch(Array.from({ length: 2000 }, (_, i) => [i, `record ${i}`] as const))
  const { texts, next } = cut([whole])
  assert.equal(next, 2000)
  assert.equal(new Set(texts).size, 2000)
  for (const from of [1, 999, 1999]) assert.deepEqual(cut([whole], from).texts, texts.slice(from))
  const gaps = batch(Array.from({ length: 2000 }, (_, i) => [i, `record ${i}`] as const).filter(([i]) => i % 3 !== 1))
  const compacted = cut([{ ...gaps, lastOffsetDelta: 2005 }])
  assert.deepEqual(
    compacted.texts,
    texts.filter((_, i) => i % 3 !== 1)
  )
  assert.equal(compacted.next, 2006, 'offsets that are gone are passed')
})

test('windows of offsets have prefixes of their own; so have partitions', () => {
  const edge = batch([
    [65_535, 'a'],
    [65_536, 'a']
  ])
  const { chunks, texts } = cut([edge])
  assert.equal(chunks.length, 2)
  assert.match(texts[0]!, / 65535 a$/)
  assert.match(texts[1]!, / 0 a$/)
  assert.notEqual(chunks[0]!.headers.prefix, chunks[1]!.headers.prefix)
  assert.notEqual(cut([edge], 0, { origin: 'kafka/c/t/id/1' }).texts[0], texts[0])
})

test('aborted transactions, markers and tombstones are no records, but are passed', () => {
  const transactional = { attributes: 0x10, producerId: 7n }
  const batches = [
    batch([[0, 'aborted 1']], transactional),
    marker(1, 7n, 0),
    batch([[2, 'kept']], transactional),
    marker(3, 7n, 1),
    batch([[4, 'another producer']]),
    batch([[5, 'aborted 2']], transactional),
    batch([[6, undefined]])
  ]
  const made = cut(batches, 0, {}, [
    [7n, 0],
    [7n, 5]
  ])
  assert.deepEqual(
    made.texts.map(text => text.split(' ').slice(1).join(' ')),
    ['2 kept', '4 another producer']
  )
  assert.deepEqual([made.next, made.tombstones, made.records], [7, 1, 2])
})

test('several lines in a message are records of their own places; line ends and empty values are none', () => {
  const made = cut(
    [
      batch([
        [3, 'one\r\ntwo\n\nthree\n'],
        [4, ''],
        [5, 'four']
      ])
    ],
    0,
    { records: 'lines' }
  )
  const stride = 65_536
  assert.deepEqual(
    made.texts.map(text => text.slice(9)),
    [`${3 * stride} one`, `${3 * stride + 1} two`, `${3 * stride + 3} three`, `${5 * stride} four`]
  )
  assert.deepEqual(cut([batch([[3, 'whole message\n']])]).texts[0]!.slice(9), '3 whole message')
})

test('what is too large is a dead letter with its place; the header of a chunk stays small', () => {
  const large = cut([
    batch([
      [0, 'before'],
      [1, 'x'.repeat(2000)],
      [2, 'after']
    ])
  ])
  assert.deepEqual(
    large.texts.map(text => text.slice(9)),
    ['0 before', '1 dead', '2 after']
  )
  assert.match(large.chunks[1]!.headers.dead!, /2000 bytes \(at most 1000\)/)
  const sparse = cut([batch(Array.from({ length: 20_000 }, (_, i) => [i * 2, `${i}`] as const))])
  assert.equal(sparse.records, 20_000)
  for (const { headers } of sparse.chunks) assert.ok(JSON.stringify(JSON.stringify(headers)).length < 40_000)
})

test("records without a time have their message's; a producer's nonsense is not believed", () => {
  assert.equal(cut([batch([[0, 'a']])]).chunks[0]!.headers.referenceMs, Date.UTC(2025, 5))
  for (const maxTimestamp of [-1n, 0n, 9_000_000_000_000_000n])
    assert.equal(cut([batch([[0, 'a']], { maxTimestamp })]).chunks[0]!.headers.referenceMs, undefined)
})
