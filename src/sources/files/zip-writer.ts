/** Writes small zip archives for tests (PKWARE's APPNOTE 6.3, without zip64). */
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib'

export type ZipContent = {
  readonly name: string
  readonly content: Buffer
  /** 0: stored, 8: deflate, 93: zstd. Default: 8. */
  readonly method?: number
  /** What to write instead of the truth. */
  readonly crc?: number
  readonly flags?: number
}

export function zipOf(members: readonly ZipContent[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content, method = 8, crc = crc32(content), flags = 0x800 } of members) {
    const data = method === 8 ? deflateRawSync(content) : method === 93 ? zstdCompressSync(content) : content
    const raw = Buffer.from(name)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(flags, 2)
    facts.writeUInt16LE(method, 4)
    facts.writeUInt16LE(0x6000, 6)
    facts.writeUInt16LE(0x5acb, 8)
    facts.writeUInt32LE(crc, 10)
    facts.writeUInt32LE(data.length, 14)
    facts.writeUInt32LE(content.length, 18)
    facts.writeUInt16LE(raw.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, raw, data])
    const central = Buffer.alloc(14)
    central.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), facts, central, raw]))
    parts.push(local)
    at += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, central, end])
}
