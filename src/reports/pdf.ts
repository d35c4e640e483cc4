/**
 * A report as PDF, A4. The typeface is DejaVu Sans: Latin, Greek, Cyrillic and more; Chinese, Japanese, Korean and emoji are not in
 * it and show as boxes (HTML shows them).
 */

import { createRequire } from 'node:module'
import type PdfDocument from 'pdfkit'
import { draw, widthShare } from './charts.ts'
import { type Drawing, fit } from './drawing.ts'
import { tableCell, tableRowsMax } from './html.ts'
import { ink, type Report, type ReportPanel, type ReportTable, rangeText, shown, timeText } from './report.ts'

const page = { width: 595.28, height: 841.89, margin: 44, bottom: 56 } as const
const room = page.width - 2 * page.margin
const gap = 16
const titleHeight = 18

type Pdf = InstanceType<typeof PdfDocument>

export async function reportPdf(report: Report): Promise<Buffer> {
  const { default: Document } = await import('pdfkit')
  const require = createRequire(import.meta.url)
  const pdf: Pdf = new Document({
    size: 'A4',
    margins: { top: page.margin, left: page.margin, right: page.margin, bottom: 0 },
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: { Title: shown(report.title), Creator: 'Picket', CreationDate: new Date(report.madeMs) }
  })
  pdf.registerFont('plain', require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))
  pdf.registerFont('bold', require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'))
  const parts: Buffer[] = []
  pdf.on('data', (part: Buffer) => parts.push(part))
  const ended = new Promise<void>((resolve, reject) => pdf.on('end', resolve).on('error', reject))

  let y = drawHead(pdf, report)
  for (const row of rowsOf(report.panels)) {
    if (row.length === 1 && isTable(row[0]!)) {
      y = drawTable(pdf, row[0]!, y, report.timezone)
      continue
    }
    let x = page.margin
    const cells = row.map(panel => {
      const width = room * widthShare(panel) - (widthShare(panel) === 1 ? 0 : gap)
      const drawing = draw(panel, width, report.timezone)
      const cell = { panel, x, width, drawing, height: (drawing?.height ?? 16) + titleHeight }
      x += room * widthShare(panel)
      return cell
    })
    const height = Math.max(...cells.map(cell => cell.height))
    if (y + height > page.height - page.bottom) y = newPage(pdf)
    for (const cell of cells) {
      drawTitle(pdf, cell.panel, cell.x, y, cell.width)
      if (cell.drawing === undefined) drawNote(pdf, noteOf(cell.panel), cell.x, y + titleHeight, cell.width)
      else drawShapes(pdf, cell.drawing, cell.x, y + titleHeight)
    }
    y += height + gap
  }
  drawFeet(pdf, report)
  pdf.end()
  await ended
  return Buffer.concat(parts)
}

function isTable(panel: ReportPanel): boolean {
  return panel.view === 'table' && (panel.table?.rows.length ?? 0) > 0
}

/** Side by side what fits beside each other. */
function rowsOf(panels: readonly ReportPanel[]): ReportPanel[][] {
  const rows: ReportPanel[][] = []
  let used = 1
  for (const panel of panels) {
    const share = widthShare(panel)
    if (used + share > 1.001) {
      rows.push([])
      used = 0
    }
    rows.at(-1)!.push(panel)
    used += share
  }
  return rows
}

function newPage(pdf: Pdf): number {
  pdf.addPage()
  return page.margin
}

function drawHead(pdf: Pdf, report: Report): number {
  const width = room
  let y: number = page.margin
  const line = (text: string, font: 'plain' | 'bold', size: number, fill: string) => {
    pdf.font(font).fontSize(size).fillColor(fill)
    const options = { width, height: size * 4, ellipsis: true }
    pdf.text(text, page.margin, y, options)
    y += Math.min(pdf.heightOfString(text, options), size * 4) + 3
  }
  if (report.customer !== undefined) line(shown(report.customer), 'bold', 11, '#0d7377')
  line(shown(report.title), 'bold', 20, ink.text)
  line(rangeText(report), 'plain', 9, ink.soft)
  if (report.filter !== undefined && report.filter !== '') line(`Only ${shown(report.filter)}`, 'plain', 8, ink.soft)
  y += 4
  pdf
    .moveTo(page.margin, y)
    .lineTo(page.width - page.margin, y)
    .lineWidth(1.5)
    .strokeColor('#0d7377')
    .stroke()
  return y + 18
}

function drawTitle(pdf: Pdf, panel: ReportPanel, x: number, y: number, width: number): void {
  pdf.font('bold').fontSize(9.5).fillColor(ink.text)
  pdf.text(fit(shown(panel.title), width, 9.5), x, y, { lineBreak: false })
}

function noteOf(panel: ReportPanel): string {
  if (panel.table === undefined) return panel.problem ?? 'There is no answer.'
  return panel.table.rows.length === 0 ? 'Nothing in this range.' : 'The answer does not fit this view.'
}

function drawNote(pdf: Pdf, text: string, x: number, y: number, width: number): void {
  pdf.font('plain').fontSize(8).fillColor(ink.muted)
  pdf.text(fit(shown(text), width, 8), x, y, { lineBreak: false })
}

function drawShapes(pdf: Pdf, { shapes }: Drawing, left: number, top: number): void {
  pdf.save()
  pdf.translate(left, top)
  for (const shape of shapes) {
    if (shape.kind === 'rect') pdf.rect(shape.x, shape.y, Math.max(0, shape.w), Math.max(0, shape.h)).fill(shape.fill)
    else if (shape.kind === 'path') pdf.path(shape.d).fillOpacity(shape.opacity).fill(shape.fill).fillOpacity(1)
    else if (shape.kind === 'line') {
      const [first, ...rest] = shape.points
      if (first === undefined) continue
      pdf.moveTo(first[0], first[1])
      for (const [x, y] of rest) pdf.lineTo(x, y)
      pdf.lineWidth(shape.width).strokeColor(shape.stroke).stroke()
    } else {
      pdf
        .font(shape.bold === true ? 'bold' : 'plain')
        .fontSize(shape.size)
        .fillColor(shape.fill)
      const wide = shape.anchor === undefined || shape.anchor === 'start' ? 0 : pdf.widthOfString(shape.text)
      const x = shape.x - (shape.anchor === 'end' ? wide : shape.anchor === 'middle' ? wide / 2 : 0)
      pdf.text(shape.text, x, shape.y, { lineBreak: false, baseline: 'alphabetic' })
    }
  }
  pdf.restore()
}

const rowHeight = 14

function drawTable(pdf: Pdf, panel: ReportPanel, top: number, timezone: string): number {
  const table = panel.table!
  const widths = widthsOf(panel, table, timezone)
  const limit = Math.min(tableRowsMax, panel.options.limit ?? tableRowsMax)
  let y = top
  const line = (cells: readonly string[], fill: string) => {
    pdf.font('plain').fontSize(7.5).fillColor(fill)
    let x: number = page.margin
    for (const [at, text] of cells.entries()) {
      const width = widths[at]! - 8
      const cut = fit(text, width, 7.5)
      const isNumber = table.columns[at]!.type === 'number'
      pdf.text(cut, isNumber ? x + width - pdf.widthOfString(cut) : x, y + 3.5, { lineBreak: false })
      x += widths[at]!
    }
    y += rowHeight
    pdf
      .moveTo(page.margin, y)
      .lineTo(page.width - page.margin, y)
      .lineWidth(0.4)
      .strokeColor(ink.line)
      .stroke()
  }
  const head = () =>
    line(
      table.columns.map(({ name }) => shown(name)),
      ink.muted
    )
  if (y + titleHeight + 4 * rowHeight > page.height - page.bottom) y = newPage(pdf)
  drawTitle(pdf, panel, page.margin, y, room)
  y += titleHeight - 3
  head()
  for (const row of table.rows.slice(0, limit)) {
    if (y + rowHeight > page.height - page.bottom) {
      y = newPage(pdf)
      head()
    }
    line(
      table.columns.map(({ name, type }, at) => tableCell(panel, row[at], name, type, timezone)),
      ink.text
    )
  }
  const more = table.rows.length - limit
  if (more > 0) {
    drawNote(pdf, `… and ${more} more rows`, page.margin, y + 4, room)
    y += rowHeight
  }
  return y + gap
}

/** As the longest texts of the first rows ask for, within the page. */
function widthsOf(panel: ReportPanel, table: ReportTable, timezone: string): number[] {
  const wanted = table.columns.map(({ name, type }, at) =>
    Math.min(
      60,
      Math.max(
        4,
        shown(name).length,
        ...table.rows.slice(0, 40).map(row => tableCell(panel, row[at], name, type, timezone).length)
      )
    )
  )
  const total = wanted.reduce((sum, each) => sum + each + 2, 0)
  return wanted.map(each => (room * (each + 2)) / total)
}

function drawFeet(pdf: Pdf, report: Report): void {
  const { start, count } = pdf.bufferedPageRange()
  for (let at = start; at < start + count; at++) {
    pdf.switchToPage(at)
    pdf.font('plain').fontSize(7).fillColor(ink.muted)
    const y = page.height - 34
    pdf.text(`Made by Picket on ${timeText(report.madeMs, report.timezone)} (${report.timezone})`, page.margin, y, {
      lineBreak: false
    })
    const text = `${at - start + 1} / ${count}`
    pdf.text(text, page.width - page.margin - pdf.widthOfString(text), y, { lineBreak: false })
  }
}
