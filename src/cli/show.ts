/** Figures and tables as commands show them. */

import type { LedgerReport } from '../state/ledger.ts'
import { table } from './table.ts'

export function countText(count: number): string {
  return count.toLocaleString('en-US')
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`
}

const sourcesShownMax = 40

export function printLedger(
  report: LedgerReport,
  write: (text: string) => void,
  about: { seconds?: number } = {}
): void {
  const { totals, pending } = report
  const rows = report.sources
    .slice(0, sourcesShownMax)
    .map(source => [
      source.source,
      source.format,
      countText(source.received),
      countText(source.stored),
      countText(source.deadLettered),
      countText(source.duplicates)
    ])
  if (rows.length === 0) {
    write('Nothing was received yet. Try: picket import PATH…\n')
    return
  }
  write(table(['SOURCE', 'FORMAT', 'RECEIVED', 'STORED', 'DEAD-LETTERED', 'DUPLICATES'], rows))
  if (report.sources.length > sourcesShownMax)
    write(`… and ${report.sources.length - sourcesShownMax} more sources (--json lists all)\n`)
  for (const source of report.sources.filter(candidate => candidate.reasons.length > 0).slice(0, 10)) {
    write(`\nDead letters of ${source.source}:\n`)
    for (const { reason, count } of source.reasons.slice(0, 5)) write(`  ${countText(count).padStart(9)}  ${reason}\n`)
  }
  const took =
    about.seconds === undefined
      ? ''
      : ` in ${durationText(about.seconds)} (${countText(Math.round(totals.received / Math.max(about.seconds, 0.001)))}/s)`
  write(
    `\n${countText(totals.received)} received = ${countText(totals.stored)} stored + ${countText(totals.deadLettered)} dead-lettered + ` +
      `${countText(totals.duplicates)} duplicates${pending > 0 ? ` + ${countText(pending)} under way` : ''}${took}\n`
  )
}
