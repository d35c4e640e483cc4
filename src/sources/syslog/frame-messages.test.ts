/** Cutting a connection's bytes into messages: counted and lines, at every way of arriving in pieces. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageFramer } from './frame-messages.ts'

function framed(pieces: readonly Buffer[], messageBytesMax = 1000) {
  const messages: string[] = []
  const dead: string[] = []
  let burying = false
  const framer = new MessageFramer(
    {
      add: (bytes, start, end) => void (end > start && messages.push(bytes.toString('utf8', start, end))),
      bury() {
        burying = true
      },
      buried(reason) {
        burying = false
        dead.push(reason)
      },
      get isBurying() {
        return burying
      }
    },
    () => messageBytesMax
  )
  for (const piece of pieces) framer.read(piece)
  framer.end()
  return { messages, dead }
}

const messages = [
  '<34>1 2026-06-01T00:00:00Z host app - - - one',
  '2 123456789012 eni-0a1b2c3d 192.0.2.10 198.51.100.7 a line that begins with a number',
  '<13>two\nlines, counted',
  '2026-06-01T00:00:00Z a line that begins with a time',
  '<13>3',
  '{"json":"line"}',
  '12'
]
const stream =
  `${messages[0]!.length} ${messages[0]}` +
  `${messages[1]}\r\n` +
  `${messages[2]!.length} ${messages[2]}` +
  `${messages[3]}\n\n` +
  `${messages[4]}\0` +
  `${messages[5]}\n` +
  messages[6]

test('counted octets and lines, mixed on one connection, in any pieces', () => {
  const bytes = Buffer.from(stream)
  for (let size = 1; size <= bytes.length; size++) {
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
    assert.deepEqual(framed(pieces), { messages, dead: [] }, `pieces of ${size}`)
  }
})

test('what is too long is dead, and what follows is not', () => {
  const long = 'x'.repeat(2500)
  const bytes = Buffer.from(`<13>a\n<13>${long}\n<13>b\n2504 <13>${long}<13>c\n`)
  for (const size of [1, 7, 999, 5000]) {
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
    const { messages, dead } = framed(pieces)
    assert.deepEqual(messages, ['<13>a', '<13>b', '<13>c'], `pieces of ${size}`)
    assert.equal(dead.length, 2)
    for (const reason of dead) assert.equal(reason, 'the message is too long: 2504 bytes (at most 1000)')
  }
})

test('a connection that ends inside a counted message leaves a dead letter that says so', () => {
  const { messages, dead } = framed([Buffer.from('<13>a\n50 <13>only this')])
  assert.deepEqual(messages, ['<13>a'])
  assert.deepEqual(dead, ['the connection ended inside a message: 13 of 50 bytes came'])
  assert.match(framed([Buffer.from('x'.repeat(3000))]).dead[0]!, /3000 bytes .*ended inside it/)
})

test('bytes one by one cost linear time and bounded memory', () => {
  const endless = Buffer.alloc(64 * 1024, 0x41)
  const { dead } = framed(Array.from({ length: 200 }, () => endless))
  assert.match(dead[0]!, /13107200 bytes/)
})
