/**
 * What an alert is, and what can be done with it. Match groups become alerts in `src/state/alerts.ts`; people work on them through the
 * API and the command line. Times of events are microseconds since 1970, times of what people do milliseconds.
 */

import type { Level, RuleSummary } from '../core/detection.ts'

/** In the order in which work goes on. All but the last are open. */
export const alertStates = ['new', 'acknowledged', 'in_progress', 'closed'] as const
export type AlertState = (typeof alertStates)[number]

/** What it turned out to be: an attack; nothing of what the rule means; what the rule means, and it may be. */
export const resolutions = ['true_positive', 'false_positive', 'benign'] as const
export type Resolution = (typeof resolutions)[number]

export type AlertId = number

export type Alert = {
  readonly id: AlertId
  readonly rule: RuleSummary
  /** The versions of the rule that matched, the first one first. */
  readonly ruleVersions: readonly string[]
  /** What it is about: `{ 'source.ip': '192.0.2.1' }`. Empty for a storm, and where the events name nobody. */
  readonly entity: Readonly<Record<string, string>>
  readonly severity: Level
  /** How the severity came about, a line each: `the rule says medium`, `raised: fileserver is a critical asset`. */
  readonly severityWhy: readonly string[]
  readonly state: AlertState
  readonly resolution: Resolution | undefined
  readonly reason: string
  /** A user's name. */
  readonly assignee: string | undefined
  /** How many events matched; of a storm, of all its entities. */
  readonly count: number
  readonly firstUs: number
  readonly lastUs: number
  readonly createdMs: number
  /** The last match or the last thing that somebody did. */
  readonly updatedMs: number
  readonly acknowledgedMs: number | undefined
  readonly closedMs: number | undefined
  readonly snoozedUntilMs: number | undefined
  readonly caseId: number | undefined
  /** Of the heartbeat: apart from real ones everywhere. */
  readonly test: boolean
  /** It stands for matches of a rule beyond what becomes alerts of their own (docs/adr/0014). */
  readonly storm: boolean
  /** Of a storm: how many entities are kept with it. */
  readonly entities: number
  /** What the detector said last: `14 rejected connections in 5 minutes`. */
  readonly summary: string
}

/** An event that is kept with an alert, longer than the store keeps it. */
export type KeptEvent = { readonly id: string; readonly timeUs: number; readonly event: string }

/** What has happened to an alert besides matching: what the timeline shows of people and of Picket. */
export type HistoryEntry = {
  readonly id: number
  readonly atMs: number
  /** As in the audit trail (`user:anna`, `token:…`, `local`), or `picket`. */
  readonly by: string
  readonly kind: HistoryKind
  readonly detail: Readonly<Record<string, unknown>>
}

export const historyKinds = [
  'created',
  'escalated',
  'severity',
  'state',
  'assigned',
  'commented',
  'snoozed',
  'woken',
  'case',
  /** The kept events were let go, to make room. */
  'trimmed'
] as const
export type HistoryKind = (typeof historyKinds)[number]

/** What is said of an alert to those who follow: the notifier and the live page. `updated`: more events matched. */
export const changeKinds = [...historyKinds, 'updated', 'mentioned'] as const
export type ChangeKind = (typeof changeKinds)[number]

export type AlertChange = {
  /** Grows with every change; never used twice. */
  readonly seq: number
  readonly alert: AlertId
  readonly kind: ChangeKind
  readonly atMs: number
  readonly by: string
  /** Of `mentioned`: the user's name. */
  readonly about: string
}

/** Something that a person does to alerts. */
export type AlertAction =
  | { readonly action: 'acknowledge' | 'start' | 'reopen' | 'unsnooze' }
  | { readonly action: 'close'; readonly resolution: Resolution; readonly reason: string }
  /** To nobody where there is no name. */
  | { readonly action: 'assign'; readonly assignee: string | undefined }
  | { readonly action: 'comment'; readonly text: string }
  | { readonly action: 'snooze'; readonly untilMs: number }
  | { readonly action: 'severity'; readonly severity: Level; readonly reason: string }

export function isOpen(state: AlertState): boolean {
  return state !== 'closed'
}

/** `@anna` in a comment: who is meant, each once, at most 20. A name in an address (`a@example.com`) is none. */
export function mentionsIn(text: string): string[] {
  const names = new Map<string, string>()
  for (const match of text.matchAll(/(?<![A-Za-z0-9._@-])@([A-Za-z0-9][A-Za-z0-9._@-]{0,63})/g)) {
    // A full stop or a dash at the end belongs to the sentence.
    const name = match[1]!.replace(/[._@-]+$/, '')
    if (name !== '') names.set(name.toLowerCase(), name)
    if (names.size >= 20) break
  }
  return [...names.values()]
}
