/** The text of the rules that made alerts, each version once: an alert can be explained and exported when the rule is long another one. */

import type { RuleSummary } from '../core/detection.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

const textCharsMax = 65_536

export type RuleTexts = (rule: RuleSummary) => string | undefined

const sources = new WeakMap<State, RuleTexts>()

/** Says where the texts of rules are to be had; whoever puts rules in force calls it once. It is asked once for each version that alerts. */
export function useRuleTexts(state: State, texts: RuleTexts): void {
  sources.set(state, texts)
}

export function keepRuleText(state: State, rule: RuleSummary, nowMs: number): void {
  const { id, version } = rule
  if (ruleText(state, id, version) !== undefined) return
  const text = sources.get(state)?.(rule)
  if (text === undefined) return
  prepared(state, 'INSERT OR IGNORE INTO alert_rules (rule_id, version, text, at) VALUES (?, ?, ?, ?)').run(
    id,
    version,
    text.slice(0, textCharsMax),
    nowMs
  )
}

export function ruleText(state: State, id: string, version: string): string | undefined {
  const row = prepared(state, 'SELECT text FROM alert_rules WHERE rule_id = ? AND version = ?').get(id, version)
  return row === undefined ? undefined : (row['text'] as string)
}
