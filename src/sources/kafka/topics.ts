/** Which topics the configuration means, of those that there are. */

import { wildcardMatcher } from '../../filter/wildcard.ts'

export type Topics = { readonly found: readonly string[]; readonly missing: readonly string[] }

/** `there` are the topics that the user may see. Kafka's own (`__consumer_offsets`) are meant only by their full name. */
export function chooseTopics(wanted: readonly string[], there: readonly string[]): Topics {
  const found = new Set<string>()
  const missing: string[] = []
  for (const pattern of wanted) {
    const fits = wildcardMatcher(pattern, true)
    const matches = there.filter(topic => topic === pattern || (!topic.startsWith('__') && fits(topic)))
    for (const topic of matches) found.add(topic)
    if (matches.length === 0) missing.push(pattern)
  }
  return { found: [...found].sort(), missing }
}

/** What is to be said where some are missing. */
export function missingText({ missing }: Topics): string | undefined {
  if (missing.length === 0) return undefined
  const names = missing.slice(0, 5).join(', ')
  return `no such topic: ${names} (it is looked for again; if it exists, the user may not see it: DESCRIBE)`
}
