/** What is told, and what became of telling it: the vocabulary that all ways of notifying share. */

import type { Level, MatchKind } from '../core/detection.ts'

/** What happened to an alert that people may want to be told of. */
export const noticeKinds = ['created', 'escalated', 'reopened', 'acknowledged', 'closed'] as const
export type NoticeKind = (typeof noticeKinds)[number]

/** One change of one alert, as it was when it happened. Kept with the message, so that what is sent late says what was so then. */
export type Notice = {
  readonly alert: string
  readonly kind: NoticeKind
  readonly atMs: number
  readonly rule: {
    readonly id: string
    readonly title: string
    readonly kind: MatchKind
    readonly level: Level
    readonly tags: readonly string[]
  }
  readonly severity: Level
  readonly entity: Readonly<Record<string, string>>
  readonly count: number
  readonly firstUs: number
  readonly lastUs: number
  readonly summary: string
  /** Of the heartbeat. */
  readonly test: boolean
}

export type MessageKind = 'alert' | 'digest' | 'test' | 'report'

/** What is sent: title and body are rendered, as plain text; each way of sending escapes them for itself. */
export type Message = {
  /** The same for each attempt at the same message and destination, and for no other: a peer can know a repeat by it. */
  readonly key: string
  readonly kind: MessageKind
  readonly title: string
  readonly body: string
  readonly severity: Level
  /** One for an alert, several for a digest (the first ones), none for a test or a report. */
  readonly notices: readonly Notice[]
  /** Of a digest: how many alerts it stands for. */
  readonly count: number
  readonly createdMs: number
  /** The same for all that is told of one alert, here and nowhere else; '' for what is of no alert. */
  readonly thread: string
  /** Where people reach Picket, without a slash at the end; undefined if nobody has said. */
  readonly pageUrl: string | undefined
  /** It may have arrived already: Picket ended between sending it and noting that it was sent. */
  readonly again: boolean
  readonly attachment?: { readonly name: string; readonly type: string; readonly content: Uint8Array }
}

/**
 * What became of an attempt. `transient`: the same may succeed later; it is tried again. `permanent`: it will not until somebody
 * changes something; the message goes to the dead letters at once.
 */
export type Outcome =
  | { readonly result: 'sent'; readonly detail: string }
  | { readonly result: 'transient'; readonly detail: string; readonly retryAfterMs?: number }
  | { readonly result: 'permanent'; readonly detail: string }

/** The page of an alert. */
export function alertUrl(pageUrl: string | undefined, alert: string): string | undefined {
  return pageUrl === undefined ? undefined : `${pageUrl}/alerts/${encodeURIComponent(alert)}`
}

export function entityText(entity: Readonly<Record<string, string>>): string {
  return Object.entries(entity)
    .map(([field, value]) => `${field} ${value}`)
    .join(', ')
}

/** At most `max` UTF-16 units, never half of a pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const end = (text.charCodeAt(max - 2) & 0xfc00) === 0xd800 ? max - 2 : max - 1
  return `${text.slice(0, end)}…`
}

/** Without what drives terminals and turns text around: in one line unless `lines`. */
export function plain(text: string, lines = false): string {
  const clean = text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ')
  return lines ? clean : clean.replaceAll('\n', ' ')
}

/** A notice whose texts are plain, as it is for every way of sending: what it shows comes from records. */
export function plainNotice(notice: Notice): Notice {
  const { rule, entity, summary } = notice
  return {
    ...notice,
    summary: cut(plain(summary, true), 2000),
    rule: {
      ...rule,
      id: plain(rule.id),
      title: cut(plain(rule.title), 500),
      tags: rule.tags.slice(0, 50).map(tag => plain(tag))
    },
    entity: Object.fromEntries(Object.entries(entity).map(([field, value]) => [plain(field), cut(plain(value), 1000)]))
  }
}
