/** The buttons for what can be done to alerts; their keys are named on them. */

import { Button, Kbd } from '../controls.tsx'
import type { IconName } from '../icons.tsx'
import type { Alert } from './alerts.ts'
import { isSnoozed } from './marks.tsx'
import type { Triage } from './use-triage.tsx'

export function ActionBar({
  triage,
  alerts,
  isEverything = false
}: {
  triage: Triage
  alerts: readonly Alert[]
  /** More than these are meant: then only what can be done to all that a filter finds. */
  isEverything?: boolean
}) {
  const { ask, act } = triage
  const areClosed = alerts.every(({ state }) => state === 'closed')
  const areSnoozed = alerts.length > 0 && alerts.every(isSnoozed)
  const button = (label: string, key: string, icon: IconName, onClick: () => void, isMain = false) => (
    <Button small look={isMain ? 'primary' : 'plain'} icon={icon} className="h-8!" onClick={onClick}>
      {label}
      <span aria-hidden="true" className="max-xl:hidden">
        <Kbd>{key}</Kbd>
      </span>
    </Button>
  )
  return (
    <fieldset aria-label="What to do" className="flex flex-wrap gap-1.5">
      {areClosed ? (
        button('Open again', 'o', 'replay', () => void act({ action: 'reopen' }), true)
      ) : (
        <>
          {alerts.some(({ state }) => state === 'new') &&
            button('Acknowledge', 'a', 'check', () => void act({ action: 'acknowledge' }))}
          {alerts.length === 1 &&
            alerts[0]?.state === 'acknowledged' &&
            button('Work on it', 'w', 'arrow', () => void act({ action: 'start' }))}
          {button('Close …', 'e', 'close', () => ask('close'), true)}
          {areSnoozed
            ? button('Wake', 's', 'snooze', () => void act({ action: 'unsnooze' }))
            : button('Snooze …', 's', 'snooze', () => ask('snooze'))}
        </>
      )}
      {button('Take', 'i', 'people', triage.take)}
      {button('Assign …', 't', 'arrow', () => ask('assign'))}
      {button('Comment …', 'c', 'comment', () => ask('comment'))}
      {!isEverything && button('Case …', 'm', 'case', () => ask('case'))}
      {alerts.length === 1 &&
        alerts[0]?.rule.kind !== 'indicator' &&
        button('Exception …', 'n', 'minus', () => ask('exception'))}
    </fieldset>
  )
}
