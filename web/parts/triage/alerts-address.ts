/** Which alerts are looked at: what stands in the address of the list, and of an alert that was opened from it. Pure. */

import { type Address, oneOf, textOf } from '../address.ts'

export type AlertsAddress = {
  /** Nothing: open and not snoozed. */
  state?: (typeof alertStates)[number] | undefined
  /** Levels, with commas. */
  severity?: string | undefined
  rule?: string | undefined
  /** A value that they are about. */
  entity?: string | undefined
  /** A name, or `nobody`. */
  assignee?: string | undefined
  case?: string | undefined
  /** `attack.t1110`: with its parts. */
  tag?: string | undefined
  /** A comment names who is signed in. */
  mentions?: 'on' | undefined
  q?: string | undefined
  from?: string | undefined
  to?: string | undefined
  /** Those of the heartbeat. */
  test?: 'on' | undefined
}

const alertStates = ['new', 'acknowledged', 'in_progress', 'snoozed', 'closed', 'all'] as const

export const alertsAddress = (address: Address): AlertsAddress => ({
  state: oneOf(alertStates, address['state']),
  severity: textOf(address, 'severity'),
  rule: textOf(address, 'rule'),
  entity: textOf(address, 'entity'),
  assignee: textOf(address, 'assignee'),
  case: textOf(address, 'case'),
  tag: textOf(address, 'tag'),
  mentions: oneOf(['on'], address['mentions']),
  q: textOf(address, 'q'),
  from: textOf(address, 'from'),
  to: textOf(address, 'to'),
  test: oneOf(['on'], address['test'])
})
