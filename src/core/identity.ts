/**
 * Record identity: the same record, met again, has the same id, so that it is stored once.
 *
 * Where the format gives a record an identity (CloudTrail's `eventID`), the id is its hash; where its sender does (a document's `_id`), the
 * chunk bears it (`keyed`). Elsewhere a record is its bytes and its
 * position: the hash of everything before its chunk in the stream (`prefix`), its place in the chunk, and a hash of its bytes.
 * So a file read again, under another name, compressed, rotated or grown, gives the same ids, and two equal lines of one file do not.
 *
 * An id is 64 bits in two halves: high = prefix + place; low = CRC-32 of the bytes. Neighbours' high halves count up, so a column of
 * them compresses to little more than the hashes. Ids are compared among events of the same hours only. All streams begin with the
 * same prefix: for two different records to be taken for one, place, hash and hour must agree (once in 2^32 pairs of equal place).
 */

import type { ChunkHeaders } from './chunk.ts'

/** A 32-bit hash of the UTF-16 units of a text, after Murmur3's (Austin Appleby, public domain). */
export function hashText(text: string): number {
  return hashIdentity(text).high
}

const lowSeed = 0x9747b28c | 0

/** The two halves of the id of a record whose identity is this text: two such hashes, of different seeds. */
export function hashIdentity(text: string): { readonly high: number; readonly low: number } {
  let high = 0
  let low = lowSeed
  // In one pass, and never beyond 32 bits: doubles would take three times as long.
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    high = Math.imul(high ^ code, 0xcc9e2d51)
    low = Math.imul(low ^ code, 0xcc9e2d51)
    high = (Math.imul((high << 13) | (high >>> 19), 5) + 0xe6546b64) | 0
    low = (Math.imul((low << 13) | (low >>> 19), 5) + 0xe6546b64) | 0
  }
  return { high: mixed(high ^ text.length), low: mixed(low ^ text.length) }
}

function mixed(hash: number): number {
  let out = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  out = Math.imul(out ^ (out >>> 13), 0xc2b2ae35)
  return (out ^ (out >>> 16)) >>> 0
}

/** The high half of a record's id: its place, counted on from the chunk's prefix. The low half is a hash of its bytes. */
export function placeHigh(prefix: number, indexInChunk: number): number {
  return (prefix + indexInChunk) >>> 0
}

/** The places of a chunk's records, asked for in their order. */
export function placesIn(headers: Pick<ChunkHeaders, 'firstIndex' | 'places'>): (record: number) => number {
  const { places } = headers
  let offset = headers.firstIndex ?? 0
  if (places === undefined) return record => offset + record
  let next = 0
  return record => {
    while (next < places.length && places[next]![0] <= record) {
      offset = places[next]![1] - places[next]![0]
      next++
    }
    return offset + record
  }
}

/** An id as people see it: 16 hex digits. */
export function idText(high: number, low: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

/** A set of 64-bit ids in halves, open addressing; made for tens of thousands of entries, emptied and used again. */
export class IdSet {
  #slots: Uint32Array
  #stamps: Uint32Array
  #mask: number
  #stamp = 1
  size = 0

  constructor(capacity = 1 << 16) {
    let slots = 16
    while (slots < capacity * 2) slots *= 2
    this.#slots = new Uint32Array(slots * 2)
    this.#stamps = new Uint32Array(slots)
    this.#mask = slots - 1
  }

  clear(): void {
    this.size = 0
    if (++this.#stamp === 0xffffffff) {
      this.#stamps.fill(0)
      this.#stamp = 1
    }
  }

  #find(high: number, low: number): number {
    let at = Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b)
    at = (at ^ (at >>> 15)) & this.#mask
    while (this.#stamps[at] === this.#stamp && (this.#slots[at * 2] !== high || this.#slots[at * 2 + 1] !== low)) {
      at = (at + 1) & this.#mask
    }
    return at
  }

  has(high: number, low: number): boolean {
    return this.size > 0 && this.#stamps[this.#find(high, low)] === this.#stamp
  }

  /** False if it was there already. */
  add(high: number, low: number): boolean {
    if (this.size * 2 > this.#mask) this.#grow()
    const at = this.#find(high, low)
    if (this.#stamps[at] === this.#stamp) return false
    this.#stamps[at] = this.#stamp
    this.#slots[at * 2] = high
    this.#slots[at * 2 + 1] = low
    this.size++
    return true
  }

  #grow(): void {
    const bigger = new IdSet(this.#mask + 1)
    for (let at = 0; at <= this.#mask; at++) {
      if (this.#stamps[at] === this.#stamp) bigger.add(this.#slots[at * 2]!, this.#slots[at * 2 + 1]!)
    }
    this.#slots = bigger.#slots
    this.#stamps = bigger.#stamps
    this.#mask = bigger.#mask
    this.#stamp = bigger.#stamp
    this.size = bigger.size
  }
}
