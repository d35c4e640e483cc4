/** A case: alerts that belong together, with notes, evidence, and an end. */

import type { Resolution } from './alert.ts'

export type CaseId = number

export type Case = {
  readonly id: CaseId
  readonly title: string
  readonly state: 'open' | 'closed'
  readonly resolution: Resolution | undefined
  readonly reason: string
  readonly assignee: string | undefined
  readonly createdMs: number
  readonly by: string
  readonly updatedMs: number
  readonly closedMs: number | undefined
}

export const caseHistoryKinds = [
  'created',
  'renamed',
  'assigned',
  'noted',
  'alerts-added',
  'alerts-removed',
  'events-attached',
  'event-removed',
  'file-attached',
  'file-removed',
  'closed',
  'reopened',
  'exported'
] as const
export type CaseHistoryKind = (typeof caseHistoryKinds)[number]

export type CaseEntry = {
  readonly id: number
  readonly atMs: number
  readonly by: string
  readonly kind: CaseHistoryKind
  readonly detail: Readonly<Record<string, unknown>>
}

/** An event that was attached: kept with the case, longer than the store keeps it. */
export type CaseEvent = {
  readonly id: string
  readonly timeUs: number
  readonly event: string
  readonly addedMs: number
  readonly by: string
}

export type CaseFile = {
  readonly id: number
  readonly name: string
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
  readonly addedMs: number
  readonly by: string
}

export const alertsPerCaseMax = 1000
export const eventsPerCaseMax = 1000
export const filesPerCaseMax = 100
export const fileBytesMax = 10 << 20
export const caseFileBytesMax = 100 << 20
export const eventBytesMax = 256 << 10
