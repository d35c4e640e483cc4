/**
 * A run of the generator: records from a generator into a sink, as fast as the sink takes them or at a rate. The command line and the page start runs
 * with it.
 */

import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../core/errors.ts'
import type { Generator } from '../generate/compile.ts'
import type { Rate } from '../generate/rate.ts'
import type { Sink } from '../sinks/sink.ts'

export type RunOptions = {
  readonly generator: Generator
  readonly sink: Sink
  readonly count?: number | undefined
  readonly durationMs?: number | undefined
  readonly rate?: Rate | undefined
  /** Does the sink want keys? */
  readonly withKeys: boolean
  /** Aborted: the run ends with what has been made. */
  readonly stop: AbortSignal
  readonly monotonicMs: () => number
}

export type Progress = {
  readonly records: number
  readonly bytes: number
  readonly elapsedMs: number
  /** Records that were due and left out, since the sink was too slow for too long. */
  readonly skipped: number
}

export type Run = {
  progress(): Progress
  /** Resolves when all is written and taken; never rejects. */
  readonly done: Promise<RunResult>
}

export type RunResult = Progress & {
  /** Why it ended before its time. */
  readonly problem: string | undefined
  readonly stopped: boolean
}

const batchRecords = 512
const tickMs = 10
/** A sink that was away for long is not flooded with what was due meanwhile. */
const behindMaxMs = 5000

export function startRun(options: RunOptions): Run {
  const { generator, sink, rate, withKeys, stop, monotonicMs } = options
  const startedMs = monotonicMs()
  let endedMs: number | undefined
  let records = 0
  let bytes = 0
  let skipped = 0
  const elapsed = (): number => (endedMs ?? monotonicMs()) - startedMs
  const progress = (): Progress => ({ records, bytes, elapsedMs: elapsed(), skipped })

  // At a rate, a duration is a number of records: then the same seed gives the same run.
  const whole = Math.min(
    options.count ?? Number.POSITIVE_INFINITY,
    rate !== undefined && options.durationMs !== undefined
      ? Math.round(rate.dueAt(options.durationMs))
      : Number.POSITIVE_INFINITY
  )
  /** With a rate, late records are still written, for a while. */
  const endMs = (options.durationMs ?? Number.POSITIVE_INFINITY) + (rate === undefined ? 0 : behindMaxMs)

  const work = async (): Promise<string | undefined> => {
    let breathedMs = startedMs
    while (!stop.aborted && records + skipped < whole) {
      const ms = elapsed()
      if (ms >= endMs) break
      let wanted = Math.min(batchRecords, whole - records - skipped)
      if (rate !== undefined) {
        const due = rate.dueAt(Math.min(ms, options.durationMs ?? ms))
        const late = Math.floor(due - rate.dueAt(Math.max(0, ms - behindMaxMs))) + 1
        const open = Math.floor(due) - records - skipped
        if (open > late + batchRecords) skipped += open - late
        wanted = Math.min(wanted, Math.floor(due) - records - skipped)
        // The last one of a duration is due at its very end.
        if (options.durationMs !== undefined && ms >= options.durationMs)
          wanted = Math.min(batchRecords, whole - records - skipped)
        if (wanted <= 0) {
          await sleep(tickMs, undefined, { signal: stop }).catch(() => {})
          continue
        }
      }
      const lines: string[] = []
      const keys: (string | undefined)[] | undefined = withKeys ? [] : undefined
      let ended = false
      for (let i = 0; i < wanted; i++) {
        const line = generator.next()
        if (line === undefined) {
          ended = true
          break
        }
        lines.push(line)
        bytes += Buffer.byteLength(line) + 1
        keys?.push(generator.key())
      }
      await sink.write(lines, keys)
      records += lines.length
      if (ended) return generator.problem
      // Signals and timers have their turn, also where the sink never waits.
      const nowMs = monotonicMs()
      if (nowMs - breathedMs > 50) {
        await breathe()
        breathedMs = monotonicMs()
      }
    }
    return undefined
  }

  const done = (async (): Promise<RunResult> => {
    let problem: string | undefined
    try {
      problem = await work()
    } catch (error) {
      problem = messageOf(error)
    }
    try {
      await sink.close()
    } catch (error) {
      problem ??= messageOf(error)
    }
    endedMs = monotonicMs()
    return { ...progress(), problem, stopped: stop.aborted }
  })()
  return { progress, done }
}
