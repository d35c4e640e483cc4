/** What is kept with a case: files, with their fingerprints, and events beyond those of its alerts. */

import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { messageOf } from '../../api.ts'
import { Badge, Button, IconButton, Notice } from '../controls.tsx'
import { EventEnds, EventSentence, EventTime } from '../event-cells.tsx'
import { summaryOf } from '../event-summary.ts'
import { ago, bytes } from '../format.ts'
import { Icon } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import { msOf } from './alerts.ts'
import { attachFile } from './case-transfer.ts'
import { type CaseDetail, workOnCase } from './cases.ts'
import { personOf } from './timeline.tsx'

export function CaseEvidence({ of, mayWork }: { of: CaseDetail; mayWork: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  const attach = useMutation({
    mutationFn: async (files: readonly File[]) => {
      for (const file of files) await attachFile(of.id, file)
    }
  })
  const remove = useMutation({ mutationFn: (rest: string) => workOnCase(of.id, 'DELETE', rest) })
  const { events, files } = of.evidence
  const error = attach.error ?? remove.error
  return (
    <section aria-label="Evidence" className="panel min-w-0">
      <div className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2">
        <h2 className="mr-auto font-semibold">Evidence</h2>
        {mayWork && (
          <>
            <input
              ref={input}
              type="file"
              multiple
              aria-label="Files to attach"
              className="sr-only"
              tabIndex={-1}
              onChange={event => {
                const chosen = [...(event.target.files ?? [])]
                event.target.value = ''
                if (chosen.length > 0) attach.mutate(chosen)
              }}
            />
            <Button small icon="upload" disabled={attach.isPending} onClick={() => input.current?.click()}>
              {attach.isPending ? 'Attaching …' : 'Attach files'}
            </Button>
          </>
        )}
      </div>
      {error !== null && (
        <div className="px-4 pt-3">
          <Notice mood="danger">{messageOf(error)}</Notice>
        </div>
      )}
      {files.length === 0 && events.length === 0 ? (
        <p className="px-4 py-3 text-muted">
          Attach files here. The events of the alerts are part of the case already; others are added by “Case …” on an
          event that is open in the search.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {files.map(file => (
            <li key={file.id} className="flex items-center gap-3 px-4 py-2">
              <Icon name="formats" className="size-4 text-muted" />
              <span className="min-w-0 flex-1">
                <a
                  href={`/api/cases/${of.id}/files/${file.id}`}
                  download={file.name}
                  className="block truncate font-medium text-accent hover:underline"
                >
                  <StoredText text={file.name} max={120} />
                </a>
                <span className="num block truncate text-muted text-xs">
                  {bytes(file.bytes)} · {personOf(file.by)}, {ago(msOf(file.added))} ·{' '}
                  <span className="font-mono">SHA-256 {file.sha256}</span>
                </span>
              </span>
              {mayWork && (
                <IconButton
                  label={`Remove ${file.name}`}
                  icon="trash"
                  className="size-8"
                  disabled={remove.isPending}
                  onClick={() => remove.mutate(`/files/${file.id}`)}
                />
              )}
            </li>
          ))}
          {events.map(({ id, time, event }) => {
            const summary = summaryOf(event)
            const stored = { id, timeMs: msOf(time), document: event }
            return (
              <li key={id} className="flex min-w-0 items-center gap-3 px-4 py-1.5">
                <EventTime ms={stored.timeMs} />
                <Badge tone={summary.tone}>{summary.badge}</Badge>
                <span className="truncate font-mono text-xs max-md:hidden">
                  <EventEnds event={stored} />
                </span>
                <span className="min-w-0 flex-1 truncate">
                  <EventSentence parts={summary.parts} />
                </span>
                {mayWork && (
                  <IconButton
                    label={`Remove the event ${id}`}
                    icon="trash"
                    className="size-8"
                    disabled={remove.isPending}
                    onClick={() => remove.mutate(`/events/${id}`)}
                  />
                )}
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}
