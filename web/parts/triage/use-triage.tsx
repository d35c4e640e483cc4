/** What one can do to alerts, by key and by button, the same in the list and on one alert: at once, or after a small question. */

import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { messageOf } from '../../api.ts'
import { sessionQuery } from '../../queries.ts'
import { plural } from '../format.ts'
import type { Bindings } from '../keys.ts'
import { ExceptionDialog } from '../rules/exception-dialog.tsx'
import { type Alert, type AlertAction, type Asked, actOn, entityQuery } from './alerts.ts'
import { CaseDialog } from './case-dialog.tsx'
import { AssignDialog, CloseDialog, CommentDialog, SeverityDialog, SnoozeDialog } from './dialogs.tsx'
import { sayDone } from './done-notice.tsx'

export type Question = 'close' | 'snooze' | 'comment' | 'assign' | 'case' | 'exception' | 'severity'

export type Triage = {
  readonly mayAct: boolean
  readonly keys: Bindings
  ask(question: Question): void
  /** Assigns them to who is signed in. */
  take(): void
  act(action: AlertAction): Promise<void>
  /** To be put somewhere on the page. */
  readonly dialog: ReactNode
}

const said: Readonly<Record<AlertAction['action'], string>> = {
  acknowledge: 'acknowledged',
  start: 'in progress',
  reopen: 'open again',
  unsnooze: 'awake again',
  close: 'closed',
  assign: 'assigned',
  comment: 'commented',
  snooze: 'snoozed',
  severity: 'changed'
}
const waysBack: Partial<Record<AlertAction['action'], AlertAction>> = {
  close: { action: 'reopen' },
  snooze: { action: 'unsnooze' }
}

/**
 * `alerts`: those that it is about; with `everything` all that a filter finds, of which `alerts` are the first. `onDone` is called before the
 * lists are read again.
 */
export function useTriage(
  alerts: readonly Alert[],
  onDone?: (action: AlertAction['action'] | 'case') => void,
  everything?: { readonly filter: NonNullable<Asked['filter']>; readonly total: number }
): Triage {
  const [question, setQuestion] = useState<Question | undefined>()
  const session = useQuery(sessionQuery).data
  const mayAct = session?.scopes.includes('triage') ?? false
  const ids = alerts.map(({ id }) => id)

  const act = async (action: AlertAction): Promise<void> => {
    if (ids.length === 0 || !mayAct) return
    const back = waysBack[action.action]
    try {
      const doing = actOn(everything === undefined ? { ids } : { filter: everything.filter }, action)
      setQuestion(undefined)
      onDone?.(action.action)
      const { changed, unchanged, refused, more } = await doing
      const left = [
        unchanged.length > 0 ? `${plural(unchanged.length, 'was', 'were')} so already` : '',
        refused.length > 0 ? `${plural(refused.length, 'was', 'were')} refused: ${refused[0]!.message}` : '',
        more ? 'there are more: do it again for the next thousand' : ''
      ].filter(text => text !== '')
      sayDone({
        text: [`${plural(changed.length, 'alert')} ${said[action.action]}`, ...left].join('; ').replace(/[^.]$/, '$&.'),
        undo:
          back === undefined || changed.length === 0
            ? undefined
            : () => void actOn({ ids: changed }, back).catch(sayFailed)
      })
    } catch (error) {
      sayFailed(error)
    }
  }
  const ask = (next: Question) => {
    if (ids.length > 0 && mayAct) setQuestion(next)
  }
  const asking = (next: Question) => (event: KeyboardEvent) => {
    // The letter must not be typed into the field that takes the focus.
    event.preventDefault()
    ask(next)
  }
  const close = () => setQuestion(undefined)
  const take = () => void act({ action: 'assign', assignee: 'me' })
  const props = { alerts, many: everything?.total, onClose: close, onAct: act }
  return {
    mayAct,
    keys: {
      a: () => void act({ action: 'acknowledge' }),
      i: take,
      t: asking('assign'),
      w: () => void act({ action: 'start' }),
      o: () => void act({ action: 'reopen' }),
      e: asking('close'),
      s: asking('snooze'),
      c: asking('comment'),
      m: asking('case'),
      n: asking('exception')
    },
    ask,
    take,
    act,
    dialog: (
      <>
        {question === 'close' && <CloseDialog {...props} />}
        {question === 'snooze' && <SnoozeDialog {...props} />}
        {question === 'comment' && <CommentDialog {...props} />}
        {question === 'assign' && <AssignDialog {...props} me={session?.user.name ?? ''} />}
        {question === 'severity' && <SeverityDialog {...props} />}
        {question === 'exception' && alerts[0] !== undefined && (
          <ExceptionDialog
            ruleId={alerts[0].rule.id}
            title={alerts[0].rule.title}
            query={entityQuery(alerts[0])}
            onClose={close}
          />
        )}
        {question === 'case' && (
          <CaseDialog
            alerts={alerts}
            onClose={close}
            onDone={() => {
              close()
              onDone?.('case')
            }}
          />
        )}
      </>
    )
  }
}

function sayFailed(error: unknown): void {
  sayDone({ text: messageOf(error), isFailure: true })
}
