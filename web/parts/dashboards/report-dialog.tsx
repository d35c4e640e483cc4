/** Asks for a report of a dashboard or a search: now, or again and again. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf, type Range } from '../../api.ts'
import { queryClient, sessionQuery } from '../../queries.ts'
import { Button, buttonClass, Notice, SelectField, TextField } from '../controls.tsx'
import { listOf } from '../notifications/notifications.ts'
import { Overlay } from '../overlay.tsx'
import { rangeLabel } from '../time-range.ts'
import { type AskedReport, type Report, zone } from './reports.ts'

const times = [
  { value: '', label: 'now' },
  { value: '0 6 * * *', label: 'every day at 6:00' },
  { value: '0 6 * * 1', label: 'every Monday at 6:00' },
  { value: '0 6 1 * *', label: 'on the first of each month at 6:00' }
]

/** What the report is about: a dashboard by name, or a search. */
export type ReportSubject = { readonly title: string } & ({ readonly dashboard: string } | { readonly query: string })

export function ReportDialog({
  subject,
  range,
  filter,
  onClose
}: {
  subject: ReportSubject
  range: Range
  filter: string
  onClose: () => void
}) {
  const [title, setTitle] = useState(subject.title)
  const [customer, setCustomer] = useState('')
  const [format, setFormat] = useState<'html' | 'pdf'>('pdf')
  const [cron, setCron] = useState('')
  const [mailTo, setMailTo] = useState('')
  const mayPlan = useQuery(sessionQuery).data?.scopes.includes('ingest') ?? false
  const make = useMutation({
    mutationFn: async () => {
      const asked: AskedReport = {
        ...('dashboard' in subject ? { dashboard: subject.dashboard } : { query: subject.query }),
        title,
        customer: customer === '' ? undefined : customer,
        from: range.from,
        to: range.to,
        filter: filter === '' ? undefined : filter,
        timezone: zone(),
        format,
        mailTo: listOf(mailTo).length === 0 ? undefined : listOf(mailTo)
      }
      if (cron === '') return { report: await change<Report>('POST', '/api/reports', asked) }
      const name = `${('dashboard' in subject ? subject.dashboard : 'search').slice(0, 50)}-${Date.now().toString(36)}`
      await change('PUT', `/api/reports/schedules/${name}`, { cron, timezone: zone(), report: asked })
      return { report: undefined }
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['reports'] })
  })
  const made = make.data
  return (
    <Overlay open onClose={onClose} title="Report" description={`${subject.title}, ${rangeLabel(range).toLowerCase()}`}>
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <TextField
          label="Title"
          value={title}
          maxLength={200}
          required
          onChange={event => setTitle(event.target.value)}
        />
        <TextField
          label="Customer"
          value={customer}
          maxLength={200}
          onChange={event => setCustomer(event.target.value)}
        />
        <div className="grid grid-cols-2 gap-3">
          <SelectField
            label="Format"
            value={format}
            options={[
              { value: 'pdf', label: 'PDF' },
              { value: 'html', label: 'HTML, one file' }
            ]}
            onChange={value => setFormat(value === 'html' ? 'html' : 'pdf')}
          />
          <SelectField label="When" value={cron} options={mayPlan ? times : times.slice(0, 1)} onChange={setCron} />
        </div>
        {mayPlan && (
          <TextField
            label="By mail to"
            value={mailTo}
            placeholder="anna@example.org, ben@example.org"
            hint="Separated by commas. Empty: it only lies in the folder of reports."
            onChange={event => setMailTo(event.target.value)}
          />
        )}
        {make.isError && <Notice mood="danger">{messageOf(make.error)}</Notice>}
        {made !== undefined && (
          <Notice
            mood="good"
            action={
              made.report !== undefined && (
                <a
                  className={buttonClass('plain', true)}
                  href={`/api/reports/${made.report.id}/file`}
                  download={made.report.file}
                >
                  Download
                </a>
              )
            }
          >
            {made.report === undefined
              ? 'It is planned; its reports are listed below the dashboards.'
              : made.report.mailTo === undefined
                ? 'The report is made.'
                : 'The report is made, and on its way by mail.'}
          </Notice>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" type="submit" disabled={make.isPending || title.trim() === ''}>
            {make.isPending ? 'In the making …' : cron === '' ? 'Make the report' : 'Plan it'}
          </Button>
        </div>
      </form>
    </Overlay>
  )
}
