/**
 * An entry of systemd's journal as `journalctl -o json` writes it (systemd.journal-fields(7)): all values are strings, binary ones lists
 * of bytes, fields with several values lists. What the message says is read as if it stood in syslog.
 */

import { textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, ParseContext, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { type Document, own } from '../ndjson/document.ts'
import { emptyHeader, type Header } from '../syslog/header.ts'
import { isAuthFacility } from '../syslog/priority.ts'
import { readMessage, syslogEvent } from '../syslog/syslog.ts'
import { capabilityNames } from './capabilities.ts'
import { addFields, integer, readable } from './fields.ts'

export function isJournal(json: JsonObject): boolean {
  if (own(json, '__REALTIME_TIMESTAMP') !== undefined)
    return own(json, '__CURSOR') !== undefined || own(json, 'MESSAGE') !== undefined
  // Collectors leave the journal's own fields out.
  return (
    own(json, 'MESSAGE') !== undefined && own(json, '_BOOT_ID') !== undefined && own(json, '_MACHINE_ID') !== undefined
  )
}

export function parseJournal(json: JsonObject, context: ParseContext): Parsed {
  const timeUs = microseconds(json['_SOURCE_REALTIME_TIMESTAMP']) ?? microseconds(json['__REALTIME_TIMESTAMP'])
  const severity = small(json['PRIORITY'], 7)
  const facility = small(json['SYSLOG_FACILITY'], 23)
  const pid = integer(json['_PID']) ?? integer(json['SYSLOG_PID'])
  const header: Header = {
    ...emptyHeader,
    // Without a facility it is "user", as syslog(3) has it.
    priority: severity === undefined ? -1 : (facility ?? 1) * 8 + severity,
    timeUs,
    zoned: true,
    host: textOf(json['_HOSTNAME']),
    program: textOf(json['SYSLOG_IDENTIFIER']) ?? textOf(json['_COMM']),
    pid: pid !== undefined && pid >= 0 ? pid : undefined
  }
  const body = messageOf(json['MESSAGE'])
  const read = readMessage({ header, text: body, body, context })
  const { event, kind } =
    read?.ok === true ? read : syslogEvent(header, body, facility !== undefined && isAuthFacility(facility), undefined)
  addFields(event, json)
  addProcess(event, json)
  addUser(event, json)
  // The audit event's serial stands beside the message.
  const audit = event['auditd'] as { readonly log?: Document } | undefined
  if (audit?.log !== undefined) audit.log['sequence'] ??= integer(json['_AUDIT_ID'])
  const machine = textOf(json['_MACHINE_ID'])
  if (machine !== undefined) section(event, 'host')['id'] ??= machine
  const about = textOf(json['MESSAGE_ID'])
  if (about !== undefined) section(event, 'event')['code'] ??= about
  event['@timestamp'] = timeUs === undefined ? undefined : isoMs(timeUs)
  return { ok: true, event, timeUs, kind, identity: textOf(json['__CURSOR']) }
}

/** The process that wrote the entry, unless the message names another. */
function addProcess(event: Document, json: JsonObject): void {
  const given = integer(json['_PID'])
  const pid = given !== undefined && given >= 0 ? given : undefined
  const executable = textOf(json['_EXE'])
  const commandLine = textOf(json['_CMDLINE'])
  const capabilities = textOf(json['_CAP_EFFECTIVE'])
  if (pid === undefined && executable === undefined && commandLine === undefined) return
  const process = section(event, 'process')
  process['pid'] ??= pid
  if (process['pid'] !== pid) return
  process['executable'] ??= executable
  if (commandLine !== undefined && process['command_line'] === undefined) {
    process['command_line'] = commandLine
    const args = words(commandLine)
    process['args'] = args
    process['args_count'] = args.length
  }
  const effective = capabilities === undefined ? undefined : capabilityNames(capabilities)
  if (effective !== undefined) process['thread'] = { capabilities: { effective } }
}

/** Who ran that process, unless the message is about somebody. */
function addUser(event: Document, json: JsonObject): void {
  if (event['user'] !== undefined) return
  const uid = textOf(json['_UID'])
  const gid = textOf(json['_GID'])
  const login = textOf(json['_AUDIT_LOGINUID'])
  if (uid === undefined && login === undefined) return
  const group = gid === undefined ? undefined : { id: gid }
  event['user'] =
    login !== undefined && login !== uid ? { id: login, effective: { id: uid, group } } : { id: uid, group }
}

function section(event: Document, key: string): Document {
  const there = event[key]
  if (typeof there === 'object' && there !== null) return there as Document
  const fresh: Document = {}
  event[key] = fresh
  return fresh
}

const wordsMax = 1024

/** A command line at its blanks; what stands in double quotes is one word, with its quotes. */
function words(line: string): string[] {
  const out: string[] = []
  let at = 0
  while (at < line.length && out.length < wordsMax) {
    if (line.charCodeAt(at) <= 32) {
      at++
      continue
    }
    let end = at + 1
    if (line[at] === '"') {
      while (end < line.length && line[end] !== '"') end += line[end] === '\\' ? 2 : 1
      end++
    } else while (end < line.length && line.charCodeAt(end) > 32) end++
    out.push(line.slice(at, end))
    at = end
  }
  return out
}

function microseconds(value: unknown): number | undefined {
  const us = typeof value === 'string' && value.length <= 16 ? Number(value) : value
  return typeof us === 'number' && Number.isSafeInteger(us) && us > 0 && us < 9e15 ? us : undefined
}

function small(value: unknown, max: number): number | undefined {
  const number = typeof value === 'string' && value.length <= 3 && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max ? number : undefined
}

function messageOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return ''
  const text = readable(value)
  if (Array.isArray(text)) return text.filter(item => typeof item === 'string').join('\n')
  return typeof text === 'object' ? JSON.stringify(text) : String(text ?? '')
}
