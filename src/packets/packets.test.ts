/** The decoder of captures on captures of our own writing: every form of file, order and loss, bounds, and nonsense. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  back,
  type Ends,
  ipFrame,
  type PacketOf,
  pcapFile,
  pcapngFile,
  tcpConversation,
  tcpFlags,
  tcpFrame,
  udpFrame
} from '../testing/pcap-writer.ts'
import { captureRecords } from './decode-capture.ts'
import { asciiBytes } from './octets.ts'
import { PacketDecoder, type PacketLimits, packetLimits } from './packet-decoder.ts'

type Made = {
  readonly type: string
  readonly timestamp: string
  readonly src_ip: string
  readonly src_port: number
  readonly dest_port: number
  readonly src_bytes: number
  readonly dest_bytes: number
  readonly src_packets: number
  readonly dest_packets: number
  readonly src_flags: string
  readonly state: string
  readonly app: string
  readonly ended: string
  readonly duration: number
  readonly missed_bytes: number
  readonly http: Readonly<Record<'method' | 'uri' | 'status' | 'request_bytes' | 'response_bytes', unknown>>
  readonly dns: Readonly<Record<'query' | 'rcode' | 'answers' | 'seconds', unknown>>
  /** Of the capture. */
  readonly cut: number
  readonly refused: number
  readonly flows_evicted: number
  readonly fragments_incomplete: number
}

async function decoded(
  file: Uint8Array,
  piece = 1 << 20,
  limits?: PacketLimits
): Promise<{ records: Made[]; error: string }> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < file.length; at += piece) yield file.subarray(at, at + piece)
  }
  const records: Made[] = []
  let error = ''
  try {
    for await (const batch of captureRecords(pieces(), limits === undefined ? {} : { limits }))
      for (const text of batch) records.push(JSON.parse(text))
  } catch (problem) {
    error = (problem as Error).message
  }
  return { records, error }
}

const of = (records: readonly Made[], type: string): [Made, ...Made[]] =>
  records.filter(record => record.type === `packets_${type}`) as [Made, ...Made[]]
const timed = (frames: readonly Uint8Array[], from = 1_750_000_000, stepNanos = 1_000_000): PacketOf[] =>
  frames.map((bytes, i) => ({
    bytes,
    seconds: from + Math.floor((i * stepNanos) / 1e9),
    nanos: (i * stepNanos) % 1e9
  }))

const ends: Ends = { from: [10, 0, 0, 5], to: [192, 0, 2, 10], ports: [51_000, 8080] }
const request = asciiBytes('GET /a?b=c HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: test\r\n\r\n')
const answer = (size: number) =>
  asciiBytes(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`)
const web = tcpConversation(ends, [request, answer(5000)])

test('every form of file, in pieces of any size, gives the same', async () => {
  const packets = timed(web, 1_750_000_000, 1_000_123)
  const expected = (await decoded(pcapFile(packets))).records
  assert.equal(of(expected, 'http').length, 1)
  assert.equal(of(expected, 'flow').length, 1)
  for (const little of [true, false]) {
    const files = [
      pcapFile(packets, { little }),
      pcapngFile(packets, { little }),
      pcapngFile(packets, { little, resolution: 6, offsetSeconds: 3600 }),
      pcapngFile(packets, { little, resolution: 6, offsetSeconds: -3600 })
    ]
    for (const file of files)
      for (const piece of [1, 13, 1000, 1 << 20]) {
        const { records, error } = await decoded(file, piece)
        assert.equal(error, '')
        assert.deepEqual(records, expected)
      }
  }
})

test('nanoseconds are kept where the capture has them', async () => {
  const packets = [{ bytes: web[0]!, seconds: 1_750_000_000, nanos: 123_456_789 }]
  for (const file of [
    pcapFile(packets, { nano: true }),
    pcapFile(packets, { nano: true, little: false }),
    pcapngFile(packets, { resolution: 9 }),
    pcapngFile(packets, { resolution: 9, little: false })
  ])
    assert.equal(of((await decoded(file)).records, 'flow')[0].timestamp, '2025-06-15T15:06:40.123456789Z')
  const [binary] = of((await decoded(pcapngFile(packets, { resolution: 128 + 30 }))).records, 'flow')
  assert.match(binary.timestamp, /^2025-06-15T15:06:40\.12345678/)
  assert.equal(of((await decoded(pcapngFile(packets, { simple: true }))).records, 'flow').length, 1)
})

test('a capture cut anywhere gives what is before, and says that it was cut', async () => {
  for (const file of [pcapFile(timed(web)), pcapngFile(timed(web))]) {
    for (let size = 30; size < file.length; size += 97) {
      const { records, error } = await decoded(file.subarray(0, size))
      if (error !== '') assert.match(error, /middle of a packet|cut short/)
      assert.ok(of(records, 'flow').length <= 1)
    }
    const { records, error } = await decoded(file.subarray(0, file.length - 3))
    assert.match(error, /middle of a packet/)
    assert.equal(of(records, 'http').length, 1)
  }
  assert.match((await decoded(Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0))).error, /middle of a packet/)
})

test('a connection: who began, bytes as IP counts them, flags, duration, state', async () => {
  const { records } = await decoded(pcapFile(timed(web)))
  const [flow] = of(records, 'flow')
  const bytes = (side: readonly number[]) =>
    web.filter(frame => frame[29] === side[3]).reduce((sum, frame) => sum + frame.length - 14, 0)
  assert.equal(flow.src_ip, '10.0.0.5')
  assert.equal(flow.dest_port, 8080)
  assert.equal(flow.src_bytes, bytes(ends.from))
  assert.equal(flow.dest_bytes, bytes(ends.to))
  assert.equal(flow.src_packets + flow.dest_packets, web.length)
  assert.equal(flow.src_flags, 'FSPA')
  assert.equal(flow.state, 'SF')
  assert.equal(flow.app, 'http')
  assert.equal(flow.ended, 'closed')
  assert.ok(Math.abs(flow.duration - (web.length - 1) / 1000) < 1e-9)
  const [http] = of(records, 'http')
  assert.deepEqual([http.http.uri, http.http.status, http.http.response_bytes], ['/a?b=c', 200, 5000])
})

const none = new Uint8Array(0)
const { syn, ack, rst, fin } = tcpFlags

const lives: readonly (readonly [state: string, frames: readonly Uint8Array[]])[] = [
  ['S0', [tcpFrame(ends, 1, 0, syn, none)]],
  ['REJ', [tcpFrame(ends, 1, 0, syn, none), tcpFrame(back(ends), 0, 2, rst | ack, none)]],
  ['S1', web.slice(0, 6)],
  ['RSTO', [...web.slice(0, 6), tcpFrame(ends, 2000, 1, rst, none)]],
  ['RSTR', [...web.slice(0, 6), tcpFrame(back(ends), 9000, 1, rst, none)]],
  ['SH', [tcpFrame(ends, 1, 0, syn, none), tcpFrame(ends, 2, 0, fin | ack, none)]],
  ['OTH', web.slice(3, 6)]
]

for (const [state, frames] of lives)
  test(`a connection that is ${state}`, async () => {
    const [flow] = of((await decoded(pcapFile(timed(frames)))).records, 'flow')
    assert.equal(flow.state, state)
  })

test('an answer seen first does not change who asked', async () => {
  const frames = web.slice(1)
  const [flow] = of((await decoded(pcapFile(timed(frames)))).records, 'flow')
  assert.equal(flow.src_ip, '10.0.0.5')
  const dns = udpFrame(back({ ...ends, ports: [40_000, 53] }), none)
  const [answered] = of((await decoded(pcapFile(timed([dns])))).records, 'flow')
  assert.equal(answered.dest_port, 53)
})

test('the same ends again are another connection', async () => {
  const { records } = await decoded(pcapFile(timed([...web, ...web])))
  assert.equal(of(records, 'flow').length, 2)
  assert.equal(of(records, 'http').length, 2)
  assert.equal(of(records, 'flow')[0].src_bytes, of(records, 'flow')[1]?.src_bytes)
})

test('order, repetition, overlap: the same transaction', async () => {
  const expected = of((await decoded(pcapFile(timed(web)))).records, 'http')[0].http
  const data = web.map((frame, at) => ({ frame, at })).filter(({ frame }) => frame.length > 600)
  assert.ok(data.length >= 4)
  const swapped = [...web]
  for (let i = 0; i + 1 < data.length; i += 2) {
    swapped[data[i]!.at] = data[i + 1]!.frame
    swapped[data[i + 1]!.at] = data[i]!.frame
  }
  const doubled = web.flatMap(frame => [frame, frame])
  const small = tcpConversation(ends, [request, answer(5000)], 7)
  const overlapping = web.flatMap((frame, at) => {
    const next = data.find(each => each.at === at)
    if (next === undefined) return [frame]
    // Again from the middle of it, with other octets where it was seen before.
    const seq = new DataView(frame.buffer).getUint32(38) + 100
    const rest = frame.slice(54 + 100)
    rest.fill(0x21, 0, 50)
    return [frame, tcpFrame(back(ends), seq, 1001, ack, rest)]
  })
  for (const frames of [swapped, doubled, small, overlapping]) {
    const { records } = await decoded(pcapFile(timed(frames)))
    const http = of(records, 'http')
    assert.equal(http.length, 1)
    assert.deepEqual({ ...http[0].http, seconds: 0 }, { ...expected, seconds: 0 })
  }
})

test('what is missing is a gap: counted within a body, and no harm to what follows', async () => {
  const two = tcpConversation(ends, [request, answer(5000), request, answer(10)])
  const at = two.findIndex(frame => frame.length > 1400) + 2
  const { records } = await decoded(pcapFile(timed(two.filter((_, i) => i !== at))))
  const http = of(records, 'http')
  assert.deepEqual(
    http.map(each => [each.http.status, each.http.response_bytes]),
    [
      [200, 5000],
      [200, 10]
    ]
  )
  assert.equal(of(records, 'flow')[0].missed_bytes, 1448)
})

test('packets that the capture cut short', async () => {
  const packets = timed(web).map(packet => ({
    ...packet,
    bytes: packet.bytes.subarray(0, 200),
    wireBytes: packet.bytes.length
  }))
  const { records } = await decoded(pcapFile(packets))
  const [http] = of(records, 'http')
  assert.equal(http.http.response_bytes, 5000)
  assert.equal(
    of(records, 'flow')[0].dest_bytes,
    of((await decoded(pcapFile(timed(web)))).records, 'flow')[0].dest_bytes
  )
  assert.ok(of(records, 'capture')[0].cut > 0)
})

test('silence ends a flow, time that jumps does no harm', async () => {
  const frame = udpFrame(ends, Uint8Array.of(1))
  const at = (seconds: number): PacketOf => ({ bytes: frame, seconds })
  const flows = async (...seconds: number[]) => of((await decoded(pcapFile(seconds.map(at)))).records, 'flow')
  assert.equal((await flows(1000, 1030, 1080)).length, 1)
  assert.equal((await flows(1000, 1100)).length, 2)
  assert.deepEqual(
    (await flows(1000, 1100)).map(flow => flow.ended),
    ['idle', 'end']
  )
  assert.ok((await flows(1000, 4_000_000_000, 1001, 1002)).length >= 1)
})

test('the table of flows is bounded: the one longest silent goes, and is counted', async () => {
  const frames = Array.from({ length: 1000 }, (_, i) =>
    udpFrame({ ...ends, ports: [1024 + i, 9999] }, Uint8Array.of(1))
  )
  const limits = { ...packetLimits, flows: { ...packetLimits.flows, flowsMax: 100 } }
  const { records } = await decoded(pcapFile(timed(frames)), 1 << 20, limits)
  assert.equal(of(records, 'flow').length, 1000)
  assert.equal(of(records, 'capture')[0].flows_evicted, 900)
  assert.equal(of(records, 'flow')[0].src_port, 1024)
})

test('what waits to be put in order is bounded: everything is counted nevertheless', async () => {
  const frames: Uint8Array[] = []
  for (let flow = 0; flow < 200; flow++) {
    const own: Ends = { ...ends, ports: [2000 + flow, 8080] }
    frames.push(tcpFrame(own, 1, 0, syn, none), tcpFrame(back(own), 1, 2, syn | ack, none))
    // The first octet never comes.
    for (let i = 0; i < 20; i++) frames.push(tcpFrame(own, 3 + i * 1000, 2, ack, new Uint8Array(1000).fill(65)))
  }
  const limits = { ...packetLimits, heldBytesMax: 100_000 }
  const { records } = await decoded(pcapFile(timed(frames, 1_750_000_000, 1000)), 1 << 20, limits)
  assert.equal(of(records, 'flow').length, 200)
  assert.ok(of(records, 'capture')[0].refused > 0)
})

test('fragments are put together, whatever their order; what never comes is counted', async () => {
  const whole = ipFrame(17, ends, udpPayload(3000))
  const pieces = [0, 1480, 2960].map(offset => fragment(whole, offset, Math.min(1480, whole.length - 34 - offset)))
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0, 0]
  ]) {
    const { records } = await decoded(pcapFile(timed(order.map(at => pieces[at]!))))
    const [flow] = of(records, 'flow')
    assert.equal(flow.dest_port, 8080)
    assert.equal(flow.src_packets, 3)
    assert.equal(
      flow.src_bytes,
      pieces.reduce((sum, each) => sum + each.length - 14, 0)
    )
  }
  const { records } = await decoded(pcapFile(timed(pieces.slice(0, 2))))
  assert.equal(of(records, 'capture')[0].fragments_incomplete, 1)
})

function udpPayload(size: number): Uint8Array {
  return udpFrame(ends, new Uint8Array(size)).subarray(34)
}

function fragment(frame: Uint8Array, offset: number, size: number): Uint8Array {
  const made = ipFrame(17, ends, frame.subarray(34 + offset, 34 + offset + size))
  const more = 34 + offset + size < frame.length
  made[18] = 0x12
  made[20] = (more ? 0x20 : 0) | (offset >> 11)
  made[21] = (offset >> 3) & 255
  return made
}

test('a flood of fragments and of half names costs bounded memory', async () => {
  const frames = Array.from({ length: 5000 }, (_, i) => {
    const made = fragment(ipFrame(17, ends, udpPayload(3000)), 0, 1480)
    made[18] = i >> 8
    made[19] = i & 255
    return made
  })
  const { records } = await decoded(pcapFile(timed(frames, 1_750_000_000, 1000)))
  assert.equal(of(records, 'capture')[0].fragments_incomplete, 5000)
})

test('DNS: a question with its answer, asked twice, never answered; names that go in circles', async () => {
  const dns: Ends = { ...ends, ports: [40_000, 53] }
  const question = Uint8Array.of(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 119, 119, 119, 1, 120, 0, 0, 1, 0, 1)
  const reply = Uint8Array.of(...question, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 1, 2, 3)
  reply.set([0x81, 0x80], 2)
  reply[7] = 1
  const { records } = await decoded(
    pcapFile(timed([udpFrame(dns, question), udpFrame(dns, question), udpFrame(back(dns), reply)]))
  )
  const [record, ...more] = of(records, 'dns')
  assert.equal(more.length, 0)
  assert.deepEqual(record.dns.answers, [{ name: 'www.x', type: 'A', ttl: 60, data: '10.1.2.3' }])
  assert.equal(record.dns.rcode, 'NOERROR')
  assert.equal(record.dns.seconds, 0.002)
  const [silent] = of((await decoded(pcapFile(timed([udpFrame(dns, question)])))).records, 'dns')
  assert.equal(silent.dns.query, 'www.x')
  assert.equal(silent.dns.rcode, undefined)
  const circle = Uint8Array.of(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1)
  assert.equal(of((await decoded(pcapFile(timed([udpFrame(dns, circle)])))).records, 'dns').length, 0)
})

test('HTTP: pipelined, chunked, until the end, HEAD, continued, within CONNECT', async () => {
  const speak = async (...said: string[]) =>
    of((await decoded(pcapFile(timed(tcpConversation(ends, said.map(asciiBytes)))))).records, 'http').map(
      ({ http }) => [http.method, http.uri, http.status, http.request_bytes, http.response_bytes]
    )
  const get = (uri: string) => `GET ${uri} HTTP/1.1\r\nHost: x\r\n\r\n`
  const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  assert.deepEqual(await speak(get('/1') + get('/2'), ok('a') + ok('bc')), [
    ['GET', '/1', 200, 0, 1],
    ['GET', '/2', 200, 0, 2]
  ])
  assert.deepEqual(
    await speak(
      get('/'),
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n'
    ),
    [['GET', '/', 200, 0, 15]]
  )
  assert.deepEqual(await speak(get('/'), 'HTTP/1.0 200 OK\r\n\r\nall of it'), [['GET', '/', 200, 0, 9]])
  assert.deepEqual(
    await speak(
      'HEAD / HTTP/1.1\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n',
      'POST /p HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'a=b',
      'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
    ),
    [
      ['HEAD', '/', 200, 0, 0],
      ['POST', '/p', 404, 3, 0]
    ]
  )
  assert.deepEqual(await speak('CONNECT a:80 HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', get('/in'), ok('x')), [
    ['CONNECT', 'a:80', 200, 0, 0],
    ['GET', '/in', 200, 0, 1]
  ])
  assert.deepEqual(await speak(get('/never')), [['GET', '/never', undefined, 0, undefined]])
  assert.deepEqual(await speak('GET / not http\r\n\r\n'), [])
})

const nonsense = [
  pcapFile(timed(web)),
  pcapngFile(timed(web)),
  pcapFile(
    timed([
      ...web,
      udpFrame(
        { ...ends, ports: [40_000, 53] },
        asciiBytes('\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x01x\x00\x00\x01\x00\x01')
      )
    ])
  )
]

test('never throws but to say that it is damaged, whatever the octets', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...nonsense),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 40 }),
      fc.nat(),
      fc.constantFrom(1, 0, 101, 113, 276, 108),
      async (file, edits, cut, linkType) => {
        const bytes = file.slice(0, cut % 3 === 0 ? 24 + (cut % file.length) : file.length)
        bytes[20] = linkType
        for (const [at, value] of edits) bytes[24 + (at % (bytes.length - 24 || 1))] = value
        const { error } = await decoded(bytes, 4096)
        if (error !== '') assert.match(error, /damaged|middle of a packet|cut short/)
      }
    ),
    { numRuns: 400 }
  )
})

test('never throws, whatever lies in the frames', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.constantFrom(...web),
          fc.array(fc.tuple(fc.integer({ min: 14, max: 400 }), fc.nat(255)), { maxLength: 6 })
        ),
        { minLength: 1, maxLength: 30 }
      ),
      async packets => {
        const frames = packets.map(([frame, edits]) => {
          const made = frame.slice()
          for (const [at, value] of edits) if (at < made.length) made[at] = value
          return made
        })
        const { error, records } = await decoded(pcapFile(timed(frames)))
        assert.equal(error, '')
        assert.equal(of(records, 'capture').length, 1)
      }
    ),
    { numRuns: 300 }
  )
})

test('what was gathered is given back, however a conversation goes: a capture may last for ever', () => {
  const said = [request, answer(3000), asciiBytes('POST /p HTTP/1.1\r\nContent-Length: 5\r\n\r\n12'), answer(0)]
  const hello = Uint8Array.of(22, 3, 1, 0, 60, 1, 0, 0, 200, 3, 3, ...new Array(80).fill(7))
  const frames = [
    ...tcpConversation(ends, said, 300),
    ...tcpConversation({ ...ends, ports: [51_001, 443] }, [hello, hello]),
    ...tcpConversation({ ...ends, ports: [51_002, 22] }, [
      asciiBytes('SSH-2.0-a\r\n'),
      asciiBytes('SSH-2.0-b\r\n\0\0\x01')
    ]),
    ...tcpConversation({ ...ends, ports: [51_003, 53] }, [Uint8Array.of(0, 30, 1, 2), Uint8Array.of(0, 3, 9, 9, 9)]),
    ...tcpConversation({ ...ends, ports: [51_004, 99] }, [asciiBytes('GE'), asciiBytes('x')])
  ]
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(frames.length - 1), fc.nat(1500), fc.nat(255)), { maxLength: 120 }), picks => {
      const decoder = new PacketDecoder()
      picks.forEach(([pick, at, value], i) => {
        const bytes = frames[pick]!.slice()
        if (at < bytes.length && at > 33) bytes[at] = value
        decoder.packet(bytes, 0, bytes.length, bytes.length, 1, 1000 + i, 0)
      })
      for (const frame of frames) decoder.packet(frame, 0, frame.length, frame.length, 1, 2000, 0)
      while (decoder.endOne()) {}
      assert.equal(decoder.figures.heldBytes, 0)
      assert.equal(decoder.figures.flows, 0)
    }),
    { numRuns: 300 }
  )
})
