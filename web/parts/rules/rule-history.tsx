/** What has happened with a rule: its versions, who switched it, its exceptions. */

import { ago, dateTime } from '../format.ts'
import { Icon, type IconName } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import { personOf } from '../triage/timeline.tsx'
import type { RuleChange, RuleDetail } from './rules.ts'

const icons: Readonly<Record<string, IconName>> = {
  version: 'formats',
  enabled: 'check',
  disabled: 'close',
  level: 'warning',
  exception: 'minus',
  review: 'check',
  'exception-ended': 'trash',
  removed: 'trash'
}

export function RuleHistory({ rule }: { rule: RuleDetail }) {
  if (rule.history.length === 0)
    return <p className="panel px-4 py-8 text-center text-muted">Nothing has been changed about this rule here.</p>
  return (
    <ol className="panel divide-y divide-line">
      {rule.history.map(change => (
        <li
          key={`${change.time} ${change.what} ${JSON.stringify(change.detail)}`}
          className="grid grid-cols-[20px_minmax(0,1fr)_auto] items-start gap-x-2.5 px-4 py-2.5"
        >
          <span className="pt-0.5 text-muted">
            <Icon name={icons[change.what] ?? 'clock'} className="size-3.5" />
          </span>
          <Words change={change} />
          <time
            dateTime={change.time}
            title={dateTime(Date.parse(change.time))}
            className="num whitespace-nowrap text-muted text-xs"
          >
            {ago(Date.parse(change.time))}
          </time>
        </li>
      ))}
    </ol>
  )
}

function Words({ change: { what, by, detail } }: { change: RuleChange }) {
  const at = (key: string) => (typeof detail[key] === 'string' ? (detail[key] as string) : '')
  const who = by === 'file' ? 'The file' : personOf(by)
  const code = (text: string) => (
    <code className="text-xs">
      <StoredText text={text} max={300} />
    </code>
  )
  return (
    <span className="wrap-anywhere">
      <bdi className="font-medium">{who}</bdi>{' '}
      {what === 'version' && <>has another text: version {at('version').slice(0, 8)}</>}
      {what === 'enabled' && 'switched it on'}
      {what === 'disabled' && 'switched it off'}
      {what === 'level' && `set its level to ${at('level') === 'own' ? 'its own' : at('level')}`}
      {what === 'exception' && (
        <>
          added the exception {code(at('query'))}
          {at('reason') !== '' && <span className="text-soft">: {at('reason')}</span>}
        </>
      )}
      {what === 'review' && <>looked at the exception {code(at('query'))} and kept it</>}
      {what === 'exception-ended' && <>ended the exception {code(at('query'))}</>}
      {what === 'removed' && 'removed it'}
    </span>
  )
}
