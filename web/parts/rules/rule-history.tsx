/** What has happened with a rule: its versions, who switched it, its exceptions. */

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { get, messageOf } from '../../api.ts'
import { Notice, Spinner } from '../controls.tsx'
import { ago, dateTime } from '../format.ts'
import { Icon, type IconName } from '../icons.tsx'
import { Overlay } from '../overlay.tsx'
import { StoredText } from '../stored-text.tsx'
import { personOf } from '../triage/timeline.tsx'
import { type RuleChange, type RuleDetail, ruleAt } from './rules.ts'

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
  const [version, setVersion] = useState<string | undefined>()
  if (rule.history.length === 0)
    return <p className="panel px-4 py-8 text-center text-muted">Nothing has been changed about this rule here.</p>
  return (
    <>
      <ol className="panel divide-y divide-line">
        {rule.history.map(change => (
          <li
            key={`${change.time} ${change.what} ${JSON.stringify(change.detail)}`}
            className="grid grid-cols-[20px_minmax(0,1fr)_auto] items-start gap-x-2.5 px-4 py-2.5"
          >
            <span className="pt-0.5 text-muted">
              <Icon name={icons[change.what] ?? 'clock'} className="size-3.5" />
            </span>
            <Words change={change} onVersion={setVersion} />
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
      {version !== undefined && <Version rule={rule} version={version} onClose={() => setVersion(undefined)} />}
    </>
  )
}

function Version({ rule, version, onClose }: { rule: RuleDetail; version: string; onClose: () => void }) {
  const text = useQuery({
    queryKey: ['rules', 'version', rule.id, version],
    queryFn: ({ signal }) => get<{ text: string }>(ruleAt(rule.id, `/versions/${version}`), {}, signal),
    retry: false
  })
  return (
    <Overlay open kind="wide" onClose={onClose} title={`Version ${version.slice(0, 8)}`} description={rule.title}>
      {text.error !== null && <Notice mood="danger">{messageOf(text.error)}</Notice>}
      {text.isPending && <Spinner />}
      {text.data !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard
        <pre tabIndex={0} className="overflow-auto rounded-lg bg-sunken p-3 text-xs leading-relaxed">
          {text.data.text}
        </pre>
      )}
    </Overlay>
  )
}

function Words({
  change: { what, by, detail },
  onVersion
}: {
  change: RuleChange
  onVersion: (version: string) => void
}) {
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
      {what === 'version' && (
        <>
          has another text:{' '}
          <button type="button" className="text-accent hover:underline" onClick={() => onVersion(at('version'))}>
            version {at('version').slice(0, 8)}
          </button>
        </>
      )}
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
