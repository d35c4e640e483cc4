/** Hours of the week in a time zone: when a route applies, when a destination is not to be disturbed. Summer time is Intl's business. */

export type Hours = {
  /** An IANA name: `Europe/Berlin`. */
  readonly zone: string
  readonly windows: readonly Window[]
}

/** From a time up to, not including, another; where that is earlier (or the same), it is on the next day. */
export type Window = {
  /** On which the window begins: 1 is Monday, 7 Sunday. */
  readonly days: readonly number[]
  /** `22:00` */
  readonly from: string
  readonly to: string
}

export const timeOfDayPattern = /^(?:[01]\d|2[0-3]):[0-5]\d$/
const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const formats = new Map<string, Intl.DateTimeFormat>()

export function isWithin(hours: Hours, atMs: number): boolean {
  const { day, minute } = localTime(hours.zone, atMs)
  const before = day === 1 ? 7 : day - 1
  return hours.windows.some(({ days, from, to }) => {
    const [start, end] = [minutesOf(from), minutesOf(to)]
    if (start < end) return days.includes(day) && minute >= start && minute < end
    return (days.includes(day) && minute >= start) || (days.includes(before) && minute < end)
  })
}

const minuteMs = 60_000
const weekMinutes = 8 * 24 * 60

/** The next full minute at which `isWithin` is no longer what it is; undefined if that does not come within eight days. */
export function nextChangeMs(hours: Hours, atMs: number): number | undefined {
  const now = isWithin(hours, atMs)
  const startMs = Math.floor(atMs / minuteMs) * minuteMs
  // Coarse steps find the stretch, fine ones the place. (For display: a window of less than five minutes may be stepped over.)
  for (let minutes = 5; minutes <= weekMinutes; minutes += 5) {
    if (isWithin(hours, startMs + minutes * minuteMs) === now) continue
    for (let back = 4; back > 0; back--)
      if (isWithin(hours, startMs + (minutes - back) * minuteMs) !== now) return startMs + (minutes - back) * minuteMs
    return startMs + minutes * minuteMs
  }
  return undefined
}

function localTime(zone: string, atMs: number): { day: number; minute: number } {
  let format = formats.get(zone)
  if (format === undefined) {
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, ...parts })
    formats.set(zone, format)
  }
  let [day, hour, minute] = [1, 0, 0]
  for (const { type, value } of format.formatToParts(atMs))
    if (type === 'weekday') day = dayNames.indexOf(value) + 1
    else if (type === 'hour') hour = Number(value)
    else if (type === 'minute') minute = Number(value)
  return { day, minute: hour * 60 + minute }
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}
