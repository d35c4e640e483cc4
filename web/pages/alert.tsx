/** One alert: what happened, why it matched, the events, what belongs to it, and what has been done. `j` and `k` go on in the list. */

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { ApiError, messageOf } from '../api.ts'
import { Badge, Notice, Spinner } from '../parts/controls.tsx'
import { Icon } from '../parts/icons.tsx'
import { useKeys } from '../parts/keys.ts'
import { ToldOf } from '../parts/notifications/told.tsx'
import { StoredText } from '../parts/stored-text.tsx'
import { ActionBar } from '../parts/triage/action-bar.tsx'
import { AlertFacts, RelatedAlerts } from '../parts/triage/alert-aside.tsx'
import { AlertEvents } from '../parts/triage/alert-events.tsx'
import { EntityLine } from '../parts/triage/alert-rows.tsx'
import { AlertStory } from '../parts/triage/alert-story.tsx'
import { type AlertDetail, alertQuery, alertsQuery } from '../parts/triage/alerts.ts'
import { DoneNotice } from '../parts/triage/done-notice.tsx'
import { useLiveAlerts } from '../parts/triage/live.ts'
import { LevelMark, StateMark } from '../parts/triage/marks.tsx'
import { StormEntities } from '../parts/triage/storm-entities.tsx'
import { Timeline } from '../parts/triage/timeline.tsx'
import { useTriage } from '../parts/triage/use-triage.tsx'

const route = getRouteApi('/frame/alerts/$id')

export function AlertPage() {
  const { id } = route.useParams()
  const detail = useQuery(alertQuery(id))
  useLiveAlerts()
  const isThere = detail.data !== undefined && String(detail.data.id) === id
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-4 sm:px-5">
      {isThere ? (
        <Opened key={id} detail={detail.data} />
      ) : detail.error !== null ? (
        <>
          <title>Alert · Picket</title>
          <Back />
          <Notice mood="danger">
            {detail.error instanceof ApiError && detail.error.status === 404
              ? `There is no alert ${id}.`
              : messageOf(detail.error)}
          </Notice>
        </>
      ) : (
        <Spinner />
      )}
      <DoneNotice />
    </div>
  )
}

function Opened({ detail }: { detail: AlertDetail }) {
  const alert = detail
  const filter = route.useSearch()
  const navigate = useNavigate()
  const list = useInfiniteQuery(alertsQuery(filter))
  const order = list.data?.pages.flatMap(page => page.alerts.map(each => each.id)) ?? []
  const at = order.indexOf(alert.id)
  const open = (next: number | undefined) =>
    next === undefined
      ? navigate({ to: '/alerts', search: filter })
      : navigate({ to: '/alerts/$id', params: { id: String(next) }, search: filter })
  const step = (by: number) => {
    const next = at < 0 ? order[0] : order[at + by]
    if (next !== undefined && next !== alert.id) void open(next)
  }
  const triage = useTriage([alert], action => {
    // Done with this one: on to the next, or back to the list.
    if (action === 'close' || action === 'snooze') void open(at < 0 ? undefined : (order[at + 1] ?? order[at - 1]))
  })
  const back = () => void navigate({ to: '/alerts', search: filter })
  useKeys({ ...triage.keys, j: () => step(1), k: () => step(-1), u: back, Escape: back })
  return (
    <>
      <title>{`${alert.rule.title} · Picket`}</title>
      <div className="flex items-center justify-between gap-3">
        <Back />
        {at >= 0 && (
          <nav aria-label="In the list" className="num flex items-center gap-1 text-muted text-xs">
            {at + 1} of {order.length}
            {list.hasNextPage && '+'}
            {([-1, 1] as const).map(by => (
              <button
                key={by}
                type="button"
                disabled={order[at + by] === undefined}
                aria-label={by < 0 ? 'The alert before (k)' : 'The next alert (j)'}
                title={by < 0 ? 'The alert before (k)' : 'The next alert (j)'}
                className="grid size-8 place-items-center rounded-md text-soft hover:bg-hover disabled:opacity-40"
                onClick={() => step(by)}
              >
                <Icon name="chevron" className={`size-3.5 ${by < 0 ? '-rotate-90' : 'rotate-90'}`} />
              </button>
            ))}
          </nav>
        )}
      </div>
      <header className="panel sticky top-13 z-20 mt-1 mb-4 grid gap-2.5 px-4 py-3 max-md:static">
        <div className="grid gap-1">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <LevelMark level={alert.severity} />
            <StateMark alert={alert} />
            {alert.test && <Badge tone="teal">heartbeat</Badge>}
            <span className="num text-muted text-xs">alert {alert.id}</span>
          </div>
          <h1 className="wrap-anywhere font-semibold text-lg leading-snug tracking-tight">
            <StoredText text={alert.rule.title} />
          </h1>
          <p className="wrap-anywhere text-soft">
            <EntityLine alert={alert} />
          </p>
        </div>
        {triage.mayAct && <ActionBar triage={triage} alerts={[alert]} />}
      </header>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_320px]">
        <div className="grid min-w-0 gap-4">
          <AlertStory detail={detail} />
          <StormEntities detail={detail} />
          <AlertEvents detail={detail} />
        </div>
        <div className="grid min-w-0 gap-4">
          <AlertFacts detail={detail} triage={triage} />
          <Timeline detail={detail} triage={triage} />
          <ToldOf alert={detail.id} />
          <RelatedAlerts detail={detail} filter={filter} />
        </div>
      </div>
      {triage.dialog}
    </>
  )
}

function Back() {
  const filter = route.useSearch()
  return (
    <Link
      to="/alerts"
      search={filter}
      className="inline-flex items-center gap-1 rounded font-medium text-accent underline-offset-2 hover:underline"
    >
      <Icon name="chevron" className="size-3 rotate-180" /> Alerts
    </Link>
  )
}
