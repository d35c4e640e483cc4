/** Makes a report: asks for the rows of each panel, one after the other, and draws them. */

import { z } from 'zod'
import { recipients } from '../actions/mail.ts'
import { messageOf } from '../core/errors.ts'
import { reportHtml } from '../reports/html.ts'
import { reportPdf } from '../reports/pdf.ts'
import type { ReportPanel, ReportTable } from '../reports/report.ts'
import { dashboardName, type Panel, timeText } from './dashboard-shape.ts'
import { findDashboard } from './own-dashboards.ts'
import { panelRows } from './panel-rows.ts'
import type { QueryDeps } from './queries.ts'
import { timeRange } from './query.ts'

export const reportShape = z
  .strictObject({
    dashboard: dashboardName.optional(),
    query: z.string().max(16_384).optional().describe('A search instead of a dashboard'),
    title: z.string().trim().min(1).max(200),
    customer: z.string().trim().max(200).optional(),
    from: timeText.optional().describe('-7d, 2026-11-21 …; without it, that of the dashboard'),
    to: timeText.optional(),
    filter: z.string().max(16_384).optional().describe('Narrows every panel'),
    timezone: z
      .string()
      .max(64)
      .refine(isZone, 'is no time zone')
      .optional()
      .describe('In which times are written: Europe/Berlin. Default: that of the server'),
    format: z.enum(['html', 'pdf']),
    mailTo: recipients.optional().describe('Also sent to these addresses by mail, as an attachment')
  })
  .refine(({ dashboard, query }) => (dashboard === undefined) !== (query === undefined), {
    message: 'name either a dashboard or a query'
  })

export type AskedReport = z.output<typeof reportShape>

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** Throws `unknown-dashboard`, `bad-time`. A panel that fails says so in its place. */
export async function makeReport(deps: QueryDeps, asked: AskedReport): Promise<Buffer> {
  const nowMs = deps.nowMs()
  const dashboard = asked.dashboard === undefined ? undefined : findDashboard(deps.state, asked.dashboard)
  const isRanged = asked.from !== undefined || asked.to !== undefined
  const range = isRanged
    ? timeRange(asked.from === 'all' ? undefined : asked.from, asked.to, nowMs)
    : timeRange(dashboard?.from, dashboard?.to, nowMs)
  // How wide the steps of time are follows from the range: an open one ends where the events do.
  const stored = range.fromUs === undefined || range.toUs === undefined ? await deps.store.extent() : undefined
  const whole = {
    fromUs: range.fromUs ?? (stored !== undefined && stored.rows > 0 ? stored.fromUs : nowMs * 1000 - 3_600_000_000),
    toUs:
      range.toUs ??
      Math.max(nowMs * 1000, stored !== undefined && isRanged === false && range.fromUs === undefined ? stored.toUs : 0)
  }
  const filter = asked.filter ?? dashboard?.filter ?? ''
  const panels: ReportPanel[] = []
  for (const panel of dashboard === undefined ? panelsOf(asked) : inOrder(dashboard.panels))
    panels.push(await withRows(panel, table => table(deps, { query: panel.query, filter }, whole, nowMs)))
  const report = {
    title: asked.title,
    customer: asked.customer === '' ? undefined : asked.customer,
    fromMs: whole.fromUs / 1000,
    toMs: whole.toUs / 1000,
    madeMs: nowMs,
    timezone: asked.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    filter,
    panels
  }
  return asked.format === 'pdf' ? reportPdf(report) : Buffer.from(reportHtml(report))
}

/** As one reads them. */
function inOrder(panels: readonly Panel[]): Panel[] {
  return [...panels].sort((a, b) => a.y - b.y || a.x - b.x)
}

/** A search alone: how many over time, where it has no commands of its own, and its rows. */
function panelsOf({ query = '', title }: AskedReport): Pick<ReportPanel, 'title' | 'query' | 'view' | 'options'>[] {
  const rows = { title, query, view: 'table' as const, options: {} }
  if (query.includes('|')) return [rows]
  return [
    { title: 'Over time', query: `${query} | timechart count() by event.dataset`, view: 'timeseries', options: {} },
    { ...rows, title: 'The newest events' }
  ]
}

async function withRows(
  panel: Pick<ReportPanel, 'title' | 'query' | 'view' | 'options'>,
  ask: (rows: typeof panelRows) => Promise<ReportTable>
): Promise<ReportPanel> {
  const { title, query, view, options } = panel
  try {
    return { title, query, view, options, table: await ask(panelRows) }
  } catch (error) {
    return { title, query, view, options, problem: messageOf(error) }
  }
}
