/**
 * Reads the members of a zip archive (PKWARE's APPNOTE 6.3, by yauzl), which needs random access: from an open file, or from memory.
 * yauzl finds the members; the content is inflated by `inflate.ts`, which keeps what came before damage.
 */
import { crc32 } from 'node:zlib'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { messageOf } from '../../core/errors.ts'
import { type Compression, inflated } from './inflate.ts'
import { type Meter, StreamProblem } from './stream.ts'

export type ZipMember = { readonly name: string; readonly mtimeMs: number; readonly bytes: AsyncIterable<Buffer> }

/** By APPNOTE 4.4.5. Undefined: stored as it is. */
const compressions: Readonly<Record<number, Compression | undefined>> = { 0: undefined, 8: 'deflate', 93: 'zstd' }

// Names are labels here, never paths to write to: no reason to refuse an archive for them.
const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true }

/** The files of the archive. Throws `StreamProblem` where the archive itself is damaged. */
export async function* zipMembers(from: number | Buffer, meter: Meter): AsyncGenerator<ZipMember, void> {
  let zip: ZipFile | undefined
  try {
    zip =
      typeof from === 'number' ? await yauzl.fromFdPromise(from, options) : await yauzl.fromBufferPromise(from, options)
    for await (const entry of zip.eachEntry()) {
      if (meter.spent) return
      const name = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true)
      if (name.endsWith('/')) continue
      const mtimeMs = entry.getLastModDate({ timezone: 'UTC' }).getTime()
      yield { name, mtimeMs, bytes: content(zip, entry, meter) }
    }
  } catch (error) {
    throw error instanceof StreamProblem ? error : new StreamProblem(`corrupt zip: ${messageOf(error)}`)
  }
}

async function* content(zip: ZipFile, entry: Entry, meter: Meter): AsyncGenerator<Buffer, void> {
  const method = entry.compressionMethod
  if (entry.isEncrypted()) throw new StreamProblem('an encrypted zip member cannot be read')
  if (!(method in compressions)) throw new StreamProblem(`zip compression method ${method} is not supported`)
  const compression = compressions[method]
  const stored = raw(zip, entry, meter)
  let sum = 0
  let size = 0
  for await (const piece of compression === undefined ? stored : inflated(stored, compression, meter)) {
    sum = crc32(piece, sum)
    size += piece.length
    if (size > entry.uncompressedSize) throw new StreamProblem('corrupt zip: a member is larger than it says')
    yield piece
  }
  if (size !== entry.uncompressedSize) throw new StreamProblem('corrupt zip: a member is smaller than it says')
  if (sum !== entry.crc32) throw new StreamProblem('corrupt zip: a checksum does not fit the content')
}

async function* raw(zip: ZipFile, entry: Entry, meter: Meter): AsyncGenerator<Buffer, void> {
  try {
    const stream = await zip.openReadStreamPromise(entry, { decodeFileData: false })
    for await (const piece of stream as AsyncIterable<Buffer>) {
      meter.rawBytes += piece.length
      yield piece
    }
  } catch (error) {
    throw error instanceof StreamProblem ? error : new StreamProblem(`corrupt zip: ${messageOf(error)}`)
  }
}
