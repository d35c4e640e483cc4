/** One case: its alerts, evidence and notes, what has been done, its end, and the signed archive of it all. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiError, messageOf } from '../api.ts'
import { Button, Kbd, Notice, Spinner } from '../parts/controls.tsx'
import { ago } from '../parts/format.ts'
import { Icon, type IconName } from '../parts/icons.tsx'
import { useKeys } from '../parts/keys.ts'
import { StoredText } from '../parts/stored-text.tsx'
import { msOf } from '../parts/triage/alerts.ts'
import { CaseAlerts } from '../parts/triage/case-alerts.tsx'
import { CaseCloseDialog, CaseEditDialog } from '../parts/triage/case-dialogs.tsx'
import { CaseEvidence } from '../parts/triage/case-evidence.tsx'
import { CaseNotes } from '../parts/triage/case-notes.tsx'
import { CaseState } from '../parts/triage/case-state.tsx'
import { exportCase } from '../parts/triage/case-transfer.ts'
import { type CaseDetail, caseQuery, workOnCase } from '../parts/triage/cases.ts'
import { DoneNotice, sayDone } from '../parts/triage/done-notice.tsx'
import { useLiveAlerts } from '../parts/triage/live.ts'
import { LevelMark } from '../parts/triage/marks.tsx'
import { personOf } from '../parts/triage/timeline.tsx'
import { sessionQuery } from '../queries.ts'

const route = getRouteApi('/frame/cases/$id')

export function CasePage() {
  const { id } = route.useParams()
  const one = useQuery(caseQuery(id))
  useLiveAlerts()
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-4 sm:px-5">
      <Link
        to="/cases"
        className="inline-flex items-center gap-1 rounded font-medium text-accent underline-offset-2 hover:underline"
      >
        <Icon name="chevron" className="size-3 rotate-180" /> Cases
      </Link>
      {one.data !== undefined ? (
        <Opened key={id} of={one.data} />
      ) : one.error !== null ? (
        <>
          <title>Case · Picket</title>
          <Notice mood="danger">
            {one.error instanceof ApiError && one.error.status === 404
              ? `There is no case ${id}.`
              : messageOf(one.error)}
          </Notice>
        </>
      ) : (
        <Spinner />
      )}
      <DoneNotice />
    </div>
  )
}

function Opened({ of }: { of: CaseDetail }) {
  const navigate = useNavigate()
  const mayWork = useQuery(sessionQuery).data?.scopes.includes('triage') ?? false
  const [asking, setAsking] = useState<'close' | 'edit' | undefined>()
  const failed = (error: unknown) => sayDone({ text: messageOf(error), isFailure: true })
  const reopen = useMutation({ mutationFn: () => workOnCase(of.id, 'POST', '/reopen'), onError: failed })
  const exporting = useMutation({
    mutationFn: () => exportCase(of.id),
    onError: failed,
    onSuccess: () => sayDone({ text: 'The archive is saved. `picket case verify FILE` checks it, without a network.' })
  })
  const isOpen = of.state === 'open'
  const ask = (what: 'close' | 'edit') => (event?: KeyboardEvent) => {
    event?.preventDefault()
    if (mayWork && (what === 'edit' || isOpen)) setAsking(what)
  }
  const back = () => void navigate({ to: '/cases' })
  useKeys({
    u: back,
    Escape: back,
    e: ask('close'),
    t: ask('edit'),
    c: event => {
      event.preventDefault()
      document.querySelector<HTMLElement>('[data-note]')?.focus()
    }
  })
  const button = (
    label: string,
    key: string,
    icon: IconName,
    onClick: () => void,
    isMain = false,
    disabled = false
  ) => (
    <Button
      small
      look={isMain ? 'primary' : 'plain'}
      icon={icon}
      className="h-8!"
      disabled={disabled}
      onClick={onClick}
    >
      {label}
      {key !== '' && (
        <span aria-hidden="true" className="max-xl:hidden">
          <Kbd>{key}</Kbd>
        </span>
      )}
    </Button>
  )
  return (
    <>
      <title>{`${of.title} · Picket`}</title>
      <header className="panel mt-1 mb-4 grid gap-2.5 px-4 py-3">
        <div className="grid gap-1">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            {of.severity !== undefined && <LevelMark level={of.severity} />}
            <CaseState of={of} />
            <span className="num text-muted text-xs">
              case {of.id} · opened by {personOf(of.by)} {ago(msOf(of.created))} ·{' '}
              {of.assignee === undefined ? 'nobody’s' : `${of.assignee}’s`}
            </span>
          </div>
          <h1 className="wrap-anywhere font-semibold text-lg leading-snug tracking-tight">
            <StoredText text={of.title} />
          </h1>
          {of.reason !== '' && (
            <p className="wrap-anywhere text-soft">
              <StoredText text={of.reason} max={2000} />
            </p>
          )}
        </div>
        {mayWork && (
          <fieldset aria-label="What to do" className="flex flex-wrap gap-1.5">
            {isOpen
              ? button('Close …', 'e', 'close', ask('close'), true)
              : button('Open again', '', 'replay', () => reopen.mutate(), true, reopen.isPending)}
            {button('Title, assignee …', 't', 'people', ask('edit'))}
            {button(
              exporting.isPending ? 'Exporting …' : 'Export, signed',
              '',
              'download',
              () => exporting.mutate(),
              false,
              exporting.isPending
            )}
          </fieldset>
        )}
      </header>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="grid min-w-0 gap-4">
          <CaseAlerts of={of} mayWork={mayWork} />
          <CaseEvidence of={of} mayWork={mayWork} />
        </div>
        <CaseNotes of={of} mayWork={mayWork} />
      </div>
      {asking === 'close' && <CaseCloseDialog of={of} onClose={() => setAsking(undefined)} />}
      {asking === 'edit' && <CaseEditDialog of={of} onClose={() => setAsking(undefined)} />}
    </>
  )
}
