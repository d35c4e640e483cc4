/** What becomes of the files that were dropped: sending, then the run's own ledger, until nothing is pending. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { ledgerQuery } from '../queries.ts'
import { buttonClass, IconButton } from './controls.tsx'
import { bytes, plural } from './format.ts'
import { Icon } from './icons.tsx'
import { dismissRun, type Run, retryUpload, type Upload, useRuns } from './imports.ts'
import { LedgerLine } from './ledger-equation.tsx'
import { quoted } from './query-text.ts'
import { StoredText } from './stored-text.tsx'

export function ImportPanel() {
  const runs = useRuns()
  const [open, setOpen] = useState(true)
  const newest = runs[0]?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new run opens the panel
  useEffect(() => setOpen(true), [newest])
  if (runs.length === 0) return null
  const busy = runs.some(run => run.uploads.some(upload => upload.state !== 'done' && upload.state !== 'failed'))
  return (
    <section
      aria-label="Imports"
      className="enter fixed right-3 bottom-18 left-3 z-30 flex max-h-[60dvh] flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-float sm:left-auto sm:w-[400px] md:right-4 md:bottom-4"
    >
      <header className="flex items-center gap-2 border-line border-b py-1 pr-1 pl-4">
        <h2 className="flex-1 font-semibold">{busy ? 'Bringing in files' : 'Imports'}</h2>
        <IconButton
          label={open ? 'Fold the imports' : 'Unfold the imports'}
          icon={open ? 'down' : 'chevron'}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
        {!busy && (
          <IconButton
            label="Close the imports"
            icon="close"
            onClick={() => runs.forEach(run => void dismissRun(run.id))}
          />
        )}
      </header>
      {open && (
        <div className="min-h-0 divide-y divide-line overflow-y-auto">
          {runs.map(run => (
            <RunBlock key={run.id} run={run} />
          ))}
        </div>
      )}
    </section>
  )
}

function RunBlock({ run }: { run: Run }) {
  const client = useQueryClient()
  const sent = run.uploads.filter(upload => upload.state === 'done')
  const isSending = run.uploads.some(upload => upload.state !== 'done' && upload.state !== 'failed')
  const accepted = sent.reduce((sum, upload) => sum + (upload.records ?? 0), 0)
  const [settled, setSettled] = useState(false)
  const ledger = useQuery({ ...ledgerQuery(run.id, settled ? false : 1000), enabled: sent.length > 0 || isSending })
  const report = ledger.data
  const isSettled = !isSending && report !== undefined && report.pending === 0 && report.totals.received >= accepted
  const stored = report?.totals.stored ?? 0

  useEffect(() => setSettled(isSettled), [isSettled])
  // What the pages show is of yesterday each time that more is stored.
  // biome-ignore lint/correctness/useExhaustiveDependencies: stored and isSettled are the occasion
  useEffect(() => {
    for (const key of ['search', 'histogram', 'facets', 'status', 'dead-letters'])
      void client.invalidateQueries({ queryKey: [key] })
    if (isSettled) void client.invalidateQueries({ queryKey: ['ledger', ''] })
  }, [stored, isSettled, client])

  const sources = report?.sources ?? []
  return (
    <div className="grid gap-3 p-4">
      <ul className="grid gap-2">
        {run.uploads.slice(0, 50).map(upload => (
          <UploadLine key={upload.key} upload={upload} />
        ))}
        {run.uploads.length > 50 && <li className="text-muted">and {run.uploads.length - 50} more files</li>}
      </ul>
      {report !== undefined && sent.length > 0 && (
        <LedgerLine totals={report.totals} pending={Math.max(report.pending, accepted - report.totals.received)} />
      )}
      {isSettled && (
        <div className="flex flex-wrap gap-2">
          {sources.slice(0, 3).map(source => (
            <Link
              key={`${source.source} ${source.format}`}
              to="/"
              search={{ q: `picket.source:${quoted(source.source)}` }}
              className={`${buttonClass('primary', true)} max-w-full`}
            >
              <Icon name="search" className="size-3.5" />
              <span className="truncate">
                Search <bdi>{source.source}</bdi>
              </span>
            </Link>
          ))}
          {sources.length > 3 && (
            <Link to="/sources" className={buttonClass('plain', true)}>
              All {sources.length} sources
            </Link>
          )}
          {report.totals.deadLettered > 0 && (
            <Link
              to="/dead-letters"
              search={{ source: sources.length === 1 ? sources[0]!.source : undefined }}
              className={buttonClass('plain', true)}
            >
              See {plural(report.totals.deadLettered, 'dead letter')}
            </Link>
          )}
        </div>
      )}
    </div>
  )
}

function UploadLine({ upload }: { upload: Upload }) {
  const { state, name, sent } = upload
  const share = upload.bytes === 0 ? 1 : sent / upload.bytes
  const says =
    state === 'waiting'
      ? `${bytes(upload.bytes)}, waiting`
      : state === 'sending'
        ? `${Math.round(share * 100)}% of ${bytes(upload.bytes)}`
        : state === 'reading'
          ? 'being read …'
          : state === 'done'
            ? plural(upload.records ?? 0, 'record')
            : 'failed'
  return (
    <li className="grid gap-1">
      <div className="flex items-center gap-2">
        {state === 'done' && <Icon name="check" className="size-3.5 text-good" />}
        {state === 'failed' && <Icon name="warning" className="size-3.5 text-danger" />}
        <span className="min-w-0 flex-1 truncate font-mono text-xs" title={name}>
          <StoredText text={name} max={200} />
        </span>
        <span className="num text-muted text-xs">{says}</span>
      </div>
      {(state === 'sending' || state === 'reading') && (
        <div
          role="progressbar"
          aria-label={`Sending ${name}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)}
          aria-valuetext={says}
          className="h-1 overflow-hidden rounded-full bg-sunken"
        >
          <div
            className={`h-full rounded-full bg-accent transition-[width] ${state === 'reading' ? 'animate-pulse' : ''}`}
            style={{ width: `${share * 100}%` }}
          />
        </div>
      )}
      {upload.notes?.map(note => (
        <p key={note} className="wrap-anywhere text-muted text-xs">
          <StoredText text={note} max={400} />
        </p>
      ))}
      {state === 'failed' && (
        <div className="flex items-center gap-2 text-danger text-xs">
          <span className="flex-1">{upload.error}</span>
          <button
            type="button"
            className="rounded px-1.5 font-medium underline"
            onClick={() => retryUpload(upload.key)}
          >
            Try again
          </button>
        </div>
      )}
    </li>
  )
}
