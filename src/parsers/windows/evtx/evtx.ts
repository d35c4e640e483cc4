/**
 * Windows event log files (`.evtx`): a header of 4 KiB and chunks of 64 KiB, each with strings, templates and records of its own
 * (libevtx, "Windows XML Event Log (EVTX)"; [MS-EVEN6] 2.2.12 for binary XML). Gives evtx_dump's JSON, one event a record.
 *
 *   file   = "ElfFile\0" … u32:crc@124 chunk*
 *   chunk  = "ElfChnk\0" … u32:free@48 u32:data-crc@52 … u32:crc@124 strings@128 templates@384 record@512*
 *   record = 0x00002a2a u32:size u64:number u64:time binary-xml u32:size
 *
 * What is damaged is left out and told at the end; a checksum that is wrong is told, and the records that make sense are given
 * nevertheless: logs copied while they are written have such chunks.
 */

import { messageOf } from '../../../core/errors.ts'
import type { Decoder } from '../../decoders.ts'
import { descriptionJson } from '../description.ts'
import { ChunkReader, chunkBytes, Damage } from './chunk.ts'
import { crc32 } from './crc32.ts'
import { renderRecord } from './render.ts'

const fileMagic = 'ElfFile\0'
const chunkMagic = 'ElfChnk\0'
const recordMagic = 0x2a2a
const headerMax = 65_536

/** What was found wrong, to be told in one sentence. */
class Problems {
  records = 0
  chunks = 0
  checksums = 0
  /** The first reason of each kind. */
  recordReason = ''
  header: string | undefined
  rest = 0

  tell(): string | undefined {
    const told: string[] = []
    if (this.header !== undefined) told.push(this.header)
    if (this.records > 0) told.push(`${this.records} records could not be read (the first ${this.recordReason})`)
    if (this.chunks > 0) told.push(`${this.chunks} chunks of 64 KiB are no chunks`)
    if (this.checksums > 0) told.push(`${this.checksums} chunks have a wrong checksum`)
    if (this.rest > 0) told.push(`the file ends within a chunk, after ${this.rest} bytes of it`)
    return told.length === 0 ? undefined : told.join('; ')
  }
}

async function* decode(input: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[], void> {
  const problems = new Problems()
  const chunk = Buffer.alloc(chunkBytes)
  let filled = 0
  let skip = -1
  let head = Buffer.alloc(0)
  for await (const piece of input) {
    let from = 0
    let bytes = piece
    if (skip < 0) {
      head = Buffer.concat([head, piece])
      if (head.length < 128) continue
      skip = headerSize(head, problems)
      bytes = head
    }
    if (skip > 0) {
      from = Math.min(skip, bytes.length)
      skip -= from
    }
    while (from < bytes.length) {
      const size = Math.min(chunkBytes - filled, bytes.length - from)
      chunk.set(bytes.subarray(from, from + size), filled)
      filled += size
      from += size
      if (filled < chunkBytes) break
      filled = 0
      const records = chunkRecords(chunk, problems)
      if (records.length > 0) yield records
    }
  }
  if (skip < 0) problems.header = 'the file ends within its header'
  if (filled > 0) {
    chunk.fill(0, filled)
    if (chunk.toString('latin1', 0, 8) === chunkMagic) {
      problems.rest = filled
      const records = chunkRecords(chunk, problems)
      if (records.length > 0) yield records
    } else if (!isZero(chunk, 0, filled)) problems.rest = filled
  }
  const told = problems.tell()
  if (told !== undefined) throw new Error(told)
}

/** How many bytes stand before the first chunk. */
function headerSize(head: Buffer, problems: Problems): number {
  const size = head.readUInt16LE(40)
  const right = crc32(head, 0, 120) === head.readUInt32LE(124)
  if (!right) problems.header = 'the header has a wrong checksum'
  return size >= 128 && size <= headerMax && right ? size : 4096
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}

function chunkRecords(bytes: Buffer, problems: Problems): string[] {
  const found: string[] = []
  if (bytes.toString('latin1', 0, 8) !== chunkMagic) {
    // Space that was reserved and not used yet is zero.
    if (!isZero(bytes, 0, chunkBytes)) problems.chunks++
    return found
  }
  const free = bytes.readUInt32LE(48)
  const plausible = free >= 512 && free <= chunkBytes
  const end = plausible ? free : chunkBytes
  const headerRight = crc32(bytes, 128, 512, crc32(bytes, 0, 120)) === bytes.readUInt32LE(124)
  const dataRight = plausible && crc32(bytes, 512, end) === bytes.readUInt32LE(52)
  if (!headerRight || !dataRight) problems.checksums++
  const chunk = new ChunkReader(bytes)
  for (let at = 512; at + 28 <= end; ) {
    const size = bytes.readUInt32LE(at + 4)
    if (bytes.readUInt32LE(at) !== recordMagic || size < 28 || at + size > chunkBytes) {
      // A chunk with right checksums that was not filled ends with what was there before.
      if (!isZero(bytes, at, Math.min(at + 28, end))) fail(problems, 'is not where it should be')
      break
    }
    try {
      if (bytes.readUInt32LE(at + size - 4) !== size) throw new Damage('tells two sizes')
      found.push(renderRecord(chunk, at + 24, at + size - 4))
    } catch (error) {
      fail(problems, error instanceof Damage ? error.message : messageOf(error))
    }
    at += size
  }
  return found
}

function fail(problems: Problems, reason: string): void {
  problems.records++
  if (problems.recordReason === '') problems.recordReason = reason.slice(0, 100)
}

export const evtx: Decoder = {
  name: 'evtx',
  title: 'Windows event log',
  format: 'windows-json',
  claims: head => head.length >= 8 && [...fileMagic].every((c, i) => head[i] === c.charCodeAt(0)),
  decode,
  description: descriptionJson
}
