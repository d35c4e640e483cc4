/** Rules as the API tells of them. */

import { z } from 'zod'
import { levels } from '../core/detection.ts'
import { isoText } from '../core/time.ts'
import type { KnownCorrelation, KnownDeclared, KnownRule } from '../pipeline/rules.ts'
import type { Diagnostic, RuleAbout } from '../sigma/rule.ts'
import type { Fired } from '../state/alert-counts.ts'
import type { RuleChange, RuleException } from '../state/rules.ts'
import { isoOf, isoOrNothing } from './replies.ts'

export const levelSchema = z.enum(levels)
export const ruleId = z.string().min(1).max(200)

export const diagnosticReply = z.object({
  file: z.string(),
  line: z.int(),
  column: z.int(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  suggestion: z.string().optional(),
  rule: z.string().optional()
})

export const ruleReply = z
  .object({
    id: z.string(),
    kind: z.enum(['rule', 'correlation', 'threshold', 'baseline']),
    title: z.string(),
    level: levelSchema.describe('The level that holds here'),
    ownLevel: levelSchema.describe('The level that its text names'),
    status: z.string().optional(),
    tags: z.array(z.string()),
    logsource: z
      .object({ product: z.string().optional(), category: z.string().optional(), service: z.string().optional() })
      .optional(),
    origin: z.enum(['own', 'imported', 'picket']).describe('Written here, imported as a collection, or part of Picket'),
    file: z.string(),
    line: z.int(),
    enabled: z.boolean(),
    byDefault: z.boolean().describe('Would it be on if nobody had decided?'),
    why: z.string().describe('Why it is on or off'),
    version: z.string().describe('Changes with its text, its level and its exceptions'),
    exceptions: z.int().describe('How many are in force'),
    fired: z
      .object({ alerts: z.int(), matches: z.int(), falsePositives: z.int(), last: z.string() })
      .optional()
      .describe('Absent where it never did')
  })
  .describe('A rule')

export const exceptionReply = z.object({
  id: z.string(),
  query: z.string(),
  reason: z.string(),
  by: z.string(),
  created: z.string(),
  expires: z.string().optional(),
  expired: z.boolean(),
  reviewed: z.string().optional(),
  reviewedBy: z.string().optional()
})

export const changeReply = z.object({
  time: z.string(),
  by: z.string(),
  what: z.string(),
  detail: z.record(z.string(), z.unknown())
})

export type Known = KnownRule | KnownCorrelation | KnownDeclared

export function aboutOf(known: Known): RuleAbout & { readonly partOnly?: true } {
  return 'rule' in known ? known.rule : 'correlation' in known ? known.correlation : known.declared
}

export function kindOf(known: Known): 'rule' | 'correlation' | 'threshold' | 'baseline' {
  if ('declared' in known) return known.declared.ask.kind === 'windowed' ? 'threshold' : 'baseline'
  return 'rule' in known ? 'rule' : 'correlation'
}

export function ruleOut(known: Known, fired: Fired | undefined): z.output<typeof ruleReply> {
  const about = aboutOf(known)
  return {
    id: about.id,
    kind: kindOf(known),
    title: about.title,
    level: known.summary.level,
    ownLevel: about.level,
    status: about.status,
    tags: [...about.tags],
    logsource: 'rule' in known ? known.rule.logsource : undefined,
    origin: known.origin,
    file: about.file,
    line: about.line,
    enabled: known.enabled,
    byDefault: known.byDefault,
    why: known.why,
    version: known.summary.version,
    exceptions: known.exceptions.length,
    fired: fired && { ...firedOut(fired) }
  }
}

function firedOut({ alerts, matches, falsePositives, lastUs }: Fired) {
  return { alerts, matches, falsePositives, last: `${isoText(lastUs, 3)}Z` }
}

export function exceptionOut(exception: RuleException, nowMs: number): z.output<typeof exceptionReply> {
  const { id, query, reason, by, createdMs, expiresMs, reviewedMs, reviewedBy } = exception
  return {
    id,
    query,
    reason,
    by,
    created: isoOf(createdMs),
    expires: isoOrNothing(expiresMs),
    expired: expiresMs !== undefined && expiresMs <= nowMs,
    reviewed: isoOrNothing(reviewedMs),
    reviewedBy
  }
}

export function changeOut({ timeMs, by, what, detail }: RuleChange): z.output<typeof changeReply> {
  return { time: isoOf(timeMs), by, what, detail }
}

export function diagnosticOut(diagnostic: Diagnostic): z.output<typeof diagnosticReply> {
  return { ...diagnostic }
}
