/** Writes small event log files, for tests: one chunk, one template used by all records, values of any type. */

import { crc32 } from './crc32.ts'

export type TestValue = { readonly type: number; readonly bytes: Buffer }
export type TestRecord = { readonly values: readonly TestValue[] }

/** Binary XML with names at the place of their first use. `chunkAt` is where it will stand in its chunk. */
export class BinaryXml {
  readonly #parts: number[] = []
  readonly #names = new Map<string, number>()
  readonly #chunkAt: number
  readonly #dependency: boolean

  constructor(chunkAt: number, dependency = true) {
    this.#chunkAt = chunkAt
    this.#dependency = dependency
  }

  get bytes(): Buffer {
    return Buffer.from(this.#parts)
  }

  put(...bytes: readonly number[]): this {
    this.#parts.push(...bytes)
    return this
  }

  u16(value: number): this {
    return this.put(value & 255, value >> 8)
  }

  u32(value: number): this {
    return this.put(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24)
  }

  name(text: string): this {
    const known = this.#names.get(text)
    if (known !== undefined) return this.u32(known)
    const at = this.#chunkAt + this.#parts.length + 4
    this.#names.set(text, at)
    this.u32(at).u32(0).u16(0).u16(text.length)
    return this.put(...Buffer.from(text + '\0', 'utf16le'))
  }

  /** `<name a="…">`: attribute values are texts, or numbers of values. */
  open(name: string, attributes: Readonly<Record<string, string | number>> = {}): this {
    const pairs = Object.entries(attributes)
    this.put(pairs.length === 0 ? 0x01 : 0x41)
    if (this.#dependency) this.u16(0xffff)
    this.u32(0).name(name)
    if (pairs.length > 0) this.u32(0)
    pairs.forEach(([key, value], i) => {
      this.put(i === pairs.length - 1 ? 0x06 : 0x46).name(key)
      this.piece(value)
    })
    return this.put(0x02)
  }

  piece(value: string | number): this {
    if (typeof value === 'number') return this.put(0x0e).u16(value).put(0)
    return this.put(0x05, 0x01)
      .u16(value.length)
      .put(...Buffer.from(value, 'utf16le'))
  }

  close(): this {
    return this.put(0x04)
  }

  element(name: string, value: string | number, attributes: Readonly<Record<string, string | number>> = {}): this {
    return this.open(name, attributes).piece(value).close()
  }
}

/** `0x0c` and the definition of a template, made by `build` for the place where it stands. */
export function templateInstance(at: number, build: (xml: BinaryXml) => void): Buffer {
  const head = Buffer.alloc(10 + 24)
  head[0] = 0x0c
  head[1] = 1
  head.writeUInt32LE(1, 2)
  head.writeUInt32LE(at + 10, 6)
  const xml = new BinaryXml(at + 34)
  xml.put(0x0f, 1, 1, 0)
  build(xml)
  xml.put(0)
  head.writeUInt32LE(xml.bytes.length, 30)
  return Buffer.concat([head, xml.bytes])
}

export function valueBlock(values: readonly TestValue[]): Buffer {
  const head = Buffer.alloc(4 + values.length * 4)
  head.writeUInt32LE(values.length, 0)
  values.forEach(({ type, bytes }, i) => {
    head.writeUInt16LE(bytes.length, 4 + i * 4)
    head[4 + i * 4 + 2] = type
  })
  return Buffer.concat([head, ...values.map(({ bytes }) => bytes)])
}

/** A file of one chunk whose records all use the template that `build` makes. */
export function writeEvtx(build: (xml: BinaryXml) => void, records: readonly TestRecord[]): Buffer {
  const chunk = Buffer.alloc(65_536)
  chunk.write('ElfChnk\0', 0, 'latin1')
  chunk.writeUInt32LE(128, 40)
  let at = 512
  const definition = at + 24 + 4 + 10
  records.forEach((record, i) => {
    const from = at + 24 + 4
    let instance: Buffer
    if (i === 0) instance = templateInstance(from, build)
    else {
      instance = Buffer.alloc(10)
      instance[0] = 0x0c
      instance[1] = 1
      instance.writeUInt32LE(1, 2)
      instance.writeUInt32LE(definition, 6)
    }
    const body = Buffer.concat([Buffer.from([0x0f, 1, 1, 0]), instance, valueBlock(record.values), Buffer.from([0])])
    const size = 24 + body.length + 4
    chunk.writeUInt32LE(0x2a2a, at)
    chunk.writeUInt32LE(size, at + 4)
    chunk.writeBigUInt64LE(BigInt(i + 1), at + 8)
    body.copy(chunk, at + 24)
    chunk.writeUInt32LE(size, at + size - 4)
    at += size
  })
  chunk.writeUInt32LE(at, 48)
  sealChunk(chunk)
  const head = Buffer.alloc(4096)
  head.write('ElfFile\0', 0, 'latin1')
  head.writeUInt32LE(128, 32)
  head.writeUInt16LE(4096, 40)
  head.writeUInt16LE(1, 42)
  head.writeUInt32LE(crc32(head, 0, 120), 124)
  return Buffer.concat([head, chunk])
}

export function sealChunk(chunk: Buffer): void {
  chunk.writeUInt32LE(crc32(chunk, 512, chunk.readUInt32LE(48)), 52)
  chunk.writeUInt32LE(crc32(chunk, 128, 512, crc32(chunk, 0, 120)), 124)
}
