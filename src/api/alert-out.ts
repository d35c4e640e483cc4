/** Alerts as the API shows them: the schema, and the way from what the state holds. */

import { z } from 'zod'
import { levels } from '../core/detection.ts'
import {
  type Alert,
  alertStates,
  type HistoryEntry,
  historyKinds,
  type KeptEvent,
  resolutions
} from '../triage/alert.ts'
import { techniquesOf } from '../triage/attack.ts'
import { isoOf, isoOrNothing } from './replies.ts'

export const levelSchema = z.enum(levels)
export const stateSchema = z.enum(alertStates)
export const resolutionSchema = z.enum(resolutions)

export const attackReply = z.object({
  id: z.string().describe('T1110.001, TA0006'),
  name: z.string().describe('Brute Force: Password Guessing'),
  tactics: z.array(z.string()).describe('Of a technique: the tactics that it serves'),
  url: z.string()
})

export const alertReply = z
  .object({
    id: z.int(),
    rule: z.object({
      id: z.string(),
      version: z.string(),
      versions: z.array(z.string()).describe('All versions that matched, the first one first'),
      kind: z.enum(['rule', 'correlation', 'threshold', 'baseline', 'indicator']),
      title: z.string(),
      level: levelSchema,
      tags: z.array(z.string())
    }),
    attack: z.array(attackReply).describe('Its tags of MITRE ATT&CK, named'),
    entity: z.record(z.string(), z.string()).describe('What it is about; empty for a storm'),
    severity: levelSchema.describe('Rule × asset × intelligence'),
    severityWhy: z.array(z.string()),
    state: stateSchema,
    resolution: resolutionSchema.optional(),
    reason: z.string(),
    assignee: z.string().optional(),
    count: z.int().describe('How many events matched'),
    first: z.string().describe('The time of the first of them, ISO 8601'),
    last: z.string(),
    created: z.string(),
    updated: z.string(),
    acknowledged: z.string().optional(),
    closed: z.string().optional(),
    snoozedUntil: z.string().optional(),
    case: z.int().optional(),
    test: z.boolean().describe('Of the heartbeat: not a real one'),
    storm: z.boolean().describe('It stands for matches of the rule beyond what becomes alerts of their own'),
    entities: z.int().describe('Of a storm: how many entities are kept with it, at most 1,000'),
    summary: z.string()
  })
  .describe('An alert')

export function attackOut(tags: readonly string[]): z.output<typeof attackReply>[] {
  return techniquesOf(tags).map(each => ({ ...each, tactics: [...each.tactics] }))
}

export type AlertOut = z.output<typeof alertReply>

export function alertOut(alert: Alert): AlertOut {
  const { id, rule, entity, severity, state, resolution, reason, assignee, count, test, storm, entities } = alert
  return {
    id,
    rule: {
      id: rule.id,
      version: rule.version,
      versions: [...alert.ruleVersions],
      kind: rule.kind,
      title: rule.title,
      level: rule.level,
      tags: [...rule.tags]
    },
    attack: attackOut(rule.tags),
    entity: { ...entity },
    severity,
    severityWhy: [...alert.severityWhy],
    state,
    resolution,
    reason,
    assignee,
    count,
    first: isoOfUs(alert.firstUs),
    last: isoOfUs(alert.lastUs),
    created: isoOf(alert.createdMs),
    updated: isoOf(alert.updatedMs),
    acknowledged: isoOrNothing(alert.acknowledgedMs),
    closed: isoOrNothing(alert.closedMs),
    snoozedUntil: isoOrNothing(alert.snoozedUntilMs),
    case: alert.caseId,
    test,
    storm,
    entities,
    summary: alert.summary
  }
}

export const historyReply = z.object({
  id: z.int(),
  time: z.string(),
  by: z.string().describe('As in the audit trail, or picket'),
  kind: z.enum(historyKinds),
  detail: z.record(z.string(), z.unknown())
})

export function historyOut({ id, atMs, by, kind, detail }: HistoryEntry): z.output<typeof historyReply> {
  return { id, time: isoOf(atMs), by, kind, detail: { ...detail } }
}

export const keptEventReply = z.object({
  id: z.string().describe('In the store, while it is there; empty where the match stands for no single event'),
  time: z.string(),
  event: z.unknown().describe('The ECS document')
})

export function keptEventOut({ id, timeUs, event }: KeptEvent): z.output<typeof keptEventReply> {
  return { id, time: isoOfUs(timeUs), event: documentOf(event) }
}

export function documentOf(event: string): unknown {
  try {
    return JSON.parse(event)
  } catch {
    return { 'event.original': event }
  }
}

/** Times from outside may lie beyond what a date can be. */
export function isoOfUs(us: number): string {
  const ms = Math.min(8.64e15, Math.max(-8.64e15, us / 1000))
  return new Date(ms).toISOString()
}
