/** The loss ledger: what came in, from where, what became of it, hour by hour, and how Picket itself is doing. */

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { type LedgerHour, type LedgerSource, messageOf, type Status } from '../api.ts'
import { BarChart } from '../parts/bar-chart.tsx'
import { Button, buttonClass, Notice, PageHead, Spinner } from '../parts/controls.tsx'
import { ago, bytes, count, minute, plural } from '../parts/format.ts'
import { Icon } from '../parts/icons.tsx'
import { chooseFiles } from '../parts/imports.ts'
import { LedgerEquation } from '../parts/ledger-equation.tsx'
import { quoted } from '../parts/query-text.ts'
import { StoredText } from '../parts/stored-text.tsx'
import { ledgerQuery, sessionQuery, statusQuery } from '../queries.ts'

export function SourcesPage() {
  const ledger = useQuery(ledgerQuery(undefined, 3000))
  const status = useQuery(statusQuery)
  const mayIngest = useQuery(sessionQuery).data?.scopes.includes('ingest') ?? false
  return (
    <div className="mx-auto w-full max-w-6xl px-3 py-5 sm:px-5">
      <title>Sources &amp; ledger · Picket</title>
      <PageHead
        title="Sources & ledger"
        actions={
          mayIngest && (
            <Button icon="upload" onClick={chooseFiles}>
              Add files
            </Button>
          )
        }
      >
        Every record that came in is stored, a dead letter, or a duplicate. Nothing gets lost without a trace.
      </PageHead>
      {ledger.error !== null && <Notice mood="danger">{messageOf(ledger.error)}</Notice>}
      {ledger.data === undefined ? (
        ledger.isPending && <Spinner />
      ) : (
        <div className="grid gap-4">
          <LedgerEquation totals={ledger.data.totals} pending={ledger.data.pending} />
          {status.data !== undefined && <StatusPanel status={status.data} />}
          <Hours hours={ledger.data.hours} />
          <Sources sources={ledger.data.sources} />
        </div>
      )}
    </div>
  )
}

function StatusPanel({ status }: { status: Status }) {
  const { stalled, backlogBytes, engine, disk } = status
  const startedMs = new Date(status.startedAt).getTime()
  const used = disk.totalBytes === 0 ? 0 : 1 - disk.freeBytes / disk.totalBytes
  const restarts = engine.restarts ?? 0
  return (
    <section aria-label="State" className="grid gap-3">
      {stalled !== null && (
        <Notice mood="danger">
          <strong className="font-semibold">The pipeline is stalled:</strong> {stalled}. What arrives is kept and waits.
        </Notice>
      )}
      <dl className="panel grid grid-cols-1 divide-line max-sm:divide-y sm:grid-cols-2 lg:grid-cols-4 lg:divide-x">
        <Figure name="Pipeline" good={stalled === null && backlogBytes === 0} warn={stalled !== null}>
          {stalled !== null ? 'Stalled' : backlogBytes > 0 ? `${bytes(backlogBytes)} to read` : 'Up to date'}
          <Small>
            {status.events === 0 ? 'no events' : `${plural(status.events, 'event')} in ${bytes(status.bytes)}`}
          </Small>
        </Figure>
        <Figure name="Time stored">
          {status.fromMs === null || status.toMs === null ? (
            'Nothing yet'
          ) : (
            <>
              {minute(status.fromMs)}
              <Small>to {minute(status.toMs)}</Small>
            </>
          )}
        </Figure>
        <Figure name="Engine" good={restarts === 0} warn={restarts > 0}>
          {engine.kind === 'embedded' ? 'Embedded' : 'ClickHouse server'}
          <Small>
            {engine.memoryBytes != null && `${bytes(engine.memoryBytes)} of memory · `}
            {plural(restarts, 'restart')} · Picket {status.version}, started {ago(startedMs)}
          </Small>
        </Figure>
        <Figure name="Disk" good={used < 0.85} warn={used >= 0.85}>
          {bytes(disk.freeBytes)} free
          <span aria-hidden="true" className="mt-1.5 block h-1.5 overflow-hidden rounded-full bg-sunken">
            <span
              className={`block h-full rounded-full ${used >= 0.85 ? 'bg-warn' : 'bg-accent'}`}
              style={{ width: `${used * 100}%` }}
            />
          </span>
          <Small>
            {Math.round(used * 100)}% of {bytes(disk.totalBytes)} used
          </Small>
        </Figure>
      </dl>
    </section>
  )
}

function Figure({
  name,
  good,
  warn,
  children
}: {
  name: string
  good?: boolean
  warn?: boolean
  children: React.ReactNode
}) {
  return (
    <div className="min-w-0 p-4">
      <dt className="flex items-center gap-2 font-medium text-muted text-xs">
        {(good || warn) && (
          <span aria-hidden="true" className={`size-2 rounded-full ${warn ? 'bg-warn' : 'bg-good'}`} />
        )}
        {name}
      </dt>
      <dd className="mt-0.5 font-semibold text-[15px]">{children}</dd>
    </div>
  )
}

function Small({ children }: { children: React.ReactNode }) {
  return <span className="mt-0.5 block font-normal text-muted text-xs">{children}</span>
}

const hourMs = 3_600_000
const hoursShown = 48

function Hours({ hours }: { hours: readonly LedgerHour[] }) {
  const { starts, series, sum } = useMemo(() => barsOf(hours), [hours])
  return (
    <section aria-labelledby="hours-title" className="panel px-4 pt-3 pb-2">
      <div className="mb-1 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id="hours-title" className="font-semibold">
          The last {hoursShown} hours
        </h2>
        <ul className="flex flex-wrap gap-x-4 text-soft text-xs">
          {series.map(each => (
            <li key={each.label} className="flex items-center gap-1.5">
              <span
                aria-hidden="true"
                className="size-2.5 rounded-[3px]"
                style={{ background: `var(--color-${each.colour})` }}
              />
              {each.label}
            </li>
          ))}
        </ul>
      </div>
      {sum === 0 ? (
        <p className="py-8 text-center text-muted">Nothing came in during this time.</p>
      ) : (
        <BarChart
          starts={starts}
          stepMs={hourMs}
          fromMs={starts[0]!}
          toMs={starts.at(-1)! + hourMs}
          series={series}
          height={150}
          label={`Records by hour: ${plural(sum, 'record')} in ${hoursShown} hours`}
          describe={at =>
            `${minute(starts[at]!)}: ${series.map(each => `${count(each.values[at] ?? 0)} ${each.label}`).join(', ')}`
          }
        />
      )}
    </section>
  )
}

function barsOf(hours: readonly LedgerHour[]) {
  const last = Math.floor(Date.now() / hourMs) * hourMs
  const starts = Array.from({ length: hoursShown }, (_, at) => last - (hoursShown - 1 - at) * hourMs)
  const byHour = new Map(hours.map(hour => [hour.hourMs, hour]))
  const of = (key: 'stored' | 'deadLettered' | 'duplicates') => starts.map(start => byHour.get(start)?.[key] ?? 0)
  const series = [
    { label: 'stored', colour: 'bar', values: of('stored') },
    { label: 'dead-lettered', colour: 'danger', values: of('deadLettered') },
    { label: 'duplicates', colour: 'tone-blue', values: of('duplicates') }
  ]
  return { starts, series, sum: series.flatMap(each => each.values).reduce((a, b) => a + b, 0) }
}

function Sources({ sources }: { sources: readonly LedgerSource[] }) {
  if (sources.length === 0)
    return (
      <section className="panel grid justify-items-center gap-2 px-4 py-10 text-center">
        <Icon name="ledger" className="size-8 text-line-strong" />
        <h2 className="font-semibold text-base">No source has brought anything yet</h2>
        <p className="max-w-prose text-soft">
          Drop files on this page, run <code className="rounded bg-sunken px-1.5 py-0.5">npx picket import PATH</code>,
          or name sources in picket.yaml.
        </p>
      </section>
    )
  const cell = 'num px-3 py-2 text-right'
  return (
    <section aria-labelledby="sources-title" className="panel overflow-hidden">
      <h2 id="sources-title" className="px-4 pt-3 pb-2 font-semibold">
        {plural(sources.length, 'source')}
      </h2>
      <div className="overflow-x-auto max-md:hidden">
        <table className="w-full">
          <thead>
            <tr className="border-line border-y bg-sunken/50 text-left whitespace-nowrap text-[11px] text-muted uppercase tracking-wide">
              <th scope="col" className="px-4 py-1.5 font-semibold">
                Source
              </th>
              <th scope="col" className="px-3 py-1.5 font-semibold">
                Format
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-semibold">
                Received
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-semibold">
                Stored
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-semibold">
                Dead letters
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-semibold">
                Duplicates
              </th>
              <th scope="col" className="px-4 py-1.5 font-semibold">
                Reasons
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {sources.map(source => (
              <tr key={`${source.source} ${source.format}`} className="align-top hover:bg-hover">
                <td className="max-w-72 px-4 py-2">
                  <SourceLink source={source.source} />
                </td>
                <td className="whitespace-nowrap px-3 py-2 text-soft">
                  <StoredText text={source.format} max={60} />
                </td>
                <td className={cell}>{count(source.received)}</td>
                <td className={`${cell} text-good`}>{count(source.stored)}</td>
                <td className={`${cell} ${source.deadLettered > 0 ? 'text-danger' : 'text-muted'}`}>
                  {count(source.deadLettered)}
                </td>
                <td className={`${cell} ${source.duplicates > 0 ? 'text-tone-blue' : 'text-muted'}`}>
                  {count(source.duplicates)}
                </td>
                <td className="px-4 py-2">
                  <Reasons source={source} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className="divide-y divide-line border-line border-t md:hidden">
        {sources.map(source => (
          <li key={`${source.source} ${source.format}`} className="grid gap-1.5 px-4 py-3">
            <div className="flex items-baseline justify-between gap-3">
              <span className="min-w-0">
                <SourceLink source={source.source} />
              </span>
              <span className="shrink-0 text-muted text-xs">{source.format}</span>
            </div>
            <p className="num text-soft text-xs">
              {count(source.received)} received · <span className="text-good">{count(source.stored)} stored</span>
              {source.deadLettered > 0 && (
                <>
                  {' '}
                  · <span className="text-danger">{plural(source.deadLettered, 'dead letter')}</span>
                </>
              )}
              {source.duplicates > 0 && ` · ${plural(source.duplicates, 'duplicate')}`}
            </p>
            <Reasons source={source} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function SourceLink({ source }: { source: string }) {
  return (
    <Link
      to="/"
      search={{ q: `picket.source:${quoted(source)}` }}
      className="wrap-anywhere font-medium font-mono text-accent text-xs hover:underline"
      title="Search the events of this source"
    >
      <StoredText text={source} max={200} />
    </Link>
  )
}

function Reasons({ source }: { source: LedgerSource }) {
  const [all, setAll] = useState(false)
  if (source.reasons.length === 0)
    return source.deadLettered === 0 && <span className="text-muted max-md:hidden">–</span>
  const shown = all ? source.reasons : source.reasons.slice(0, 3)
  return (
    <ul className="grid gap-0.5 text-xs">
      {shown.map(({ reason, count: found }) => (
        <li key={reason}>
          <Link
            to="/dead-letters"
            search={{ source: source.source, reason }}
            className="text-soft hover:text-accent hover:underline"
          >
            <span className="num font-medium text-danger">{count(found)}</span> <StoredText text={reason} max={140} />
          </Link>
        </li>
      ))}
      {source.reasons.length > shown.length && (
        <li>
          <button type="button" className={buttonClass('ghost', true)} onClick={() => setAll(true)}>
            {source.reasons.length - shown.length} more
          </button>
        </li>
      )}
    </ul>
  )
}
