/** What a report is made of: a head, and the panels with the rows that their searches found. Pure; `html.ts` and `pdf.ts` draw it. */

export type ReportColumn = { readonly name: string; readonly type: 'time' | 'number' | 'text' | 'ip' | 'list' }
export type ReportTable = {
  readonly columns: readonly ReportColumn[]
  readonly rows: readonly (readonly unknown[])[]
}

export type ReportPanel = {
  readonly title: string
  readonly query: string
  readonly view: 'timeseries' | 'bars' | 'table' | 'single' | 'list' | 'flows'
  readonly options: {
    readonly unit?: 'count' | 'bytes' | 'seconds' | 'percent' | undefined
    readonly style?: 'bars' | 'lines' | undefined
    readonly limit?: number | undefined
    readonly tone?: string | undefined
    readonly caption?: string | undefined
  }
  /** Absent where the search failed: then `problem` says why. */
  readonly table?: ReportTable | undefined
  readonly problem?: string | undefined
}

export type Report = {
  readonly title: string
  readonly customer?: string | undefined
  /** In milliseconds; absent: no bound. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly madeMs: number
  /** IANA: `Europe/Berlin`. */
  readonly timezone: string
  readonly filter?: string | undefined
  readonly panels: readonly ReportPanel[]
}

export const paletteOrder = ['#1f9a98', '#1d5fc4', '#6a3fc4', '#b87a14', '#a8276f', '#1a7339', '#b3261e', '#4b5768']
const tones: Readonly<Record<string, string>> = {
  teal: '#1f9a98',
  blue: '#1d5fc4',
  violet: '#6a3fc4',
  amber: '#b87a14',
  pink: '#a8276f',
  green: '#1a7339',
  red: '#b3261e',
  slate: '#4b5768'
}
const meanings: Readonly<Record<string, string>> = {
  success: '#1a7339',
  accept: '#1a7339',
  allowed: '#1a7339',
  failure: '#b3261e',
  reject: '#b3261e',
  blocked: '#b3261e',
  denied: '#b3261e',
  other: '#8793a3'
}
export const ink = { text: '#131921', soft: '#414c5c', muted: '#5e6b7d', line: '#d5dbe3', sunken: '#eef0f4' } as const

export const toneColour = (tone: string | undefined): string | undefined =>
  tone === undefined ? undefined : tones[tone]
export const meaningColour = (label: string): string | undefined => meanings[label.toLowerCase()]

/** A date and time in the report's zone, to the minute or the second. */
export function timeText(ms: number, timezone: string, to: 'minute' | 'second' = 'minute'): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return 'no time'
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: to === 'minute' ? 'short' : 'medium'
  }).format(ms)
  return text
}

export function rangeText({ fromMs, toMs, timezone }: Report): string {
  const side = (ms: number | undefined, open: string) => (ms === undefined ? open : timeText(ms, timezone))
  return `${side(fromMs, 'the beginning')} – ${side(toMs, 'now')} (${timezone})`
}

/** In milliseconds; NaN where it is no time. The engine writes UTC without a zone. */
export function timeOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return Number.NaN
  return Date.parse(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(value) ? `${value.replace(' ', 'T')}Z` : value)
}

export function numberOf(value: unknown): number {
  const number = Number(value ?? 0)
  // Sums of what is near the end of the numbers would be none.
  return Number.isFinite(number) ? Math.min(1e200, Math.max(-1e200, number)) : 0
}

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })

export function valueText(value: number, unit: ReportPanel['options']['unit']): string {
  if (unit === 'bytes') {
    const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
    let at = 0
    let rest = value
    for (; rest >= 1000 && at < units.length - 1; at++) rest /= 1000
    return `${at === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[at]}`
  }
  if (unit === 'percent') return `${Number(value.toFixed(1))} %`
  if (unit === 'seconds') return `${counts.format(value)} s`
  return counts.format(value)
}

export function cellText(value: unknown, type: ReportColumn['type'], timezone: string): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(item => cellText(item, 'text', timezone)).join(', ')
  if (type === 'time') {
    const ms = timeOf(value)
    return Number.isNaN(ms) ? shown(String(value)) : timeText(ms, timezone, 'second')
  }
  if (type === 'number') return counts.format(numberOf(value))
  return shown(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const shownMax = 500

/** Stored text with what hides or rearranges it written out, and no more of it than anyone reads. */
export function shown(text: string): string {
  const cut = text.length > shownMax ? `${text.slice(0, shownMax).toWellFormed()}…` : text
  return cut
    .replace(/\s+/g, ' ')
    .replace(hidden, c => `‹U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`)
}
