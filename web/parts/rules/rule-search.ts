/** Which rules the filters mean. Pure. */

import { type Coverage, logsourceText, type RuleLine } from './rules.ts'
import type { RulesAddress } from './rules-address.ts'

/** All words must stand in the title, the id, the file, the tags or the log source. */
export function matching(rules: readonly RuleLine[], coverage: Coverage | undefined, filter: RulesAddress): RuleLine[] {
  const words = (filter.q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '')
  const wanted = rules.filter(rule => {
    if (filter.level !== undefined && rule.level !== filter.level) return false
    if (filter.source !== undefined && rule.origin !== filter.source) return false
    if (filter.state !== undefined && rule.enabled !== (filter.state === 'on')) return false
    if (filter.coverage !== undefined && coverageOf(coverage, rule.id) !== filter.coverage) return false
    if (words.length === 0) return true
    const text = [rule.title, rule.id, rule.file, logsourceText(rule.logsource), ...rule.tags].join(' ').toLowerCase()
    return words.every(word => text.includes(word))
  })
  // What works here comes first: on before off, what has fired before what cannot.
  const place = (rule: RuleLine) => coverageOrder.indexOf(coverageOf(coverage, rule.id))
  return wanted.sort(
    (a, b) =>
      Number(b.enabled) - Number(a.enabled) || place(a) - place(b) || rank(b) - rank(a) || compare(a.title, b.title)
  )
}

const coverageOrder = ['fired', 'can', 'unknown', 'cannot']

const order = ['informational', 'low', 'medium', 'high', 'critical']
const rank = ({ level }: RuleLine) => order.indexOf(level)
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export function coverageOf(coverage: Coverage | undefined, id: string): string {
  return coverage?.get(id)?.state ?? 'unknown'
}
