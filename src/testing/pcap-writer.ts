/** Captures written by ourselves, for tests and benchmarks: frames of Ethernet with IPv4, TCP and UDP, as pcap or pcapng. */

export type PacketOf = {
  readonly bytes: Uint8Array
  readonly seconds: number
  readonly nanos?: number
  readonly wireBytes?: number
}

type PcapForm = { readonly little?: boolean; readonly nano?: boolean; readonly linkType?: number }

export function pcapFile(packets: readonly PacketOf[], form: PcapForm = {}): Uint8Array {
  const { little = true, nano = false, linkType = 1 } = form
  const out = new Uint8Array(24 + packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 0))
  const view = new DataView(out.buffer)
  view.setUint32(0, nano ? 0xa1b23c4d : 0xa1b2c3d4, little)
  view.setUint16(4, 2, little)
  view.setUint16(6, 4, little)
  view.setUint32(16, 262_144, little)
  view.setUint32(20, linkType, little)
  let at = 24
  for (const { bytes, seconds, nanos = 0, wireBytes = bytes.length } of packets) {
    view.setUint32(at, seconds, little)
    view.setUint32(at + 4, nano ? nanos : Math.floor(nanos / 1000), little)
    view.setUint32(at + 8, bytes.length, little)
    view.setUint32(at + 12, wireBytes, little)
    out.set(bytes, at + 16)
    at += 16 + bytes.length
  }
  return out
}

export type PcapngForm = {
  readonly little?: boolean
  readonly linkType?: number
  /** The octet of `if_tsresol`; 6 is microseconds, 9 nanoseconds, 128 + n a power of two. */
  readonly resolution?: number
  readonly offsetSeconds?: number
  readonly simple?: boolean
}

/** One section with one interface, and a block between that nobody knows. */
export function pcapngFile(packets: readonly PacketOf[], form: PcapngForm = {}): Uint8Array {
  const { little = true, linkType = 1, resolution, offsetSeconds, simple = false } = form
  const parts: Uint8Array[] = []
  const block = (type: number, body: Uint8Array): void => {
    const padded = (body.length + 3) & ~3
    const out = new Uint8Array(padded + 12)
    const view = new DataView(out.buffer)
    view.setUint32(0, type, little)
    view.setUint32(4, out.length, little)
    out.set(body, 8)
    view.setUint32(out.length - 4, out.length, little)
    parts.push(out)
  }
  const section = new DataView(new ArrayBuffer(16))
  section.setUint32(0, 0x1a2b3c4d, little)
  section.setUint16(4, 1, little)
  section.setInt32(8, -1, little)
  section.setInt32(12, -1, little)
  block(0x0a0d0d0a, new Uint8Array(section.buffer))
  const options: number[] = []
  const u16 = (value: number) => (little ? [value & 255, value >> 8] : [value >> 8, value & 255])
  if (resolution !== undefined) options.push(...u16(9), ...u16(1), resolution, 0, 0, 0)
  if (offsetSeconds !== undefined) {
    const view = new DataView(new ArrayBuffer(8))
    view.setBigInt64(0, BigInt(offsetSeconds), little)
    options.push(...u16(14), ...u16(8), ...new Uint8Array(view.buffer))
  }
  block(1, Uint8Array.from([...u16(linkType), 0, 0, 0, 0, 4, 0, ...options, 0, 0, 0, 0]))
  block(0x0bad, Uint8Array.of(1, 2, 3))
  const perSecond =
    resolution === undefined
      ? 1_000_000n
      : resolution > 127
        ? 2n ** BigInt(resolution - 128)
        : 10n ** BigInt(resolution)
  for (const { bytes, seconds, nanos = 0, wireBytes = bytes.length } of packets) {
    const head = simple ? 4 : 20
    const body = new Uint8Array(head + bytes.length)
    const view = new DataView(body.buffer)
    if (simple) view.setUint32(0, wireBytes, little)
    else {
      const ticks = BigInt(seconds - (offsetSeconds ?? 0)) * perSecond + (BigInt(nanos) * perSecond) / 1_000_000_000n
      view.setUint32(4, Number(ticks >> 32n), little)
      view.setUint32(8, Number(ticks & 0xffffffffn), little)
      view.setUint32(12, bytes.length, little)
      view.setUint32(16, wireBytes, little)
    }
    body.set(bytes, head)
    block(simple ? 3 : 6, body)
  }
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export type Ends = {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly ports: readonly [number, number]
}

/** An Ethernet frame with an IPv4 packet (without checksums: nobody here looks at them). */
export function ipFrame(protocol: number, { from, to }: Ends, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(34 + payload.length)
  out.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, (payload.length + 20) >> 8, (payload.length + 20) & 255])
  out.set([0, 0, 0x40, 0, 64, protocol, 0, 0, ...from, ...to], 18)
  out.set(payload, 34)
  return out
}

export function udpFrame(ends: Ends, data: Uint8Array): Uint8Array {
  const [from, to] = ends.ports
  const size = data.length + 8
  const payload = new Uint8Array(size)
  payload.set([from >> 8, from & 255, to >> 8, to & 255, size >> 8, size & 255, 0, 0])
  payload.set(data, 8)
  return ipFrame(17, ends, payload)
}

export const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const

export function tcpFrame(ends: Ends, seq: number, ack: number, flags: number, data: Uint8Array): Uint8Array {
  const [from, to] = ends.ports
  const payload = new Uint8Array(20 + data.length)
  const view = new DataView(payload.buffer)
  view.setUint16(0, from)
  view.setUint16(2, to)
  view.setUint32(4, seq)
  view.setUint32(8, ack)
  payload[12] = 0x50
  payload[13] = flags
  view.setUint16(14, 64_000)
  payload.set(data, 20)
  return ipFrame(6, ends, payload)
}

export const back = ({ from, to, ports }: Ends): Ends => ({ from: to, to: from, ports: [ports[1], ports[0]] })

const empty = new Uint8Array(0)

/** A whole connection: opened, what each side says in turn (the client first), closed. Frames in order. */
export function tcpConversation(ends: Ends, said: readonly Uint8Array[], segmentMax = 1448): Uint8Array[] {
  const { fin, syn, psh, ack } = tcpFlags
  const frames: Uint8Array[] = []
  const next = [1000, 5000]
  const send = (side: 0 | 1, flags: number, data: Uint8Array): void => {
    const own = next[side]!
    frames.push(tcpFrame(side === 0 ? ends : back(ends), own, (flags & ack) === 0 ? 0 : next[1 - side]!, flags, data))
    next[side] = own + data.length + ((flags & (syn | fin)) === 0 ? 0 : 1)
  }
  send(0, syn, empty)
  send(1, syn | ack, empty)
  send(0, ack, empty)
  said.forEach((data, turn) => {
    const side = turn % 2 === 0 ? 0 : 1
    for (let at = 0; at < data.length; at += segmentMax)
      send(side, ack | psh, data.subarray(at, Math.min(data.length, at + segmentMax)))
    if (data.length > 0) send(side === 0 ? 1 : 0, ack, empty)
  })
  send(0, fin | ack, empty)
  send(1, fin | ack, empty)
  send(0, ack, empty)
  return frames
}
