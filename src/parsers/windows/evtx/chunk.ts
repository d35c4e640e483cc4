/** A chunk of an event log file while it is being read: its bytes, the strings and templates found in it, and how much it may still make. */

import type { Template } from './template.ts'

export const chunkBytes = 65_536

/** What is wrong with the bytes at hand: the record they belong to is left out. */
export class Damage extends Error {}

/** A chunk of 64 KiB makes some 100 KiB of JSON; one that is made to make more is cut short. */
const outputMax = 64 * 1024 * 1024

export class ChunkReader {
  readonly bytes: Buffer
  readonly templates = new Map<number, Template>()
  readonly #names = new Map<number, string>()
  #left = outputMax

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** Counts what is made, in characters. */
  spend(characters: number): void {
    this.#left -= characters
    if (this.#left < 0) throw new Damage('its records unfold without end')
  }

  u8(at: number): number {
    if (at + 1 > chunkBytes) throw new Damage('ends within a value')
    return this.bytes[at]!
  }

  u16(at: number): number {
    if (at + 2 > chunkBytes) throw new Damage('ends within a value')
    return this.bytes[at]! | (this.bytes[at + 1]! << 8)
  }

  u32(at: number): number {
    if (at < 0 || at + 4 > chunkBytes) throw new Damage('ends within a value')
    return this.bytes.readUInt32LE(at)
  }

  utf16(at: number, characters: number): string {
    const end = at + characters * 2
    if (end > chunkBytes) throw new Damage('a string is longer than its chunk')
    return this.bytes.toString('utf16le', at, end)
  }

  /**
   * A name: u32 offset of the next with the same hash, u16 hash, u16 characters, UTF-16, u16 zero.
   * Names are kept once a chunk, and referred to by their offset.
   */
  name(offset: number): string {
    const known = this.#names.get(offset)
    if (known !== undefined) return known
    const name = this.utf16(offset + 8, this.u16(offset + 6))
    this.#names.set(offset, name)
    return name
  }

  /** Bytes of a name that stands at the place where it is used. */
  nameSize(offset: number): number {
    return 10 + this.u16(offset + 6) * 2
  }
}
