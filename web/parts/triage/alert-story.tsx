/** What happened, in words: what the detector says, what the rule means, how severe and why; and why it matched, clause by clause. */

import { count, dateTime, duration, plural } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
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
      <p className="text-soft">
        Severity <span className="font-medium text-ink">{detail.severity}</span>: {detail.severityWhy[0] ?? ''}
        {raised.length > 0 && `; ${raised.join('; ')}`}.
      </p>
      <AttackTags attack={detail.attack} tags={detail.rule.tags} />
      <WhyItMatched detail={detail} />
    </section>
  )
}
