/** Routes of reports: made now, or on a schedule; their files lie in a folder and can be downloaded. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { reportMailState } from '../pipeline/notify-reports.ts'
import { outboxStates } from '../state/outbox.ts'
import {
  keepSchedule,
  listReports,
  listSchedules,
  removeReport,
  removeSchedule,
  reportOf,
  type StoredReport
} from '../state/reports.ts'
import type { State } from '../state/state.ts'
import { dashboardName } from './dashboard-shape.ts'
import { type AskedReport, isZone, reportShape } from './make-report.ts'
import { readMailServer } from './notification-settings.ts'
import { done, idParams, isoOf } from './replies.ts'
import type { ReportDesk } from './report-desk.ts'
import { ApiError, type Principal, type RoutePlugin } from './route.ts'

const reportReply = z
  .object({
    id: z.string(),
    title: z.string(),
    customer: z.string().optional(),
    format: z.enum(['html', 'pdf']),
    file: z.string().describe('Its name in the folder of reports; empty if it failed'),
    bytes: z.int(),
    problem: z.string().describe('Why it failed; empty if it did not'),
    schedule: z.string().describe('What it was made by; empty if somebody asked'),
    created: z.string(),
    by: z.string(),
    mailTo: z.array(z.string()).optional(),
    mail: z.enum(outboxStates).optional().describe('What became of the mail: waiting, sent, dead …')
  })
  .describe('A report')

export const scheduleShape = z.strictObject({
  cron: z.string().min(9).max(120).describe('When: minute hour day month weekday'),
  timezone: z.string().max(64).refine(isZone, 'is no time zone').optional(),
  report: reportShape
})

const listedMax = 200

export function reportRoutes({ state, desk }: { state: State; desk: ReportDesk }): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/reports',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The reports that were made, the newest first, and those that are planned',
          tags: ['reports'],
          response: {
            200: z.object({
              folder: z.string(),
              reports: z.array(reportReply),
              schedules: z.array(
                z.object({
                  name: z.string(),
                  cron: z.string(),
                  timezone: z.string().optional(),
                  report: reportShape,
                  next: z.string().optional(),
                  by: z.string()
                })
              )
            })
          }
        }
      },
      async () => ({
        folder: desk.folder,
        reports: listReports(state, listedMax).map(each => reportOut(state, each)),
        schedules: listSchedules(state).map(({ name, schedule, by }) => {
          const { cron, timezone, report } = scheduleShape.parse(schedule)
          const next = desk.next(name)
          return { name, cron, timezone, report, by, next: next === undefined ? undefined : isoOf(next) }
        })
      })
    )

    app.post(
      '/api/reports',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Makes a report of a dashboard or a search',
          tags: ['reports'],
          body: reportShape,
          response: { 200: reportReply }
        }
      },
      async request => {
        mayMail(state, request.body, request.principal)
        try {
          const report = await desk.make(request.body, { by: request.principal?.actor ?? '', schedule: '' })
          request.audit('report.made', `report:${report.id}`, {
            title: request.body.title,
            mailTo: request.body.mailTo
          })
          return reportOut(state, report)
        } catch (error) {
          if (error instanceof PicketError && error.code === 'unknown-dashboard')
            throw new ApiError(404, error.code, error.message)
          if (error instanceof PicketError && error.code === 'reports-busy')
            throw new ApiError(503, error.code, error.message, { 'retry-after': '10' })
          throw error
        }
      }
    )

    app.get(
      '/api/reports/:id/file',
      {
        preHandler: guard('search'),
        schema: { summary: 'The file of a report', tags: ['reports'], params: idParams }
      },
      async (request, reply) => {
        const report = reportOf(state, request.params.id)
        if (report === undefined || report.file === '')
          throw new ApiError(404, 'unknown-report', 'There is no such report.')
        let content: Buffer
        try {
          content = readFileSync(join(desk.folder, report.file))
        } catch {
          throw new ApiError(410, 'report-gone', `The file ${report.file} is no longer in the folder of reports.`)
        }
        reply.header('content-disposition', `attachment; filename="${report.file}"`)
        reply.type(report.file.endsWith('.pdf') ? 'application/pdf' : 'text/html; charset=utf-8')
        return content
      }
    )

    app.delete(
      '/api/reports/:id',
      {
        preHandler: guard('ingest'),
        schema: {
          summary: 'Removes a report and its file',
          tags: ['reports'],
          params: idParams,
          response: { 200: done }
        }
      },
      async request => {
        const report = reportOf(state, request.params.id)
        if (report === undefined) throw new ApiError(404, 'unknown-report', 'There is no such report.')
        desk.discard(report)
        removeReport(state, report.id)
        request.audit('report.removed', `report:${report.id}`)
        return { ok: true as const }
      }
    )

    app.put(
      '/api/reports/schedules/:name',
      {
        preHandler: guard('ingest'),
        schema: {
          summary:
            'Plans a report: made at these times, delivered to the folder of reports, and by mail where it says so',
          tags: ['reports'],
          params: z.object({ name: dashboardName }),
          body: scheduleShape,
          response: { 200: z.object({ name: z.string(), next: z.string().optional() }) }
        }
      },
      async request => {
        const { name } = request.params
        mayMail(state, request.body.report, request.principal)
        const problem = desk.cronProblem(request.body.cron, request.body.timezone)
        if (problem !== undefined) throw new ApiError(400, 'bad-cron', problem)
        const by = request.principal?.actor ?? ''
        if (!keepSchedule(state, { name, schedule: request.body, updatedMs: desk.nowMs(), by }))
          throw new ApiError(409, 'too-many-schedules', 'There are too many planned reports: remove some first.')
        desk.reload()
        request.audit('report.planned', `schedule:${name}`, {
          cron: request.body.cron,
          mailTo: request.body.report.mailTo
        })
        const next = desk.next(name)
        return { name, next: next === undefined ? undefined : isoOf(next) }
      }
    )

    app.delete(
      '/api/reports/schedules/:name',
      {
        preHandler: guard('ingest'),
        schema: {
          summary: 'No longer makes a planned report',
          tags: ['reports'],
          params: z.object({ name: dashboardName }),
          response: { 200: done }
        }
      },
      async request => {
        if (!removeSchedule(state, request.params.name))
          throw new ApiError(404, 'unknown-schedule', 'There is no such planned report.')
        desk.reload()
        request.audit('report.unplanned', `schedule:${request.params.name}`)
        return { ok: true as const }
      }
    )
  }
}

function reportOut(state: State, { id, asked, file, bytes, problem, schedule, createdMs, by }: StoredReport) {
  const { title, customer, format, mailTo } = reportShape.parse(asked)
  const mail = mailTo === undefined ? undefined : reportMailState(state, id)
  return { id, title, customer, format, file, bytes, problem, schedule, created: isoOf(createdMs), by, mailTo, mail }
}

/** Mail takes data out of here: for those who may bring records in, and only where there is a server that takes it. */
function mayMail(state: State, { mailTo }: AskedReport, principal: Principal | undefined): void {
  if (mailTo === undefined) return
  const scopes = principal?.scopes ?? []
  if (!scopes.includes('ingest') && !scopes.includes('admin'))
    throw new ApiError(403, 'forbidden', 'Analysts and administrators may send reports by mail.')
  if (readMailServer(state) === undefined)
    throw new ApiError(
      409,
      'no-mail-server',
      'No mail server is set up: an administrator does that under Administration, Notifications.'
    )
}
