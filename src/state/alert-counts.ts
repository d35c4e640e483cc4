/** How often rules fired, from the alerts: for lists of rules. */

import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export type Fired = {
  readonly alerts: number
  readonly matches: number
  readonly falsePositives: number
  readonly lastUs: number
}

const select = `SELECT rule_id, count(*) AS alerts, sum(count) AS matches, sum(resolution IS 'false_positive') AS wrong, max(last_us) AS last
  FROM alerts WHERE test = 0`

/** Of all rules that fired, tests apart. */
export function firedRules(state: State): Map<string, Fired> {
  const rows = prepared(state, `${select} GROUP BY rule_id`).all()
  return new Map(rows.map(row => [row['rule_id'] as string, read(row)]))
}

export function firedRule(state: State, rule: string): Fired | undefined {
  const row = prepared(state, `${select} AND rule_id = ? GROUP BY rule_id`).get(rule)
  return row === undefined ? undefined : read(row)
}

function read(row: Record<string, unknown>): Fired {
  return {
    alerts: Number(row['alerts']),
    matches: Number(row['matches']),
    falsePositives: Number(row['wrong']),
    lastUs: Number(row['last'])
  }
}
