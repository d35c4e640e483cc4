/**
 * A record of MySQL's error log to an ECS event, as Elastic's mysql integration maps it.
 *
 *   record = time 1*" " [ thread 1*" " ] [ "[" priority "]" 1*" " ] [ "[" code "] [" subsystem "] " ] text *( LF line )
 *   time   = 2026-03-14T09:26:53.123456Z (5.7 and newer) / 2026-03-14 09:26:53 (5.6, MariaDB) / 161209 13:08:33 (5.5)
 */

import type { Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'

const recordMax = 262_144
const head =
  /^(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))|(\d{4}-\d\d-\d\d|\d{6}) {1,2}(\d{1,2}:\d\d:\d\d)) {1,3}(?:(\d{1,20}) {1,3})?(?:\[([A-Za-z]{1,12})\] ?)?/
const notError: Parsed = { ok: false, reason: 'not a record of MySQL’s error log: no time in front' }

export function beginsErrorRecord(line: string): boolean {
  const c = line.charCodeAt(0)
  return c >= 48 && c <= 57 && head.test(line.slice(0, 100))
}

export function errorRecord(record: string, timezoneMinutes: number): Parsed {
  if (record.length > recordMax) return { ok: false, reason: `a record of ${record.length} characters` }
  const match = head.exec(record.slice(0, 100))
  if (match === null) return notError
  const [all, zoned, date, clock, thread, level] = match
  const timeUs = zoned === undefined ? localTime(date!, clock!, timezoneMinutes) : parseIso(zoned)
  if (timeUs === undefined) return notError
  const message = record.slice(all.length)
  const code = /^\[([A-Z]{2,4}-\d{1,8})\] {1,3}\[([A-Za-z_ -]{1,40})\]/.exec(message)
  return {
    ok: true,
    timeUs,
    kind: 'error',
    event: {
      '@timestamp': isoMs(timeUs),
      message,
      event: {
        kind: 'event',
        module: 'mysql',
        dataset: 'mysql.error',
        category: ['database'],
        type: level?.toLowerCase() === 'error' ? ['info', 'error'] : ['info'],
        code: code?.[1],
        provider: code?.[2]
      },
      log: { level },
      mysql: { thread_id: thread === undefined || thread.length > 15 ? undefined : Number(thread) }
    }
  }
}

function localTime(date: string, clock: string, timezoneMinutes: number): number | undefined {
  const day = date.length === 6 ? `20${date.slice(0, 2)}-${date.slice(2, 4)}-${date.slice(4)}` : date
  return parseIso(`${day}T${clock.padStart(8, '0')}`, timezoneMinutes)
}
