/**
 * Which messages of a new session were sent before. When a session breaks, a RELP client sends what was not acknowledged again, first
 * thing, in order; nothing in the protocol says so. So the last messages of each sender are remembered (a hash each), and the first of a
 * new session are looked up among them: see docs/adr/0028.
 *
 * A message is taken for a repetition only if it is equal in every byte to exactly one of those, and bears a time of day. Equal lines
 * within a session, and lines without a time, are kept however many there are.
 */

import { hash } from 'node:crypto'

/** Messages remembered of each session; as many at the beginning of a session are looked up. */
export const rememberedMax = 2048
/** Over all senders. The sessions that ended first are forgotten first. */
const rememberedInAllMax = 1 << 20
const sessionsMax = 4096

class Memory {
  readonly sender: string
  readonly flush: () => void
  ended = false
  /** A ring of `count` keys; the oldest goes. */
  keys = new Float64Array(0)
  count = 0
  #at = 0

  constructor(sender: string, flush: () => void) {
    this.sender = sender
    this.flush = flush
  }

  remember(key: number): void {
    if (this.count === this.keys.length && this.count < rememberedMax) {
      const bigger = new Float64Array(Math.min(rememberedMax, Math.max(32, this.count * 4)))
      bigger.set(this.keys)
      this.keys = bigger
    }
    if (this.count < rememberedMax) this.keys[this.count++] = key
    else {
      this.keys[this.#at] = key
      this.#at = (this.#at + 1) % rememberedMax
    }
  }
}

export class SentBefore {
  /** In the order in which they began. */
  readonly #memories = new Map<string, Set<Memory>>()
  #ended = new Set<Memory>()

  /** `flush` makes what a session that has not ended holds ready to be durable: another one may be asked about it. */
  open(sender: string, flush: () => void): SessionMemory {
    const earlier = this.#memories.get(sender) ?? new Set<Memory>()
    const before = new Map<number, number>()
    for (const memory of earlier) {
      if (!memory.ended) memory.flush()
      for (let i = 0; i < memory.count; i++) {
        const key = memory.keys[i]!
        before.set(key, (before.get(key) ?? 0) + 1)
      }
    }
    const mine = new Memory(sender, flush)
    earlier.add(mine)
    this.#memories.set(sender, earlier)
    let looks = before.size === 0 ? 0 : rememberedMax
    return {
      isRepeated(bytes, start, end) {
        if (!hasTimeOfDay(bytes, start, end)) return false
        const key = keyOf(bytes, start, end)
        if (looks > 0) {
          looks--
          const times = before.get(key)
          if (times !== undefined) {
            before.delete(key)
            if (times === 1) return true
          }
          if (looks === 0) before.clear()
        }
        mine.remember(key)
        return false
      },
      end: answered => this.#end(mine, answered)
    }
  }

  /** What a sender sent before this process began, the oldest first. */
  recall(sender: string, bytes: Buffer, start: number, end: number): void {
    if (!hasTimeOfDay(bytes, start, end)) return
    let memories = this.#memories.get(sender)
    if (memories === undefined) {
      const memory = new Memory(sender, () => {})
      memory.ended = true
      memories = new Set([memory])
      this.#memories.set(sender, memories)
      this.#ended.add(memory)
    }
    for (const memory of memories) memory.remember(keyOf(bytes, start, end))
  }

  /** `answered`: the sender closed the session and all of it was acknowledged, so nothing of it comes again. */
  #end(memory: Memory, answered: boolean): void {
    memory.ended = true
    if (answered || memory.count === 0) this.#forget(memory)
    else this.#ended.add(memory)
    let kept = 0
    for (const { count } of this.#ended) kept += count
    for (const oldest of this.#ended) {
      if (kept <= rememberedInAllMax && this.#ended.size <= sessionsMax) break
      kept -= oldest.count
      this.#forget(oldest)
    }
  }

  #forget(memory: Memory): void {
    this.#ended.delete(memory)
    const memories = this.#memories.get(memory.sender)
    memories?.delete(memory)
    if (memories?.size === 0) this.#memories.delete(memory.sender)
  }
}

export type SessionMemory = {
  /** Was this message taken in an earlier session? If not, it is remembered. */
  isRepeated(bytes: Buffer, start: number, end: number): boolean
  end(answered: boolean): void
}

/** 48 bits: not for secrecy, but so that nothing new is taken for something old. */
function keyOf(bytes: Buffer, start: number, end: number): number {
  return hash('md5', bytes.subarray(start, end), 'buffer').readUIntBE(0, 6)
}

const lookedAtMax = 160

/** Is there an hour, a minute and a second (`12:34:56`) near its beginning? */
export function hasTimeOfDay(bytes: Buffer, start: number, end: number): boolean {
  const last = Math.min(end, start + lookedAtMax) - 3
  for (let at = start + 2; at < last; at++) {
    if (bytes[at] !== 58 || bytes[at + 3] !== 58) continue
    if (isDigit(bytes[at - 1]!) && isDigit(bytes[at - 2]!) && isDigit(bytes[at + 1]!) && isDigit(bytes[at + 2]!))
      return true
  }
  return false
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}
