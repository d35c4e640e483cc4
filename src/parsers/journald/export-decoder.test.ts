import assert from 'node:assert/strict'
import { test } from 'node:test'
import { journalExport } from './export-decoder.ts'

function binary(name: string, value: Buffer): Buffer {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(value.length))
  return Buffer.concat([Buffer.from(`${name}\n`), size, value, Buffer.from('\n')])
}

const stream = Buffer.concat([
  Buffer.from('__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1735689600000000\nPRIORITY=6\nMESSAGE=a=b ü\n\n'),
  Buffer.from('__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1735689601000000\n'),
  // A value that looks like fields, and the end of the entry, is none of it.
  binary('MESSAGE', Buffer.from('two lines\n_UID=0\n\n__CURSOR=forged')),
  binary('COREDUMP', Buffer.from([0, 255, 10])),
  Buffer.from('OPTION=one\nOPTION=two\n\n')
])

async function decode(bytes: Buffer, size: number): Promise<unknown[]> {
  const out: unknown[] = []
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  for await (const records of journalExport.decode(pieces())) out.push(...records.map(record => JSON.parse(record)))
  return out
}

test('entries become what journalctl -o json writes, wherever the bytes are cut', async () => {
  for (const size of [1, 7, 100_000]) {
    assert.deepEqual(await decode(stream, size), [
      { __CURSOR: 's=1;i=1', __REALTIME_TIMESTAMP: '1735689600000000', PRIORITY: '6', MESSAGE: 'a=b ü' },
      {
        __CURSOR: 's=1;i=2',
        __REALTIME_TIMESTAMP: '1735689601000000',
        MESSAGE: 'two lines\n_UID=0\n\n__CURSOR=forged',
        COREDUMP: [0, 255, 10],
        OPTION: ['one', 'two']
      }
    ])
  }
})

test('the last entry needs no empty line, and not even a line end', async () => {
  assert.deepEqual(await decode(Buffer.from('__REALTIME_TIMESTAMP=1\nMESSAGE=x'), 3), [
    { __REALTIME_TIMESTAMP: '1', MESSAGE: 'x' }
  ])
})

test('what is damaged is told at the end', async () => {
  const huge = Buffer.concat([Buffer.from('A=1\nMESSAGE\n'), Buffer.alloc(8, 255), Buffer.from('rest')])
  await assert.rejects(decode(huge, 5), /a field of \d+ bytes/)
  await assert.rejects(decode(Buffer.from('A=1\nno field\nB=2\n\n'), 5), /neither a field nor/)
  await assert.rejects(decode(stream.subarray(0, 160), 5), /ended early/)
})

test('claims exports only', () => {
  assert.equal(journalExport.claims(stream), true)
  assert.equal(journalExport.claims(Buffer.from('__CURSOR is a word')), false)
  assert.equal(journalExport.claims(Buffer.from('')), false)
})
