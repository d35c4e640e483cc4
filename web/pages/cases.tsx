/** Cases, the list: what belongs together and is worked on as one. */

import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { messageOf } from '../api.ts'
import { Button, Notice, Spinner, TextField } from '../parts/controls.tsx'
import { ago, count, plural } from '../parts/format.ts'
import { useKeys } from '../parts/keys.ts'
import { StoredText } from '../parts/stored-text.tsx'
import { msOf } from '../parts/triage/alerts.ts'
import { CaseState } from '../parts/triage/case-state.tsx'
import { type Case, casesQuery, openCase } from '../parts/triage/cases.ts'
import { Question } from '../parts/triage/dialogs.tsx'
import { DoneNotice } from '../parts/triage/done-notice.tsx'
import { LevelMark } from '../parts/triage/marks.tsx'
import { useRows } from '../parts/triage/row-keys.ts'
import { TriageHead } from '../parts/triage/triage-head.tsx'
import { ViewSwitch } from '../parts/view-switch.tsx'
import { sessionQuery } from '../queries.ts'

const route = getRouteApi('/frame/cases')
const states = [
  ['open', 'Open'],
  ['closed', 'Closed'],
  ['all', 'All']
] as const

export function CasesPage() {
  const { state = 'open' } = route.useSearch()
  const navigate = useNavigate({ from: '/cases' })
  const list = useInfiniteQuery(casesQuery({ state }))
  const mayWork = useQuery(sessionQuery).data?.scopes.includes('triage') ?? false
  const [opening, setOpening] = useState(false)
  const cases = list.data?.pages.flatMap(page => page.cases) ?? []
  const order = useMemo(
    () => list.data?.pages.flatMap(page => page.cases.map(({ id }) => String(id))) ?? [],
    [list.data]
  )
  const rows = useRows(order)
  useKeys({ j: rows.keys['j']!, k: rows.keys['k']! })
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-5 sm:px-5">
      <title>Cases · Picket</title>
      <TriageHead
        tab="cases"
        actions={
          <>
            <ViewSwitch
              label="Which cases"
              options={states}
              value={state}
              onChange={next => navigate({ search: { state: next === 'open' ? undefined : next }, replace: true })}
            />
            {mayWork && (
              <Button look="primary" small icon="plus" onClick={() => setOpening(true)}>
                Open a case
              </Button>
            )}
          </>
        }
      />
      {list.error !== null && <Notice mood="danger">{messageOf(list.error)}</Notice>}
      {list.isPending ? (
        <Spinner />
      ) : cases.length === 0 ? (
        list.isSuccess && (
          <section className="panel grid justify-items-center gap-2 px-4 py-12 text-center">
            <h2 className="font-semibold text-base">
              {state === 'closed'
                ? 'No case is closed yet'
                : state === 'all'
                  ? 'There are no cases yet'
                  : 'No case is open'}
            </h2>
            <p className="max-w-prose text-soft">
              A case holds alerts that belong together, with notes and evidence, and leaves Picket as one signed
              archive. On an alert, or on several selected ones, press <kbd>m</kbd>.
            </p>
            <Link to="/alerts" className="font-medium text-accent underline underline-offset-2">
              Go to the alerts
            </Link>
          </section>
        )
      ) : (
        <ul aria-label="Cases" className="panel divide-y divide-line">
          {cases.map((each, at) => (
            <Row key={each.id} of={each} at={at} isActive={rows.active === at} onFocus={() => rows.setActive(at)} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <div className="flex justify-center p-3">
          <Button small disabled={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
      {opening && <OpenDialog onClose={() => setOpening(false)} />}
      <DoneNotice />
    </div>
  )
}

function Row({ of, at, isActive, onFocus }: { of: Case; at: number; isActive: boolean; onFocus: () => void }) {
  return (
    <li
      className={`relative grid items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-hover md:grid-cols-[84px_minmax(0,1fr)_auto_100px] ${isActive ? 'shadow-[inset_3px_0_0_var(--color-accent)]' : ''}`}
    >
      <span>
        {of.severity === undefined ? <span className="text-muted">–</span> : <LevelMark level={of.severity} />}
      </span>
      <span className="min-w-0">
        <Link
          to="/cases/$id"
          params={{ id: String(of.id) }}
          data-row={at}
          className="block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none after:focus-visible:outline-2 after:focus-visible:outline-accent after:focus-visible:-outline-offset-2"
          onFocus={onFocus}
        >
          <StoredText text={of.title} max={256} />
        </Link>
        <span className="num block truncate text-muted text-xs">
          case {of.id} · {plural(of.alerts, 'alert')}
          {of.openAlerts > 0 && `, ${count(of.openAlerts)} open`}
          {of.notes > 0 && ` · ${plural(of.notes, 'note')}`}
          {of.events + of.files > 0 && ` · ${plural(of.events + of.files, 'piece')} of evidence`}
          {of.assignee !== undefined && ` · ${of.assignee}`}
        </span>
      </span>
      <CaseState of={of} />
      <time dateTime={of.updated} className="num text-soft text-xs md:text-right">
        {ago(msOf(of.updated))}
      </time>
    </li>
  )
}

function OpenDialog({ onClose }: { onClose: () => void }) {
  const [title, setTitle] = useState('')
  const navigate = useNavigate()
  const open = useMutation({
    mutationFn: () => openCase(title.trim(), []),
    onSuccess: async made => {
      onClose()
      await navigate({ to: '/cases/$id', params: { id: String(made.id) } })
    }
  })
  return (
    <Question
      title="Open a case"
      act="Open it"
      disabled={title.trim() === '' || open.isPending}
      onClose={onClose}
      onAct={() => open.mutate()}
    >
      <TextField label="Title" value={title} maxLength={256} onChange={event => setTitle(event.target.value)} />
      {open.error !== null && <Notice mood="danger">{messageOf(open.error)}</Notice>}
    </Question>
  )
}
