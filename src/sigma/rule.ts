/**
 * What Sigma's YAML becomes: rules (https://sigmahq.io/sigma-specification, version 2.1) with their detection as an expression of the
 * filter, correlations over rules, and what was wrong with the files.
 */

import type { Level } from '../core/detection.ts'
import type { Expression } from '../filter/expression.ts'

/** Which events a rule speaks of, in Sigma's words; in lower case. */
export type Logsource = { readonly product?: string; readonly category?: string; readonly service?: string }

/** What rules and correlations say of themselves. */
export type RuleAbout = {
  /** Sigma's `id`; of a rule without one a name made of its file and place. */
  readonly id: string
  /** Sigma's `name`, by which correlations and filters may refer to it. */
  readonly name?: string
  readonly title: string
  readonly description?: string
  /** `medium` where the rule names none. */
  readonly level: Level
  readonly status?: string
  readonly author?: string
  readonly date?: string
  readonly modified?: string
  readonly tags: readonly string[]
  readonly references: readonly string[]
  readonly falsepositives: readonly string[]
  readonly fields: readonly string[]
  readonly file: string
  /** The line of the file in which its document begins, from 1. */
  readonly line: number
  /** Its document as it stands in the file. */
  readonly text: string
  /** Changes whenever the text, its filters or the values of its placeholders do. */
  readonly version: string
}

export type SigmaRule = RuleAbout & {
  readonly logsource: Logsource
  /** The detection and the filters that narrow it; fields mapped; without the logsource. */
  readonly expression: Expression
  /** Which events the logsource means; `all` where it cannot be told. */
  readonly route: Expression
  /** Our own key `picket: { group_by: [source.ip], window: 24h }`: what its alerts are grouped by (ECS names). */
  readonly groupBy?: readonly string[]
  /** How long an alert takes further matches up. */
  readonly windowMs?: number
  /** The filter documents that narrow it. */
  readonly filters?: readonly FilterAbout[]
  /** Only a part of a correlation in the same file: it makes no alerts of its own. */
  readonly partOnly?: true
}

export type FilterAbout = {
  readonly title: string
  readonly file: string
  readonly line: number
  readonly text: string
}

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median'
] as const
export type CorrelationType = (typeof correlationTypes)[number]

export const comparisonOperators = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const
export type ComparisonOperator = (typeof comparisonOperators)[number]

/** All must hold of the number. */
export type Comparison = { readonly op: ComparisonOperator; readonly value: number }

/** Which of the rules must have matched: the condition of a temporal correlation that is a text. */
export type RuleCondition =
  | { readonly kind: 'rule'; readonly rule: string }
  | { readonly kind: 'and' | 'or'; readonly of: readonly RuleCondition[] }
  | { readonly kind: 'not'; readonly of: RuleCondition }

export type Correlation = RuleAbout & {
  readonly type: CorrelationType
  /** Ids of rules and of other correlations, in the order of the text. Those that no file holds are left out and told. */
  readonly rules: readonly string[]
  /** As the text has them: field names and aliases. See `groupFields`. */
  readonly groupBy: readonly string[]
  readonly timespanMs: number
  /** Of a temporal correlation without one: as many as there are rules. */
  readonly comparisons: readonly Comparison[]
  readonly ruleCondition?: RuleCondition
  /** The field or fields whose values are counted, summed …, as the text has them. */
  readonly valueFields: readonly string[]
  /** Of `value_percentile`: from 0 to 100. */
  readonly percentile?: number
  /** Alias → rule's id → the field in that rule's events, as the text has it. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Do its rules also make alerts of their own? */
  readonly generate: boolean
  /** Only a part of another correlation in the same file. */
  readonly partOnly?: true
}

export type Severity = 'error' | 'warning'

/** What is wrong with a file. An error keeps its document out; all others load. */
export type Diagnostic = {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly severity: Severity
  readonly message: string
  readonly suggestion?: string
  /** The id of the rule that it is about, where it has one. */
  readonly rule?: string
}

export type RuleFile = { readonly path: string; readonly text: string }

export type ParseOptions = {
  /** The values of a placeholder (`%Administrators%`); undefined where there is none of this name: then the rule is refused. */
  readonly placeholders?: (name: string) => readonly string[] | undefined
  /** Fields keep the names that the rules use: no mapping, and `route` is `all`. */
  readonly native?: boolean
}

export type ParsedRules = {
  readonly rules: readonly SigmaRule[]
  readonly correlations: readonly Correlation[]
  readonly diagnostics: readonly Diagnostic[]
}
