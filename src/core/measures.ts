/** Sizes and durations as people write them in a configuration or on a command line. */

const sizes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40
}

const durations: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000
}

/** `900MB` (10^6), `2GiB` (2^30), `1.5 GB`, `4096`: whole bytes. Undefined if it is not a size. */
export function parseSize(text: string): number | undefined {
  const measured = measure(text)
  if (measured === undefined) return undefined
  const unit = measured.unit === '' ? 1 : sizes[measured.unit.toLowerCase()]
  return unit === undefined ? undefined : whole(measured.amount * unit)
}

/** `30d`, `12h`, `90s`, `250ms`, `1.5h`: whole milliseconds. Undefined if it is not a duration (a bare number is none, 0 is). */
export function parseDuration(text: string): number | undefined {
  const measured = measure(text)
  if (measured === undefined) return undefined
  if (measured.unit === '') return measured.amount === 0 ? 0 : undefined
  const unit = durations[measured.unit]
  return unit === undefined ? undefined : whole(measured.amount * unit)
}

/** `Z`, `+02:00`, `-0530`, `UTC`: minutes east of UTC. Undefined if it is none. */
export function parseOffset(text: string): number | undefined {
  if (text === 'Z' || text === 'z' || text.toUpperCase() === 'UTC') return 0
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(text)
  if (match === null) return undefined
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return minutes > 14 * 60 || Number(match[3]) > 59 ? undefined : match[1] === '-' ? -minutes : minutes
}

function measure(text: string): { amount: number; unit: string } | undefined {
  if (text.length > 40) return undefined
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text.trim())
  return match === null ? undefined : { amount: Number(match[1]), unit: match[2]! }
}

function whole(number: number): number | undefined {
  const rounded = Math.round(number)
  return Number.isSafeInteger(rounded) ? rounded : undefined
}
