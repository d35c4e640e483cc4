/** Alerts, the list: what there is to look at, worst and newest first, worked through by keyboard. */

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { messageOf } from '../api.ts'
import { Button, Notice, Spinner } from '../parts/controls.tsx'
import { count, plural } from '../parts/format.ts'
import { useKeys } from '../parts/keys.ts'
import { ActionBar } from '../parts/triage/action-bar.tsx'
import { AlertFilters, ClearFilters, isNarrowed } from '../parts/triage/alert-filters.tsx'
import { AlertRows } from '../parts/triage/alert-rows.tsx'
import { alertsQuery, askedOf } from '../parts/triage/alerts.ts'
import type { AlertsAddress } from '../parts/triage/alerts-address.ts'
import { DoneNotice } from '../parts/triage/done-notice.tsx'
import { useLiveAlerts } from '../parts/triage/live.ts'
import { useRows } from '../parts/triage/row-keys.ts'
import { allOf, nothingSelected } from '../parts/triage/selection.ts'
import { TriageHead } from '../parts/triage/triage-head.tsx'
import { useTriage } from '../parts/triage/use-triage.tsx'
import { statusQuery } from '../queries.ts'

const route = getRouteApi('/frame/alerts')

export function AlertsPage() {
  const filter = route.useSearch()
  const navigate = useNavigate({ from: '/alerts' })
  const list = useInfiniteQuery(alertsQuery(filter))
  useLiveAlerts()
  const alerts = useMemo(() => {
    const seen = new Set<number>()
    return (list.data?.pages.flatMap(page => page.alerts) ?? []).filter(({ id }) => !seen.has(id) && seen.add(id))
  }, [list.data])
  const order = useMemo(() => alerts.map(({ id }) => String(id)), [alerts])
  const rows = useRows(order)
  const chosen = alerts.filter(({ id }) => rows.selection.ids.has(String(id)))
  const at = rows.active === undefined ? undefined : alerts[rows.active]
  const targets = chosen.length > 0 ? chosen : at === undefined ? [] : [at]
  const [isEverything, setIsEverything] = useState(false)
  const total = list.data?.pages.at(-1)?.total ?? 0
  const isAll = chosen.length > 0 && chosen.length === alerts.length
  const everything = isEverything && isAll && total > alerts.length
  const triage = useTriage(
    targets,
    () => {
      rows.select(nothingSelected)
      setIsEverything(false)
    },
    everything ? { filter: askedOf(filter), total } : undefined
  )
  const change = useCallback(
    (next: Partial<AlertsAddress>) =>
      void navigate({ search: before => ({ ...before, ...next }), resetScroll: false, replace: true }),
    [navigate]
  )
  const selectAll = () => rows.select(rows.selection.ids.size === order.length ? nothingSelected : allOf(order))
  const unselect = () => rows.select(nothingSelected)
  useKeys({
    ...triage.keys,
    ...(triage.mayAct ? { ...rows.keys, '*': selectAll } : { j: rows.keys['j']!, k: rows.keys['k']! }),
    Escape: unselect,
    f: event => {
      event.preventDefault()
      document.querySelector<HTMLElement>('[data-alert-words]')?.focus()
    }
  })
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-5 sm:px-5">
      <title>Alerts · Picket</title>
      <TriageHead tab="alerts" />
      <div className="grid gap-3">
        <AlertFilters filter={filter} onChange={change} />
        {list.error !== null && (
          <Notice
            mood="danger"
            action={
              <Button small onClick={() => list.refetch()}>
                Try again
              </Button>
            }
          >
            {messageOf(list.error)}
          </Notice>
        )}
        {list.isPending ? (
          <Spinner />
        ) : alerts.length === 0 ? (
          list.isSuccess && <Nothing filter={filter} onChange={change} />
        ) : (
          <section
            aria-label="List of alerts"
            aria-busy={list.isPlaceholderData}
            className={`panel transition-opacity ${list.isPlaceholderData ? 'opacity-60' : ''}`}
          >
            <div className="sticky top-13 z-20 flex min-h-11 flex-wrap items-center gap-2 rounded-t-[10px] border-line border-b bg-panel px-3 py-1.5">
              {triage.mayAct && (
                <input
                  type="checkbox"
                  aria-label="Select all that are shown"
                  className="size-4 accent-accent"
                  checked={isAll}
                  ref={box => {
                    if (box !== null) box.indeterminate = chosen.length > 0 && !isAll
                  }}
                  onChange={() => rows.select(isAll ? nothingSelected : allOf(order))}
                />
              )}
              <span className="num mr-auto text-soft" aria-live="polite">
                {everything
                  ? `All ${count(total)} selected`
                  : chosen.length > 0
                    ? `${count(chosen.length)} selected`
                    : total > alerts.length
                      ? `${count(alerts.length)} of ${plural(total, 'alert')}`
                      : plural(alerts.length, 'alert')}
              </span>
              {isAll && total > alerts.length && !everything && (
                <Button small look="ghost" className="text-accent!" onClick={() => setIsEverything(true)}>
                  Select all {count(total)} that are like this
                </Button>
              )}
              {chosen.length > 0 && triage.mayAct && (
                <ActionBar triage={triage} alerts={chosen} isEverything={everything} />
              )}
              {chosen.length === 0 && triage.mayAct && (
                <span className="text-muted text-xs max-md:hidden">
                  <kbd>j</kbd> <kbd>k</kbd> move, <kbd>x</kbd> selects, <kbd>?</kbd> all keys
                </span>
              )}
            </div>
            <AlertRows alerts={alerts} rows={rows} filter={filter} isSelectable={triage.mayAct} />
            {list.hasNextPage && (
              <div className="flex justify-center border-line border-t p-3">
                <Button small disabled={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
                  {list.isFetchingNextPage ? 'Loading …' : 'Load more'}
                </Button>
              </div>
            )}
          </section>
        )}
      </div>
      {triage.dialog}
      <DoneNotice />
    </div>
  )
}

function Nothing({ filter, onChange }: { filter: AlertsAddress; onChange: (next: Partial<AlertsAddress>) => void }) {
  const hasEvents = (useQuery(statusQuery).data?.events ?? 0) > 0
  const narrowed = isNarrowed(filter)
  const title = narrowed
    ? 'No alert is like that'
    : filter.state === undefined
      ? 'Nothing needs you'
      : 'There is no such alert'
  return (
    <section className="panel grid justify-items-center gap-3 px-4 py-12 text-center">
      <h2 className="font-semibold text-base">{title}</h2>
      {narrowed || filter.state !== undefined ? (
        <div className="flex flex-wrap justify-center gap-2">
          <ClearFilters onChange={onChange} />
          {filter.state !== 'all' && <Button onClick={() => onChange({ state: 'all' })}>Look in all states</Button>}
        </div>
      ) : (
        <>
          <p className="max-w-prose text-soft">
            {hasEvents
              ? 'No alert is open. New ones appear here by themselves, within seconds of the event.'
              : 'Alerts come from events, and there are none yet: add a source or import a file first.'}
          </p>
          <div className="flex flex-wrap justify-center gap-x-4 gap-y-2 font-medium text-accent">
            <Link to="/rules" className="underline underline-offset-2">
              Which rules can fire here?
            </Link>
            <button
              type="button"
              className="underline underline-offset-2"
              onClick={() => onChange({ state: 'closed' })}
            >
              What has been closed?
            </button>
          </div>
        </>
      )}
    </section>
  )
}
