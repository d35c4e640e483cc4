/** The dashboards there are: people's own, those that come with Picket, and files of them. Reports stand below. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { messageOf } from '../api.ts'
import { Badge, Button, Notice, PageHead, Spinner } from '../parts/controls.tsx'
import {
  type Dashboard,
  type DashboardLine,
  dashboardsQuery,
  nameFor,
  putDashboard
} from '../parts/dashboards/dashboard.ts'
import { NameDialog } from '../parts/dashboards/name-dialog.tsx'
import { ReportsList } from '../parts/dashboards/reports-list.tsx'
import { plural } from '../parts/format.ts'
import { queryClient, sessionQuery } from '../queries.ts'

export function DashboardsPage() {
  const { data, error, isPending } = useQuery(dashboardsQuery)
  const session = useQuery(sessionQuery).data
  const mayChange = session?.scopes.includes('ingest') ?? false
  const [naming, setNaming] = useState(false)
  const file = useRef<HTMLInputElement>(null)
  const navigate = useNavigate()
  const bring = useMutation({
    mutationFn: async (chosen: File) => {
      const text = await chosen.text()
      let dashboard: Dashboard
      try {
        dashboard = JSON.parse(text) as Dashboard
      } catch {
        throw new Error(`${chosen.name} is no JSON.`)
      }
      if (dashboard?.picket !== 'dashboard/1') throw new Error(`${chosen.name} is no dashboard of Picket.`)
      const taken = data?.dashboards.map(({ name }) => name) ?? []
      const name = nameFor(dashboard.name || dashboard.title || '', taken)
      return putDashboard({ ...dashboard, name }, 0)
    },
    onSuccess: async ({ name }) => {
      await queryClient.invalidateQueries({ queryKey: ['dashboards'] })
      await navigate({ to: '/dashboards/$name', params: { name } })
    }
  })
  const mine = data?.dashboards.filter(({ own }) => !own) ?? []
  const own = data?.dashboards.filter(each => each.own) ?? []
  return (
    <div className="mx-auto w-full max-w-6xl px-3 py-5 sm:px-5">
      <title>Dashboards · Picket</title>
      <PageHead
        title="Dashboards"
        actions={
          mayChange && (
            <>
              <input
                ref={file}
                type="file"
                accept=".json,application/json"
                aria-label="A dashboard’s file"
                className="sr-only"
                tabIndex={-1}
                onChange={event => {
                  const chosen = event.target.files?.[0]
                  event.target.value = ''
                  if (chosen !== undefined) bring.mutate(chosen)
                }}
              />
              <Button icon="upload" onClick={() => file.current?.click()}>
                Import a file
              </Button>
              <Button look="primary" icon="plus" onClick={() => setNaming(true)}>
                New dashboard
              </Button>
            </>
          )
        }
      >
        Panels of searches, with one time range and one filter for all of them.
      </PageHead>
      {bring.isError && <Notice mood="danger">{messageOf(bring.error)}</Notice>}
      {isPending && <Spinner />}
      {error !== null && <Notice mood="danger">{messageOf(error)}</Notice>}
      {data !== undefined && (
        <div className="grid gap-7">
          {mine.length > 0 && <Lines title="Made here" lines={mine} />}
          <Lines title="Come with Picket" lines={own} />
          <ReportsList />
        </div>
      )}
      {naming && <NameDialog onClose={() => setNaming(false)} />}
    </div>
  )
}

function Lines({ title, lines }: { title: string; lines: readonly DashboardLine[] }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 font-semibold text-[15px]">{title}</h2>
      <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {lines.map(line => (
          <li key={line.name} className="panel relative grid content-start gap-1 p-4 hover:border-line-strong">
            <div className="flex items-start justify-between gap-2">
              <Link
                to="/dashboards/$name"
                params={{ name: line.name }}
                className="font-semibold text-accent after:absolute after:inset-0 after:rounded-[10px]"
              >
                {line.title}
              </Link>
              {line.own && <Badge tone="slate">read-only</Badge>}
            </div>
            {line.description !== undefined && <p className="text-soft">{line.description}</p>}
            <p className="num text-muted text-xs">
              {plural(line.panels, 'panel')}
              {line.by !== undefined && ` · ${line.by.replace(/^user:/, '')}`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
