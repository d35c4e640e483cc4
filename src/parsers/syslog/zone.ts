/** `event.timezone`: the zone that a stamp without one was taken to be in. For readers whose events are laid out as `system.syslog`. */

import { zoneText } from '../../core/time.ts'
import type { SyslogMessage } from './reader.ts'

/** Undefined where the stamp names its zone, or there is none. */
export function timezoneOf({ header, context }: SyslogMessage): string | undefined {
  return header.zoned || header.timeUs === undefined ? undefined : zoneText(context.timezoneMinutes ?? 0)
}
