/** Work on alerts as both doors do it, the API and the command line without a server: one transaction, an audit entry for each alert. */

import { z } from 'zod'
import { workAlert } from '../state/alert-work.ts'
import type { State } from '../state/state.ts'
import { userNamed } from '../state/users.ts'
import type { AlertAction, AlertId } from '../triage/alert.ts'
import { levelSchema, resolutionSchema } from './alert-out.ts'
import { ApiError } from './route.ts'

export const textMax = 10_000
const snoozeMaxMs = 366 * 86_400_000

/** What is asked for: the shape of a bulk action but for the alerts that it is about. */
export const actionShape = z.discriminatedUnion('action', [
  z.object({ action: z.enum(['acknowledge', 'start', 'reopen', 'unsnooze']) }),
  z.object({
    action: z.literal('close'),
    resolution: resolutionSchema,
    reason: z.string().max(textMax).default('')
  }),
  z.object({
    action: z.literal('assign'),
    assignee: z.string().max(64).optional().describe('me; to nobody if absent')
  }),
  z.object({ action: z.literal('comment'), text: z.string().trim().min(1).max(textMax).describe('@name mentions') }),
  z.object({ action: z.literal('snooze'), until: z.iso.datetime({ offset: true }) }),
  z.object({ action: z.literal('severity'), severity: levelSchema, reason: z.string().max(textMax).default('') })
])
export type AskedAction = z.input<typeof actionShape>

/** Who does it, and how it is written down. */
export type Worker = {
  readonly actor: string
  readonly userName: string | undefined
  audit(action: string, object: string, detail?: Readonly<Record<string, unknown>>): void
}

export type WorkDone = {
  readonly changed: AlertId[]
  /** It was so already. */
  readonly unchanged: AlertId[]
  readonly refused: { id: AlertId; code: string; message: string }[]
}

const auditNames: Readonly<Record<AlertAction['action'], string>> = {
  acknowledge: 'alert.acknowledged',
  start: 'alert.started',
  reopen: 'alert.reopened',
  unsnooze: 'alert.woken',
  close: 'alert.closed',
  assign: 'alert.assigned',
  comment: 'alert.commented',
  snooze: 'alert.snoozed',
  severity: 'alert.severity-set'
}

/** Throws an `ApiError` where the action itself cannot be; what is the matter with one alert is in the answer. */
export function workAlerts(
  state: State,
  ids: readonly AlertId[],
  asked: AskedAction,
  worker: Worker,
  nowMs: number
): WorkDone {
  const action = actionOf(state, asked, worker, nowMs)
  return state.transaction(() => {
    const done: WorkDone = { changed: [], unchanged: [], refused: [] }
    for (const id of new Set(ids)) {
      const worked = workAlert(state, id, action, worker.actor, nowMs)
      if (!worked.ok) done.refused.push({ id, code: worked.code, message: worked.why })
      else if (!worked.changed) done.unchanged.push(id)
      else {
        done.changed.push(id)
        const { action: name, ...detail } = action
        worker.audit(auditNames[name], `alert:${id}`, detail)
      }
    }
    return done
  })
}

function actionOf(state: State, asked: AskedAction, worker: Worker, nowMs: number): AlertAction {
  const checked = actionShape.parse(asked)
  switch (checked.action) {
    case 'assign':
      return { action: 'assign', assignee: assigneeOf(state, checked.assignee, worker) }
    case 'snooze': {
      const untilMs = Date.parse(checked.until)
      if (untilMs <= nowMs || untilMs > nowMs + snoozeMaxMs)
        throw new ApiError(400, 'bad-time', 'Snooze until a time to come, at most a year from now.')
      return { action: 'snooze', untilMs }
    }
    default:
      return checked
  }
}

/** `me` is the caller; nobody where no name is given. Throws for somebody who is not there. */
export function assigneeOf(
  state: State,
  asked: string | undefined,
  worker: Pick<Worker, 'userName'>
): string | undefined {
  if (asked === undefined || asked === '') return undefined
  const name = asked === 'me' ? worker.userName : asked
  const user = name === undefined ? undefined : userNamed(state, name)
  if (user === undefined || user.disabledMs !== undefined)
    throw new ApiError(400, 'unknown-user', `There is no user ${name ?? 'behind “me”'} to assign it to.`)
  return user.name
}
