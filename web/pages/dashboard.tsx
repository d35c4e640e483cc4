/** A dashboard: one range of time and one filter above, the panels below. All that is chosen stands in the address. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { messageOf, type Range } from '../api.ts'
import { Button, buttonClass, IconButton, inputClass, Notice, Spinner } from '../parts/controls.tsx'
import {
  type Dashboard,
  dashboardQuery,
  type KeptDashboard,
  type Panel,
  putDashboard
} from '../parts/dashboards/dashboard.ts'
import { Grid } from '../parts/dashboards/grid.tsx'
import { placeBelow } from '../parts/dashboards/layout.ts'
import { NameDialog } from '../parts/dashboards/name-dialog.tsx'
import { type Around, PanelCard } from '../parts/dashboards/panel-card.tsx'
import { PanelEditor } from '../parts/dashboards/panel-editor.tsx'
import { RemoveDialog } from '../parts/dashboards/remove-dialog.tsx'
import { ReportDialog } from '../parts/dashboards/report-dialog.tsx'
import { useKeys } from '../parts/keys.ts'
import { TimePicker } from '../parts/time-picker.tsx'
import { isMoving, isoOf } from '../parts/time-range.ts'
import { explainQuery, queryClient, sessionQuery, statusQuery } from '../queries.ts'

const route = getRouteApi('/frame/dashboards/$name')

export function DashboardPage() {
  const { name } = route.useParams()
  const { data, error } = useQuery(dashboardQuery(name))
  if (error !== null)
    return (
      <div className="mx-auto max-w-2xl p-6">
        <Notice
          mood="danger"
          action={
            <Link to="/dashboards" className={buttonClass('plain', true)}>
              All dashboards
            </Link>
          }
        >
          {messageOf(error)}
        </Notice>
      </div>
    )
  if (data === undefined)
    return (
      <div className="grid place-items-center p-10">
        <Spinner />
      </div>
    )
  return <Shown key={name} kept={data} />
}

const refreshes = [
  { value: '', label: 'No refresh' },
  { value: '10', label: 'Every 10 s' },
  { value: '30', label: 'Every 30 s' },
  { value: '60', label: 'Every minute' },
  { value: '300', label: 'Every 5 min' }
]

function Shown({ kept }: { kept: KeptDashboard }) {
  const address = route.useSearch()
  const navigate = useNavigate({ from: '/dashboards/$name' })
  const session = useQuery(sessionQuery).data
  const status = useQuery(statusQuery).data
  const mayChange = session?.scopes.includes('ingest') ?? false
  const [draft, setDraft] = useState<Dashboard | undefined>()
  const [editing, setEditing] = useState<{ panel: Panel; isNew: boolean } | undefined>()
  const [dialog, setDialog] = useState<'copy' | 'report' | 'remove' | undefined>()
  const dashboard = draft ?? kept.dashboard
  const isEditing = address.edit === 'on' && mayChange && !kept.own

  const go = useCallback(
    (next: Partial<typeof address>, replace = false) =>
      void navigate({ search: before => ({ ...before, ...next }), replace, resetScroll: false }),
    [navigate]
  )
  const hasRange = address.from !== undefined || address.to !== undefined
  const range: Range = useMemo(
    () =>
      hasRange
        ? { from: address.from === 'all' ? undefined : address.from, to: address.to }
        : { from: kept.dashboard.from, to: kept.dashboard.to },
    [hasRange, address.from, address.to, kept.dashboard.from, kept.dashboard.to]
  )
  const setRange = (next: Range) => go({ from: next.from ?? 'all', to: next.to })
  const filter = address.q ?? kept.dashboard.filter ?? ''
  const refreshSeconds = address.refresh ?? (isMoving(range) ? kept.dashboard.refreshSeconds : undefined)
  const around: Around = useMemo(
    () => ({
      range,
      filter,
      refreshMs: refreshSeconds === undefined ? false : refreshSeconds * 1000,
      onZoom: (fromMs, toMs) => go({ from: isoOf(fromMs), to: isoOf(toMs) })
    }),
    [range, filter, refreshSeconds, go]
  )

  const save = useMutation({
    mutationFn: () => putDashboard(dashboard, kept.revision),
    onSuccess: async ({ revision }) => {
      queryClient.setQueryData<KeptDashboard>(['dashboard', dashboard.name], { ...kept, dashboard, revision })
      await queryClient.invalidateQueries({ queryKey: ['dashboards'] })
      setDraft(undefined)
      go({ edit: undefined }, true)
    }
  })
  useEffect(() => {
    if (draft === undefined) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [draft])

  const setPanels = (panels: Panel[]) => setDraft({ ...dashboard, panels })
  const full = dashboard.panels.find(({ id }) => id === address.panel)
  const add = () =>
    setEditing({
      isNew: true,
      panel: {
        id: freeId(dashboard.panels),
        title: '',
        query: '| timechart count() by event.dataset',
        view: 'timeseries',
        x: 0,
        y: placeBelow(dashboard.panels),
        w: 6,
        h: 7,
        options: {}
      }
    })
  const leaveFull = () => void (full !== undefined && go({ panel: undefined }))
  useKeys({
    Escape: leaveFull,
    r: () => void queryClient.invalidateQueries({ queryKey: ['panel'] }),
    e: () => mayChange && !kept.own && go({ edit: 'on' }, true)
  })

  return (
    <>
      <title>{`${dashboard.title} · Picket`}</title>
      <div className="relative z-20 border-line border-b bg-page/95 px-3 py-2.5 backdrop-blur sm:px-5 md:sticky md:top-13">
        <div className="mx-auto flex max-w-[1800px] flex-wrap items-center gap-2">
          <div className="mr-auto min-w-0">
            <Link to="/dashboards" className="text-muted text-xs hover:text-ink">
              Dashboards
            </Link>
            {isEditing ? (
              <input
                aria-label="Title of the dashboard"
                className={`${inputClass} block font-semibold`}
                maxLength={200}
                value={dashboard.title}
                onChange={event => setDraft({ ...dashboard, title: event.target.value })}
              />
            ) : (
              <h1 className="truncate font-semibold text-lg leading-6 tracking-tight">{dashboard.title}</h1>
            )}
          </div>
          {isEditing ? (
            <>
              <Button icon="plus" onClick={add}>
                Add a panel
              </Button>
              <Button
                onClick={() => {
                  setDraft(undefined)
                  go({ edit: undefined }, true)
                }}
              >
                {draft === undefined ? 'Done' : 'Discard'}
              </Button>
              <Button
                look="primary"
                icon="check"
                disabled={draft === undefined || dashboard.title.trim() === '' || save.isPending}
                onClick={() => save.mutate()}
              >
                Save
              </Button>
            </>
          ) : (
            <>
              {mayChange && !kept.own && <Button onClick={() => go({ edit: 'on' }, true)}>Change</Button>}
              {mayChange && (
                <Button icon="copy" onClick={() => setDialog('copy')}>
                  Copy
                </Button>
              )}
              <a
                className={buttonClass()}
                href={`/api/dashboards/${dashboard.name}/file`}
                download={`${dashboard.name}.json`}
              >
                Export
              </a>
              <Button icon="book" onClick={() => setDialog('report')}>
                Report
              </Button>
              {mayChange && !kept.own && (
                <IconButton label="Remove this dashboard" icon="trash" onClick={() => setDialog('remove')} />
              )}
            </>
          )}
        </div>
        <div className="mx-auto mt-2 flex max-w-[1800px] flex-wrap items-center gap-2">
          <FilterField key={filter} filter={filter} onChange={q => go({ q })} />
          <TimePicker
            range={range}
            stored={
              status?.fromMs == null || status.toMs == null ? undefined : { fromMs: status.fromMs, toMs: status.toMs }
            }
            onChange={setRange}
          />
          <select
            aria-label="Refresh"
            className={`${inputClass} h-10! w-auto!`}
            value={String(refreshSeconds ?? '')}
            onChange={event =>
              go({ refresh: event.target.value === '' ? undefined : Number(event.target.value) }, true)
            }
          >
            {refreshes.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <IconButton
            label="Read everything again (r)"
            icon="replay"
            className="size-10"
            onClick={() => void queryClient.invalidateQueries({ queryKey: ['panel'] })}
          />
        </div>
      </div>
      <div className="mx-auto grid w-full max-w-[1800px] gap-3 px-3 py-3 sm:px-5">
        {save.isError && <Notice mood="danger">{messageOf(save.error)}</Notice>}
        {full !== undefined ? (
          <div className="fixed inset-0 z-40 flex flex-col bg-page p-3">
            <div className="flex justify-end pb-2">
              <Button icon="close" onClick={() => go({ panel: undefined })}>
                Leave full screen
              </Button>
            </div>
            <div className="min-h-0 flex-1">
              <PanelCard panel={full} around={around} height={window.innerHeight - 80} />
            </div>
          </div>
        ) : (
          <Grid
            panels={dashboard.panels}
            around={around}
            isEditing={isEditing}
            onChange={setPanels}
            onFull={panel => go({ panel })}
            actionsOf={panel =>
              isEditing
                ? [
                    { label: 'Change', act: () => setEditing({ panel, isNew: false }) },
                    {
                      label: 'Duplicate',
                      act: () =>
                        setPanels([
                          ...dashboard.panels,
                          { ...panel, id: freeId(dashboard.panels), y: placeBelow(dashboard.panels) }
                        ])
                    },
                    {
                      label: 'Remove',
                      act: () => setPanels(dashboard.panels.filter(({ id }) => id !== panel.id))
                    }
                  ]
                : []
            }
          />
        )}
        {dashboard.panels.length === 0 && (
          <section className="panel grid justify-items-center gap-3 px-4 py-12 text-center">
            <h2 className="font-semibold text-base">No panels yet</h2>
            {mayChange && !kept.own && (
              <Button
                look="primary"
                icon="plus"
                onClick={() => {
                  go({ edit: 'on' }, true)
                  add()
                }}
              >
                Add the first panel
              </Button>
            )}
          </section>
        )}
      </div>
      {editing !== undefined && (
        <PanelEditor
          {...editing}
          around={around}
          onClose={() => setEditing(undefined)}
          onDone={panel => {
            setPanels(
              editing.isNew
                ? [...dashboard.panels, panel]
                : dashboard.panels.map(each => (each.id === panel.id ? { ...panel, x: each.x, y: each.y } : each))
            )
            setEditing(undefined)
          }}
        />
      )}
      {dialog === 'copy' && <NameDialog copyOf={dashboard} onClose={() => setDialog(undefined)} />}
      {dialog === 'remove' && <RemoveDialog dashboard={dashboard} onClose={() => setDialog(undefined)} />}
      {dialog === 'report' && (
        <ReportDialog
          subject={{ title: dashboard.title, dashboard: dashboard.name }}
          range={range}
          filter={filter}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  )
}

function freeId(panels: readonly Panel[]): string {
  for (let n = panels.length + 1; ; n++) if (!panels.some(({ id }) => id === `p${n}`)) return `p${n}`
}

/** Narrows all panels; what cannot be read is said here and not by every panel. */
function FilterField({ filter, onChange }: { filter: string; onChange: (filter: string) => void }) {
  const [text, setText] = useState(filter)
  const [problem, setProblem] = useState<string | undefined>()
  const use = async () => {
    const wanted = text.trim()
    if (wanted.includes('|') && !wanted.includes('"')) return setProblem('A filter has no commands: leave out the |.')
    try {
      const { ok, errors } = await queryClient.fetchQuery(explainQuery(wanted))
      if (!ok) return setProblem(errors[0]?.message ?? 'This filter cannot be read.')
    } catch (error) {
      return setProblem(messageOf(error))
    }
    setProblem(undefined)
    onChange(wanted)
  }
  return (
    <form
      className="relative min-w-56 flex-1 max-sm:basis-full"
      onSubmit={event => {
        event.preventDefault()
        void use()
      }}
    >
      <input
        aria-label="Filter for all panels"
        aria-invalid={problem !== undefined}
        placeholder="Filter all panels: source.ip:10.0.0.0/8"
        spellCheck={false}
        autoCapitalize="off"
        className={`${inputClass} h-10! font-mono`}
        value={text}
        onChange={event => setText(event.target.value)}
      />
      {problem !== undefined && (
        <p role="alert" className="mt-1 text-danger text-xs">
          {problem}
        </p>
      )}
    </form>
  )
}
