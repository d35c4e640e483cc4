/** Alerts as rows: how severe, what, about whom, how often and when, who has it. The same rows in the list and in a case. */

import { Link } from '@tanstack/react-router'
import { ago, compact, dateTime, duration, isoTime } from '../format.ts'
import { Icon } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import { type Alert, entityText, msOf } from './alerts.ts'
import type { AlertsAddress } from './alerts-address.ts'
import { LevelMark, StateMark } from './marks.tsx'
import type { Rows } from './row-keys.ts'

const grid =
  'grid items-center gap-x-3 grid-cols-[auto_1fr_auto] lg:grid-cols-[auto_84px_minmax(0,1fr)_64px_132px_112px_92px_84px]'

export function AlertRows({
  alerts,
  rows,
  filter,
  isSelectable
}: {
  alerts: readonly Alert[]
  rows: Rows
  filter: AlertsAddress
  isSelectable: boolean
}) {
  return (
    <table aria-label="Alerts" className="block w-full">
      <thead className="block max-lg:sr-only">
        <tr className={`${grid} border-line border-b px-3 py-1.5 text-left text-[11px] text-muted [&>th]:font-normal`}>
          <th scope="col" className="w-5">
            <span className="sr-only">Selected</span>
          </th>
          <th scope="col">Severity</th>
          <th scope="col">Alert</th>
          <th scope="col" className="text-right">
            Events
          </th>
          <th scope="col">First to last</th>
          <th scope="col">State</th>
          <th scope="col">Assigned to</th>
          <th scope="col" className="text-right">
            Last event
          </th>
        </tr>
      </thead>
      <tbody className="block">
        {alerts.map((alert, at) => (
          <Row key={alert.id} alert={alert} at={at} rows={rows} filter={filter} isSelectable={isSelectable} />
        ))}
      </tbody>
    </table>
  )
}

function Row({
  alert,
  at,
  rows,
  filter,
  isSelectable
}: {
  alert: Alert
  at: number
  rows: Rows
  filter: AlertsAddress
  isSelectable: boolean
}) {
  const id = String(alert.id)
  const isSelected = rows.selection.ids.has(id)
  const lastMs = msOf(alert.last)
  return (
    <tr
      aria-selected={isSelectable ? isSelected : undefined}
      className={`${grid} relative border-line border-b px-3 py-2 last:border-b-0 ${isSelected ? 'bg-accent-soft' : 'hover:bg-hover has-[[data-row]:focus-visible]:bg-hover'} ${rows.active === at ? 'shadow-[inset_3px_0_0_var(--color-accent)]' : ''}`}
    >
      <td className="relative z-1 flex w-5 items-center max-lg:row-span-2 max-lg:self-start max-lg:pt-0.5">
        {isSelectable && (
          <input
            type="checkbox"
            aria-label={`Select ${alert.rule.title}, ${entityText(alert)}`}
            className="size-4 accent-accent"
            checked={isSelected}
            onChange={() => {}}
            onClick={event => {
              rows.setActive(at)
              rows.toggle(id, event.shiftKey)
            }}
          />
        )}
      </td>
      <td className="max-lg:hidden">
        <LevelMark level={alert.severity} />
      </td>
      <td className="min-w-0">
        <span className="flex min-w-0 items-center gap-2">
          <Link
            to="/alerts/$id"
            params={{ id }}
            search={filter}
            data-row={at}
            className="min-w-0 truncate font-medium after:absolute after:inset-0 focus-visible:outline-none after:focus-visible:outline-2 after:focus-visible:outline-accent after:focus-visible:-outline-offset-2"
            onFocus={() => rows.setActive(at)}
          >
            <StoredText text={alert.rule.title} max={200} />
          </Link>
          {alert.case !== undefined && (
            <span title={`Part of case ${alert.case}`} className="text-muted">
              <Icon name="case" className="size-3.5" />
              <span className="sr-only">part of a case</span>
            </span>
          )}
        </span>
        <span className="block truncate text-soft text-xs">
          <EntityLine alert={alert} />
          {alert.summary !== '' && (
            <span className="text-muted">
              {' '}
              · <StoredText text={alert.summary} max={160} />
            </span>
          )}
        </span>
      </td>
      <td className="num text-right max-lg:hidden" title={`${alert.count} events`}>
        {compact(alert.count)}
      </td>
      <td className="num text-soft text-xs max-lg:hidden">
        <Span alert={alert} />
      </td>
      <td className="flex max-lg:hidden">
        <StateMark alert={alert} />
      </td>
      <td className="truncate text-soft text-xs max-lg:hidden">
        {alert.assignee === undefined ? <span className="text-muted">nobody</span> : <bdi>{alert.assignee}</bdi>}
      </td>
      <td className="num text-right text-soft text-xs max-lg:self-start max-lg:pt-0.5">
        <time dateTime={isoTime(lastMs)} title={dateTime(lastMs)}>
          {ago(lastMs).replace(' ago', '')}
        </time>
      </td>
      <td className="num col-span-2 col-start-2 flex flex-wrap items-center gap-x-2.5 gap-y-1 pt-1 lg:hidden">
        <LevelMark level={alert.severity} />
        <StateMark alert={alert} />
        <span className="text-muted text-xs">
          {compact(alert.count)} {alert.count === 1 ? 'event' : 'events'}
          {alert.assignee !== undefined && ` · ${alert.assignee}`}
        </span>
      </td>
    </tr>
  )
}

export function EntityLine({ alert }: { alert: Alert }) {
  const parts = Object.entries(alert.entity)
  if (alert.storm || parts.length === 0) return <span className="text-muted">{entityText(alert)}</span>
  return parts.map(([field, value], at) => (
    <span key={field}>
      {at > 0 && ', '}
      <span className="text-muted">{field} </span>
      <span className="font-mono">
        <StoredText text={value} max={100} />
      </span>
    </span>
  ))
}

/** `for 14 min`, or the moment where there is only one. */
function Span({ alert }: { alert: Alert }) {
  const firstMs = msOf(alert.first)
  const lastMs = msOf(alert.last)
  const spanMs = lastMs - firstMs
  return (
    <span title={`${dateTime(firstMs)} – ${dateTime(lastMs)}`}>
      {dateTime(firstMs).slice(5, 16)}
      {spanMs >= 1000 && <span className="text-muted"> + {duration(spanMs)}</span>}
    </span>
  )
}
