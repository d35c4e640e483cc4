/**
 * Sigma's filters: documents that narrow rules that are written elsewhere. A filter's condition is joined to the rule's by `and`, as the
 * schema's `selection or not selection` and the reference implementation have it (docs/adr/0011).
 */

import { type Fields, isFields, logsourceOf, textOf, textsOf } from './about.ts'
import { Problem } from './problem.ts'
import type { FilterAbout, Logsource, SigmaRule } from './rule.ts'
import type { YamlDocument } from './yaml.ts'

export type RuleFilter = FilterAbout & {
  readonly logsource: Logsource
  /** Ids or names of rules; all of the logsource where undefined. */
  readonly rules: readonly string[] | undefined
  readonly selection: Fields
  readonly document: YamlDocument
}

/** Throws `Problem`. */
export function ruleFilterOf(fields: Fields, file: string, document: YamlDocument): RuleFilter {
  const selection = fields['filter']
  if (!isFields(selection)) throw new Problem('The filter is a map: rules, a selection and a condition.', ['filter'])
  const title = textOf(fields, 'title')
  if (title === undefined) throw new Problem('The title is missing.', ['title'])
  if (selection['rules'] === undefined || selection['rules'] === null)
    throw new Problem('The filter names no rules: a list of ids or names, or any.', ['filter'], 'rules: any')
  const rules = textsOf(selection, 'rules')
  const every = rules.length === 0 || (rules.length === 1 && /^(any|all)$/i.test(rules[0]!))
  return {
    title,
    file,
    line: document.line,
    text: document.text,
    logsource: logsourceOf(fields),
    rules: every ? undefined : rules,
    selection,
    document
  }
}

/** Is the rule one of those that the filter is for? The filter's logsource holds the rule's. */
export function appliesTo(filter: RuleFilter, rule: Pick<SigmaRule, 'id' | 'name' | 'logsource'>): boolean {
  for (const key of ['product', 'category', 'service'] as const) {
    if (filter.logsource[key] !== undefined && filter.logsource[key] !== rule.logsource[key]) return false
  }
  return (
    filter.rules === undefined ||
    filter.rules.includes(rule.id) ||
    (rule.name !== undefined && filter.rules.includes(rule.name))
  )
}
