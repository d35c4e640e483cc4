/** What a detector of rules needs of a rule; made by `pipeline/rules.ts` of Sigma rules and their exceptions. */

import type { RuleSummary } from '../core/detection.ts'
import type { Expression } from '../filter/expression.ts'

export type DetectionRule = {
  readonly summary: RuleSummary
  /** Which events the rule is about (its logsource). Most rules share one of a few dozen routes. */
  readonly route: Expression
  /** What of them it looks for, its exceptions folded in. */
  readonly expression: Expression
  /** The fields that its alerts are grouped by; empty: by the host, else the source's address, else the user. */
  readonly groupBy: readonly string[]
}
