/** A name server on loopback for tests (RFC 1035): TXT, A, AAAA and MX of a zone that the test gives; `silent` names get no answer. */

import { createSocket } from 'node:dgram'

/** By name: records, `A 192.0.2.1`, `TXT v=spf1 -all`, `MX 10 mx.example.com`, or `silent`, or `SERVFAIL`. */
export type Zone = Readonly<Record<string, readonly string[] | 'silent' | 'SERVFAIL'>>

const types: Readonly<Record<number, string>> = { 1: 'A', 5: 'CNAME', 12: 'PTR', 15: 'MX', 16: 'TXT', 28: 'AAAA' }

export async function dnsServer(zone: Zone): Promise<{ address: string; asked: string[]; close(): Promise<void> }> {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const labels: string[] = []
    let at = 12
    while (query[at] !== 0) {
      const size = query[at]!
      labels.push(query.toString('latin1', at + 1, at + 1 + size).toLowerCase())
      at += 1 + size
    }
    const end = at + 5
    const type = types[query.readUInt16BE(at + 1)] ?? '?'
    const name = labels.join('.')
    asked.push(`${type} ${name}`)
    const found = zone[name]
    if (found === 'silent') return
    const records =
      typeof found === 'string' || found === undefined
        ? []
        : found
            .filter(record => record.startsWith(`${type} `))
            .map(record => recordBytes(type, record.slice(type.length + 1)))
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    const code = found === 'SERVFAIL' ? 2 : found === undefined ? 3 : 0
    head.writeUInt16BE(0x8180 | code, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(records.length, 6)
    socket.send(Buffer.concat([head, query.subarray(12, end), ...records]), from.port, from.address)
  })
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  // A test that fails ends all the same.
  socket.unref()
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise(resolve => socket.close(() => resolve()))
  }
}

function recordBytes(type: string, text: string): Buffer {
  const data = dataOf(type, text)
  const head = Buffer.from([
    0xc0,
    12,
    0,
    Number(Object.keys(types).find(key => types[Number(key)] === type)),
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    0
  ])
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function dataOf(type: string, text: string): Buffer {
  if (type === 'A') return Buffer.from(text.split('.').map(Number))
  if (type === 'AAAA') {
    const [left = '', right = ''] = text.split('::')
    const words = (part: string): number[] =>
      part === '' ? [] : part.split(':').map(word => Number.parseInt(word, 16))
    const all = text.includes('::')
      ? [...words(left), ...Array<number>(8 - words(left).length - words(right).length).fill(0), ...words(right)]
      : words(text)
    return Buffer.from(all.flatMap(word => [word >> 8, word & 255]))
  }
  if (type === 'MX') {
    const [preference, host = ''] = text.split(' ')
    return Buffer.concat([Buffer.from([0, Number(preference)]), nameBytes(host)])
  }
  if (type === 'TXT') {
    const pieces: Buffer[] = []
    for (let at = 0; at < text.length; at += 255) {
      const piece = Buffer.from(text.slice(at, at + 255), 'latin1')
      pieces.push(Buffer.from([piece.length]), piece)
    }
    return Buffer.concat(pieces)
  }
  return nameBytes(text)
}

function nameBytes(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0])
  ])
}
