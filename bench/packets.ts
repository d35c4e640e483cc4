/**
 * Decoding of captures: packets a second, on one core, beside the ceiling of bare reading of the packets' headers in the same run.
 * node bench/packets.ts [packets]
 */

import { performance } from 'node:perf_hooks'
import { CaptureReader } from '../src/packets/capture-reader.ts'
import { captureRecords } from '../src/packets/decode-capture.ts'
import { type Ends, type PacketOf, pcapFile, tcpConversation, udpFrame } from '../src/testing/pcap-writer.ts'

const wanted = Number(process.argv[2] ?? 600_000)
const text = (value: string) => new TextEncoder().encode(value)

/** What an office's line carries: web pages large and small, TLS, names asked for, scans. */
function traffic(count: number): PacketOf[] {
  const packets: PacketOf[] = []
  const body = new Uint8Array(40_000).fill(0x61)
  const noise = Uint8Array.from({ length: 60_000 }, (_, i) => (i * 7919) & 255)
  noise[0] = 0xff
  let n = 0
  const put = (bytes: Uint8Array): void => {
    packets.push({
      bytes,
      seconds: 1_750_000_000 + Math.floor(packets.length / 20_000),
      nanos: (packets.length % 20_000) * 50_000
    })
  }
  while (packets.length < count) {
    n++
    const ends: Ends = {
      from: [10, 0, (n >> 8) & 255, n & 255],
      to: [192, 0, 2, n % 200],
      ports: [20_000 + (n % 40_000), n % 3 === 0 ? 80 : 443]
    }
    const name = `host${n % 5000}`
    const question = text(
      `\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00${String.fromCharCode(name.length)}${name}\x07example\x00\x00\x01\x00\x01`
    )
    const dns: Ends = { ...ends, to: [10, 0, 0, 53], ports: [ends.ports[0], 53] }
    put(udpFrame(dns, question))
    const answer = Uint8Array.from([...question, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...ends.to])
    answer[2] = 0x81
    answer[3] = 0x80
    answer[7] = 1
    put(udpFrame({ from: dns.to, to: dns.from, ports: [53, dns.ports[0]] }, answer))
    if (n % 3 === 0) {
      const size = n % 9 === 0 ? 40_000 : 3000
      const request = text(
        `GET /page/${n} HTTP/1.1\r\nHost: ${name}.example\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n`
      )
      const head = text(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${size}\r\n\r\n`)
      for (const frame of tcpConversation(ends, [request, Uint8Array.from([...head, ...body.subarray(0, size)])]))
        put(frame)
    } else
      for (const frame of tcpConversation(ends, [
        noise.subarray(0, 600),
        noise.subarray(0, n % 7 === 0 ? 60_000 : 4000)
      ]))
        put(frame)
    if (n % 5 === 0) put(tcpConversation({ ...ends, ports: [40_000, n % 1024] }, [])[0]!)
  }
  return packets
}

function made(): { readonly file: Uint8Array; readonly count: number } {
  const packets = traffic(wanted)
  return { file: pcapFile(packets), count: packets.length }
}

// The packets themselves are forgotten: what is measured is not to walk through them.
const { file, count: packetCount } = made()
const pieces = Array.from({ length: Math.ceil(file.length / (4 << 20)) }, (_, i) =>
  file.subarray(i * (4 << 20), (i + 1) * (4 << 20))
)
async function* stream(): AsyncGenerator<Uint8Array> {
  yield* pieces
}

function bare(): number {
  const reader = new CaptureReader()
  let count = 0
  for (const piece of pieces) {
    reader.push(piece)
    while (reader.next()) count++
  }
  return count
}

console.log(
  `${packetCount} packets, ${(file.length / 1e6).toFixed(0)} MB, ${(file.length / packetCount).toFixed(0)} octets each`
)
for (let round = 0; round < 3; round++) {
  let startedMs = performance.now()
  const read = bare()
  const bareSeconds = (performance.now() - startedMs) / 1000
  startedMs = performance.now()
  const cpu = process.cpuUsage()
  let records = 0
  for await (const batch of captureRecords(stream())) records += batch.length
  const seconds = (performance.now() - startedMs) / 1000
  const used = process.cpuUsage(cpu)
  console.log(
    `headers only ${Math.round(read / bareSeconds).toLocaleString('en')}/s; decoded ${Math.round(packetCount / seconds).toLocaleString('en')} packets/s ` +
      `(${(((used.user + used.system) / packetCount) * 1).toFixed(2)} µs of CPU each), ${records.toLocaleString('en')} records, ` +
      `${Math.round(process.memoryUsage().rss / 1e6)} MB`
  )
}
