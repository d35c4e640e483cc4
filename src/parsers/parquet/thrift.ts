/**
 * Reads Thrift's compact protocol strictly, before the Parquet library sees it: a hostile file must not make it work or allocate
 * without end (numbers of any length, lists of any size, structs without a bottom).
 *   struct = *( field ) 0x00        field = ( delta:4 type:4 | type:8 zigzag-id ) value
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** A struct's whole numbers and structs, by field. Texts and lists are checked, not kept. */
export type Fields = ReadonlyMap<number, number | Fields>

const depthMax = 24
const elementsMax = 2_000_000
const varintBytesMax = 10

export class ThriftReader {
  at: number
  readonly #bytes: Uint8Array
  #elements = 0

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  struct(depth = 0): Fields {
    if (depth > depthMax) throw new Error('its description is nested too deep')
    const fields = new Map<number, number | Fields>()
    for (let id = 0; ; ) {
      const byte = this.#byte()
      const type = byte & 15
      if (type === 0) return fields
      if (++this.#elements > elementsMax) throw new Error('its description is too large')
      id = byte >> 4 === 0 ? this.#zigzag() : id + (byte >> 4)
      const value = this.#value(type, depth)
      if (value !== undefined) fields.set(id, value)
    }
  }

  #value(type: number, depth: number): number | Fields | undefined {
    switch (type) {
      case 1:
      case 2:
        return type === 1 ? 1 : 0
      case 3:
        return this.#byte()
      case 4:
      case 5:
      case 6:
        return this.#zigzag()
      case 7:
        this.#skip(8)
        return undefined
      case 8:
        this.#skip(this.#varint())
        return undefined
      case 9:
        this.#list(depth)
        return undefined
      case 12:
        return this.struct(depth + 1)
      default:
        throw new Error('its description is damaged')
    }
  }

  #list(depth: number): void {
    const byte = this.#byte()
    const type = byte & 15
    const size = byte >> 4 === 15 ? this.#varint() : byte >> 4
    if (size > this.#bytes.length - this.at) throw new Error('its description is damaged')
    this.#elements += size
    if (this.#elements > elementsMax) throw new Error('its description is too large')
    for (let i = 0; i < size; i++) {
      if (type <= 2) this.#byte()
      else this.#value(type, depth + 1)
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.at++]
    if (byte === undefined) throw new Error('its description is cut off')
    return byte
  }

  #skip(size: number): void {
    this.at += size
    if (this.at > this.#bytes.length) throw new Error('its description is cut off')
  }

  #varint(): number {
    let value = 0
    let factor = 1
    for (let i = 0; i < varintBytesMax; i++) {
      const byte = this.#byte()
      value += (byte & 127) * factor
      if (byte < 128) return value
      factor *= 128
    }
    throw new Error('its description is damaged')
  }

  #zigzag(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
