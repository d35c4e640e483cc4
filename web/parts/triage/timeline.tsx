/** What has happened with an alert, the newest last, and a field for what one wants to say about it. */

import { useState } from 'react'
import { Button } from '../controls.tsx'
import { ago, dateTime } from '../format.ts'
import { Icon, type IconName } from '../icons.tsx'
import { StoredBlock } from '../stored-text.tsx'
import { type AlertDetail, type HistoryEntry, msOf, type Resolution, resolutionNames } from './alerts.ts'
import { CommentField } from './dialogs.tsx'
import type { Triage } from './use-triage.tsx'

export function Timeline({ detail, triage }: { detail: AlertDetail; triage: Triage }) {
  const [text, setText] = useState('')
  return (
    <section aria-label="Timeline" className="panel">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">Timeline</h2>
      <ol className="grid gap-3 px-4 py-3">
        {detail.history.map(entry => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {triage.mayAct && (
        <form
          className="grid gap-2 border-line border-t px-4 py-3"
          onSubmit={event => {
            event.preventDefault()
            if (text.trim() === '') return
            void triage.act({ action: 'comment', text: text.trim() }).then(() => setText(''))
          }}
        >
          <CommentField value={text} onChange={setText} />
          <Button type="submit" small className="justify-self-end" disabled={text.trim() === ''}>
            Comment
          </Button>
        </form>
      )}
    </section>
  )
}

const icons: Readonly<Record<string, IconName>> = {
  created: 'bell',
  escalated: 'warning',
  severity: 'warning',
  state: 'check',
  assigned: 'people',
  commented: 'comment',
  snoozed: 'snooze',
  woken: 'snooze',
  case: 'case'
}

function Entry({ entry }: { entry: HistoryEntry }) {
  const comment = entry.kind === 'commented' ? textOf(entry.detail, 'text') : undefined
  return (
    <li className="grid grid-cols-[20px_minmax(0,1fr)] gap-x-2">
      <span className="pt-0.5 text-muted">
        <Icon name={icons[entry.kind] ?? 'clock'} className="size-3.5" />
      </span>
      <div className="min-w-0">
        <p className="wrap-anywhere">
          {entry.by !== 'picket' && <bdi className="font-medium">{personOf(entry.by)} </bdi>}
          {wordsOf(entry)}{' '}
          <time dateTime={entry.time} title={dateTime(msOf(entry.time))} className="num text-muted text-xs">
            {ago(msOf(entry.time))}
          </time>
        </p>
        {comment !== undefined && (
          <div className="mt-1 rounded-lg bg-sunken px-2.5 py-1.5">
            <StoredBlock text={comment} max={2000} />
          </div>
        )}
      </div>
    </li>
  )
}

/** `user:anna` → `anna`. */
export function personOf(actor: string): string {
  return actor.replace(/^user:/, '')
}

function textOf(detail: Record<string, unknown>, key: string): string | undefined {
  const value = detail[key]
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined
}

function wordsOf({ kind, by, detail }: HistoryEntry): string {
  const at = (key: string) => textOf(detail, key)
  const reason = at('reason') === undefined ? '' : `: ${at('reason')}`
  switch (kind) {
    case 'created':
      return 'Raised'
    case 'escalated':
    case 'severity':
      return `${by === 'picket' ? 'Severity' : 'set the severity'} ${at('from') === undefined ? '' : `from ${at('from')} `}to ${at('to') ?? at('severity') ?? '?'}${reason}`
    case 'state': {
      const to = at('to') ?? at('state') ?? ''
      if (to === 'closed') {
        const resolution = at('resolution') as Resolution | undefined
        return `closed it${resolution === undefined ? '' : ` as ${resolutionNames[resolution] ?? resolution}`}${reason}`
      }
      if (at('from') === 'closed') return 'opened it again'
      return to === 'acknowledged' ? 'acknowledged it' : `set it ${to.replaceAll('_', ' ')}`
    }
    case 'assigned':
      return at('to') === undefined && at('assignee') === undefined
        ? 'assigned it to nobody'
        : `assigned it to ${at('to') ?? at('assignee')}`
    case 'commented':
      return 'said'
    case 'snoozed':
      return `snoozed it until ${until(detail)}`
    case 'woken':
      return by === 'picket' ? 'The snooze is over' : 'woke it'
    case 'case':
      return at('case') === undefined ? `took it out of case ${at('from') ?? '?'}` : `put it into case ${at('case')}`
    case 'trimmed':
      return 'The kept events were let go, to make room'
    default:
      return kind
  }
}

function until(detail: Record<string, unknown>): string {
  const ms = Date.parse(String(detail['until']))
  return Number.isNaN(ms) ? 'later' : dateTime(ms).slice(0, 16)
}
