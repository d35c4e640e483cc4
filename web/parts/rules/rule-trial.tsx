/** Tries a rule: which stored events it would find, and which it would not. */

import { Link } from '@tanstack/react-router'
import { buttonClass } from '../controls.tsx'
import { Icon } from '../icons.tsx'
import type { RuleDetail } from './rules.ts'

export function RuleTrial({ rule }: { rule: RuleDetail; mayChange: boolean }) {
  const query = [rule.route, rule.query]
    .filter(part => part !== undefined && part !== '*')
    .map(part => `(${part})`)
    .join(' and ')
  return (
    <section className="panel grid justify-items-start gap-3 p-4">
      <p className="max-w-prose text-soft">As a search, the rule is:</p>
      <code className="wrap-anywhere text-xs leading-5">{query}</code>
      <Link to="/" search={{ q: query, from: '-7d' }} className={buttonClass()}>
        <Icon name="search" /> Search the last 7 days
      </Link>
    </section>
  )
}
