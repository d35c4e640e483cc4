/** Why the rule matched. */

import type { AlertDetail } from './alerts.ts'

export function WhyItMatched({ detail }: { detail: AlertDetail }) {
  if (detail.ruleText === undefined) return null
  return <pre>{detail.ruleText}</pre>
}
