/** How the work on alerts goes: how soon somebody looks, how soon it is done, and which rules make noise for nothing. */

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { get, messageOf } from '../api.ts'
import { BarChart } from '../parts/bar-chart.tsx'
import { Notice, Spinner } from '../parts/controls.tsx'
import { count, date, duration, plural } from '../parts/format.ts'
import { StoredText } from '../parts/stored-text.tsx'
import { isoOf, resolveMs } from '../parts/time-range.ts'
import { TriageHead } from '../parts/triage/triage-head.tsx'
import { ViewSwitch } from '../parts/view-switch.tsx'

type Durations = { count: number; medianMs?: number; p90Ms?: number }
type RuleNoise = {
  rule: string
  title: string
  alerts: number
  events: number
  open: number
  truePositive: number
  falsePositive: number
  benign: number
  noise?: number
}
type Metrics = {
  from: string
  to: string
  created: number
  closed: number
  open: number
  toAcknowledge: Durations
  toClose: Durations
  days: { day: string; created: number; closed: number }[]
  rules: RuleNoise[]
}

const route = getRouteApi('/frame/alerts/metrics')
const spans = [
  ['-7d', '7 days'],
  ['-30d', '30 days'],
  ['-90d', '90 days']
] as const
const dayMs = 86_400_000

export function AlertMetricsPage() {
  const { from = '-30d' } = route.useSearch()
  const navigate = useNavigate({ from: '/alerts/metrics' })
  const metrics = useQuery({
    queryKey: ['alerts', 'metrics', from],
    queryFn: ({ signal }) => {
      const fromMs = resolveMs(from, Date.now()) ?? Date.now() - 30 * dayMs
      return get<Metrics>('/api/alerts/metrics', { from: isoOf(fromMs) }, signal)
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000
  })
  const { data } = metrics
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-5 sm:px-5">
      <title>Metrics of alerts · Picket</title>
      <TriageHead
        tab="metrics"
        actions={
          <ViewSwitch
            label="Of the last"
            options={spans}
            value={spans.find(([each]) => each === from)?.[0] ?? '-30d'}
            onChange={next => navigate({ search: { from: next === '-30d' ? undefined : next }, replace: true })}
          />
        }
      />
      {metrics.error !== null && <Notice mood="danger">{messageOf(metrics.error)}</Notice>}
      {data === undefined ? (
        metrics.isPending && <Spinner />
      ) : data.created === 0 ? (
        <section className="panel grid justify-items-center gap-2 px-4 py-12 text-center">
          <h2 className="font-semibold text-base">No alert was made in this time</h2>
          <p className="text-soft">
            How fast they are looked at, and which rules make noise, is shown here once there are some.
          </p>
        </section>
      ) : (
        <div className="grid gap-4">
          <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
            <Figure name="Alerts" value={count(data.created)}>
              {count(data.open)} still open
            </Figure>
            <Figure name="Closed" value={count(data.closed)}>
              {data.created === 0 ? '' : `${Math.round((data.closed / data.created) * 100)} % of them`}
            </Figure>
            <Time name="Time to acknowledge" of={data.toAcknowledge} />
            <Time name="Time to close" of={data.toClose} />
          </dl>
          <Days metrics={data} />
          <Noise rules={data.rules} />
        </div>
      )}
    </div>
  )
}

function Figure({ name, value, children }: { name: string; value: string; children: ReactNode }) {
  return (
    <div className="panel grid content-start gap-0.5 px-4 py-3">
      <dt className="text-muted">{name}</dt>
      <dd>
        <span className="num font-semibold text-2xl tracking-tight">{value}</span>
        <span className="num block text-muted text-xs">{children}</span>
      </dd>
    </div>
  )
}

function Time({ name, of }: { name: string; of: Durations }) {
  return (
    <Figure name={name} value={of.medianMs === undefined ? '–' : duration(of.medianMs)}>
      {of.p90Ms === undefined
        ? 'none yet'
        : `median of ${plural(of.count, 'alert')}; 9 of 10 within ${duration(of.p90Ms)}`}
    </Figure>
  )
}

function Days({ metrics }: { metrics: Metrics }) {
  const chart = useMemo(() => {
    const firstMs = Math.floor(Date.parse(metrics.from) / dayMs) * dayMs
    const days = Math.ceil((Date.parse(metrics.to) - firstMs) / dayMs)
    const byDay = new Map(metrics.days.map(day => [Date.parse(day.day), day]))
    const starts = Array.from({ length: days }, (_, at) => firstMs + at * dayMs)
    return {
      starts,
      made: starts.map(ms => byDay.get(ms)?.created ?? 0),
      closed: starts.map(ms => byDay.get(ms)?.closed ?? 0)
    }
  }, [metrics])
  const series = useMemo(() => [{ label: 'made', colour: 'bar', values: chart.made }], [chart])
  return (
    <section aria-label="Alerts by day" className="panel px-4 py-3">
      <h2 className="mb-2 font-semibold">New alerts by day (UTC)</h2>
      <BarChart
        starts={chart.starts}
        stepMs={dayMs}
        fromMs={chart.starts[0] ?? 0}
        toMs={(chart.starts.at(-1) ?? 0) + dayMs}
        series={series}
        height={140}
        label={`New alerts by day: ${count(metrics.created)} in all`}
        describe={at =>
          `${date(chart.starts[at] ?? 0)}\n${plural(chart.made[at] ?? 0, 'new alert')}, ${count(chart.closed[at] ?? 0)} closed`
        }
      />
    </section>
  )
}

function Noise({ rules }: { rules: readonly RuleNoise[] }) {
  return (
    <section aria-labelledby="noise-title" className="panel min-w-0">
      <div className="px-4 py-3">
        <h2 id="noise-title" className="font-semibold">
          Noise by rule
        </h2>
        <p className="text-soft">
          Of what was closed, the share that came to nothing: false positives and what may be. The noisiest first; an
          exception or another level helps.
        </p>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
      <section tabIndex={0} aria-label="Table of noise by rule" className="overflow-x-auto border-line border-t">
        <table className="w-full min-w-[640px]">
          <thead>
            <tr className="text-left text-muted text-xs [&>th]:px-4 [&>th]:py-2 [&>th]:font-normal">
              <th scope="col">Rule</th>
              <th scope="col" className="text-right">
                Alerts
              </th>
              <th scope="col" className="text-right">
                Events
              </th>
              <th scope="col" className="text-right">
                Open
              </th>
              <th scope="col">Closed as</th>
              <th scope="col" className="w-40">
                Noise
              </th>
            </tr>
          </thead>
          <tbody>
            {rules.map(rule => (
              <tr key={rule.rule} className="border-line border-t hover:bg-hover [&>td]:px-4 [&>td]:py-1.5">
                <td className="max-w-100">
                  <Link
                    to="/rules/$id"
                    params={{ id: rule.rule }}
                    className="block truncate font-medium text-accent hover:underline"
                  >
                    <StoredText text={rule.title} max={160} />
                  </Link>
                </td>
                <td className="num text-right">
                  <Link to="/alerts" search={{ rule: rule.rule, state: 'all' }} className="hover:underline">
                    {count(rule.alerts)}
                  </Link>
                </td>
                <td className="num text-right text-soft">{count(rule.events)}</td>
                <td className="num text-right text-soft">{count(rule.open)}</td>
                <td className="num text-soft text-xs">{closedAs(rule)}</td>
                <td>
                  {rule.noise === undefined ? (
                    <span className="text-muted text-xs">none closed</span>
                  ) : (
                    <span className="flex items-center gap-2">
                      <span aria-hidden="true" className="h-2 w-20 overflow-hidden rounded-full bg-sunken">
                        <span
                          className={`block h-full rounded-full ${rule.noise > 0.8 ? 'bg-danger' : 'bg-warn'}`}
                          style={{ width: `${rule.noise * 100}%` }}
                        />
                      </span>
                      <span className="num text-xs">{Math.round(rule.noise * 100)} %</span>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function closedAs({ truePositive, falsePositive, benign }: RuleNoise): string {
  const parts = [
    truePositive > 0 ? `${count(truePositive)} true` : '',
    falsePositive > 0 ? `${count(falsePositive)} false` : '',
    benign > 0 ? `${count(benign)} benign` : ''
  ].filter(text => text !== '')
  return parts.length === 0 ? '–' : parts.join(', ')
}
