/** A rule over the past: hits by day, what makes the noise, the exception that would silence it, and some of the events. */

import { useMutation } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { messageOf, type Range, type StoredEvent } from '../../api.ts'
import { BarChart } from '../bar-chart.tsx'
import { Badge, Button, Notice, Spinner } from '../controls.tsx'
import { EventEnds, EventSentence, EventTime } from '../event-cells.tsx'
import { summaryOf } from '../event-summary.ts'
import { count, date, duration, plural } from '../format.ts'
import { clauseOf } from '../query-text.ts'
import { StoredText } from '../stored-text.tsx'
import { TimePicker } from '../time-picker.tsx'
import { isoOf } from '../time-range.ts'
import { type Backtest, runBacktest, type Subject } from './backtest.ts'
import { ExceptionDialog } from './exception-dialog.tsx'

const dayMs = 86_400_000

export function BacktestPanel({
  subject,
  mayExcept,
  disabled = false
}: {
  subject: Subject
  /** May exceptions be added to it? Only to a rule that is known. */
  mayExcept: boolean
  disabled?: boolean
}) {
  const [range, setRange] = useState<Range>({ from: '-7d' })
  const run = useMutation({ mutationFn: () => runBacktest(subject, range) })
  return (
    <section aria-label="Back-test" className="grid min-w-0 gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <TimePicker range={range} stored={undefined} onChange={setRange} />
        <Button
          look="primary"
          icon="replay"
          className="h-10!"
          disabled={disabled || run.isPending}
          onClick={() => run.mutate()}
        >
          {run.isPending ? 'Looking …' : 'Try it on the past'}
        </Button>
        {run.isPending ? (
          <Spinner label="Reading what is stored" />
        ) : (
          <span className="text-muted">Nothing is changed by it, and no alerts are made.</span>
        )}
      </div>
      {run.error !== null && <Notice mood="danger">{messageOf(run.error)}</Notice>}
      {run.data !== undefined && (
        <Result
          of={run.data}
          ruleId={mayExcept && 'rule' in subject ? subject.rule : undefined}
          onExcepted={() => run.mutate()}
        />
      )}
    </section>
  )
}

function Result({ of, ruleId, onExcepted }: { of: Backtest; ruleId: string | undefined; onExcepted: () => void }) {
  const [excepting, setExcepting] = useState<string | undefined>()
  const days = Math.max(1, (Date.parse(of.to) - Date.parse(of.from)) / dayMs)
  if (of.total === 0)
    return (
      <div className="panel grid justify-items-center gap-1 px-4 py-10 text-center">
        <h3 className="font-semibold text-base">Nothing would have matched</h3>
        <p className="num text-soft">
          {count(of.rowsRead)} events were read in {duration(of.elapsedMs)}. Whether its log source is there at all says
          the coverage.
        </p>
      </div>
    )
  return (
    <div className="grid min-w-0 gap-3">
      <div className="panel grid gap-2 px-4 py-3">
        <p className="num">
          <span className="font-semibold text-lg tracking-tight">{plural(of.total, 'hit')}</span>
          <span className="text-soft">
            {days >= 1.5 && `, ${count(Math.round((of.total / days) * 10) / 10)} a day on average`} · read in{' '}
            {duration(of.elapsedMs)}
          </span>
        </p>
        <Days of={of} />
      </div>
      {of.suggestions.length > 0 && (
        <section aria-label="Exceptions that would help" className="panel">
          <h3 className="border-line border-b px-4 py-2.5 font-semibold">What would silence it</h3>
          <ul className="divide-y divide-line">
            {of.suggestions.map(({ query, silences, stay }) => (
              <li key={query} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
                <div className="min-w-0 flex-1 basis-64">
                  <code className="wrap-anywhere block text-xs leading-5">
                    <StoredText text={query} max={400} />
                  </code>
                  <span className="num text-muted text-xs">
                    silences {count(silences)} of {plural(of.total, 'hit')}; {count(stay)}{' '}
                    {stay === 1 ? 'stays' : 'stay'}
                  </span>
                </div>
                <span aria-hidden="true" className="h-2 w-24 overflow-hidden rounded-full bg-sunken">
                  <span
                    className="block h-full rounded-full bg-accent"
                    style={{ width: `${(silences / of.total) * 100}%` }}
                  />
                </span>
                {ruleId !== undefined && (
                  <Button small icon="minus" onClick={() => setExcepting(query)}>
                    Except it …
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Noisiest of={of} />
      <Samples samples={of.samples} total={of.total} />
      {excepting !== undefined && ruleId !== undefined && (
        <ExceptionDialog
          ruleId={ruleId}
          title={of.rule.title}
          query={excepting}
          onClose={() => setExcepting(undefined)}
          onKept={onExcepted}
        />
      )}
    </div>
  )
}

function Days({ of }: { of: Backtest }) {
  const chart = useMemo(() => {
    const known = of.days.map(({ day, hits }) => ({ ms: Date.parse(day), hits }))
    // From all time on, only the days between hits are worth a picture.
    const first = Math.max(Date.parse(of.from), (known[0]?.ms ?? 0) - dayMs)
    const firstMs = Math.floor(first / dayMs) * dayMs
    const days = Math.min(1000, Math.ceil((Date.parse(of.to) - firstMs) / dayMs))
    const byDay = new Map(known.map(({ ms, hits }) => [ms, hits]))
    const starts = Array.from({ length: Math.max(1, days) }, (_, at) => firstMs + at * dayMs)
    return { starts, hits: starts.map(ms => byDay.get(ms) ?? 0) }
  }, [of])
  const series = useMemo(() => [{ label: 'hits', colour: 'bar', values: chart.hits }], [chart])
  if (chart.starts.length < 2) return null
  return (
    <BarChart
      starts={chart.starts}
      stepMs={dayMs}
      fromMs={chart.starts[0]!}
      toMs={chart.starts.at(-1)! + dayMs}
      series={series}
      height={130}
      label={`Hits by day (UTC): ${count(of.total)} in all`}
      describe={at => `${date(chart.starts[at] ?? 0)}\n${plural(chart.hits[at] ?? 0, 'hit')}`}
    />
  )
}

const valuesShown = 6

function Noisiest({ of }: { of: Backtest }) {
  if (of.fields.length === 0) return null
  return (
    <section aria-label="Noisiest values" className="panel min-w-0">
      <h3 className="border-line border-b px-4 py-2.5 font-semibold">Where the hits come from</h3>
      <div className="grid gap-x-6 gap-y-4 px-4 py-3 sm:grid-cols-2 xl:grid-cols-3">
        {of.fields.map(({ field, values }) => (
          <div key={field} className="min-w-0">
            <h4 className="mb-1 truncate font-mono text-muted text-xs">{field}</h4>
            <ul className="grid gap-0.5">
              {values.slice(0, valuesShown).map(({ value, count: hits }) => (
                <li key={value} className="relative grid grid-cols-[minmax(0,1fr)_auto] gap-3 rounded px-1.5 py-0.5">
                  <span
                    aria-hidden="true"
                    className="absolute inset-y-0 left-0 rounded bg-accent-soft"
                    style={{ width: `${Math.max(2, (hits / of.total) * 100)}%` }}
                  />
                  <Link
                    to="/"
                    search={{ q: clauseOf(field, value), from: of.from, to: of.to }}
                    className="relative truncate font-mono text-xs hover:underline"
                  >
                    <StoredText text={value} max={120} />
                  </Link>
                  <span className="num relative text-xs">{count(hits)}</span>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  )
}

function Samples({ samples, total }: { samples: readonly StoredEvent[]; total: number }) {
  const navigate = useNavigate()
  if (samples.length === 0) return null
  const open = ({ id, timeMs }: StoredEvent) =>
    void navigate({ to: '/', search: { from: isoOf(timeMs - 60_000), to: isoOf(timeMs + 60_000), event: id } })
  return (
    <section aria-label="Some of the events" className="panel min-w-0">
      <h3 className="border-line border-b px-4 py-2.5 font-semibold">
        {samples.length < total ? `${count(samples.length)} of the events` : 'The events'}
      </h3>
      <ul className="divide-y divide-line">
        {samples.map(event => {
          const summary = summaryOf(event.document)
          return (
            <li key={event.id}>
              <button
                type="button"
                className="grid w-full min-w-0 grid-cols-[auto_1fr] items-center gap-x-3 gap-y-0.5 px-4 py-1.5 text-left hover:bg-hover focus-visible:-outline-offset-2 xl:grid-cols-[auto_auto_auto_1fr]"
                onClick={() => open(event)}
              >
                <EventTime ms={event.timeMs} />
                <span className="flex justify-self-end xl:justify-self-start">
                  <Badge tone={summary.tone}>
                    <StoredText text={summary.badge} max={30} />
                  </Badge>
                </span>
                <span className="truncate font-mono text-xs max-xl:col-span-2 empty:hidden">
                  <EventEnds event={event} />
                </span>
                <span className="min-w-0 truncate max-xl:col-span-2">
                  <EventSentence parts={summary.parts} />
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
