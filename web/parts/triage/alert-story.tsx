/** What happened, in words: what the detector says, what the rule means, how severe and why; and why it matched, clause by clause. */

import { useQuery } from '@tanstack/react-query'
import { count, dateTime, duration, plural } from '../format.ts'
import { ruleQuery } from '../rules/rules.ts'
import { StoredBlock, StoredText } from '../stored-text.tsx'
import { EntityLine } from './alert-rows.tsx'
import { type AlertDetail, msOf } from './alerts.ts'
import { AttackTags } from './attack-tags.tsx'
import { WhyItMatched } from './why.tsx'

const kinds = {
  rule: 'The rule',
  correlation: 'The correlation',
  threshold: 'The threshold',
  baseline: 'The baseline',
  indicator: 'The indicator'
} as const

export function AlertStory({ detail }: { detail: AlertDetail }) {
  const spanMs = msOf(detail.last) - msOf(detail.first)
  const raised = detail.severityWhy.slice(1)
  return (
    <section aria-label="What happened" className="panel grid gap-3 p-4">
      <h2 className="font-semibold">What happened</h2>
      <p className="wrap-anywhere max-w-prose">
        {detail.summary !== '' ? (
          <strong className="font-semibold">
            <StoredText text={detail.summary} max={600} />.{' '}
          </strong>
        ) : null}
        {kinds[detail.rule.kind]} matched {plural(detail.count, 'event')}
        {detail.storm ? (
          <> of {count(detail.entities)} entities, more than become alerts of their own</>
        ) : Object.keys(detail.entity).length > 0 ? (
          <>
            {' '}
            about <EntityLine alert={detail} />
          </>
        ) : null}
        , {spanMs < 1000 ? 'at' : 'from'} <span className="num">{dateTime(msOf(detail.first)).slice(0, 19)}</span>
        {spanMs >= 1000 && <> for {duration(spanMs)}</>}.
      </p>
      <WhatTheRuleSays detail={detail} />
      <p className="text-soft">
        Severity <span className="font-medium text-ink">{detail.severity}</span>: {detail.severityWhy[0] ?? ''}
        {raised.length > 0 && `; ${raised.join('; ')}`}.
      </p>
      <AttackTags attack={detail.attack} tags={detail.rule.tags} />
      <WhyItMatched detail={detail} />
    </section>
  )
}

/** What who wrote the rule wants to be known: what it means, and when it is wrong. */
function WhatTheRuleSays({ detail }: { detail: AlertDetail }) {
  const rule = useQuery({ ...ruleQuery(detail.rule.id), enabled: detail.rule.kind !== 'indicator' }).data
  if (rule === undefined) return null
  return (
    <>
      {rule.description !== undefined && (
        <div className="wrap-anywhere max-w-prose">
          <StoredBlock text={rule.description} max={1200} />
        </div>
      )}
      {rule.falsepositives.length > 0 && (
        <p className="wrap-anywhere max-w-prose text-soft">
          <span className="font-medium">Harmless, if it is:</span>{' '}
          {rule.falsepositives.slice(0, 8).map((text, at) => (
            <span key={text}>
              {at > 0 && '; '}
              <StoredText text={text} max={200} />
            </span>
          ))}
        </p>
      )}
    </>
  )
}
