/**
 * The vocabulary of threat intelligence. An *indicator* says that a value (an address, a domain, a hash …) or a pattern is a sign of
 * something bad; a *feed* is where indicators come from; a *sighting* is an indicator that was seen in events.
 *
 * Readers (`lists/`, `stix/`) make `Found` of what a feed delivers; the state keeps `Indicator`s; the table (`table/`) holds those in
 * force in memory for the workers; the retro-match asks the store for them.
 */

import type { Level } from '../core/detection.ts'
import { sha1 } from '../core/sha1.ts'

/**
 * `domain`: it and everything below it. `url`: that address, whatever the letter case of its host, without its fragment. `sha1` also
 * stands for certificates' fingerprints. `pattern`: a STIX pattern that equality on single values cannot say; its `value` is its text.
 */
export const indicatorTypes = [
  'ip',
  'cidr',
  'domain',
  'url',
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'email',
  'ja3',
  'ja3s',
  'ja4',
  'user-agent',
  'pattern'
] as const
export type IndicatorType = (typeof indicatorTypes)[number]

/** What a reader found in what a feed delivered: a value in its normal form (`normalise.ts`), and what was said of it. */
export type Found = {
  readonly type: IndicatorType
  readonly value: string
  /** Of STIX: its own id. Others get one made of feed, type and value. */
  readonly id?: string
  /** Of an address: only together with this port, where the event names the port beside the address. */
  readonly port?: number
  readonly level?: Level
  /** 0 to 100, as STIX has it. */
  readonly confidence?: number
  readonly labels?: readonly string[]
  readonly validFromMs?: number
  readonly validUntilMs?: number
  /** When the feed last said so, where it says when: decay counts from here. */
  readonly seenMs?: number
  readonly name?: string
  readonly description?: string
  /** A page about it. */
  readonly reference?: string
  /** The feed takes it back. */
  readonly revoked?: true
}

/** An indicator as it is kept: what was found, with what its feed says of all of its indicators filled in. */
export type Indicator = {
  /** `indicator--UUID`. Several values of one STIX indicator have the same one. */
  readonly id: string
  readonly type: IndicatorType
  readonly value: string
  /** The feed's name. */
  readonly source: string
  readonly port?: number
  readonly level: Level
  readonly confidence: number
  readonly labels: readonly string[]
  readonly validFromMs?: number
  readonly validUntilMs?: number
  /** When the feed last said so, or when it was brought in. */
  readonly seenMs: number
  readonly name?: string
  readonly description?: string
  readonly reference?: string
}

/** What holds for all of a feed's indicators. */
export type FeedTerms = {
  readonly source: string
  /** Where an indicator does not say itself. */
  readonly level: Level
  readonly confidence: number
  readonly labels: readonly string[]
  /** An indicator's confidence halves in this time from `seenMs` on; absent: it stays. */
  readonly halfLifeMs?: number
  /** Below this confidence there is neither sighting nor alert. */
  readonly confidenceMin: number
}

/** Takes what a reader found, one after the other: two million of them need not stand in memory together. */
export type Receive = (found: Found) => void

/** What a reader says of a file when it has read it. */
export type Reading = {
  /** Which format it took it for. */
  readonly format: string
  readonly taken: number
  /** Lines or objects that it could not use. Comments and headers say nothing and are not counted. */
  readonly refused: number
  /** Taken, but not to be matched on events (STIX patterns that need more than one): kept and shared, nothing more. */
  readonly unmatched: number
  /** The first of both, with the reason. */
  readonly problems: readonly ReadingProblem[]
}

export type ReadingProblem = { readonly where: string; readonly message: string }

/** Problems are kept for people to look at, not for the record: the first ones tell enough. */
export const problemsMax = 100

/** An indicator's value was seen in events. */
export type Sighting = {
  readonly id: string
  readonly type: IndicatorType
  /** The indicator's value. */
  readonly value: string
  readonly source: string
  /** What stood in the event: for a domain perhaps a name below it, for a network an address in it. */
  readonly observed: string
  /** In which field. */
  readonly field: string
  readonly count: number
  readonly firstUs: number
  readonly lastUs: number
}

/**
 * An indicator's id, made of what it is: the same feed saying the same again is the same indicator. A UUID of version 5 (RFC 9562,
 * 5.5) in STIX's namespace for deterministic ids.
 */
export function indicatorId(source: string, type: IndicatorType, value: string): string {
  const text = new TextEncoder().encode(`${source}\0${type}\0${value}`)
  const message = new Uint8Array(16 + text.length)
  message.set(stixNamespace)
  message.set(text, 16)
  const digest = sha1(message)
  digest[6] = (digest[6]! & 0x0f) | 0x50
  digest[8] = (digest[8]! & 0x3f) | 0x80
  return `indicator--${uuidText(digest, 0)}`
}

/** 00abedb4-aa42-466c-9c01-fed23315a9b7 (STIX 2.1, section 2.9). */
const stixNamespace = Uint8Array.from([
  0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7
])

export function uuidText(bytes: Uint8Array, offset: number): string {
  let text = ''
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
    text += hexOfByte[bytes[offset + i]!]!
  }
  return text
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** What was found, as an indicator of its feed. `nowMs`: when it was brought in. */
export function indicatorOf(found: Found, terms: FeedTerms, nowMs: number): Indicator {
  const made = withoutId(found, terms, nowMs)
  return made.id === '' ? { ...made, id: idOf(made) } : made
}

/** The same, with '' for an id that is made of feed, type and value: for millions, of which few are ever asked for theirs (`idOf`). */
export function withoutId(found: Found, terms: FeedTerms, nowMs: number): Indicator {
  const { revoked: _, ...said } = found
  return {
    ...said,
    id: found.id ?? '',
    source: terms.source,
    level: found.level ?? terms.level,
    confidence: found.confidence ?? terms.confidence,
    labels: labelsOf(found.labels, terms.labels),
    seenMs: found.seenMs ?? nowMs
  }
}

export function idOf({ source, type, value, port }: Pick<Indicator, 'source' | 'type' | 'value' | 'port'>): string {
  return indicatorId(source, type, port === undefined ? value : `${value}:${port}`)
}

function labelsOf(own: readonly string[] | undefined, all: readonly string[]): readonly string[] {
  if (own === undefined || own.length === 0) return all
  return all.length === 0 ? own : [...new Set([...own, ...all])]
}

/**
 * The confidence at a time: halved with each half-life since the feed last said so. Before that it is whole: what is known to be bad
 * today was bad before anybody knew.
 */
export function confidenceAt(
  confidence: number,
  seenMs: number,
  halfLifeMs: number | undefined,
  timeMs: number
): number {
  if (halfLifeMs === undefined || timeMs <= seenMs) return confidence
  return confidence * 2 ** ((seenMs - timeMs) / halfLifeMs)
}
