/** Compressed batches as the client reads them, with every compression: what is sound is read, what becomes too much is hollow. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createRecordsBatch, type MessageRecord, Reader, readRecordsBatches } from '@platformatic/kafka'
import { boundBatches, isHollow, tooMuchAtOnce } from './bounded-batches.ts'
import { cutPartition } from './partition-chunks.ts'

boundBatches()
boundBatches()

const compressions = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const message = (value: Buffer, headers?: Map<Buffer, Buffer>): MessageRecord => ({
  topic: 't',
  value,
  ...(headers && { headers })
})
const batchOf = (compression: (typeof compressions)[number], messages: MessageRecord[]): Buffer =>
  createRecordsBatch(messages, { compression }).buffer
const read = (...batches: Buffer[]) => readRecordsBatches(Reader.from(Buffer.concat(batches)))
const bomb = Buffer.alloc(80 << 20)

for (const compression of compressions) {
  test(`${compression}: sound batches are read, also large ones`, async () => {
    const values = [Buffer.from('one'), Buffer.alloc(20 << 20, 'x'), Buffer.from('three')]
    const [batch] = read(
      batchOf(
        compression,
        values.map(value => message(value))
      )
    )
    assert.ok(!isHollow(batch!.records))
    assert.deepEqual(
      batch!.records.map(({ value }) => value),
      values
    )
    await turn()
  })

  test(`${compression}: a bomb is left out, with its offsets; what is beside it is read`, async () => {
    const small = batchOf(compression, [message(Buffer.from('before'))])
    const large = batchOf(compression, [message(Buffer.from('with it')), message(bomb), message(Buffer.from('too'))])
    assert.ok(large.length < (compression === 'snappy' ? 5 << 20 : 1 << 20), `${large.length}`)
    const batches = read(small, large)
    assert.deepEqual(
      batches.map(({ records }) => isHollow(records)),
      [false, true]
    )
    for (const [i, batch] of batches.entries()) batch.firstOffset = BigInt(10 + i)
    const { chunks, next, records } = cutPartition({ batches, aborted: [] }, 10, {
      origin: 'kafka/c/t/id/0',
      base: { source: 's', format: 'mixed', receivedMs: Date.UTC(2026, 0), run: '' },
      records: 'messages',
      recordBytesMax: 1000
    })
    assert.deepEqual([next, records], [14, 2])
    assert.match(chunks[1]!.headers.dead!, /a compressed batch becomes more than 64 MiB/)
    assert.match(chunks[1]!.body.toString(), /offsets 11 to 13/)
    await turn()
  })
}

test('very many small records, or headers, are a bomb, too', async () => {
  const none = Buffer.alloc(0)
  const header = Buffer.from([0, 1])
  // A record by hand: a million and a half headers without anything in them.
  const varint = (value: number): number[] => {
    const bytes: number[] = []
    let rest = value * 2
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
    return [...bytes, rest]
  }
  const headers = 1_500_000
  const inner = Buffer.concat([
    Buffer.from([0, 0, 0, 1, 1, ...varint(headers)]),
    Buffer.alloc(headers * header.length, header)
  ])
  const record = Buffer.concat([Buffer.from(varint(inner.length)), inner])
  const { compressionsAlgorithms } = await import('@platformatic/kafka')
  const data = compressionsAlgorithms.gzip.compressSync(record)
  const head = createRecordsBatch([message(none)], { compression: 'gzip' }).buffer.subarray(0, 61)
  const batch = Buffer.concat([head, data])
  batch.writeInt32BE(batch.length - 12, 8)
  assert.ok(isHollow(read(batch)[0]!.records))
  await turn()
})

test('many bombs in one fetch are refused together; one by one they are left out', async () => {
  const batch = batchOf('zstd', [message(bomb)])
  assert.throws(() => read(batch, batch, batch, batch, batch), { code: tooMuchAtOnce, canRetry: false })
  await turn()
  assert.ok(isHollow(read(batch)[0]!.records))
  await turn()
})
