/** Where reports are made: one at a time, into a folder and to mail, at once or when their schedule says so. Old ones go. */

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cron } from 'croner'
import { messageOf, PicketError } from '../core/errors.ts'
import { mailReport, reportMail } from '../pipeline/notify-reports.ts'
import { addReport, listSchedules, oldReports, removeReport, type StoredReport } from '../state/reports.ts'
import { newId } from '../state/secret.ts'
import { type AskedReport, makeReport, reportShape } from './make-report.ts'
import type { QueryDeps } from './queries.ts'

export type ReportDesk = {
  readonly folder: string
  nowMs(): number
  /** Throws `unknown-dashboard`, `bad-time`, `reports-busy`. */
  make(asked: AskedReport, by: { readonly by: string; readonly schedule: string }): Promise<StoredReport>
  /** Removes a report's file. */
  discard(report: StoredReport): void
  /** Takes up what was planned or is no longer. */
  reload(): void
  /** When a planned report is made next, in milliseconds since 1970. */
  next(name: string): number | undefined
  /** What is wrong with a time plan, in words. */
  cronProblem(cron: string, timezone: string | undefined): string | undefined
  close(): void
}

const keptMax = 1000
const waitingMax = 10

export function openReportDesk(
  deps: QueryDeps & {
    readonly folder: string
    readonly log: { warn(about: object, text: string): void; info(about: object, text: string): void }
  }
): ReportDesk {
  const { folder, state, log, nowMs } = deps
  const plans = new Map<string, Cron>()
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  async function make(asked: AskedReport, { by, schedule }: { by: string; schedule: string }): Promise<StoredReport> {
    const content = await makeReport(deps, asked)
    const id = newId()
    const file = `${fileNameOf(asked.title, nowMs())}-${id.slice(0, 6)}.${asked.format}`
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Whoever watches the folder sees whole files only.
    const partial = join(folder, `.${file}.part`)
    writeFileSync(partial, content, { mode: 0o600 })
    renameSync(partial, join(folder, file))
    const report = { id, asked, file, bytes: content.length, problem: '', schedule, createdMs: nowMs(), by }
    state.transaction(() => {
      addReport(state, report)
      if (asked.mailTo !== undefined)
        mailReport(state, id, reportMail(asked.title, asked.customer, asked.mailTo, file), nowMs())
    })
    for (const old of oldReports(state, keptMax)) {
      discard(old)
      removeReport(state, old.id)
    }
    return report
  }

  const discard = (report: StoredReport): void => {
    if (report.file !== '') rmSync(join(folder, report.file), { force: true })
  }

  const desk: ReportDesk = {
    folder,
    nowMs,
    discard,
    make(asked, by) {
      if (waiting >= waitingMax)
        throw new PicketError('reports-busy', 'Too many reports are in the making: try again in a moment.')
      waiting++
      const made = last.then(() => make(asked, by)).finally(() => waiting--)
      last = made.catch(() => {})
      return made
    },
    reload() {
      for (const plan of plans.values()) plan.stop()
      plans.clear()
      for (const { name, schedule, by } of listSchedules(state)) {
        const { cron, timezone } = schedule as { cron: string; timezone?: string }
        const asked = reportShape.safeParse(schedule['report'])
        if (!asked.success) continue
        const run = async (): Promise<void> => {
          try {
            const { file } = await desk.make(asked.data, { by, schedule: name })
            log.info({ schedule: name, file }, 'a planned report was made')
          } catch (error) {
            const problem = messageOf(error)
            log.warn({ schedule: name, problem }, 'a planned report failed')
            const id = newId()
            addReport(state, {
              id,
              asked: asked.data,
              file: '',
              bytes: 0,
              problem,
              schedule: name,
              createdMs: nowMs(),
              by
            })
          }
        }
        try {
          plans.set(name, new Cron(cron, { timezone, unref: true, protect: true }, run))
        } catch (error) {
          log.warn({ schedule: name, problem: messageOf(error) }, 'a planned report has no time')
        }
      }
    },
    next: name => plans.get(name)?.nextRun()?.getTime(),
    cronProblem(cron, timezone) {
      try {
        if (cron.trim().split(/\s+/).length !== 5) return 'A time plan has five parts: minute hour day month weekday.'
        const plan = new Cron(cron, { timezone, paused: true })
        return plan.nextRun() === null ? 'This time never comes.' : undefined
      } catch (error) {
        return `This is no time plan: ${messageOf(error).replace(/^CronPattern: /, '')}`
      }
    },
    close() {
      for (const plan of plans.values()) plan.stop()
      plans.clear()
    }
  }
  desk.reload()
  return desk
}

/** `2026-11-21-network-overview`. */
function fileNameOf(title: string, nowMs: number): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  return `${new Date(nowMs).toISOString().slice(0, 10)}-${words === '' ? 'report' : words}`
}
