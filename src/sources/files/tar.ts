/**
 * Reads tar archives (POSIX ustar and pax, GNU, v7) member by member from a stream, without holding them.
 *
 * Grammar, in blocks of 512 bytes (POSIX.1-2017, pax; GNU tar manual, "Basic Tar Format"):
 *   archive = { member } zero-block zero-block
 *   member  = header, data padded to whole blocks
 *   header  = name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1] link[100] magic[6] … prefix[155] at 345
 *   Numbers are octal text, or base-256 where the first bit is set. Types `x` (pax) and `L` (GNU) hold facts about the next member.
 */
import type { ByteReader } from './byte-reader.ts'
import { endedEarly, StreamProblem } from './stream.ts'

export type TarMember = {
  readonly name: string
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** Set where the content cannot be given. */
  readonly problem: string | undefined
  readonly bytes: AsyncIterable<Buffer>
}

const block = 512
/** A pax header or long name is held in memory. */
const factBytesMax = 1024 * 1024

/** Is this the first block of a tar archive? Its checksum says so, whatever wrote it. */
export function isTarHeader(head: Buffer): boolean {
  return head.length >= block && head[0] !== 0 && checksumOf(head) === numberAt(head, 148, 8)
}

/** The files of the archive. Each must be read (or left) before the next is asked for. Throws `StreamProblem` where it is damaged. */
export async function* tarMembers(reader: ByteReader): AsyncGenerator<TarMember, void> {
  let pax: Map<string, string> | undefined
  let longName: string | undefined
  for (;;) {
    const head = await reader.take(block)
    if (head.length === 0) return
    if (head.length < block) throw new StreamProblem(`${endedEarly}: the tar archive is cut off`)
    if (head.every(byte => byte === 0)) continue
    if (checksumOf(head) !== numberAt(head, 148, 8))
      throw new StreamProblem('corrupt tar: a header has a wrong checksum')
    const type = String.fromCharCode(head[156]!)
    let size = numberAt(head, 124, 12)
    if (type === 'x' || type === 'L' || type === 'K' || type === 'g') {
      if (size > factBytesMax) throw new StreamProblem('corrupt tar: a header of more than 1 MiB')
      const facts = await reader.take(padded(size))
      if (facts.length < size) throw new StreamProblem(`${endedEarly}: the tar archive is cut off`)
      if (type === 'x') pax = paxFacts(facts.subarray(0, size))
      if (type === 'L') longName = cString(facts.subarray(0, size))
      continue
    }
    const paxSize = Number(pax?.get('size'))
    if (Number.isSafeInteger(paxSize) && paxSize >= 0) size = paxSize
    if (!Number.isSafeInteger(size) || size < 0) throw new StreamProblem('corrupt tar: a member has no size')
    const name = pax?.get('path') ?? longName ?? nameOf(head)
    const mtime = Number(pax?.get('mtime') ?? numberAt(head, 136, 12))
    const sparse = type === 'S' || pax?.has('GNU.sparse.major') === true || pax?.has('GNU.sparse.map') === true
    pax = undefined
    longName = undefined
    // Links, devices, folders and GNU's own (D, M, V) hold no content of their own.
    if (type >= '1' && type <= '6') continue
    const state = { left: size }
    if (type !== 'D' && type !== 'M' && type !== 'V') {
      yield {
        name,
        sizeBytes: size,
        mtimeMs: mtime * 1000,
        problem: sparse ? 'a sparse tar member is not read' : undefined,
        bytes: content(reader, state)
      }
    }
    // What the consumer left, and the padding.
    const rest = state.left + padded(size) - size
    let skipped = 0
    for await (const piece of reader.upTo(rest)) skipped += piece.length
    if (skipped < state.left) return
  }
}

async function* content(reader: ByteReader, state: { left: number }): AsyncGenerator<Buffer, void> {
  for await (const piece of reader.upTo(state.left)) {
    state.left -= piece.length
    yield piece
  }
  if (state.left > 0) {
    state.left = 0
    throw new StreamProblem(`${endedEarly}: the tar archive is cut off`)
  }
}

function padded(size: number): number {
  return Math.ceil(size / block) * block
}

function checksumOf(head: Buffer): number {
  let sum = 8 * 32
  for (let at = 0; at < block; at++) if (at < 148 || at >= 156) sum += head[at]!
  return sum
}

function numberAt(head: Buffer, at: number, length: number): number {
  if (head[at]! & 0x80) {
    let value = head[at]! & 0x7f
    for (let i = at + 1; i < at + length; i++) value = value * 256 + head[i]!
    return value
  }
  const text = cString(head.subarray(at, at + length)).trim()
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : text === '' ? 0 : Number.NaN
}

function nameOf(head: Buffer): string {
  const name = cString(head.subarray(0, 100))
  const prefix = head.toString('latin1', 257, 263) === 'ustar\0' ? cString(head.subarray(345, 500)) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}

/** `length key=value\n`, length in decimal and counting itself. */
function paxFacts(bytes: Buffer): Map<string, string> {
  const facts = new Map<string, string>()
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.subarray(0, at + 16).indexOf(32, at)
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space))
    if (!Number.isInteger(length) || length < 3 || at + length > bytes.length) break
    const fact = bytes.toString('utf8', space + 1, at + length - 1)
    const equals = fact.indexOf('=')
    if (equals > 0) facts.set(fact.slice(0, equals), fact.slice(equals + 1))
    at += length
  }
  return facts
}
