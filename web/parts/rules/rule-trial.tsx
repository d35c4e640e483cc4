/** Tries a rule: on a time of the past, and on one event, clause by clause. */

import { Link } from '@tanstack/react-router'
import { buttonClass } from '../controls.tsx'
import { Icon } from '../icons.tsx'
import { BacktestPanel } from './backtest-panel.tsx'
import { ExplainPanel } from './explain-panel.tsx'
import { ruleAsQuery } from './rule-query.ts'
import type { RuleDetail } from './rules.ts'

export function RuleTrial({
  rule,
  event,
  mayChange
}: {
  rule: RuleDetail
  /** That one came with. */
  event: string | undefined
  mayChange: boolean
}) {
  const query = ruleAsQuery(rule)
  return (
    <div className="grid gap-6">
      <section className="grid gap-3">
        <h2 className="font-semibold text-base">On the past</h2>
        <BacktestPanel subject={{ rule: rule.id }} mayExcept={mayChange} />
      </section>
      {rule.kind === 'rule' && (
        <section className="grid gap-3">
          <h2 className="font-semibold text-base">On one event</h2>
          <ExplainPanel key={event} rule={rule} start={event} />
        </section>
      )}
      {query !== '' && (
        <section className="grid gap-2">
          <h2 className="font-semibold text-base">As a search</h2>
          <div className="panel flex flex-wrap items-start justify-between gap-3 px-4 py-3">
            <code className="wrap-anywhere min-w-0 flex-1 basis-64 text-xs leading-5">{query}</code>
            <Link to="/" search={{ q: query, from: '-7d' }} className={buttonClass('plain', true)}>
              <Icon name="search" className="size-3.5" /> Search
            </Link>
          </div>
        </section>
      )}
    </div>
  )
}
