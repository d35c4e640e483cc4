/** The notes of a case and what has been done about it, in the order of time. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { messageOf } from '../../api.ts'
import { Button, inputClass, Notice } from '../controls.tsx'
import { ago, dateTime, plural } from '../format.ts'
import { Icon, type IconName } from '../icons.tsx'
import { StoredBlock } from '../stored-text.tsx'
import { type HistoryEntry, msOf, type Resolution, resolutionNames } from './alerts.ts'
import { type CaseDetail, workOnCase } from './cases.ts'
import { personOf } from './timeline.tsx'

export function CaseNotes({ of, mayWork }: { of: CaseDetail; mayWork: boolean }) {
  const [text, setText] = useState('')
  const note = useMutation({
    mutationFn: () => workOnCase(of.id, 'POST', '/notes', { text: text.trim() }),
    onSuccess: () => setText('')
  })
  return (
    <section aria-label="Notes and history" className="panel min-w-0">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">Notes and history</h2>
      <ol className="grid gap-3 px-4 py-3">
        {of.history.map(entry => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {mayWork && (
        <form
          className="grid gap-2 border-line border-t px-4 py-3"
          onSubmit={event => {
            event.preventDefault()
            if (text.trim() !== '') note.mutate()
          }}
        >
          <label className="grid gap-1">
            <span className="font-medium text-soft">Note</span>
            <textarea
              data-note
              rows={4}
              maxLength={10_000}
              value={text}
              placeholder="What was found, what was done"
              className={`${inputClass} h-auto! resize-y py-2`}
              onChange={event => setText(event.target.value)}
              onKeyDown={event => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit()
                if (event.key === 'Escape') event.currentTarget.blur()
              }}
            />
          </label>
          {note.error !== null && <Notice mood="danger">{messageOf(note.error)}</Notice>}
          <Button type="submit" small className="justify-self-end" disabled={text.trim() === '' || note.isPending}>
            Add the note
          </Button>
        </form>
      )}
    </section>
  )
}

const icons: Readonly<Record<string, IconName>> = {
  created: 'case',
  noted: 'comment',
  assigned: 'people',
  'alerts-added': 'bell',
  'alerts-removed': 'bell',
  'events-attached': 'pin',
  'file-attached': 'pin',
  closed: 'check',
  reopened: 'replay',
  exported: 'download'
}

function Entry({ entry }: { entry: HistoryEntry }) {
  const note = entry.kind === 'noted' && typeof entry.detail['text'] === 'string' ? entry.detail['text'] : undefined
  return (
    <li className="grid grid-cols-[20px_minmax(0,1fr)] gap-x-2">
      <span className="pt-0.5 text-muted">
        <Icon name={icons[entry.kind] ?? 'clock'} className="size-3.5" />
      </span>
      <div className="min-w-0">
        <p className="wrap-anywhere">
          <bdi className="font-medium">{personOf(entry.by)}</bdi> {wordsOf(entry)}{' '}
          <time dateTime={entry.time} title={dateTime(msOf(entry.time))} className="num text-muted text-xs">
            {ago(msOf(entry.time))}
          </time>
        </p>
        {note !== undefined && (
          <div className="mt-1 rounded-lg bg-sunken px-2.5 py-1.5">
            <StoredBlock text={note} max={4000} />
          </div>
        )}
      </div>
    </li>
  )
}

function wordsOf({ kind, detail }: HistoryEntry): string {
  const text = (key: string) => (typeof detail[key] === 'string' ? (detail[key] as string) : '')
  const many = (key: string, one: string) =>
    plural(Array.isArray(detail[key]) ? (detail[key] as unknown[]).length : 1, one)
  switch (kind) {
    case 'created':
      return 'opened the case'
    case 'renamed':
      return `renamed it from “${text('from')}”`
    case 'assigned':
      return text('to') === '' ? 'assigned it to nobody' : `assigned it to ${text('to')}`
    case 'noted':
      return 'noted'
    case 'alerts-added':
      return `added ${many('alerts', 'alert')}`
    case 'alerts-removed':
      return `took ${many('alerts', 'alert')} out`
    case 'events-attached':
      return `attached ${many('events', 'event')}`
    case 'event-removed':
      return 'removed an event'
    case 'file-attached':
      return `attached ${text('name')}`
    case 'file-removed':
      return `removed ${text('name')}`
    case 'closed': {
      const resolution = text('resolution') as Resolution
      return `closed it as ${resolutionNames[resolution] ?? resolution}${text('reason') === '' ? '' : `: ${text('reason')}`}`
    }
    case 'reopened':
      return 'opened it again'
    case 'exported':
      return 'exported it'
    default:
      return kind
  }
}
