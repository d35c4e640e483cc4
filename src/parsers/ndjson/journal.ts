/** systemd's journal as `journalctl -o json` writes it (systemd.journal-fields(7)): all values are strings, binary ones lists of bytes. */

import { textOf } from '../../core/ecs-values.ts'
import type { JsonObject, ParseContext, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { emptyHeader, type Header } from '../syslog/header.ts'
import { isAuthFacility } from '../syslog/priority.ts'
import { readMessage, syslogEvent } from '../syslog/syslog.ts'
import { cleanse, type Document, own, put } from './document.ts'

export function isJournal(json: JsonObject): boolean {
  return own(json, '__REALTIME_TIMESTAMP') !== undefined && own(json, '__CURSOR') !== undefined
}

/** Fields that have a place of their own; all others stay under `journald.`. */
const mapped = new Set([
  '__REALTIME_TIMESTAMP',
  '__MONOTONIC_TIMESTAMP',
  '__CURSOR',
  '__SEQNUM',
  '__SEQNUM_ID',
  'MESSAGE',
  'PRIORITY',
  'SYSLOG_FACILITY',
  'SYSLOG_IDENTIFIER',
  'SYSLOG_PID',
  'SYSLOG_TIMESTAMP',
  'SYSLOG_RAW',
  '_HOSTNAME',
  '_PID',
  '_COMM',
  '_EXE',
  '_CMDLINE',
  '_SOURCE_REALTIME_TIMESTAMP'
])

export function parseJournal(json: JsonObject, context: ParseContext): Parsed {
  const timeUs = microseconds(json['_SOURCE_REALTIME_TIMESTAMP']) ?? microseconds(json['__REALTIME_TIMESTAMP'])
  const message = messageOf(json['MESSAGE'])
  const severity = small(json['PRIORITY'], 7)
  const facility = small(json['SYSLOG_FACILITY'], 23)
  const pid = Number(textOf(json['_PID']) ?? textOf(json['SYSLOG_PID']) ?? Number.NaN)
  const header: Header = {
    ...emptyHeader,
    // Without a facility it is "user", as syslog(3) has it.
    priority: severity === undefined ? -1 : (facility ?? 1) * 8 + severity,
    timeUs,
    zoned: true,
    host: textOf(json['_HOSTNAME']),
    program: textOf(json['SYSLOG_IDENTIFIER']) ?? textOf(json['_COMM']),
    pid: Number.isSafeInteger(pid) && pid >= 0 ? pid : undefined
  }
  const body = message ?? ''
  const read = readMessage({ header, text: body, body, context })
  const { event, kind } =
    read?.ok === true ? read : syslogEvent(header, body, facility !== undefined && isAuthFacility(facility), undefined)
  const journald: Document = {}
  for (const key in json) if (!mapped.has(key)) put(journald, key.toLowerCase(), cleanse(json[key]!, 1))
  const process = event['process'] as Document | undefined
  if (process !== undefined) {
    process['executable'] = textOf(json['_EXE'])
    process['command_line'] ??= textOf(json['_CMDLINE'])
  }
  event['@timestamp'] = timeUs === undefined ? undefined : isoMs(timeUs)
  event['journald'] = journald
  return { ok: true, event, timeUs, kind, identity: textOf(json['__CURSOR']) }
}

function microseconds(value: unknown): number | undefined {
  const us = typeof value === 'string' && value.length <= 16 ? Number(value) : value
  return typeof us === 'number' && Number.isSafeInteger(us) && us > 0 && us < 9e15 ? us : undefined
}

function small(value: unknown, max: number): number | undefined {
  const number = typeof value === 'string' && value.length <= 3 && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max ? number : undefined
}

/** Text, or UTF-8 as a list of bytes (journald's form for what is not printable). */
function messageOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || value.length > 65536 || !value.every(isByte)) return undefined
  let escaped = ''
  for (const byte of value) escaped += byte < 128 ? String.fromCharCode(byte) : '�'
  return escaped
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
}
