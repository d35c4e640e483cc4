/**
 * Decompression that delivers everything up to a cut, and stops bombs. Node's engines do the work on their own threads.
 *
 * A stream that fails drops what it had buffered, so the engine is fed in steps and emptied after each: a cut loses nothing, and
 * damage at most the output of the step that met it. Steps begin small, so that small files lose little.
 */
import type { Transform } from 'node:stream'
import { createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib'
import { messageOf } from '../../core/errors.ts'
import { endedEarly, type Meter, StreamProblem } from './stream.ts'

export type Compression = 'gzip' | 'zstd' | 'deflate'

type Engine = Transform & { readonly bytesWritten: number }

const pieceBytes = 256 * 1024
const stepBytesMin = 512
const stepBytesMax = 128 * 1024
/** Kept back from each step: a gzip trailer that does not fit its content then fails alone. */
const tailBytes = 8
/** How far the outermost reader may be ahead of the engine, bytes. */
const readAheadBytes = 4 * 1024 * 1024

/** How many times `ratioFromBytes` a whole file may give before its own ratio counts. */
const filePatience = 16

const engines: Readonly<Record<Compression, () => Engine>> = {
  gzip: () => createGunzip({ chunkSize: pieceBytes }) as Engine,
  zstd: () => createZstdDecompress({ chunkSize: pieceBytes }) as Engine,
  deflate: () => createInflateRaw({ chunkSize: pieceBytes }) as Engine
}

/** The content of all members or frames of the input. Throws `StreamProblem` where it is cut off, damaged, or a bomb. */
export async function* inflated(
  input: AsyncIterable<Buffer>,
  compression: Compression,
  meter: Meter
): AsyncGenerator<Buffer, void> {
  const engine = engines[compression]()
  let failure: Error | undefined
  let ended = false
  let wake: () => void = () => {}
  engine.on('error', error => {
    failure = error
    wake()
  })
  engine.on('readable', () => wake())
  engine.on('end', () => {
    ended = true
    wake()
  })
  const bounds = new Bounds(meter)
  let given = 0
  /** How many bytes were given up to the last that is not zero: what follows the data may be padding, and nothing else. */
  let meaning = 0
  let step = stepBytesMin
  let tail: Buffer | undefined
  let inputFailure: { readonly error: unknown } | undefined
  try {
    for await (const piece of steps()) {
      if (ended) {
        if (!isPadding(piece)) throw new StreamProblem(trailing(compression))
        continue
      }
      const fed = tail === undefined ? piece : Buffer.concat([tail, piece])
      const cut = Math.max(0, fed.length - tailBytes)
      tail = fed.subarray(cut)
      if (cut > 0) yield* feed(fed.subarray(0, cut))
      step = Math.min(step * 2, stepBytesMax)
    }
    if (tail !== undefined && !ended) yield* feed(tail)
    else if (tail !== undefined && !isPadding(tail)) throw new StreamProblem(trailing(compression))
    if (inputFailure !== undefined) throw inputFailure.error
    if (given === 0) return
    if (!ended) engine.end()
    while (!ended) {
      yield* take()
      if (failure !== undefined) throw problemOf(failure, compression)
      if (!ended) await waiting()
    }
    yield* take()
    if (meaning > engine.bytesWritten) throw new StreamProblem(trailing(compression))
  } finally {
    engine.destroy()
  }

  async function* steps(): AsyncGenerator<Buffer, void> {
    try {
      for await (const piece of input) {
        for (let at = 0; at < piece.length; ) {
          const end = at + step
          yield piece.subarray(at, end)
          at = end
        }
      }
    } catch (error) {
      inputFailure = { error }
    }
  }

  async function* feed(bytes: Buffer): AsyncGenerator<Buffer, void> {
    let taken = false
    for (let at = bytes.length - 1; at >= 0; at--) {
      if (bytes[at] === 0) continue
      meaning = given + at + 1
      break
    }
    given += bytes.length
    engine.write(bytes, () => {
      taken = true
      wake()
    })
    for (;;) {
      const last = taken || ended || failure !== undefined
      yield* take()
      if (failure !== undefined) throw problemOf(failure, compression)
      if (last) break
      if (!taken && !ended) await waiting()
    }
  }

  function* take(): Generator<Buffer, void> {
    for (;;) {
      const out = engine.read() as Buffer | null
      if (out === null) return
      bounds.add(out.length)
      yield out
    }
  }

  function waiting(): Promise<void> {
    return new Promise(resolve => {
      wake = resolve
    })
  }
}

/** Counts what comes out of one compressed stream, against its own bounds and those of the file that it lies in. */
export class Bounds {
  readonly #meter: Meter
  readonly #startRaw: number
  #out = 0

  constructor(meter: Meter) {
    this.#meter = meter
    this.#startRaw = meter.rawBytes
  }

  add(bytes: number): void {
    const meter = this.#meter
    const { inflatedBytesMax, ratioMax, ratioFromBytes } = meter.limits
    this.#out += bytes
    meter.inflatedBytes += bytes
    const read = meter.rawBytes - this.#startRaw + Math.min(this.#startRaw, readAheadBytes)
    if (meter.inflatedBytes > inflatedBytesMax) {
      meter.spent = true
      throw new StreamProblem(`inflates to more than ${inflatedBytesMax} bytes: stopped`)
    }
    if (this.#out > ratioFromBytes && this.#out > ratioMax * read)
      throw new StreamProblem(`inflates more than ${ratioMax} to 1: stopped after ${this.#out} bytes`)
    // Members that share their bytes are bombs too: the file as a whole keeps the ratio, once some could have been stopped alone.
    if (
      meter.inflatedBytes > ratioFromBytes * filePatience &&
      meter.inflatedBytes > ratioMax * (meter.sizeBytes ?? Infinity)
    ) {
      meter.spent = true
      throw new StreamProblem(
        `the file inflates more than ${ratioMax} to 1: stopped after ${meter.inflatedBytes} bytes`
      )
    }
  }
}

function isPadding(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0) return false
  return true
}

function trailing(compression: Compression): string {
  return `the ${compression} data is followed by something else`
}

function problemOf(failure: Error, compression: Compression): StreamProblem {
  const code = (failure as { code?: unknown }).code
  if (code === 'Z_BUF_ERROR') return new StreamProblem(`${endedEarly}: the ${compression} data is cut off`)
  return new StreamProblem(`corrupt ${compression}: ${messageOf(failure)}`)
}
