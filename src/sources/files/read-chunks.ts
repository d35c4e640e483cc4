/**
 * From a stream's bytes to chunks for the bus: finds out what the stream is, and cuts it as its format wants.
 * The last step of a file source. Everything received is in a chunk: what cannot be used is dead on arrival, with the reason.
 */
import type { Chunk } from '../../core/chunk.ts'
import { messageOf, PicketError } from '../../core/errors.ts'
import type { Framing, Parser } from '../../core/parser.ts'
import { allParsers, parserNamed } from '../../parsers/index.ts'
import { makeSample, recognise } from '../../parsers/recognise.ts'
import { ByteReader } from './byte-reader.ts'
import { type ChunkBase, ChunkMaker } from './chunk-maker.ts'
import { csvFramer } from './frame-csv.ts'
import { jsonFramer } from './frame-json.ts'
import { linesFramer } from './frame-lines.ts'
import { mailFramer } from './frame-mail.ts'
import { multilineFramer } from './frame-multiline.ts'
import { type FrameLimits, type FrameMark, type Framer, frameLimits, type TailFramer } from './framer.ts'
import { jsonFraming } from './json-framing.ts'
import { type NamedStream, StreamProblem } from './stream.ts'
import { asUtf8, binaryReason } from './text-bytes.ts'

export type ReadOptions = Partial<FrameLimits> & {
  /** The time now, milliseconds since 1970. */
  readonly nowMs: number
  /** Gives years to time stamps without one. Default: when the file was last written to, else now. */
  readonly referenceMs?: number
  /** A format's name, or the parser itself. Default: the stream's own, else recognised from the first 64 KiB. */
  readonly format?: string | Parser
  readonly timezoneMinutes?: number
  /** One import's name. */
  readonly run?: string
  /** Default: the stream's name. */
  readonly source?: string
  /** Sets this stream apart from others of equal content. Default: equal content at equal places is the same records. */
  readonly origin?: string
  /** Where the stream was fetched from: `s3://bucket/key`. */
  readonly object?: string
  /** The one that `openStreams` was given. When it aborts, so does this, with its reason. */
  readonly signal?: AbortSignal
  /** Told once, before the first chunk, what the stream was taken for. Confidence 1 where the format was given. */
  readonly onFormat?: (format: string, confidence: number) => void
}

export const sampleBytes = 64 * 1024
const binaryBytesKept = 4096

/**
 * The chunks of a stream. They depend on its content and the options alone, not on how it arrives. Throws only for a format that does
 * not exist (`unknown-format`); a stream that fails ends with a dead chunk that says why.
 */
export async function* readChunks(stream: NamedStream, options: ReadOptions): AsyncGenerator<Chunk, void> {
  const given = parserGiven(options.format ?? stream.format)
  const limits: FrameLimits = {
    chunkBytes: options.chunkBytes ?? frameLimits.chunkBytes,
    recordBytesMax: options.recordBytesMax ?? frameLimits.recordBytesMax
  }
  const base: ChunkBase = {
    source: options.source ?? stream.name,
    format: given?.name ?? 'unknown',
    receivedMs: options.nowMs,
    ...((options.referenceMs ?? stream.mtimeMs) === undefined
      ? {}
      : { referenceMs: options.referenceMs ?? stream.mtimeMs }),
    run: options.run ?? '',
    ...(options.object === undefined ? {} : { object: options.object }),
    ...(stream.fileName === '' ? {} : { fileName: stream.fileName }),
    ...(options.timezoneMinutes === undefined ? {} : { timezoneMinutes: options.timezoneMinutes })
  }
  const reader = new ByteReader(asUtf8(new ByteReader(stream.bytes)))
  try {
    const head = await reader.peek(sampleBytes)
    const found = recogniseHead(head, stream.fileName, given)
    if (found === undefined) {
      const maker = new ChunkMaker(base, options.origin)
      const record = maker.beginDead()
      record.add(head.subarray(0, binaryBytesKept))
      yield maker.dead(record, binaryReason(head) ?? 'binary file')
      return
    }
    const { parser } = found
    if (head.length > 0) options.onFormat?.(parser.name, found.confidence)
    const maker = new ChunkMaker({ ...base, format: parser.name }, options.origin)
    const framer = framerOf(found.framing, maker, parser, limits)
    let problem: string | undefined
    const pieces = reader.rest()
    for (;;) {
      let piece: Buffer | undefined
      try {
        const next = await pieces.next()
        if (next.done === true) break
        piece = next.value
      } catch (error) {
        // Told to stop: no fault of the stream.
        if (options.signal?.aborted) throw error
        problem = error instanceof StreamProblem ? error.message : `cannot be read on: ${messageOf(error)}`
        break
      }
      yield* framer.push(piece)
    }
    yield* framer.end(problem)
  } finally {
    await reader.close()
  }
}

function framerOf(framing: Framing, maker: ChunkMaker, parser: Parser, limits: FrameLimits): Framer {
  if (framing === 'mail') return mailFramer(maker, limits)
  return framing === 'json' ? jsonFramer(maker, limits) : tailFramerOf(framing, maker, parser, limits)
}

/** A framer for all but JSON documents and mails; `from` goes on where another was (with a maker of the same chain). */
export function tailFramerOf(
  framing: Exclude<Framing, 'json' | 'mail'>,
  maker: ChunkMaker,
  parser: Parser,
  limits: FrameLimits,
  from?: FrameMark
): TailFramer {
  if (framing === 'csv') return csvFramer(maker, parser, limits, from)
  if (framing === 'multiline') return multilineFramer(maker, parser, limits, from)
  return linesFramer(maker, parser, limits, from)
}

/** What the beginning of a stream is taken for. Undefined: no text; `readChunks` says why. */
export function recogniseHead(
  head: Buffer,
  fileName: string,
  given: Parser | undefined
): { readonly parser: Parser; readonly framing: Framing; readonly confidence: number } | undefined {
  if (given === undefined && binaryReason(head) !== undefined) return undefined
  const text = sampleText(head)
  const guess = given === undefined ? recognise(makeSample(text, fileName)) : { parser: given, confidence: 1 }
  const { parser } = guess
  return { ...guess, framing: parser.input === 'json' ? jsonFraming(text) : parser.framing }
}

/** What recognition sees: whole lines, unless the first alone is longer. */
function sampleText(head: Buffer): string {
  const newline = head.length < sampleBytes ? -1 : head.lastIndexOf(10)
  return head.toString('utf8', 0, newline < 0 ? head.length : newline + 1)
}

export function parserGiven(format: string | Parser | undefined): Parser | undefined {
  if (format === undefined || typeof format === 'object') return format
  const parser = parserNamed(format)
  if (parser !== undefined) return parser
  const names = allParsers()
    .map(known => known.name)
    .join(', ')
  throw new PicketError(
    'unknown-format',
    `there is no format named ${JSON.stringify(format.slice(0, 80))}. There are: ${names}`
  )
}
