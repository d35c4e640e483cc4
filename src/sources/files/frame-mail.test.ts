import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chunk } from '../../core/chunk.ts'
import { ChunkMaker } from './chunk-maker.ts'
import { mailFramer } from './frame-mail.ts'
import { frameLimits } from './framer.ts'

function frame(text: string, size: number, problem?: string): { chunks: Chunk[]; mails: string[] } {
  const framer = mailFramer(new ChunkMaker({ source: 's', format: 'email', receivedMs: 0, run: '' }), frameLimits)
  const bytes = Buffer.from(text)
  const chunks: Chunk[] = []
  for (let at = 0; at < bytes.length; at += size)
    chunks.push(...framer.push(Buffer.from(bytes.subarray(at, at + size))))
  chunks.push(...framer.end(problem))
  const mails: string[] = []
  for (const { body, headers } of chunks) {
    let count = 0
    for (let at = 0; at < body.length; at += 4 + body.readUInt32LE(at), count++)
      mails.push(body.toString('utf8', at + 4, at + 4 + body.readUInt32LE(at)))
    assert.equal(count, headers.records)
  }
  return { chunks, mails }
}

const mail = 'From: a@example.com\nSubject: x\n\nhello\n'

test('a file of one mail is its bytes', () => {
  for (const size of [1, 7, 10_000]) assert.deepEqual(frame(mail, size).mails, [mail])
})

test('a mailbox: each mail without its first line, its last blank line and its quoting', () => {
  const first = 'From a@example.com Wed Jan  1 10:11:12 2025\n'
  const box = `${first}${mail}>From here on\n>>From there\n> From afar\n\n${first}${mail}\nFrom me to you, no date\n\n${first}${mail}`
  for (const size of [1, 13, 600, 10_000])
    assert.deepEqual(
      frame(box, size).mails,
      [`${mail}From here on\n>From there\n> From afar\n`, `${mail}\nFrom me to you, no date\n`, mail],
      `${size}`
    )
  const windows = box.replaceAll('\n', '\r\n')
  assert.deepEqual(frame(windows, 100).mails[2], mail.replaceAll('\n', '\r\n'))
})

test('a mailbox that grew gives the same chunks for what was there', () => {
  const first = 'From a@example.com Wed Jan  1 10:11:12 2025\n'
  const many = Array.from(
    { length: 3000 },
    (_, i) => `${first}From: a@example.com\nSubject: ${i}\n\n${'x'.repeat(500)}\n\n`
  )
  const before = frame(many.slice(0, 2500).join(''), 65_536).chunks
  const after = frame(many.join(''), 4096).chunks
  assert.ok(before.length > 1)
  for (const [i, chunk] of before.slice(0, -1).entries()) {
    assert.deepEqual(chunk.headers, after[i]!.headers)
    assert.ok(chunk.body.equals(after[i]!.body))
  }
})

test('a mail that is too large is a dead letter, and so is one that is cut off', () => {
  const large = `From: a@example.com\n\n${'x'.repeat(50 * 1024 * 1024)}`
  const { chunks } = frame(large, 1 << 20)
  assert.equal(chunks.length, 1)
  assert.match(chunks[0]!.headers.dead!, /a mail of \d+ bytes is longer/)
  assert.ok(chunks[0]!.body.length < 70_000)
  assert.equal(frame(mail, 10, 'stream ended early').chunks[0]!.headers.dead, 'stream ended early')
})
