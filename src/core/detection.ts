/**
 * The vocabulary of detection. A *match* is a rule hit on an event; matches of one rule for one entity that were found together are a
 * `MatchGroup`; an *alert* is what people see, and many groups over time make one. Every detector (rules on the stream, indicators,
 * correlations, baselines, a search of the past) hands over match groups, and one place makes alerts of them.
 */

/** Sigma's levels. */
export const levels = ['informational', 'low', 'medium', 'high', 'critical'] as const
export type Level = (typeof levels)[number]

/** Which detector found it. */
export type MatchKind = 'rule' | 'correlation' | 'threshold' | 'baseline' | 'indicator'

/** What an alert is to say of its rule: kept with the alert as it was when it matched. */
export type RuleSummary = {
  /** Sigma's id (or, where a rule has none, a name made of its file). Of an indicator: its own id. */
  readonly id: string
  /** Changes whenever the rule, its exceptions or its filters do. */
  readonly version: string
  readonly kind: MatchKind
  readonly title: string
  readonly level: Level
  /** Sigma's tags: `attack.t1110.001`, `attack.credential-access`, `cve.2021-44228`. */
  readonly tags: readonly string[]
  /** How long after its last event an alert of the rule takes in more; 24 hours where it is not said. */
  readonly windowMs?: number
}

/** An event that matched, as it is kept with the alert. */
export type MatchSample = {
  /** The event's id in the store, 16 hexadecimal digits; '' where the match stands for no single event. */
  readonly id: string
  readonly timeUs: number
  /** The ECS document as JSON, at most `sampleBytesMax` long (longer ones without what is largest in them). */
  readonly event: string
}

export const sampleBytesMax = 32_768
/** How many samples a group carries at most. */
export const samplesMax = 10

/** Matches of one rule for one entity in one batch (or one run of a scheduled detection). */
export type MatchGroup = {
  readonly rule: RuleSummary
  /** The fields that the alert is grouped by, with their values, in the rule's order: `{ 'source.ip': '192.0.2.1' }`. */
  readonly entity: Readonly<Record<string, string>>
  readonly count: number
  /** Of the events, in microseconds since 1970. */
  readonly firstUs: number
  readonly lastUs: number
  /** The first ones. */
  readonly samples: readonly MatchSample[]
  /** Of the heartbeat's events: kept apart from real alerts and out of reports. */
  readonly test?: true
  /** What the detector wants to say of it in a line: `14 rejected connections in 5 minutes`. */
  readonly summary?: string
}

/**
 * Events that the heartbeat made carry this field, with the id of its run and the number of its check as the value. Workers write it, by
 * the chunk's headers; in records from outside it is taken away, or anybody could pass for a test.
 */
export const testField = 'labels.picket_heartbeat'
/** The source of the heartbeat's records: nobody else's may be called so, since searches leave it out. */
export const heartbeatSource = 'picket:heartbeat'

/** The worst of two levels. */
export function worse(a: Level, b: Level): Level {
  return levels.indexOf(a) >= levels.indexOf(b) ? a : b
}
