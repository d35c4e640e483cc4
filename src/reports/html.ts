/** A report as one HTML file that needs nothing else: pictures inline, no scripts (its own policy forbids them), all text escaped. */

import { draw, widthShare } from './charts.ts'
import { escapeHtml, toSvg } from './drawing.ts'
import {
  cellText,
  ink,
  type Report,
  type ReportPanel,
  type ReportTable,
  rangeText,
  shown,
  timeText,
  valueText
} from './report.ts'

export const tableRowsMax = 100
const pictureWidth = 520

const style = `
:root { color-scheme: light }
* { box-sizing: border-box }
body { margin: 0; background: #f5f6f8; color: ${ink.text}; font: 13px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
main { max-width: 980px; margin: 24px auto; padding: 36px 44px; background: #fff; border: 1px solid #e1e5eb; border-radius: 10px }
header { border-bottom: 2px solid #0d7377; padding-bottom: 14px; margin-bottom: 22px }
h1 { margin: 0; font-size: 26px; line-height: 1.2; overflow-wrap: anywhere }
h2 { margin: 0 0 8px; font-size: 14px; overflow-wrap: anywhere }
header p { margin: 4px 0 0; color: ${ink.soft} }
.customer { font-size: 15px; font-weight: 600; color: #0d7377 }
.panels { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 26px 28px }
section { min-width: 0; break-inside: avoid }
.half { grid-column: span 2 } .whole { grid-column: 1 / -1; break-inside: auto }
svg { display: block; font-family: inherit }
table { width: 100%; border-collapse: collapse; font-size: 12px }
th { text-align: left; color: ${ink.muted}; font-weight: 600; border-bottom: 1px solid ${ink.line}; padding: 3px 10px 3px 0 }
td { border-bottom: 1px solid #eef0f4; padding: 3px 10px 3px 0; overflow-wrap: anywhere; vertical-align: top; unicode-bidi: isolate }
.n { text-align: right; font-variant-numeric: tabular-nums }
.none { color: ${ink.muted} } .problem { color: #b3261e }
code { font: 11px/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; color: ${ink.soft} }
footer { margin-top: 28px; border-top: 1px solid ${ink.line}; padding-top: 10px; color: ${ink.muted}; font-size: 11px }
@media (max-width: 640px) { main { margin: 0; padding: 20px 16px; border: 0 } .panels { grid-template-columns: repeat(2, minmax(0, 1fr)) } .half { grid-column: 1 / -1 } main { overflow-x: auto } }
@media print { body { background: #fff } main { margin: 0; padding: 0; border: 0; max-width: none } }
`

export function reportHtml(report: Report): string {
  const panels = report.panels.map(panel => panelHtml(panel, report.timezone)).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(shown(report.title))}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
${report.customer === undefined ? '' : `<p class="customer">${escapeHtml(shown(report.customer))}</p>`}
<h1>${escapeHtml(shown(report.title))}</h1>
<p>${escapeHtml(rangeText(report))}</p>
${report.filter === undefined || report.filter === '' ? '' : `<p>Only <code>${escapeHtml(shown(report.filter))}</code></p>`}
</header>
<div class="panels">
${panels}
</div>
<footer>Made by Picket on ${escapeHtml(timeText(report.madeMs, report.timezone))} (${escapeHtml(report.timezone)})</footer>
</main>
</body>
</html>
`
}

function panelHtml(panel: ReportPanel, timezone: string): string {
  const share = widthShare(panel)
  const kind = share === 1 ? ' class="whole"' : share === 0.5 ? ' class="half"' : ''
  return `<section${kind}><h2>${escapeHtml(shown(panel.title))}</h2>${bodyHtml(panel, timezone)}</section>`
}

function bodyHtml(panel: ReportPanel, timezone: string): string {
  const { table, problem } = panel
  if (table === undefined) return `<p class="problem">${escapeHtml(shown(problem ?? 'There is no answer.'))}</p>`
  if (table.rows.length === 0) return '<p class="none">Nothing in this range.</p>'
  const share = widthShare(panel)
  const drawing = draw(
    panel,
    share === 1 ? pictureWidth : share === 0.5 ? pictureWidth * 0.47 : pictureWidth * 0.21,
    timezone
  )
  return drawing === undefined ? tableHtml(panel, table, timezone) : toSvg(drawing)
}

export function tableCell(
  panel: ReportPanel,
  value: unknown,
  name: string,
  type: ReportTable['columns'][number]['type'],
  timezone: string
): string {
  if (type === 'number' && panel.options.unit === 'bytes' && name.includes('bytes'))
    return valueText(Number(value ?? 0), 'bytes')
  return cellText(value, type, timezone)
}

function tableHtml(panel: ReportPanel, table: ReportTable, timezone: string): string {
  const kind = (type: string) => (type === 'number' ? ' class="n"' : '')
  const limit = Math.min(tableRowsMax, panel.options.limit ?? tableRowsMax)
  const head = table.columns.map(({ name, type }) => `<th${kind(type)}>${escapeHtml(shown(name))}</th>`).join('')
  const rows = table.rows
    .slice(0, limit)
    .map(
      row =>
        `<tr>${table.columns.map(({ name, type }, at) => `<td${kind(type)}>${escapeHtml(tableCell(panel, row[at], name, type, timezone))}</td>`).join('')}</tr>`
    )
    .join('\n')
  const more = table.rows.length - limit
  const note = more > 0 ? `<p class="none">… and ${more} more rows</p>` : ''
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>${note}`
}
