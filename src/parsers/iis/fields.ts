/**
 * The fields of IIS's W3C extended logs (HTTP, FTP) and of HTTPERR, and where each stands in a line: from a `#Fields:` line, or, without
 * one, from the orders that IIS's versions have by default.
 *
 *   line    = value *( SP value )            ; blanks in values are written as "+", what is absent as "-"
 *   header  = "#Fields: " name *( SP name )
 *
 * Sources: W3C extended log file format (WD-logfile-960323); Microsoft Learn, "W3C Logging", "Error logging in HTTP APIs".
 */

import { isIp } from '../../core/ip.ts'

export const slotNames = [
  'date',
  'time',
  's-sitename',
  's-computername',
  's-ip',
  'cs-method',
  'cs-uri-stem',
  'cs-uri-query',
  's-port',
  'cs-username',
  'c-ip',
  'cs-version',
  'cs(user-agent)',
  'cs(cookie)',
  'cs(referer)',
  'cs-host',
  'sc-status',
  'sc-substatus',
  'sc-win32-status',
  'sc-bytes',
  'cs-bytes',
  'time-taken',
  'x-forwarded-for',
  'c-port',
  'cs-uri',
  's-reason',
  's-queuename',
  'x-session'
] as const

export const DATE = 0
export const TIME = 1
export const SITE_NAME = 2
export const COMPUTER_NAME = 3
export const SERVER_IP = 4
export const METHOD = 5
export const STEM = 6
export const QUERY = 7
export const SERVER_PORT = 8
export const USER = 9
export const CLIENT_IP = 10
export const VERSION = 11
export const USER_AGENT = 12
export const COOKIE = 13
export const REFERER = 14
export const HOST = 15
export const STATUS = 16
export const SUB_STATUS = 17
export const WIN32_STATUS = 18
export const BYTES_SENT = 19
export const BYTES_RECEIVED = 20
export const TIME_TAKEN = 21
export const FORWARDED_FOR = 22
export const CLIENT_PORT = 23
export const URI = 24
export const REASON = 25
export const QUEUE_NAME = 26
export const SESSION = 27

const slotOf = new Map<string, number>(slotNames.map((name, slot) => [name, slot]))
for (const name of ['x_forwarded_for', 'cs(x-forwarded-for)', 'x-forwarded-for', 'cs(x_forwarded_for)'])
  slotOf.set(name, FORWARDED_FOR)

export type Layout = {
  readonly count: number
  /** For each slot its position, -1 where the line does not have it. */
  readonly at: Int16Array
  /** Fields without a slot: position, and name below `iis.access`. */
  readonly extra: readonly { readonly position: number; readonly key: string }[]
  readonly error: boolean
}

const fieldsMax = 128

export function layoutOfHeader(line: string): Layout | undefined {
  const names = line
    .slice('#Fields:'.length)
    .trim()
    .split(/\s+/, fieldsMax + 1)
  if (names.length < 2 || names.length > fieldsMax) return undefined
  return layoutOf(names)
}

function layoutOf(names: readonly string[]): Layout {
  const at = new Int16Array(slotNames.length).fill(-1)
  const extra: { position: number; key: string }[] = []
  names.forEach((name, position) => {
    const slot = slotOf.get(name.toLowerCase())
    if (slot !== undefined && at[slot] === -1) at[slot] = position
    else extra.push({ position, key: keyOf(name) })
  })
  return { count: names.length, at, extra, error: at[REASON]! >= 0 }
}

/** `cs(Content-Type)`: `cs_content_type` */
function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 64)
}

const guessed = new Map<string, Layout>()

/** The layout of a line without a header; undefined if it is in none of the usual orders. */
export function guessLayout(values: readonly string[]): Layout | undefined {
  if (values.length < 12 || values.length > 40) return undefined
  if (!/^\d{4}-\d\d-\d\d$/.test(values[0]!) || !/^\d\d:\d\d:\d\d$/.test(values[1]!)) return undefined
  const names = errorNames(values) ?? ftpNames(values) ?? httpNames(values)
  if (names === undefined || names.length !== values.length) return undefined
  const key = names.join(' ')
  let layout = guessed.get(key)
  if (layout === undefined) {
    if (guessed.size > 200) guessed.clear()
    layout = layoutOf(names)
    guessed.set(key, layout)
  }
  return layout
}

/** HTTPERR: client, server and reason; a stream's id and the transport in newer versions. */
function errorNames(values: readonly string[]): string[] | undefined {
  const version = values[6]!
  if (!isAddress(values[2]!) || !isNumber(values[3]!) || !isAddress(values[4]!) || !isNumber(values[5]!))
    return undefined
  if (version !== '-' && !version.startsWith('HTTP/')) return undefined
  const names = 'date time c-ip c-port s-ip s-port cs-version cs-method cs-uri'.split(' ')
  const rest = values.length - names.length
  const transport = rest === 6 || (rest === 5 && /^(TCP|UDP|QUIC)$/.test(values[values.length - 1]!))
  if (rest === 6 || (rest === 5 && !transport)) names.push('streamid')
  names.push('sc-status', 's-siteid', 's-reason', 's-queuename')
  if (transport) names.push('transport')
  return names
}

function ftpNames(values: readonly string[]): string[] | undefined {
  if (!isAddress(values[2]!) || !isAddress(values[4]!) || !isNumber(values[5]!)) return undefined
  return 'date time c-ip cs-username s-ip s-port cs-method cs-uri-stem sc-status sc-win32-status sc-substatus x-session x-fullpath'.split(
    ' '
  )
}

function httpNames(values: readonly string[]): string[] | undefined {
  let method = 2
  while (method < 6 && !isMethodAt(values, method)) method++
  if (method === 6) return undefined
  const names = ['date', 'time']
  for (let i = 2; i < method; i++) {
    const value = values[i]!
    names.push(
      i === method - 1 && isAddress(value) ? 's-ip' : /^[A-Z0-9]+SVC\d+$/.test(value) ? 's-sitename' : 's-computername'
    )
  }
  names.push('cs-method', 'cs-uri-stem', 'cs-uri-query', 's-port', 'cs-username', 'c-ip')
  const hasVersion = values[names.length]?.startsWith('HTTP/') ?? false
  if (hasVersion) names.push('cs-version')
  let status = names.length + 1
  while (status < values.length && !isStatusAt(values, status)) status++
  const texts = status - names.length
  const named = names.includes('s-sitename') && names.includes('s-computername') && !hasVersion
  if (texts === 1) names.push('cs(user-agent)')
  else if (texts === 2) names.push('cs(user-agent)', 'cs(referer)')
  else if (texts === 3 && named) names.push('cs(user-agent)', 'cs(referer)', 'cs-host')
  else if (texts === 3) names.push('cs(user-agent)', 'cs(cookie)', 'cs(referer)')
  else if (texts === 4) names.push('cs(user-agent)', 'cs(cookie)', 'cs(referer)', 'cs-host')
  else return undefined
  names.push('sc-status', 'sc-substatus', 'sc-win32-status')
  let counts = 0
  while (counts < 3 && isNumber(values[names.length + counts] ?? '')) counts++
  if (counts === 3) names.push('sc-bytes', 'cs-bytes', 'time-taken')
  else if (counts > 0) names.push('time-taken')
  if (names.length < values.length && counts !== 2) names.push('x-forwarded-for')
  for (let i = 1; names.length < values.length && i < 4; i++) names.push(`x-extra-${i}`)
  return names
}

function isMethodAt(values: readonly string[], at: number): boolean {
  if (!/^[A-Z][A-Z_-]{1,30}$/.test(values[at] ?? '') || !isNumber(values[at + 3] ?? '')) return false
  const stem = values[at + 1]!.charCodeAt(0)
  return stem === 47 || stem === 42
}

function isStatusAt(values: readonly string[], at: number): boolean {
  return /^\d{3}$/.test(values[at] ?? '') && isNumber(values[at + 1] ?? '') && isNumber(values[at + 2] ?? '')
}

function isNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text)
}

function isAddress(text: string): boolean {
  return isIp(bareAddress(text))
}

/** Without the zone of a link-local address (`fe80::1%4`), and without the link that some mails make of an address. */
export function bareAddress(text: string): string {
  let from = 0
  let end = text.indexOf('%')
  if (text.charCodeAt(0) === 91) {
    const link = text.indexOf('](')
    if (link > 0) {
      from = 1
      end = link
    }
  }
  return end < 0 ? text : text.slice(from, end)
}
