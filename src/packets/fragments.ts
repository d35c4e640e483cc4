/**
 * Datagrams put together from fragments (RFC 791, RFC 8200 4.5), within bounds of count, size and time. Where fragments overlap, what
 * came first counts.
 */

import type { Layers } from './layers.ts'

export type FragmentLimits = {
  readonly datagramsMax: number
  readonly bytesMax: number
  readonly seconds: number
}

export const fragmentLimits: FragmentLimits = { datagramsMax: 1024, bytesMax: 16 << 20, seconds: 30 }

const piecesMax = 256
const datagramBytesMax = 65_535

type Piece = { readonly offset: number; readonly bytes: Uint8Array }

type Gathering = {
  readonly key: string
  readonly since: number
  readonly pieces: Piece[]
  held: number
  /** All octets, once the last fragment was seen; -1 before. */
  total: number
  packets: number
  ipBytes: number
}

export class Fragments {
  /** Of the datagram that `add` completed: how many packets it came in, and their octets. */
  packets = 0
  ipBytes = 0
  /** Datagrams given up: too old, too many, too large, or nonsense. */
  incomplete = 0
  #limits: FragmentLimits
  #waiting = new Map<string, Gathering>()
  #held = 0

  constructor(limits: FragmentLimits = fragmentLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Takes the fragment that `layers` is at. True: it was the last one missing, and `layers` is at the whole datagram. */
  add(layers: Layers, seconds: number): boolean {
    this.#forget(seconds)
    const { bytes, ipAt } = layers
    const [from, size] = layers.version === 4 ? [ipAt + 12, 8] : [ipAt + 8, 32]
    let key = `${layers.version} ${layers.protocol} ${layers.fragmentId} ${layers.vlan}`
    for (let i = 0; i < size; i++) key += String.fromCharCode(bytes[from + i]!)
    let gathering = this.#waiting.get(key)
    if (gathering === undefined) {
      gathering = { key, since: seconds, pieces: [], held: 0, total: -1, packets: 0, ipBytes: 0 }
      this.#waiting.set(key, gathering)
    }
    const length = layers.payloadEnd - layers.payloadAt
    const offset = layers.fragmentOffset
    const captured = length === layers.payloadBytes
    if (!captured || length === 0 || offset + length > datagramBytesMax || gathering.pieces.length >= piecesMax) {
      this.#give(gathering)
      return false
    }
    gathering.packets++
    gathering.ipBytes += layers.ipBytes
    gathering.pieces.push({ offset, bytes: bytes.slice(layers.payloadAt, layers.payloadEnd) })
    gathering.held += length
    this.#held += length
    if (!layers.moreFragments && gathering.total < 0) gathering.total = offset + length
    if (gathering.total >= 0 && gathering.held >= gathering.total) {
      const whole = joined(gathering)
      if (whole !== undefined) {
        this.#drop(gathering)
        this.packets = gathering.packets
        this.ipBytes = gathering.ipBytes
        layers.isFragment = false
        this.#place(layers, whole)
        return true
      }
    }
    this.#bound()
    return false
  }

  /** The IP header is left where it is told apart: the addresses and the payload come to lie in one array. */
  #place(layers: Layers, whole: Uint8Array): void {
    const header = layers.version === 4 ? 20 : 40
    const bytes = new Uint8Array(header + whole.length)
    bytes.set(layers.bytes.subarray(layers.ipAt, layers.ipAt + header))
    bytes.set(whole, header)
    if (layers.macAt >= 0) {
      // Addresses of the link layer stay with the last fragment's frame: they are put behind the datagram.
      const withMac = new Uint8Array(bytes.length + 12)
      withMac.set(bytes)
      withMac.set(layers.bytes.subarray(layers.macAt, layers.macAt + 12), bytes.length)
      layers.macAt = bytes.length
      layers.bytes = withMac
    } else {
      layers.senderAt = -1
      layers.bytes = bytes
    }
    layers.ipAt = 0
    layers.payloadAt = header
    layers.payloadEnd = header + whole.length
    layers.end = layers.payloadEnd
    layers.payloadBytes = whole.length
  }

  #forget(seconds: number): void {
    for (const gathering of this.#waiting.values()) {
      const age = seconds - gathering.since
      if (age <= this.#limits.seconds && age >= -this.#limits.seconds) return
      this.#give(gathering)
    }
  }

  #bound(): void {
    for (const gathering of this.#waiting.values()) {
      if (this.#waiting.size <= this.#limits.datagramsMax && this.#held <= this.#limits.bytesMax) return
      this.#give(gathering)
    }
  }

  #give(gathering: Gathering): void {
    this.incomplete++
    this.#drop(gathering)
  }

  #drop(gathering: Gathering): void {
    this.#waiting.delete(gathering.key)
    this.#held -= gathering.held
  }
}

function joined({ pieces, total }: Gathering): Uint8Array | undefined {
  const whole = new Uint8Array(total)
  const order = pieces.map((piece, at) => ({ ...piece, at }))
  order.sort((one, other) => one.offset - other.offset || one.at - other.at)
  let reached = 0
  for (const { offset, bytes } of order) {
    if (offset > reached) return undefined
    const end = Math.min(total, offset + bytes.length)
    if (end <= reached) continue
    whole.set(bytes.subarray(reached - offset, end - offset), reached)
    reached = end
  }
  return reached === total ? whole : undefined
}
