/**
 * Hands the spool over to the main Picket: chunks in their order, one request at a time, for as long as it takes. Where to go on, the main
 * Picket says; so nothing is taken twice, and one that was restored from a backup gets again what the spool still has.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus, StoredMessage } from '../core/bus.ts'
import type { Chunk, ChunkHeaders } from '../core/chunk.ts'
import { messageOf, PicketError } from '../core/errors.ts'
import type { ListenLog } from '../sources/listen/source.ts'
import { encodeFrames } from './chunk-frames.ts'
import { type Spool, spoolPartition, spoolTopic } from './gate-spool.ts'

export type GateAnswer = { readonly next: number | undefined }

/** The main Picket's two routes. They reject with `PicketError`s, whose message says what to do. */
export type MainPicket = {
  position(gate: string): Promise<GateAnswer>
  send(gate: string, from: number, body: Buffer): Promise<GateAnswer>
}

export type Forwarding = {
  readonly problem: string | undefined
  readonly handedOver: { readonly chunks: number; readonly bytes: number }
  /** Stretches of the spool that could not be read. */
  readonly damagedBytes: number
  /** Stops after the request that is under way. */
  close(): Promise<void>
}

export type ForwardOptions = {
  readonly bus: Bus
  readonly spool: Spool
  /** This life of the bus. */
  readonly gate: string
  readonly main: MainPicket
  readonly log: ListenLog
  readonly delaysMs?: readonly number[]
}

export const forwardGroup = 'forward'
const requestBytes = 8 << 20
const idleMs = 10_000

export function forward(options: ForwardOptions): Forwarding {
  const { bus, spool, gate, main, log } = options
  const delaysMs = options.delaysMs ?? [500, 1_000, 2_000, 5_000, 10_000]
  const stop = new AbortController()
  const handedOver = { chunks: 0, bytes: 0 }
  let problem: string | undefined
  let failures = 0
  let damagedBytes = 0

  const fine = (): void => {
    if (problem !== undefined) log.info({}, 'the main Picket takes what the spool holds')
    problem = undefined
    failures = 0
  }

  const run = async (): Promise<void> => {
    let at: number | undefined
    while (!stop.signal.aborted) {
      try {
        at ??= await begin()
        const read = await bus.read(spoolTopic, spoolPartition, at, requestBytes)
        for (const range of read.corrupt) {
          damagedBytes += range.bytes
          log.warn({ ...range }, 'a stretch of the spool cannot be read: what was in it is lost')
        }
        if (read.messages.length === 0) {
          at = read.nextOffset
          const pause = AbortSignal.any([stop.signal, AbortSignal.timeout(idleMs)])
          await bus.waitFor(spoolTopic, spoolPartition, at, pause)
          // Nothing to hand over: is the main Picket there, and is it the one that it was?
          if (pause.aborted) at = undefined
          continue
        }
        for (const stretch of stretchesOf(read.messages)) at = await hand(stretch)
        at = Math.max(at, read.nextOffset)
        spool.handedOver(at)
        await bus.commit(forwardGroup, spoolTopic, spoolPartition, at)
        fine()
      } catch (error) {
        if (stop.signal.aborted) return
        at = undefined
        const text = messageOf(error)
        if (text !== problem) log.warn({ problem: text }, 'the main Picket does not take records; they wait here')
        problem = text
        await sleep(delaysMs[Math.min(failures++, delaysMs.length - 1)], undefined, { signal: stop.signal }).catch(
          () => {}
        )
      }
    }
  }

  /** Where to go on: the main Picket knows; one that does not know us begins where we were. */
  const begin = async (): Promise<number> => {
    const { next } = await main.position(gate)
    const ends = await bus.ends(spoolTopic, spoolPartition)
    const ours = (await bus.committed(forwardGroup, spoolTopic, spoolPartition)) ?? ends.start
    if (next === undefined) {
      fine()
      return Math.max(ours, ends.start)
    }
    const at = Math.min(Math.max(next, ends.start), ends.end)
    if (at < ours) {
      log.warn(
        { from: at, to: ours },
        'the main Picket was restored to an earlier state: it is given again what the spool holds'
      )
      await spool.wentBack(at)
    } else spool.handedOver(at)
    fine()
    return at
  }

  /** Neighbours in the spool. Returns where to go on. */
  const hand = async (messages: readonly StoredMessage[]): Promise<number> => {
    const from = messages[0]!.offset
    const chunks: Chunk[] = messages.map(({ headers, value }) => ({
      headers: JSON.parse(headers['chunk'] ?? '{}') as ChunkHeaders,
      body: value
    }))
    const { next } = await main.send(gate, from, Buffer.concat(encodeFrames(chunks)))
    const last = from + messages.length
    if (next === undefined || next < last)
      throw new PicketError('gate-behind', `the main Picket has taken chunks up to ${next}, not ${last}`, {
        retryable: true
      })
    handedOver.chunks += chunks.length
    for (const { body } of chunks) handedOver.bytes += body.length
    return last
  }

  const running = run()
  return {
    get problem() {
      return problem
    },
    handedOver,
    get damagedBytes() {
      return damagedBytes
    },
    async close() {
      stop.abort()
      await running
    }
  }
}

function stretchesOf(messages: readonly StoredMessage[]): StoredMessage[][] {
  const stretches: StoredMessage[][] = []
  for (const message of messages) {
    const last = stretches.at(-1)
    if (last !== undefined && last.at(-1)!.offset + 1 === message.offset) last.push(message)
    else stretches.push([message])
  }
  return stretches
}
