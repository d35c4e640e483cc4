/** Who sent a message and when: read again from syslog's header, since Cisco's firewalls do not write it as RFC 3164 has it. */

import { emptyHeader, scanHeader } from '../syslog/header.ts'
import type { SyslogMessage } from '../syslog/reader.ts'
import { zoneOf } from './prefix.ts'

export type Origin = {
  readonly timeUs: number | undefined
  /** `UTC`, or the zone as it was written. */
  readonly timezone: string
  readonly host: string | undefined
  readonly process: string | undefined
  readonly pid: number | undefined
}

/** `tag`: what syslog took for the tag, unless that was the prefix; `before`: what stands between the tag and the prefix. */
export function originOf(message: SyslogMessage, tag: string | undefined, before: string): Origin {
  const { header, context } = message
  const minutes = context.timezoneMinutes ?? 0
  let { timeUs, host } = header
  let timezone = header.zoned || minutes === 0 ? 'UTC' : offset(minutes)
  let process: string | undefined
  const words = `${tag === undefined ? '' : `${tag}: `}${before}`.trim()
  if (words !== '') {
    // A relay's header before the device's own: "… relay Jan 01 2020 10:00:00 fw1: %ASA-…".
    const inner = scanHeader(words, context.receivedMs, minutes) ?? emptyHeader
    let rest = words
    if (inner.timeUs !== undefined) {
      timeUs = inner.timeUs
      const after = inner.host ?? inner.program ?? words.slice(inner.bodyAt)
      rest = after
    }
    rest = rest.replace(/[\s:]+$/, '')
    const zone = zoneOf(rest)
    if (zone !== undefined) {
      timezone = rest
      if (timeUs !== undefined && !header.zoned) timeUs += (minutes - zone) * 60_000_000
    } else if (isHost(rest) && inner.timeUs === undefined && header.host === undefined) {
      host = rest
    } else if (rest !== '' && tag !== undefined && inner.timeUs === undefined) process = tag
  }
  if (host !== undefined && !isHost(host)) {
    process ??= host
    host = undefined
  }
  return { timeUs, timezone, host, process, pid: process === undefined ? undefined : header.pid }
}

function isHost(text: string): boolean {
  if (text === '' || text.length > 253) return false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const alphanumeric = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122)
    if (!alphanumeric && c !== 45 && c !== 46 && c !== 58 && c !== 95) return false
  }
  return true
}

function offset(minutes: number): string {
  const size = Math.abs(Math.trunc(minutes))
  const text = `${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
  return (minutes < 0 ? '-' : '+') + text
}
