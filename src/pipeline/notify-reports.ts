/** Reports by mail go through the outbox like everything else: they are tried again, and what cannot be sent can be replayed. */

import type { StoredDestination } from '../state/destinations.ts'
import { enqueue, type OutboxState } from '../state/outbox.ts'
import type { State } from '../state/state.ts'
import { installationId, messageKey } from './notify-changes.ts'

/** What stands for the mail server as the destination of reports. */
export const reportsId = 'reports'

export const reportDestination: StoredDestination = {
  id: reportsId,
  name: 'Reports by mail',
  kind: 'mail',
  settings: {},
  secrets: {},
  enabled: true,
  urgent: 'never',
  pace: { rate: null },
  updatedMs: 0,
  by: ''
}

export type ReportMail = {
  readonly title: string
  readonly body: string
  readonly to: readonly string[]
  /** Its name in the folder of reports. */
  readonly file: string
}

/** In the transaction that notes the report as made. */
export function mailReport(state: State, reportId: string, mail: ReportMail, nowMs: number): void {
  enqueue(state, {
    key: messageKey(installationId(state), `report ${reportId}`, reportsId),
    destination: reportsId,
    kind: 'report',
    severity: 'informational',
    subject: mail.title,
    alert: '',
    template: '',
    content: { ...mail },
    createdMs: nowMs
  })
}

/** Where the mail of a report is; undefined where none was to be sent. */
export function reportMailState(state: State, reportId: string): OutboxState | undefined {
  const key = messageKey(installationId(state), `report ${reportId}`, reportsId)
  const row = state.db.prepare('SELECT state FROM outbox WHERE key = ?').get(key)
  return row?.['state'] as OutboxState | undefined
}

/** What the mail says; the report itself is attached. */
export function reportMail(
  title: string,
  customer: string | undefined,
  to: readonly string[],
  file: string
): ReportMail {
  const whom = customer === undefined || customer === '' ? '' : ` for ${customer}`
  return { title, body: `The report “${title}”${whom} is attached.`, to, file }
}
