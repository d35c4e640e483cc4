/** Destinations, routes, templates and what became of messages, as the API takes and gives them. */

import { z } from 'zod'
import { timeOfDayPattern } from '../actions/hours.ts'
import { actions } from '../actions/index.ts'
import { noticeKinds } from '../actions/message.ts'
import { breakerStates } from '../actions/retry.ts'
import { titleProblem } from '../actions/routes.ts'
import { templateLengthMax } from '../actions/template.ts'
import { levels } from '../core/detection.ts'
import { outboxStates } from '../state/outbox.ts'
import { isZone } from './make-report.ts'

const name = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be in one line')
const anyJson = z.record(z.string(), z.unknown())
export const destinationId = z.string().regex(/^[0-9a-f]{16}$/)
const zone = z.string().max(64).refine(isZone, 'is no time zone')
const timeOfDay = z.string().regex(timeOfDayPattern, 'must be a time of day: 22:00')

const windows = z
  .array(
    z.strictObject({
      days: z.array(z.int().min(1).max(7)).min(1).max(7).describe('On which it begins: 1 is Monday, 7 Sunday'),
      from: timeOfDay,
      to: timeOfDay.describe('Earlier than `from`, or the same: on the next day')
    })
  )
  .min(1)
  .max(50)

const paceShape = z.strictObject({
  rate: z
    .strictObject({ count: z.int().min(1).max(10_000), perMinutes: z.int().min(1).max(1440) })
    .nullable()
    .optional()
    .describe('At most so many messages in so many minutes; null: no limit; without it, what is usual for the kind'),
  digestMinutes: z
    .int()
    .min(1)
    .max(1440)
    .optional()
    .describe('Gather what is not urgent for so long, and send it as one'),
  quiet: z.strictObject({ zone, windows }).optional().describe('When only what is urgent is sent'),
  afterCrash: z
    .enum(['send', 'hold'])
    .optional()
    .describe('What was under way when Picket ended: send it again under the same key (the default), or hold it'),
  giveUpHours: z.int().min(1).max(720).optional().describe('After how long what cannot be sent is dead; 24')
})

export const destinationShape = z.strictObject({
  name,
  kind: z.enum(actions.map(({ kind }) => kind)),
  settings: anyJson.default({}).describe('By kind; see the kinds in GET /api/notifications'),
  secrets: anyJson
    .optional()
    .describe('Without them, those that it has are kept, as long as it leads to the same place'),
  enabled: z.boolean().default(true),
  urgent: z
    .enum([...levels, 'never'])
    .default('critical')
    .describe('From which severity on nothing is waited for'),
  pace: paceShape.default({})
})

export const routeShape = z.strictObject({
  name,
  enabled: z.boolean().default(true),
  severity: z.enum(levels).default('medium').describe('This severity or a worse one'),
  rules: z.array(z.string().min(1).max(300)).max(100).default([]).describe('Ids of rules, with * for anything'),
  tags: z.array(z.string().min(1).max(200)).max(100).default([]).describe('attack.t1110 means those below it, too'),
  title: z
    .string()
    .max(500)
    .superRefine((text, context) => {
      const problem = titleProblem(text)
      if (problem !== undefined) context.addIssue(problem)
    })
    .default('')
    .describe('Words of the title, a pattern with *, or /a regular expression/'),
  kinds: z.array(z.enum(noticeKinds)).min(1).default(['created', 'escalated', 'reopened']),
  hours: z.strictObject({ zone, windows, outside: z.boolean().default(false) }).optional(),
  destinations: z.array(destinationId).max(100),
  template: z.string().max(64).default('').describe('The name of a template; empty: Picket’s own'),
  tests: z.boolean().default(false).describe('The heartbeat’s test alerts, too')
})

export const templateName = name
export const templateShape = z.strictObject({
  title: z.string().max(templateLengthMax),
  body: z.string().max(templateLengthMax)
})

const time = z.string().describe('ISO 8601')

export const breakerReply = z.object({
  state: z.enum(breakerStates),
  failures: z.int(),
  since: time,
  retryAt: time.optional().describe('When one message is tried, where it is open'),
  reason: z.string()
})

export const destinationReply = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  where: z.string().describe('Where it leads, without secrets'),
  settings: anyJson.describe('For administrators; empty for others'),
  secrets: z.array(z.string()).describe('Which secrets it has; what they are is never told'),
  enabled: z.boolean(),
  urgent: z.string(),
  pace: paceShape,
  breaker: breakerReply,
  quietUntil: time.optional(),
  counts: z.object({
    waiting: z.int(),
    quiet: z.int(),
    digest: z.int(),
    rate: z.int(),
    dead: z.int(),
    sent: z.int().describe('In the last 90 days')
  }),
  updated: time,
  by: z.string()
})

export const routeReply = routeShape.extend({ id: z.string(), updated: time, by: z.string() })
export const templateReply = templateShape.extend({ name: z.string(), updated: time, by: z.string() })

export const mailServerReply = z.object({
  host: z.string(),
  port: z.int(),
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string(),
  from: z.string(),
  ca: z.string().optional(),
  hasPassword: z.boolean()
})

export const messageReply = z.object({
  id: z.int(),
  key: z.string().describe('What the peer can know a repeat by'),
  destination: z.string(),
  destinationName: z.string(),
  kind: z.enum(['alert', 'digest', 'test', 'report']),
  severity: z.enum(levels),
  subject: z.string(),
  alert: z.string().optional(),
  state: z.enum(outboxStates),
  held: z.string().optional().describe('Why it has not been tried yet: quiet, digest, rate'),
  attempts: z.int(),
  mayRepeat: z.boolean(),
  next: time.optional(),
  created: time,
  done: time.optional(),
  reason: z.string()
})

export const attemptReply = z.object({
  id: z.int(),
  message: z.int(),
  destination: z.string(),
  destinationName: z.string(),
  number: z.int(),
  started: time,
  tookMs: z.int().optional(),
  result: z.enum(['started', 'sent', 'transient', 'permanent', 'unknown']),
  detail: z.string(),
  subject: z.string(),
  kind: z.enum(['alert', 'digest', 'test', 'report'])
})
