/** Reports by mail go through the outbox like everything else: they are tried again, and what cannot be sent can be replayed. */

import type { StoredDestination } from '../state/destinations.ts'
import { enqueue } from '../state/outbox.ts'
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
