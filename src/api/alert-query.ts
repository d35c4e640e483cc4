/** Which alerts are meant: the filters of `GET /api/alerts`, which bulk actions take, too. */

import { z } from 'zod'
import { type Level, levels } from '../core/detection.ts'
import { parseTimePoint } from '../core/time-range.ts'
import { type AlertCursor, type AlertFilter, alertSorts } from '../state/alert-list.ts'
import { type AlertState, alertStates } from '../triage/alert.ts'
import { ApiError, type Principal } from './route.ts'

const text = (max: number) => z.string().min(1).max(max)
const flag = z.enum(['true', 'false'])

export const filterShape = {
  state: text(64)
    .optional()
    .describe(`Of ${alertStates.join(', ')}, with commas; or open (all but closed), or all`),
  severity: text(64)
    .optional()
    .describe(`Of ${levels.join(', ')}, with commas; high+ means high and above`),
  rule: text(512).optional().describe('The rule’s id'),
  entity: text(1024).optional().describe('A value that the alert is about or its events name, exactly: 192.0.2.1'),
  assignee: text(64).optional().describe('A user’s name; me; none'),
  mentions: text(64).optional().describe('Alerts where a comment names the user; me'),
  tag: text(128).optional().describe('attack.t1110 (with its sub-techniques), attack.credential-access'),
  q: text(256).optional().describe('Part of the title, the entity or the summary; #12 is alert 12'),
  from: text(64).optional().describe('With events since then: -24h, 2026-11-21, ISO 8601'),
  to: text(64).optional().describe('With events before then'),
  case: z.coerce.number().int().min(1).optional(),
  snoozed: z.enum(['exclude', 'include', 'only']).default('exclude'),
  test: flag.default('false').describe('Those of the heartbeat instead of the real ones')
}

export const listShape = {
  ...filterShape,
  sort: z.enum(alertSorts).default('severity').describe('The most severe, the latest, or the newest first'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: text(128).optional().describe('The `next` of the page before')
}

type AskedFilter = z.output<z.ZodObject<typeof filterShape>>

/** `open` unless a state is named. Throws an `ApiError` that names what is wrong. */
export function filterOf(
  asked: AskedFilter,
  principal: Pick<Principal, 'userName'> | undefined,
  nowMs: number
): AlertFilter {
  const { rule, entity, tag, q, snoozed } = asked
  return {
    states: statesOf(asked.state ?? 'open'),
    ...(asked.severity !== undefined && { severities: severitiesOf(asked.severity) }),
    ...(rule !== undefined && { rule }),
    ...(entity !== undefined && { value: entity }),
    ...(asked.assignee !== undefined && {
      assignee: asked.assignee === 'none' ? '' : nameOf(asked.assignee, principal)
    }),
    ...(asked.mentions !== undefined && { mentions: nameOf(asked.mentions, principal) }),
    ...(tag !== undefined && { tag }),
    ...(q !== undefined && { text: q }),
    ...(asked.from !== undefined && { fromUs: timeUs(asked.from, nowMs) }),
    ...(asked.to !== undefined && { toUs: timeUs(asked.to, nowMs) }),
    ...(asked.case !== undefined && { caseId: asked.case }),
    snoozed,
    test: asked.test === 'true'
  }
}

function statesOf(asked: string): readonly AlertState[] {
  if (asked === 'all') return alertStates
  if (asked === 'open') return alertStates.filter(state => state !== 'closed')
  return listOf(asked, alertStates, 'state')
}

function severitiesOf(asked: string): readonly Level[] {
  const least = /^([a-z]+)\+$/.exec(asked)?.[1]
  if (least === undefined) return listOf(asked, levels, 'severity')
  return levels.slice(levels.indexOf(listOf(least, levels, 'severity')[0]!))
}

function listOf<T extends string>(asked: string, known: readonly T[], what: string): T[] {
  return asked.split(',').map(each => {
    const found = known.find(one => one === each.trim())
    if (found === undefined)
      throw new ApiError(400, 'invalid', `There is no ${what} ${each.trim()}: known are ${known.join(', ')}.`)
    return found
  })
}

/** `me` is the signed-in user. */
export function nameOf(asked: string, principal: Pick<Principal, 'userName'> | undefined): string {
  if (asked !== 'me') return asked
  const name = principal?.userName
  if (name === undefined) throw new ApiError(400, 'invalid', 'Who is “me”? Only signed-in users can say that.')
  return name
}

/** Throws `bad-time`. */
export function timeUs(asked: string, nowMs: number): number {
  const us = parseTimePoint(asked, nowMs)
  if (us === undefined) throw new ApiError(400, 'bad-time', `${asked} is no time: write -24h or 2026-11-21T10:00:00Z.`)
  return us
}

export function cursorText(cursor: AlertCursor | undefined): string | undefined {
  return cursor?.join('.')
}

export function cursorOf(asked: string | undefined): AlertCursor | undefined {
  if (asked === undefined) return undefined
  if (!/^-?\d{1,16}(\.-?\d{1,16}){0,2}$/.test(asked))
    throw new ApiError(400, 'invalid', 'This is no cursor: take the `next` of the page before.')
  return asked.split('.').map(Number)
}
