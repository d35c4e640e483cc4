/**
 * From a file to the streams of records in it: plain, or unpacked from gzip, zstd, tar and zip, and those within each other.
 * What a file is, its first bytes say, never its name. Nothing here throws for what a file holds: a stream ends with the problem.
 */
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { messageOf } from '../../core/errors.ts'
import { type Decoder, decoderOf } from '../../parsers/decoders.ts'
import { ByteReader } from './byte-reader.ts'
import { inflated } from './inflate.ts'
import { isMoved, openSame } from './same-file.ts'
import {
  type FileLimits,
  type FoundFile,
  fileLimits,
  hintOf,
  type Meter,
  type NamedStream,
  StreamProblem,
  shownName
} from './stream.ts'
import { isTarHeader, tarMembers } from './tar.ts'
import { worldReason } from './walk.ts'
import { zipMembers } from './zip.ts'

export type OpenOptions = {
  readonly limits?: Partial<FileLimits>
  /** Told of each stretch of the file as it lies there, when it has been read: for progress. */
  readonly onRead?: (bytes: number) => void
  /** What `-` means. Default: the process's standard input. */
  readonly stdin?: AsyncIterable<Buffer>
  readonly signal?: AbortSignal
  /** Throws `file-moved` unless the file that its path leads to is this one. */
  readonly sameAs?: { readonly device: string; readonly inode: string } | undefined
}

const firstPieceBytes = 256 * 1024
const pieceBytes = 4 * 1024 * 1024

/**
 * The streams of a file, one after the other: each must be read (or left) before the next is asked for.
 * A file that cannot be opened gives one stream that fails with the reason.
 */
export async function* openStreams(file: FoundFile, options: OpenOptions = {}): AsyncGenerator<NamedStream, void> {
  const meter: Meter = {
    rawBytes: 0,
    inflatedBytes: 0,
    sizeBytes: file.sizeBytes > 0 ? file.sizeBytes : undefined,
    limits: { ...fileLimits, ...options.limits },
    spent: false
  }
  const about: About = { name: file.path, fileName: hintOf(file.path), mtimeMs: file.mtimeMs }
  if (file.bytes !== undefined) {
    yield* unpacked(new ByteReader(counted(file.bytes, meter, options)), about, 1, meter)
    return
  }
  if (file.path === '-') {
    const stdin = options.stdin ?? (process.stdin as AsyncIterable<Buffer>)
    yield* unpacked(new ByteReader(counted(stdin, meter, options)), { ...about, fileName: '' }, 1, meter)
    return
  }
  let handle: FileHandle
  try {
    handle = await (options.sameAs === undefined ? open(file.raw) : openSame(file.raw, options.sameAs))
  } catch (error) {
    if (isMoved(error)) throw error
    yield failing(about, `cannot be opened: ${worldReason(error)}`)
    return
  }
  try {
    const reader = new ByteReader(fileBytes(handle, meter, options))
    const head = await reader.peek(4)
    if (isZip(head) && (await handle.stat()).isFile()) {
      await reader.close()
      yield* zipped(handle.fd, about, 1, meter)
    } else yield* unpacked(reader, about, 1, meter)
  } finally {
    await handle.close()
  }
}

type About = { readonly name: string; readonly fileName: string; readonly mtimeMs: number | undefined }

async function* unpacked(
  reader: ByteReader,
  about: About,
  layer: number,
  meter: Meter
): AsyncGenerator<NamedStream, void> {
  const head = await reader.peek(512)
  const kind = kindOf(head)
  if (kind === 'plain') {
    const decoder = decoderOf(head)
    if (decoder === undefined) yield { ...about, bytes: reader.rest() }
    else
      yield {
        ...about,
        ...(decoder.format === undefined ? {} : { format: decoder.format }),
        bytes: decoded(reader.rest(), decoder)
      }
    return
  }
  if (layer > meter.limits.layersMax) {
    yield failing(about, `archives more than ${meter.limits.layersMax} layers deep are not opened`)
    return
  }
  if (kind === 'gzip' || kind === 'zstd') {
    const inner = new ByteReader(inflated(reader.rest(), kind, meter))
    try {
      yield* unpacked(inner, about, layer + 1, meter)
    } finally {
      await inner.close()
    }
    return
  }
  if (kind === 'zip') {
    const held = await reader.peek(meter.limits.heldZipBytesMax + 1)
    if (held.length > meter.limits.heldZipBytesMax) {
      yield failing(
        about,
        `a zip of more than ${meter.limits.heldZipBytesMax} bytes is not opened here: unpack it first`
      )
    } else yield* zipped(held, about, layer, meter)
    return
  }
  try {
    for await (const member of tarMembers(reader)) {
      const inside = within(about, member.name, member.mtimeMs)
      if (member.problem !== undefined) yield failing(inside, member.problem)
      else yield* unpacked(new ByteReader(member.bytes), inside, layer + 1, meter)
    }
  } catch (error) {
    yield failing(about, error)
  }
}

/** The records of a binary file, one a line. */
async function* decoded(bytes: AsyncIterable<Buffer>, decoder: Decoder): AsyncGenerator<Buffer, void> {
  try {
    for await (const records of decoder.decode(bytes)) {
      if (records.length > 0) yield Buffer.from(records.join('\n') + '\n')
    }
  } catch (error) {
    throw error instanceof StreamProblem ? error : new StreamProblem(`${decoder.title}: ${messageOf(error)}`)
  }
}

async function* zipped(
  from: number | Buffer,
  about: About,
  layer: number,
  meter: Meter
): AsyncGenerator<NamedStream, void> {
  try {
    for await (const member of zipMembers(from, meter)) {
      yield* unpacked(new ByteReader(member.bytes), within(about, member.name, member.mtimeMs), layer + 1, meter)
    }
  } catch (error) {
    yield failing(about, error)
  }
}

function within(about: About, member: string, mtimeMs: number): About {
  // Archives made to be reproducible bear times near 1970 or 1980: no help for dating records.
  const plausible = mtimeMs > 631_152_000_000 && mtimeMs < 7_258_118_400_000
  return {
    name: shownName(`${about.name}!${member}`),
    fileName: hintOf(shownName(member)),
    mtimeMs: plausible ? mtimeMs : about.mtimeMs
  }
}

function failing(about: About, reason: unknown): NamedStream {
  const error = typeof reason === 'string' ? new StreamProblem(reason) : reason
  return { ...about, bytes: failure(error) }
}

// biome-ignore lint/correctness/useYield: a stream of nothing but its problem
async function* failure(error: unknown): AsyncGenerator<Buffer, void> {
  throw error
}

export type Kind = 'plain' | 'gzip' | 'zstd' | 'zip' | 'tar'

/** By its first 512 bytes (fewer where there are fewer). */
export function kindOf(head: Buffer): Kind {
  if (head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip'
  if (head.length >= 4 && isZstd(head.readUInt32LE(0))) return 'zstd'
  if (isZip(head)) return 'zip'
  return isTarHeader(head) ? 'tar' : 'plain'
}

/** A frame, or a skippable frame (RFC 8878, 3.1). */
function isZstd(magic: number): boolean {
  return magic === 0xfd2fb528 || (magic >= 0x184d2a50 && magic <= 0x184d2a5f)
}

/** A member's header, or the end of an archive without members. */
function isZip(head: Buffer): boolean {
  if (head.length < 4) return false
  const magic = head.readUInt32LE(0)
  return magic === 0x04034b50 || magic === 0x06054b50
}

async function* counted(
  input: AsyncIterable<Buffer>,
  meter: Meter,
  options: OpenOptions
): AsyncGenerator<Buffer, void> {
  for await (const piece of input) {
    options.signal?.throwIfAborted()
    meter.rawBytes += piece.length
    options.onRead?.(piece.length)
    yield piece
  }
}

/**
 * The file to its end. One that is being written to is read to the size it had when opened, then once more to what it has by then:
 * a writer faster than us does not keep us for ever. While a piece is being used the next is read.
 */
async function* fileBytes(handle: FileHandle, meter: Meter, options: OpenOptions): AsyncGenerator<Buffer, void> {
  const stats = await handle.stat()
  const regular = stats.isFile()
  let end = regular && stats.size > 0 ? stats.size : Number.POSITIVE_INFINITY
  let again = end !== Number.POSITIVE_INFINITY
  let at = 0

  async function piece(): Promise<Buffer | undefined> {
    options.signal?.throwIfAborted()
    if (at >= end) {
      if (!again) return undefined
      again = false
      end = (await handle.stat()).size
      if (at >= end) return undefined
    }
    const size = Math.min(at === 0 ? firstPieceBytes : pieceBytes, end - at)
    const buffer = Buffer.allocUnsafeSlow(size)
    try {
      const { bytesRead } = await handle.read(buffer, 0, size, regular ? at : null)
      at += bytesRead
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead)
    } catch (error) {
      throw new StreamProblem(`cannot be read on: ${worldReason(error)}`)
    }
  }

  let next = piece()
  try {
    for (;;) {
      const bytes = await next
      if (bytes === undefined) return
      // Not from pipes: a read that waits for a writer could not be left. Not at the end: it is looked at as late as can be.
      const ahead = regular && at < end
      if (ahead) {
        next = piece()
        // Its failure is met in the next round, or not at all.
        next.catch(() => {})
      }
      meter.rawBytes += bytes.length
      options.onRead?.(bytes.length)
      yield bytes
      if (!ahead) next = piece()
    }
  } finally {
    if (regular) await next.catch(() => {})
  }
}
