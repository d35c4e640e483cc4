/** Why it matched: the rule's clauses against the first event that is kept, and the text of the rule as it was then. */

import { useQuery } from '@tanstack/react-query'
import { ApiError } from '../../api.ts'
import { CopyButton } from '../copy-button.tsx'
import { Icon } from '../icons.tsx'
import { ClauseTree } from '../rules/clause-tree.tsx'
import { explainQuery } from '../rules/rules.ts'
import type { AlertDetail } from './alerts.ts'

export function WhyItMatched({ detail }: { detail: AlertDetail }) {
  const sample = detail.samples.first[0]
  const why = useQuery({
    ...explainQuery(detail.rule.id, sample?.event ?? {}),
    enabled: sample !== undefined && detail.rule.kind === 'rule'
  })
  const isGone = why.error instanceof ApiError && why.error.code === 'unknown-rule'
  return (
    <>
      {why.data !== undefined && (
        <div className="grid gap-2">
          <h3 className="font-semibold">
            {why.data.matches ? 'Why it matched' : 'The rule as it is now would not match'}{' '}
            <span className="font-normal text-muted text-xs">the first event, clause by clause</span>
          </h3>
          {why.data.exceptions.map(({ id, query }) => (
            <p key={id} className="wrap-anywhere text-warn">
              Excepted since by <code className="text-xs">{query}</code>
            </p>
          ))}
          <ClauseTree clause={why.data.clause} />
        </div>
      )}
      {isGone && <p className="text-muted">The rule is not there any more.</p>}
      {detail.ruleText !== undefined && (
        <details className="group">
          <summary className="flex list-none items-center gap-2 font-medium text-soft hover:text-ink [&::-webkit-details-marker]:hidden">
            <Icon name="chevron" className="size-3 text-muted transition-transform group-open:rotate-90" />
            The rule as it first matched
          </summary>
          <div className="relative mt-2">
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
            <pre tabIndex={0} className="max-h-80 overflow-auto rounded-lg bg-sunken p-3 pr-10 text-xs leading-relaxed">
              {detail.ruleText}
            </pre>
            <CopyButton
              text={() => detail.ruleText ?? ''}
              label="Copy the rule"
              className="absolute top-1.5 right-1.5 rounded-md p-1.5 text-muted hover:bg-line hover:text-ink"
            />
          </div>
        </details>
      )}
    </>
  )
}
