/** Beside an alert: what it is about, in numbers and links, and the alerts that have something in common with it. */

import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { ago, count, dateTime, isoTime } from '../format.ts'
import { clauseOf } from '../query-text.ts'
import { StoredText } from '../stored-text.tsx'
import { isoOf } from '../time-range.ts'
import { EntityLine } from './alert-rows.tsx'
import { type Alert, type AlertDetail, msOf } from './alerts.ts'
import type { AlertsAddress } from './alerts-address.ts'
import { LevelMark, StateMark } from './marks.tsx'
import type { Triage } from './use-triage.tsx'

export function AlertFacts({ detail: alert, triage }: { detail: AlertDetail; triage: Triage }) {
  return (
    <section aria-label="Facts" className="panel p-4">
      <dl className="grid gap-2.5">
        {Object.entries(alert.entity).map(([field, value]) => (
          <Fact key={field} name={field}>
            <EntityValue alert={alert} field={field} value={value} />
          </Fact>
        ))}
        <Fact name="Events">
          <span className="num">{count(alert.count)}</span>
          {alert.storm && <span className="text-muted"> of {count(alert.entities)} entities</span>}
        </Fact>
        <Fact name="First">
          <Moment ms={msOf(alert.first)} />
        </Fact>
        <Fact name="Last">
          <Moment ms={msOf(alert.last)} />
        </Fact>
        <Fact name="Assigned to">{alert.assignee ?? <span className="text-muted">nobody</span>}</Fact>
        {alert.snoozedUntil !== undefined && (
          <Fact name="Snoozed until">
            <Moment ms={msOf(alert.snoozedUntil)} />
          </Fact>
        )}
        {alert.case !== undefined && (
          <Fact name="Case">
            <Link
              to="/cases/$id"
              params={{ id: String(alert.case) }}
              className="font-medium text-accent underline underline-offset-2"
            >
              Case {alert.case}
            </Link>
          </Fact>
        )}
        <Fact name="Severity">
          <span className="flex flex-wrap items-center gap-x-3">
            {alert.severity}
            {triage.mayAct && (
              <button
                type="button"
                className="text-accent text-xs hover:underline"
                onClick={() => triage.ask('severity')}
              >
                Change …
              </button>
            )}
          </span>
        </Fact>
        <Fact name={alert.rule.kind === 'indicator' ? 'Indicator' : 'Rule'}>
          <Origin alert={alert} />
        </Fact>
      </dl>
    </section>
  )
}

const relatedShown = 5

export function RelatedAlerts({ detail: { related }, filter }: { detail: AlertDetail; filter: AlertsAddress }) {
  const [all, setAll] = useState(false)
  const shown = all ? related : related.slice(0, relatedShown)
  return (
    <section aria-label="Related alerts" className="panel">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">Related alerts</h2>
      {related.length === 0 ? (
        <p className="px-4 py-3 text-muted">
          No other alert shares an address, a user, a host or a file with this one.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {shown.map(each => (
            <li key={each.alert.id} className="relative grid gap-0.5 px-4 py-2 hover:bg-hover">
              <span className="flex items-center gap-2">
                <LevelMark level={each.alert.severity} />
                <StateMark alert={each.alert} />
                <span className="num ml-auto text-muted text-xs">{ago(msOf(each.alert.last))}</span>
              </span>
              <Link
                to="/alerts/$id"
                params={{ id: String(each.alert.id) }}
                search={filter}
                className="truncate font-medium after:absolute after:inset-0"
              >
                <StoredText text={each.alert.rule.title} max={160} />
              </Link>
              <span className="truncate text-soft text-xs">
                <EntityLine alert={each.alert} />
              </span>
              <Shared shared={each.shared} />
            </li>
          ))}
        </ul>
      )}
      {related.length > shown.length && (
        <button
          type="button"
          className="w-full border-line border-t px-4 py-2 text-left font-medium text-accent hover:underline"
          onClick={() => setAll(true)}
        >
          Show all {related.length}
        </button>
      )}
    </section>
  )
}

/** Where it comes from: the rule, or what is known of the value that was met. */
function Origin({ alert }: { alert: Alert }) {
  const look = 'wrap-anywhere font-medium text-accent underline underline-offset-2'
  const title = <StoredText text={alert.rule.title} max={160} />
  if (alert.rule.kind !== 'indicator')
    return (
      <Link to="/rules/$id" params={{ id: alert.rule.id }} className={look}>
        {title}
      </Link>
    )
  return (
    <Link to="/intel" search={{ tab: 'indicators', q: Object.values(alert.entity)[0] }} className={look}>
      {title}
    </Link>
  )
}

function Shared({ shared }: { shared: AlertDetail['related'][number]['shared'] }) {
  const shown = shared.slice(0, 3)
  return (
    <span className="truncate text-muted text-xs">
      both{' '}
      {shown.map(({ field, value }, at) => (
        <span key={`${field} ${value}`}>
          {at > 0 && ', '}
          {field} <span className="font-mono">{value.slice(0, 60)}</span>
        </span>
      ))}
      {shared.length > shown.length && ` and ${shared.length - shown.length} more`}
    </span>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[104px_minmax(0,1fr)] gap-2">
      <dt className="truncate text-muted" title={name}>
        {name}
      </dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

export function Moment({ ms }: { ms: number }) {
  return (
    <time dateTime={isoTime(ms)} title={isoTime(ms)} className="num">
      {dateTime(ms).slice(0, 19)} <span className="whitespace-nowrap text-muted text-xs">{ago(ms)}</span>
    </time>
  )
}

/** Searches everything of the entity around the alert; or the other alerts of it. */
function EntityValue({ alert, field, value }: { alert: Alert; field: string; value: string }) {
  const navigate = useNavigate()
  const hourMs = 3_600_000
  const link = 'text-accent text-xs hover:underline'
  return (
    <span className="grid gap-0.5">
      <span className="wrap-anywhere font-mono text-xs leading-5">
        <StoredText text={value} max={300} />
      </span>
      <span className="flex flex-wrap gap-x-3">
        <button
          type="button"
          className={link}
          onClick={() =>
            navigate({
              to: '/',
              search: {
                q: clauseOf(field, value),
                from: isoOf(msOf(alert.first) - hourMs),
                to: isoOf(msOf(alert.last) + hourMs)
              }
            })
          }
        >
          Events
        </button>
        <button
          type="button"
          className={link}
          onClick={() => navigate({ to: '/alerts', search: { entity: value, state: 'all' } })}
        >
          Alerts
        </button>
      </span>
    </span>
  )
}
