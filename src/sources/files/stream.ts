/** The vocabulary of file sources: a file found, a stream in it, what may go wrong with it, and the bounds that all of them keep. */

/** A file that a walk found (or that the user named). */
export type FoundFile = {
  /** As people see it. Standard input is `-`. */
  readonly path: string
  /** The path's own bytes: names need not be UTF-8. */
  readonly raw: Buffer
  /** Size when found, bytes. 0 for standard input, pipes and devices. */
  readonly sizeBytes: number
  /** Undefined for standard input, pipes and devices. */
  readonly mtimeMs: number | undefined
  /** Device and inode, where a walk met it. */
  readonly id?: string
  /** Its bytes, where it lies on no disk of this machine (an object of a store). Read once. */
  readonly bytes?: AsyncIterable<Buffer>
}

/**
 * One stream of records: a file, or a member of an archive. `bytes` may be read once. It ends with a `StreamProblem` where the
 * stream is cut off, damaged or refused; everything before that has been delivered.
 */
export type NamedStream = {
  /** `path`, or `path!member` within an archive. Safe to show: no control characters. */
  readonly name: string
  /** The last part of the file's or the member's name, without `.gz` or `.zst`: a hint for recognition. */
  readonly fileName: string
  readonly mtimeMs: number | undefined
  /** The format of its records, where what made them knows. */
  readonly format?: string
  readonly bytes: AsyncIterable<Buffer>
}

/** Why a stream ends before its end. The message becomes the reason of a dead letter. */
export class StreamProblem extends Error {
  override name = 'StreamProblem'
}

export const endedEarly = 'stream ended early'

export type FileLimits = {
  /** What one named file may inflate to, bytes. */
  readonly inflatedBytesMax: number
  /** Inflated bytes per compressed byte, once more than `ratioFromBytes` came out. */
  readonly ratioMax: number
  readonly ratioFromBytes: number
  /** Compressions and archives within each other: `.tar.gz` of `.gz` is 3. */
  readonly layersMax: number
  /** A .zip needs random access: within another archive, or from a pipe, it is held in memory up to this size. */
  readonly heldZipBytesMax: number
}

export const fileLimits: FileLimits = {
  inflatedBytesMax: 200e9,
  ratioMax: 1000,
  ratioFromBytes: 64 * 1024 * 1024,
  layersMax: 4,
  heldZipBytesMax: 128 * 1024 * 1024
}

/** What one named file has given so far: bytes as they lie there, and bytes that came out of its compressed layers. */
export type Meter = {
  rawBytes: number
  inflatedBytes: number
  /** The file's size; undefined for pipes. */
  readonly sizeBytes: number | undefined
  readonly limits: FileLimits
  /** The whole file has given too much: nothing more is opened in it. */
  spent: boolean
}

const nameCharsMax = 1024

/** A name from outside, made safe to show and to keep. */
export function shownName(name: string): string {
  const cut = name.length > nameCharsMax ? '…' + name.slice(-nameCharsMax) : name
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

/** The last part of a path, without the extension of a compression. */
export function hintOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  return name.replace(/\.(?:gz|zst|zstd)$/i, '')
}
