/** The ways of telling, in the order in which people are offered them. A new one is a file and a line. */

import type { AnyAction } from './action.ts'
import { mail } from './mail.ts'
import { pagerduty } from './pagerduty.ts'
import { slack } from './slack.ts'
import { syslog } from './syslog.ts'
import { teams } from './teams.ts'
import { webhook } from './webhook.ts'

export const actions: readonly AnyAction[] = [slack, teams, mail, webhook, pagerduty, syslog]

export function actionOf(kind: string): AnyAction | undefined {
  return actions.find(action => action.kind === kind)
}
