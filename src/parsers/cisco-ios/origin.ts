/** What IOS writes in front of a message: a sequence number, its name, a time stamp (`*` before it: the clock is not set) or uptime. */

import { zoneOf } from '../cisco-asa/prefix.ts'
import { scanHeader } from '../syslog/header.ts'
import type { SyslogMessage } from '../syslog/reader.ts'

export type Origin = {
  readonly timeUs: number | undefined
  readonly timezone: string | undefined
  readonly sequence: string | undefined
  readonly uptime: string | undefined
}

const stamp =
  /((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?: ([A-Za-z]{1,5}))?/

export function originOf({ header, context }: SyslogMessage, before: string): Origin {
  const words = before.slice(0, 160)
  const number = /(?:^|[ :])(\d{1,12}): /.exec(words)
  const found = stamp.exec(words)
  const minutes = context.timezoneMinutes ?? 0
  let { timeUs } = header
  let timezone: string | undefined = timeUs === undefined && found === null ? undefined : 'UTC'
  if (found !== null) {
    const zone = found[2] === undefined ? undefined : zoneOf(found[2].toUpperCase())
    const own = scanHeader(`${found[1]} x`, context.receivedMs, zone ?? minutes)?.timeUs
    if (own !== undefined) timeUs = own
    if (found[2] !== undefined) timezone = found[2].toUpperCase()
  }
  const uptime = found === null ? /(?:^|[ :])((?:\d{1,3}[ywdh]){1,4}|\d\d:\d\d:\d\d): $/.exec(words) : null
  return { timeUs, timezone, sequence: number?.[1], uptime: uptime?.[1] }
}
