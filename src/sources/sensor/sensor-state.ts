/** What a sensor says of itself: to the page, the command line and `/metrics`. */

import type { Pulling } from '../pull/source.ts'
import type { RuleFileState } from './rule-keeper.ts'
import type { Rule } from './signatures.ts'
import type { SuricataFigures } from './suricata-stats.ts'

export const phases = ['waiting', 'starting', 'running', 'stopped'] as const

export type SensorState = {
  /** `waiting`: it cannot run, and is tried again. */
  readonly phase: (typeof phases)[number]
  readonly suricata: { readonly path: string; readonly version: string } | undefined
  readonly pid: number | undefined
  readonly runningSinceMs: number | undefined
  /** How often it ended by itself. */
  readonly restarts: number
  readonly interfaces: readonly string[]
  readonly homeNet: readonly string[]
  readonly figures: SuricataFigures | undefined
  /** Of Suricata's process. */
  readonly memoryBytes: number | undefined
  /** Events that came since the source began, and those dropped since Picket was behind. */
  readonly events: number
  readonly eventsLost: number
  readonly rules: RulesReport
  /** What is wrong, and what to do about it; the worst first. */
  readonly problems: readonly string[]
  /** Suricata's latest warnings. */
  readonly warnings: readonly string[]
}

export type RulesReport = {
  readonly busy: 'fetching' | 'checking' | undefined
  readonly loaded: number
  readonly refused: number
  readonly off: number
  readonly files: readonly RuleFileState[]
  /** When other rules came into force. */
  readonly changedMs: number | undefined
  readonly fetchedMs: number | undefined
  readonly nextFetchMs: number | undefined
}

export type RunningSensor = {
  state(): SensorState
  /** Fetches rules now and puts them in force. Throws PicketError. */
  updateRules(): Promise<void>
  /** Puts people's changes in force; resolves when they are. Throws `rules-refused`: nothing changed. */
  applyChanges(): Promise<void>
  /** A rule by its sid, as the rule sets have it. */
  findRule(sid: number): Rule | undefined
}

export type SensorSource = Pulling & { readonly sensor: RunningSensor }

export function isSensor(source: Pulling): source is SensorSource {
  return 'sensor' in source
}
