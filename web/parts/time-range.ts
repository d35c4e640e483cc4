/** Ranges of time as the URL and the API write them: `-24h`, ISO 8601 or milliseconds; nothing means no bound. */

import type { Range } from '../api.ts'
import { dateTime } from './format.ts'

export type Preset = { readonly label: string; readonly short: string; readonly from: string | undefined }

export const presets: readonly Preset[] = [
  { label: 'Last 15 minutes', short: '15 min', from: '-15m' },
  { label: 'Last hour', short: '1 h', from: '-1h' },
  { label: 'Last 4 hours', short: '4 h', from: '-4h' },
  { label: 'Last 24 hours', short: '24 h', from: '-24h' },
  { label: 'Last 7 days', short: '7 d', from: '-7d' },
  { label: 'Last 30 days', short: '30 d', from: '-30d' },
  { label: 'Last 90 days', short: '90 d', from: '-90d' },
  { label: 'All time', short: 'All', from: undefined }
]

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000
}

/** In milliseconds since 1970, or undefined if the text is no time. */
export function resolveMs(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs
  const relative = /^(?:now)?-(\d{1,6})(ms|[smhdw])$/.exec(text)
  if (relative !== null) return nowMs - Number(relative[1]) * unitMs[relative[2]!]!
  if (/^-?\d{1,16}$/.test(text)) return Number(text)
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

/** Does the range move along with the clock? Only then there is something to refresh. */
export function isMoving({ from, to }: Range): boolean {
  return (from === undefined || from.startsWith('-') || from.startsWith('now-')) && (to === undefined || to === 'now')
}

export function rangeLabel({ from, to }: Range): string {
  if (to === undefined || to === 'now') {
    const preset = presets.find(each => each.from === from)
    if (preset !== undefined) return preset.label
    if (from?.startsWith('-')) return `Last ${from.slice(1)}`
  }
  const side = (text: string | undefined, open: string) => {
    if (text === undefined) return open
    const ms = resolveMs(text, Date.now())
    return ms === undefined || text.startsWith('-') ? text : shortTime(ms)
  }
  return `${side(from, 'the beginning')} – ${side(to, 'now')}`
}

/** The seconds only where they say something. */
export function shortTime(ms: number): string {
  const text = dateTime(ms)
  if (ms % 60_000 === 0) return text.slice(0, 16)
  return ms % 1000 === 0 ? text.slice(0, 19) : text
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** A range in whole seconds that holds both ends. */
export function rangeAround(fromMs: number, toMs: number): Range {
  return { from: isoOf(Math.floor(fromMs / 1000) * 1000), to: isoOf((Math.floor(toMs / 1000) + 1) * 1000) }
}

/** For `<input type="datetime-local">`, in local time with seconds. */
export function localInput(ms: number): string {
  return dateTime(ms).slice(0, 19).replace(' ', 'T')
}
