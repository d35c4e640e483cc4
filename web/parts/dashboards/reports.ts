/** Reports as the API has them. */

import { queryOptions } from '@tanstack/react-query'
import { get } from '../../api.ts'

export type AskedReport = {
  dashboard?: string | undefined
  query?: string | undefined
  title: string
  customer?: string | undefined
  from?: string | undefined
  to?: string | undefined
  filter?: string | undefined
  timezone?: string | undefined
  format: 'html' | 'pdf'
  mailTo?: string[] | undefined
}
export type Report = {
  id: string
  title: string
  customer?: string
  format: 'html' | 'pdf'
  file: string
  bytes: number
  problem: string
  schedule: string
  created: string
  by: string
  mailTo?: string[]
  /** What became of the mail: waiting, sent, dead. */
  mail?: string
}
export type Schedule = {
  name: string
  cron: string
  timezone?: string
  report: AskedReport
  next?: string
  by: string
}

export const reportsQuery = queryOptions({
  queryKey: ['reports'],
  queryFn: ({ signal }) => get<{ reports: Report[]; schedules: Schedule[]; folder: string }>('/api/reports', {}, signal)
})

export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone
