/**
 * Framing `json`: documents are cut into the exact bytes of their records. `json-scanner.ts` finds the records; this keeps the bytes and
 * makes the chunks. What a document says about its records (a log group, an account) is their chunk's header line.
 */
import type { Chunk } from '../../core/chunk.ts'
import type { ChunkMaker } from './chunk-maker.ts'
import { type FrameLimits, type Framer, tooLong } from './framer.ts'
import { HeldBytes } from './held-bytes.ts'
import { JsonScanner } from './json-scanner.ts'
import { SizedChunks } from './sized-chunks.ts'

export function jsonFramer(maker: ChunkMaker, limits: FrameLimits): Framer {
  const chunks = new SizedChunks(maker, limits)
  const held = new HeldBytes()
  const scanner = new JsonScanner()
  const reasonOf = (bytes: number) => tooLong('JSON record', bytes, limits)
  const brokenReason = (bytes: number) =>
    `broken JSON: ${scanner.broken} (${bytes} bytes up to where it can be read on)`

  function* scan(ended: boolean): Generator<Chunk> {
    const bytes = held.view()
    for (;;) {
      const found = scanner.next(bytes, ended)
      if (found === 'more') break
      if (found === 'record') {
        if (chunks.isDead || scanner.end - scanner.start > limits.recordBytesMax) {
          yield* bury(bytes.subarray(scanner.start, scanner.end))
          yield chunks.buried(reasonOf)
        } else {
          if (scanner.header !== chunks.header?.[0]) {
            const before = chunks.flush()
            if (before !== undefined) yield before
            chunks.header = scanner.header === undefined ? undefined : [scanner.header]
          }
          const chunk = chunks.record(bytes, scanner.start, scanner.end)
          if (chunk !== undefined) yield chunk
        }
      } else {
        yield* bury(bytes.subarray(scanner.start, scanner.end))
        yield chunks.buried(brokenReason)
      }
    }
    // What is wanted no more is dropped; a record (or broken stretch) that has become too long goes by without being held.
    const kept = scanner.keptFrom
    if (kept >= 0 && (chunks.isDead || scanner.isBroken || scanner.at - kept > limits.recordBytesMax)) {
      yield* bury(bytes.subarray(kept, scanner.at))
      held.drop(scanner.at)
      scanner.dropped(scanner.at)
    } else {
      const drop = kept >= 0 ? kept : scanner.at
      held.drop(drop)
      scanner.dropped(drop)
    }
  }

  function* bury(bytes: Buffer): Generator<Chunk> {
    if (!chunks.isDead) {
      const before = chunks.flush()
      if (before !== undefined) yield before
    }
    chunks.bury(bytes)
  }

  function* push(piece: Buffer): Generator<Chunk> {
    held.append(piece)
    yield* scan(false)
  }

  function* end(problem?: string): Generator<Chunk> {
    if (problem === undefined) yield* scan(true)
    const bytes = held.view()
    const rest = scanner.keptFrom >= 0 ? bytes.subarray(scanner.keptFrom) : bytes.subarray(0, 0)
    const reason = problem ?? scanner.unfinished
    if (chunks.isDead || scanner.isBroken) {
      yield* bury(rest)
      yield chunks.buried(scanner.isBroken ? brokenReason : reasonOf)
      if (problem !== undefined) yield chunks.buried(() => problem)
    } else if (reason !== undefined) {
      yield* bury(rest)
      yield chunks.buried(() => reason)
    } else {
      const last = chunks.flush()
      if (last !== undefined) yield last
    }
    held.clear()
  }

  return { push, end }
}
