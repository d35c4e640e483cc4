/**
 * Indicators in memory that all threads share: one block, laid out in columns, never changed once made. A changed set is another
 * block, made aside and swapped in.
 *
 * ```text
 * slots     pairs (hash, entry + 1), open addressing, at most half full. Values that several feeds list stand there once …
 * next      … and lead from one entry to the next of the same value
 * valueAt   an IPv4 address itself; of other values, where their text begins in `texts`
 * texts     length (2 bytes; the highest bit: two bytes a character), then the characters; or JSON of what is said of an entry
 * ranges4   networks by first address, with last address, entry, and the range around each (networks nest or are apart)
 * ranges6   the same, four words an address
 * hosts     a Bloom filter over the hosts of URLs: most URLs need not be looked at further
 * ```
 */

import { type IndicatorType, indicatorTypes } from '../indicator.ts'

export const columnsOfEntries = {
  valueAt: 4,
  about: 4,
  next: 4,
  /** Seconds since 1970; `never` where it does not end. */
  until: 4,
  seen: 4,
  id: 16,
  feed: 2,
  port: 2,
  type: 1,
  level: 1,
  confidence: 1,
  flags: 1
} as const
export const never = 0xffffffff
/** A domain below which others register theirs (`github.io`): it stands for itself alone. */
export const exactly = 1
/** An IPv4 address: `valueAt` is the address itself. */
export const isFour = 2
/** Its id is made of feed, type and value (`idOf`), and not kept. */
export const madeId = 4

export type TableFeed = { readonly source: string; readonly halfLifeSeconds: number; readonly confidenceMin: number }

export type SharedTable = {
  readonly bytes: SharedArrayBuffer
  readonly entries: number
  /** Where each part begins, and how many bytes it has. */
  readonly parts: Readonly<Record<string, readonly [start: number, length: number]>>
  readonly feeds: readonly TableFeed[]
  /** How many entries there are of each type. */
  readonly counts: Readonly<Partial<Record<IndicatorType, number>>>
  /** All indicators up to this number are in it, if they are in force. */
  readonly newestSeq: number
}

export const typeCodes: Readonly<Record<IndicatorType, number>> = Object.fromEntries(
  indicatorTypes.map((type, code) => [type, code])
) as Record<IndicatorType, number>

/** A mixing that no two numbers of 32 bits share the result of (Murmur3's finaliser). */
export function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const prime = 0x01000193
export const seed = 0x811c9dc5

/** One character more, from right to left: so that a name's hash is on the way the hash of each domain above it. */
export function hashUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, prime)
}

/** A to Z as a to z. */
export function foldUnit(unit: number): number {
  return unit >= 65 && unit <= 90 ? unit + 32 : unit
}

export function finish(hash: number, type: number): number {
  return mix(hash ^ Math.imul(type + 1, 0x9e3779b1))
}

/** Paths of URLs tell letter cases apart; other values are in lower case, and those of events are taken so. */
export function foldsCase(type: IndicatorType): boolean {
  return type !== 'url'
}

export function hashText(text: string, type: IndicatorType): number {
  let hash = seed
  const fold = foldsCase(type)
  for (let i = text.length - 1; i >= 0; i--) {
    const unit = text.charCodeAt(i)
    hash = hashUnit(hash, fold ? foldUnit(unit) : unit)
  }
  return finish(hash, typeCodes[type])
}

export function hashIp4(address: number): number {
  return finish(address, typeCodes.ip)
}

/** The host of a URL as it is written, in lower case; '' if there is none. */
export function hostInUrl(url: string): string {
  const start = url.indexOf('://')
  if (start < 0) return ''
  let end = url.length
  let from = start + 3
  for (let i = from; i < end; i++) {
    const c = url.charCodeAt(i)
    if (c === 47 || c === 63 || c === 35 || c === 92) end = i
    else if (c === 64) from = i + 1
  }
  let host = url.slice(from, end)
  if (host.charCodeAt(0) === 91) {
    const close = host.indexOf(']')
    return close < 0 ? '' : host.slice(1, close).toLowerCase()
  }
  const colon = host.indexOf(':')
  if (colon >= 0) host = host.slice(0, colon)
  return host.toLowerCase()
}

/** Two bits of a filter of `bits` bits (a power of two). */
export function bloomBits(host: string, bits: number): readonly [number, number] {
  const hash = hashText(host, 'domain')
  return [hash & (bits - 1), mix(hash ^ 0x5bd1e995) & (bits - 1)]
}
