/** Cases as the API shows them. */

import { z } from 'zod'
import { listAlerts } from '../state/alert-list.ts'
import { caseEvents, caseFiles } from '../state/case-evidence.ts'
import { caseCounts, caseHistory } from '../state/cases.ts'
import type { State } from '../state/state.ts'
import { alertStates } from '../triage/alert.ts'
import { alertsPerCaseMax, type Case, caseHistoryKinds } from '../triage/case.ts'
import { alertOut, alertReply, documentOf, isoOfUs, levelSchema, resolutionSchema } from './alert-out.ts'
import { isoOf, isoOrNothing } from './replies.ts'

export const caseReply = z
  .object({
    id: z.int(),
    title: z.string(),
    state: z.enum(['open', 'closed']),
    resolution: resolutionSchema.optional(),
    reason: z.string(),
    assignee: z.string().optional(),
    severity: levelSchema.optional().describe('The worst of its alerts'),
    created: z.string(),
    by: z.string(),
    updated: z.string(),
    closed: z.string().optional(),
    alerts: z.int(),
    openAlerts: z.int(),
    events: z.int(),
    files: z.int(),
    notes: z.int()
  })
  .describe('A case')

export type CaseOut = z.output<typeof caseReply>

export function caseOut(state: State, about: Case): CaseOut {
  const { id, title, resolution, reason, assignee, by } = about
  return {
    id,
    title,
    state: about.state,
    resolution,
    reason,
    assignee,
    ...caseCounts(state, id),
    created: isoOf(about.createdMs),
    by,
    updated: isoOf(about.updatedMs),
    closed: isoOrNothing(about.closedMs)
  }
}

export const caseFileReply = z.object({
  id: z.int(),
  name: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  added: z.string(),
  by: z.string()
})

export const caseDetailReply = caseReply.extend({
  members: z.array(alertReply),
  history: z
    .array(
      z.object({
        id: z.int(),
        time: z.string(),
        by: z.string(),
        kind: z.enum(caseHistoryKinds),
        detail: z.record(z.string(), z.unknown())
      })
    )
    .describe('Notes are of the kind `noted`, with `detail.text`'),
  evidence: z.object({
    events: z.array(
      z.object({ id: z.string(), time: z.string(), event: z.unknown(), added: z.string(), by: z.string() })
    ),
    files: z.array(caseFileReply)
  })
})

/** With all that belongs to it. */
export function caseDetailOut(state: State, about: Case, nowMs: number): z.output<typeof caseDetailReply> {
  const filter = { caseId: about.id, states: alertStates, snoozed: 'include' } as const
  const page = { sort: 'severity', limit: alertsPerCaseMax } as const
  const members = [false, true].flatMap(test => listAlerts(state, { ...filter, test }, page, nowMs).alerts)
  return {
    ...caseOut(state, about),
    members: members.map(alertOut),
    history: caseHistory(state, about.id).map(({ id, atMs, by, kind, detail }) => ({
      id,
      time: isoOf(atMs),
      by,
      kind,
      detail: { ...detail }
    })),
    evidence: {
      events: caseEvents(state, about.id).map(({ id, timeUs, event, addedMs, by }) => ({
        id,
        time: isoOfUs(timeUs),
        event: documentOf(event),
        added: isoOf(addedMs),
        by
      })),
      files: caseFiles(state, about.id).map(caseFileOut)
    }
  }
}

export function caseFileOut(file: ReturnType<typeof caseFiles>[number]): z.output<typeof caseFileReply> {
  const { id, name, bytes, sha256, addedMs, by } = file
  return { id, name, bytes, sha256, added: isoOf(addedMs), by }
}
