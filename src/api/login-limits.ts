/**
 * What stands between a guesser and the passwords: waiting times that double after a few failures, for each address and for
 * each name (known or not, so that they do not tell which exist), and a bound on how many passwords are hashed at once.
 */

import { isIPv6 } from 'node:net'
import { ipText, writeIp } from '../core/ip.ts'
import type { Clock } from '../platform/clock.ts'
import { ApiError } from './route.ts'

type LimitOptions = {
  /** Failures without a wait. */
  readonly free: number
  readonly firstWaitMs: number
  readonly waitMsMax: number
  /** A key is forgotten this long after its last failure. */
  readonly forgetMs: number
  /** Beyond it, the keys that failed longest ago are forgotten. */
  readonly keysMax: number
}

const byAddress: LimitOptions = {
  free: 10,
  firstWaitMs: 2000,
  waitMsMax: 900_000,
  forgetMs: 3_600_000,
  keysMax: 10_000
}
const byName: LimitOptions = { free: 5, firstWaitMs: 1000, waitMsMax: 300_000, forgetMs: 3_600_000, keysMax: 10_000 }

export type FailureLimit = {
  /** 0 if the key may try now. */
  waitMs(key: string): number
  fail(key: string): void
  /** Takes one failure back (an attempt is counted before it is known to have failed). */
  forgive(key: string): void
  clear(key: string): void
  readonly size: number
}

export function failureLimit(options: LimitOptions, clock: Clock): FailureLimit {
  const entries = new Map<string, { failures: number; lastMs: number; untilMs: number }>()
  const current = (key: string) => {
    const entry = entries.get(key)
    if (entry === undefined || clock.monotonicMs() - entry.lastMs <= options.forgetMs) return entry
    entries.delete(key)
    return undefined
  }
  return {
    waitMs: key => Math.max(0, (current(key)?.untilMs ?? 0) - clock.monotonicMs()),
    fail(key) {
      const failures = (current(key)?.failures ?? 0) + 1
      const lastMs = clock.monotonicMs()
      const over = failures - options.free
      const wait = over <= 0 ? 0 : Math.min(options.waitMsMax, options.firstWaitMs * 2 ** Math.min(over - 1, 30))
      // Deleted first, so that the map's order is that of the last failure.
      entries.delete(key)
      entries.set(key, { failures, lastMs, untilMs: wait === 0 ? 0 : lastMs + wait })
      if (entries.size > options.keysMax) entries.delete(entries.keys().next().value!)
    },
    forgive(key) {
      const entry = entries.get(key)
      if (entry === undefined) return
      if (entry.failures <= 1) entries.delete(key)
      else entries.set(key, { failures: entry.failures - 1, lastMs: entry.lastMs, untilMs: 0 })
    },
    clear: key => void entries.delete(key),
    get size() {
      return entries.size
    }
  }
}

export type LoginLimits = {
  /**
   * Runs one attempt to prove knowledge of the name's password. Throws `too-many-attempts` (429, with Retry-After) without
   * running it if the address or the name must wait, and `busy` (503) if too many are under way.
   */
  attempt(address: string, name: string, prove: () => Promise<boolean>): Promise<boolean>
  /** Hashing that is not an attempt (a new password) shares the bound. */
  hash<T>(work: () => Promise<T>): Promise<T>
}

export function createLoginLimits(clock: Clock): LoginLimits {
  const addresses = failureLimit(byAddress, clock)
  const names = failureLimit(byName, clock)
  const hash = gate(2, 32)
  return {
    hash,
    async attempt(address, name, prove) {
      const addressKey = addressGroup(address)
      const nameKey = name.toLowerCase()
      const waitMs = Math.max(addresses.waitMs(addressKey), names.waitMs(nameKey))
      if (waitMs > 0) {
        const seconds = String(Math.ceil(waitMs / 1000))
        throw new ApiError(429, 'too-many-attempts', `Too many failed attempts. Try again in ${seconds} s.`, {
          'retry-after': seconds
        })
      }
      // Counted before the proof: a hundred attempts at the same time are a hundred attempts.
      addresses.fail(addressKey)
      names.fail(nameKey)
      const proved = await hash(prove).catch(error => {
        addresses.forgive(addressKey)
        names.forgive(nameKey)
        throw error
      })
      if (proved) {
        // Only this attempt is taken back: an address does not earn more guesses by signing in to an account of its own.
        addresses.forgive(addressKey)
        names.clear(nameKey)
      }
      return proved
    }
  }
}

/** Who counts as one guesser: an IPv4 address, or an IPv6 /64 (what one customer is given). */
export function addressGroup(address: string): string {
  const bytes = new Uint8Array(16)
  if (!isIPv6(address) || !writeIp(address.split('%')[0]!, bytes, 0)) return address
  const text = ipText(bytes, 0)
  if (!text.includes(':')) return text
  bytes.fill(0, 8)
  return ipText(bytes, 0)
}

/** At most `running` at once; at most `waiting` more in line, first come first served. */
function gate(running: number, waiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = running
  const line: (() => void)[] = []
  return async work => {
    if (free > 0) free--
    else if (line.length < waiting) await new Promise<void>(resolve => line.push(resolve))
    else
      throw new ApiError(503, 'busy', 'Too many people are signing in at once. Try again in a moment.', {
        'retry-after': '2'
      })
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
