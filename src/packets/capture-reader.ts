/**
 * Capture files taken apart into packets: pcap (both byte orders, micro- and nanoseconds) and pcapng (sections, interfaces with
 * `if_tsresol` and `if_tsoffset`; enhanced, simple and old packet blocks). Pushed pieces of any size, asked for one packet after the
 * other; nothing is allocated for a packet, and no more is kept than the piece and the beginning of one block.
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
 */

const packetBytesMax = 1 << 20
const jointBytes = 16 << 10
const interfacesMax = 1024
const empty = new Uint8Array(0)

type Interface = { readonly linkType: number; readonly perSecond: number; readonly offsetSeconds: number }

export function isPcap(head: Uint8Array): boolean {
  const magic = head.length < 4 ? 0 : u32(head, 0, false)
  return magic === 0xa1b2c3d4 || magic === 0xd4c3b2a1 || magic === 0xa1b23c4d || magic === 0x4d3cb2a1
}

export function isPcapng(head: Uint8Array): boolean {
  if (head.length < 12 || u32(head, 0, false) !== 0x0a0d0d0a) return false
  const order = u32(head, 8, false)
  return order === 0x1a2b3c4d || order === 0x4d3c2b1a
}

export class CaptureReader {
  /** The packet that `next` moved to: `bytes` from `from` to `to`. Valid until the next call. */
  bytes: Uint8Array = empty
  from = 0
  to = 0
  /** What it had on the wire: more than `to - from` where the capture cut it. */
  wireBytes = 0
  linkType = 0
  seconds = 0
  nanos = 0
  /** Why nothing more comes, where the file is damaged. */
  problem: string | undefined
  /** Do the file's times have nanoseconds? */
  fine = false

  /** Of the pieces before, where a packet lies across; and the piece that follows. */
  #left = empty
  #piece: Uint8Array | undefined
  #at = 0
  #skip = 0
  #kind: 'unknown' | 'pcap' | 'pcapng' = 'unknown'
  #little = true
  #nanosecond = false
  #interfaces: Interface[] = []
  #lastHigh = -1
  #lastPerSecond = 0
  #baseSeconds = 0
  #baseTicks = 0

  push(pushed: Uint8Array): void {
    // A Buffer's `slice` is a view: what is kept of a packet must be a copy.
    const piece = new Uint8Array(pushed.buffer, pushed.byteOffset, pushed.length)
    const left = this.bytes.length - this.#at
    if (left === 0) {
      this.bytes = piece
      this.#at = 0
      return
    }
    this.#left = this.bytes.slice(this.#at)
    this.#at = 0
    this.#piece = piece
    this.#join(jointBytes)
  }

  /** Moves to the next packet. False: push more, or there is a `problem`. */
  next(): boolean {
    for (;;) {
      if (this.problem !== undefined) return false
      const piece = this.#piece
      if (piece !== undefined && this.#at >= this.#left.length) {
        // The packet that lay across is over: the piece is read where it is.
        this.bytes = piece
        this.#at -= this.#left.length
        this.#piece = undefined
      }
      if (this.#kind === 'unknown' && !this.#begin()) return false
      if (this.#kind === 'pcap' ? this.#nextOfPcap() : this.#nextBlock()) return true
      if (this.#piece === undefined) return false
      if (this.#at < this.#left.length) this.#join((this.bytes.length - this.#left.length) * 4)
    }
  }

  /** What is left of the pieces before, and the beginning of this one: enough for what lies across. */
  #join(size: number): void {
    const piece = this.#piece!
    const left = this.#left
    const whole = size >= piece.length
    const joined = new Uint8Array(left.length + (whole ? piece.length : size))
    joined.set(left)
    joined.set(whole ? piece : piece.subarray(0, size), left.length)
    this.bytes = joined
    if (whole) this.#piece = undefined
  }

  /** Nothing more is pushed: what is wrong with the end, if anything is. */
  end(): string | undefined {
    if (this.problem !== undefined) return this.problem
    if (this.bytes.length > this.#at || this.#skip > 0) return 'the capture ends in the middle of a packet'
    return this.#kind === 'unknown' ? 'a capture cut short' : undefined
  }

  #begin(): boolean {
    const { bytes } = this
    if (bytes.length < 24) return false
    if (isPcapng(bytes)) {
      this.#kind = 'pcapng'
      return true
    }
    if (!isPcap(bytes)) {
      this.problem = 'no capture: it begins with neither the mark of pcap nor that of pcapng'
      return false
    }
    this.#kind = 'pcap'
    this.#little = bytes[0] === 0xd4 || bytes[0] === 0x4d
    this.#nanosecond = bytes[0] === 0x4d || bytes[3] === 0x4d
    this.fine = this.#nanosecond
    // The upper bits tell of frame check sequences.
    this.linkType = u32(bytes, 20, this.#little) & 0xffff
    this.#at = 24
    return true
  }

  #nextOfPcap(): boolean {
    const { bytes } = this
    const at = this.#at
    if (bytes.length - at < 16) return false
    const little = this.#little
    const size = u32(bytes, at + 8, little)
    if (size > packetBytesMax) return this.#damaged(`a packet of ${size} octets`)
    if (bytes.length - at - 16 < size) return false
    this.seconds = u32(bytes, at, little)
    const fraction = u32(bytes, at + 4, little)
    this.nanos = this.#nanosecond ? fraction : fraction * 1000
    if (this.nanos > 999_999_999) this.nanos = 999_999_999
    this.wireBytes = u32(bytes, at + 12, little)
    this.from = at + 16
    this.to = this.#at = at + 16 + size
    return true
  }

  #nextBlock(): boolean {
    for (;;) {
      if (!this.#skipped()) return false
      const { bytes } = this
      const at = this.#at
      if (bytes.length - at < 12) return false
      const isSection = u32(bytes, at, false) === 0x0a0d0d0a
      if (isSection) {
        const order = u32(bytes, at + 8, false)
        if (order !== 0x1a2b3c4d && order !== 0x4d3c2b1a) return this.#damaged('a section without its mark')
        this.#little = order === 0x4d3c2b1a
        this.#interfaces = []
      }
      const little = this.#little
      const type = u32(bytes, at, little)
      const size = u32(bytes, at + 4, little)
      if (size < 12 || size % 4 !== 0) return this.#damaged(`a block of ${size} octets`)
      if (isSection || (type !== 6 && type !== 3 && type !== 2 && type !== 1)) {
        this.#skip = size
        continue
      }
      if (size > packetBytesMax + 65_536) return this.#damaged(`a packet's block of ${size} octets`)
      if (bytes.length - at < size) return false
      this.#at = at + size
      if (type === 1) {
        if (size >= 20 && this.#interfaces.length < interfacesMax) this.#interfaces.push(this.#interface(at + 8, size))
      } else if (this.#packet(type, at, size)) return true
    }
  }

  /** Passes over blocks that say nothing here, whatever their size. */
  #skipped(): boolean {
    if (this.#skip === 0) return true
    const step = Math.min(this.#skip, this.bytes.length - this.#at)
    this.#at += step
    this.#skip -= step
    return this.#skip === 0
  }

  #interface(at: number, size: number): Interface {
    const { bytes } = this
    const little = this.#little
    let perSecond = 1_000_000
    let offsetSeconds = 0
    const end = at - 8 + size - 4
    for (let option = at + 8; option + 4 <= end; ) {
      const code = u16(bytes, option, little)
      const length = u16(bytes, option + 2, little)
      if (code === 0 || option + 4 + length > end) break
      if (code === 9 && length >= 1) {
        const resolution = bytes[option + 4]!
        const exponent = resolution & 127
        if (resolution > 127 ? exponent <= 50 : exponent <= 15) perSecond = (resolution > 127 ? 2 : 10) ** exponent
      } else if (code === 14 && length >= 8) {
        const high = u32(bytes, option + (little ? 8 : 4), little) | 0
        offsetSeconds = high * 4294967296 + u32(bytes, option + (little ? 4 : 8), little)
      }
      option += 4 + length + ((4 - (length & 3)) & 3)
    }
    if (perSecond > 1_000_000) this.fine = true
    return { linkType: u16(bytes, at, little), perSecond, offsetSeconds }
  }

  #packet(type: number, at: number, size: number): boolean {
    const { bytes } = this
    const little = this.#little
    const headSize = type === 3 ? 12 : 28
    if (size < headSize + 4) return false
    const on = this.#interfaces[type === 3 ? 0 : type === 6 ? u32(bytes, at + 8, little) : u16(bytes, at + 8, little)]
    if (on === undefined) return false
    const room = size - headSize - 4
    this.linkType = on.linkType
    this.from = at + headSize
    if (type === 3) {
      // It has no time: that of the packet before it is as near as can be.
      this.wireBytes = u32(bytes, at + 8, little)
      this.to = this.from + Math.min(this.wireBytes, room)
      return true
    }
    const captured = u32(bytes, at + 20, little)
    if (captured > room) return false
    this.wireBytes = u32(bytes, at + 24, little)
    this.to = this.from + captured
    this.#time(u32(bytes, at + 12, little), u32(bytes, at + 16, little), on)
    return true
  }

  /** 64 bits of ticks, exactly: the upper half changes seldom and is divided once. */
  #time(high: number, low: number, on: Interface): void {
    const { perSecond } = on
    if (high !== this.#lastHigh || perSecond !== this.#lastPerSecond) {
      const ticks = BigInt(high) << 32n
      this.#lastHigh = high
      this.#lastPerSecond = perSecond
      this.#baseSeconds = Number(ticks / BigInt(perSecond))
      this.#baseTicks = Number(ticks % BigInt(perSecond))
    }
    const total = this.#baseTicks + low
    const whole = Math.floor(total / perSecond)
    this.seconds = this.#baseSeconds + whole + on.offsetSeconds
    const ticks = total - whole * perSecond
    this.nanos = perSecond === 1_000_000_000 ? ticks : Math.floor((ticks / perSecond) * 1e9 + 1e-4)
  }

  #damaged(what: string): false {
    this.problem = `the capture is damaged: ${what}`
    return false
  }
}

function u16(bytes: Uint8Array, at: number, little: boolean): number {
  return little ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!
}

function u32(bytes: Uint8Array, at: number, little: boolean): number {
  return little
    ? ((bytes[at + 3]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 1]! << 8) | bytes[at]!) >>> 0
    : ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
