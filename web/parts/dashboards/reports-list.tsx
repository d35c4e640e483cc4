/** Reports that were made, to be downloaded, and those that are made again and again. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { change } from '../../api.ts'
import { queryClient, sessionQuery } from '../../queries.ts'
import { IconButton } from '../controls.tsx'
import { bytes, minute } from '../format.ts'
import { reportsQuery } from './reports.ts'

const mails: Readonly<Record<string, string>> = {
  waiting: 'waits to be mailed to',
  sending: 'is being mailed to',
  sent: 'mailed to',
  dead: 'could not be mailed to'
}

export function ReportsList() {
  const { data } = useQuery(reportsQuery)
  const mayChange = useQuery(sessionQuery).data?.scopes.includes('ingest') ?? false
  const remove = useMutation({
    mutationFn: (path: string) => change('DELETE', path),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['reports'] })
  })
  if (data === undefined) return null
  const { reports, schedules, folder } = data
  return (
    <section aria-label="Reports">
      <h2 className="font-semibold text-[15px]">Reports</h2>
      <p className="mb-2 text-soft">
        {reports.length === 0 && schedules.length === 0
          ? 'None yet: open a dashboard and choose “Report”.'
          : 'The files lie in '}
        {(reports.length > 0 || schedules.length > 0) && <code className="break-all text-xs">{folder}</code>}
      </p>
      {schedules.length > 0 && (
        <ul aria-label="Planned reports" className="panel mb-3 divide-y divide-line">
          {schedules.map(({ name, cron, timezone, report, next }) => (
            <li key={name} className="flex flex-wrap items-center gap-x-3 px-4 py-2">
              <span className="min-w-40 flex-1 truncate font-medium">{report.title}</span>
              <code className="text-xs">{cron}</code>
              {report.mailTo !== undefined && <span className="text-muted text-xs">to {report.mailTo.join(', ')}</span>}
              <span className="num text-muted text-xs">
                {next === undefined ? 'never again' : `next ${minute(Date.parse(next))}`}
                {timezone !== undefined && ` (${timezone})`}
              </span>
              {mayChange && (
                <IconButton
                  label={`No longer make ${report.title}`}
                  icon="trash"
                  className="size-8"
                  onClick={() => remove.mutate(`/api/reports/schedules/${name}`)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {reports.length > 0 && (
        <ul aria-label="Made reports" className="panel divide-y divide-line">
          {reports.map(report => (
            <li key={report.id} className="flex flex-wrap items-center gap-x-3 px-4 py-2">
              <span className="min-w-40 flex-1 truncate">
                {report.problem === '' ? (
                  <a
                    className="font-medium text-accent underline-offset-2 hover:underline"
                    href={`/api/reports/${report.id}/file`}
                    download={report.file}
                  >
                    {report.title}
                  </a>
                ) : (
                  <span className="font-medium">{report.title}</span>
                )}
                {report.customer !== undefined && <span className="text-soft"> · {report.customer}</span>}
                {report.mail !== undefined && (
                  <span className={report.mail === 'dead' ? 'text-danger' : 'text-muted'}>
                    {' '}
                    · {mails[report.mail] ?? report.mail} {report.mailTo?.join(', ')}
                  </span>
                )}
                {report.problem !== '' && <span className="text-danger"> · {report.problem}</span>}
              </span>
              <span className="num text-muted text-xs">
                {report.format.toUpperCase()} {report.problem === '' && bytes(report.bytes)} ·{' '}
                {minute(Date.parse(report.created))}
              </span>
              {mayChange && (
                <IconButton
                  label={`Remove the report ${report.title}`}
                  icon="trash"
                  className="size-8"
                  onClick={() => remove.mutate(`/api/reports/${report.id}`)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
