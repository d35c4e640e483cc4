/** Numbers, sizes and times as people read them. Times are local; ISO 8601 in UTC stands in titles. */

const counts = new Intl.NumberFormat('en-US')
const compacts = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

export function count(value: number): string {
  return counts.format(value)
}

/** 12,345 → `12.3K`. */
export function compact(value: number): string {
  return compacts.format(value)
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

export function bytes(value: number): string {
  let unit = 0
  let rest = value
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000
    unit++
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`
}

export function duration(ms: number): string {
  if (ms < 1) return '< 1 ms'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${trim(ms / 3_600_000)} h`
  return `${trim(ms / 86_400_000)} d`
}

function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}

const two = (value: number) => String(value).padStart(2, '0')

/** `2026-11-20 14:03:22.123`, local. */
export function dateTime(ms: number): string {
  const at = new Date(ms)
  if (Number.isNaN(at.getTime())) return 'no time'
  return `${date(ms)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

export function date(ms: number): string {
  const at = new Date(ms)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** For `<time>`; nothing where the number is beyond what a date can be. */
export function isoTime(ms: number): string | undefined {
  const at = new Date(ms)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** To the minute. */
export function minute(ms: number): string {
  return dateTime(ms).slice(0, 16)
}

/** `3 min ago`, `in 2 d`. */
export function ago(ms: number, nowMs = Date.now()): string {
  const apart = Math.abs(nowMs - ms)
  if (apart < 10_000) return 'just now'
  return nowMs >= ms ? `${duration(apart)} ago` : `in ${duration(apart)}`
}
