/**
 * How many new alerts there may still be: of a rule and of all rules in an hour, and open at once. What finds no room is counted in a storm
 * (docs/adr/0014).
 */

import type { RuleSummary } from '../core/detection.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export const newPerRuleMax = 100
export const newMax = 1000
/** More than anybody will ever look at. */
export const openMax = 20_000
const hourMs = 3_600_000

export type Room = {
  /** True if there is room for one more, which then is taken. */
  take(rule: RuleSummary, test: number): boolean
}

/** For one transaction. Rows from a clock that went astray do not count for ever: both ends of the hour are bounded. */
export function roomFor(state: State, nowMs: number): Room {
  const span = [nowMs - hourMs, nowMs + hourMs] as const
  const real = 'created > ? AND created < ? AND test = 0 AND storm = 0'
  const count = (sql: string, ...values: (string | number)[]): number =>
    Number(prepared(state, sql).get(...values)!['n'])
  const used = new Map<string, number>()
  const usedBy = (rule: RuleSummary, test: number): number =>
    test === 1
      ? count('SELECT count(*) AS n FROM alerts WHERE test = 1 AND created > ? AND created < ?', ...span)
      : rule.kind === 'indicator'
        ? count(`SELECT count(*) AS n FROM alerts WHERE ${real} AND rule_kind = 'indicator'`, ...span)
        : count(`SELECT count(*) AS n FROM alerts WHERE rule_id = ? AND ${real}`, rule.id, ...span)
  let all: number | undefined
  let open: number | undefined
  return {
    take(rule, test) {
      // Tests are the heartbeat's own: as many as it makes.
      const name = test === 1 ? 'test' : rule.kind === 'indicator' ? 'indicator' : `rule ${rule.id}`
      const max = test === 1 ? newMax : newPerRuleMax
      const before = used.get(name) ?? usedBy(rule, test)
      used.set(name, before)
      if (before >= max) return false
      if (test === 0) {
        all ??= count(`SELECT count(*) AS n FROM alerts WHERE ${real}`, ...span)
        open ??= count("SELECT count(*) AS n FROM (SELECT 1 FROM alerts WHERE state <> 'closed' LIMIT ?)", openMax)
        if (all >= newMax || open >= openMax) return false
        all++
        open++
      }
      used.set(name, before + 1)
      return true
    }
  }
}

/**
 * Whose storm takes in what the rule found: its own. Indicators come by the million, each with an id of its own: they have one storm
 * together, and one share of the hour.
 */
export function stormOf(rule: RuleSummary): RuleSummary {
  if (rule.kind !== 'indicator') return rule
  return {
    id: 'picket-indicators',
    // A version for each level: a worse one that comes later raises the storm.
    version: rule.level,
    kind: 'indicator',
    title: 'Indicators of threat intelligence were hit more often than becomes alerts of their own',
    level: rule.level,
    tags: []
  }
}
