/** The heartbeat: does a test attack of each source become an alert, and how fast? Green only if each did. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { change, get, messageOf } from '../api.ts'
import { Badge, Button, Notice, Spinner } from '../parts/controls.tsx'
import { ago, duration, isoTime, minute, plural } from '../parts/format.ts'
import { StoredText } from '../parts/stored-text.tsx'
import { TriageHead } from '../parts/triage/triage-head.tsx'
import { queryClient, sessionQuery } from '../queries.ts'

type Light = 'green' | 'amber' | 'red' | 'running' | 'never'
type Check = {
  source: string
  format: string
  title: string
  state: 'arrived' | 'missed' | 'waiting' | 'untested'
  tookMs?: number
  alert?: number
  problem: string
}
type Run = { run: string; light: Light; started: string; ended?: string; by: string }
type Status = { light: Light; daily: boolean; last?: Run & { checks: Check[] }; runs: Run[] }

const key = ['heartbeat'] as const
const tones: Readonly<Record<Check['state'], string>> = {
  arrived: 'green',
  missed: 'red',
  waiting: 'blue',
  untested: 'amber'
}
const lightTones: Readonly<Record<Light, string>> = {
  green: 'green',
  amber: 'amber',
  red: 'red',
  running: 'blue',
  never: 'slate'
}

export function HeartbeatPage() {
  const session = useQuery(sessionQuery).data
  const status = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => get<Status>('/api/heartbeat', {}, signal),
    refetchInterval: query => (query.state.data?.light === 'running' ? 1000 : 60_000)
  })
  // Each answers how it is then.
  const onSuccess = (next: Status) => queryClient.setQueryData(key, next)
  const run = useMutation({
    mutationFn: () => change<Status>('POST', '/api/heartbeat', { wait: false }),
    onSuccess
  })
  const daily = useMutation({
    mutationFn: (on: boolean) => change<Status>('PUT', '/api/heartbeat/daily', { daily: on }),
    onSuccess
  })
  const { data } = status
  const mayRun = session?.scopes.includes('triage') ?? false
  const failure = status.error ?? run.error ?? daily.error
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-5 sm:px-5">
      <title>Heartbeat · Picket</title>
      <TriageHead
        tab="heartbeat"
        actions={
          mayRun && (
            <Button look="primary" disabled={run.isPending || data?.light === 'running'} onClick={() => run.mutate()}>
              Send test attacks now
            </Button>
          )
        }
      />
      <p className="mb-4 max-w-prose text-soft">
        A labelled test attack for each source goes through everything that a record goes through, and must become an
        alert. What it leaves is kept out of searches and reports.
      </p>
      <div className="grid gap-4">
        {failure !== null && <Notice mood="danger">{messageOf(failure)}</Notice>}
        {data === undefined ? status.isPending && <Spinner /> : <Verdict status={data} />}
        {data?.last !== undefined && data.last.checks.length > 0 && <Checks checks={data.last.checks} />}
        {data !== undefined && (
          <Before
            status={{ ...data, daily: daily.isPending ? daily.variables : data.daily }}
            {...(session?.scopes.includes('admin') && { onDaily: (on: boolean) => daily.mutate(on) })}
          />
        )}
      </div>
    </div>
  )
}

function Verdict({ status: { light, last } }: { status: Status }) {
  if (light === 'running') return <Notice mood="info">The test attacks are under way …</Notice>
  if (last === undefined)
    return (
      <Notice mood="info">
        No test attack was sent yet. It is sent once a day as soon as there is a source, or now, by the button.
      </Notice>
    )
  const when = `${ago(Date.parse(last.started))}, by ${last.by === 'picket' ? 'Picket itself' : last.by}`
  const missed = last.checks.filter(({ state }) => state === 'missed').length
  const untested = last.checks.filter(({ state }) => state === 'untested').length
  const slowest = Math.max(0, ...last.checks.map(({ tookMs }) => tookMs ?? 0))
  if (light === 'green')
    return (
      <Notice mood="good">
        <b>Green.</b> Each of {plural(last.checks.length, 'test attack')} raised its alert, the slowest after{' '}
        {duration(slowest)} ({when}).
      </Notice>
    )
  if (light === 'amber')
    return (
      <Notice mood="warn">
        {last.checks.length === 0 ? (
          <>There is no source yet that could be tested ({when}).</>
        ) : (
          <>
            <b>Amber.</b> What was tested raised its alert, but {plural(untested, 'source')} could not be tested ({when}
            ).
          </>
        )}
      </Notice>
    )
  return (
    <Notice mood="danger">
      <b>Red.</b> {plural(missed, 'test attack')} raised no alert ({when}): real attacks may be missed, too.
    </Notice>
  )
}

function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard
    <section tabIndex={0} aria-label="Test attacks of the last run" className="panel overflow-x-auto">
      <table className="w-full min-w-[640px]">
        <thead>
          <tr className="text-left text-muted text-xs [&>th]:px-4 [&>th]:py-2 [&>th]:font-normal">
            <th scope="col">Source</th>
            <th scope="col">Format</th>
            <th scope="col">Result</th>
            <th scope="col" className="text-right">
              Took
            </th>
            <th scope="col">Alert</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {checks.map(check => (
            <tr
              key={`${check.source} ${check.format}`}
              className="border-line border-t hover:bg-hover [&>td]:px-4 [&>td]:py-1.5"
            >
              <td className="font-medium">
                <StoredText text={check.source === '' ? '–' : check.source} max={80} />
              </td>
              <td>{check.format === '' ? '–' : check.format}</td>
              <td>
                <Badge tone={tones[check.state]}>{check.state === 'untested' ? 'not tested' : check.state}</Badge>
              </td>
              <td className="num text-right">{check.tookMs === undefined ? '' : duration(check.tookMs)}</td>
              <td>
                {check.alert !== undefined && (
                  <Link
                    to="/alerts/$id"
                    params={{ id: String(check.alert) }}
                    className="num text-accent hover:underline"
                  >
                    {check.alert}
                  </Link>
                )}
              </td>
              <td className="text-soft">{check.problem === '' ? check.title : check.problem}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Before({ status, onDaily }: { status: Status; onDaily?: (on: boolean) => void }) {
  return (
    <section aria-labelledby="before-title" className="panel px-4 py-3">
      <h2 id="before-title" className="font-semibold">
        Runs
      </h2>
      <label className="mt-1 flex items-center gap-2 text-soft">
        <input
          type="checkbox"
          checked={status.daily}
          disabled={onDaily === undefined}
          onChange={event => onDaily?.(event.target.checked)}
        />
        Once a day by itself
      </label>
      <ul className="mt-2 grid gap-1">
        {status.runs.map(run => (
          <li key={run.run} className="flex flex-wrap items-center gap-x-3">
            <time className="num" dateTime={isoTime(Date.parse(run.started))}>
              {minute(Date.parse(run.started))}
            </time>
            <Badge tone={lightTones[run.light]}>{run.light}</Badge>
            <span className="text-muted">{run.by}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
