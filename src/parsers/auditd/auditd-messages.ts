/**
 * Audit records inside syslog: audispd's and auditd's syslog plugin (`audispd: node=… type=… msg=audit(…): …`), the kernel's own
 * when no audit daemon listens (`kernel: audit: type=1400 audit(…): …`), and systemd's journal (`audit[1]: USER_AUTH pid=…`).
 */

import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { eventOf } from './event.ts'
import { type AuditRecord, afterType, readRecord } from './record.ts'
import { typeNames } from './type-names.ts'

export const auditdMessages: MessageReader = {
  name: 'auditd-messages',
  title: 'Audit records in syslog (audispd, auditd, kernel)',
  programs: ['audispd', 'audisp-syslog', 'auditd', 'audit', 'kernel'],
  sign: / msg=audit\(/,
  claims: (body, program) => program !== undefined && isRecord(body),
  read
}

function isRecord(body: string): boolean {
  if (body.startsWith('type=')) return body.startsWith(' msg=audit(', body.indexOf(' '))
  return body.startsWith('node=') && body.slice(0, 400).includes(' msg=audit(')
}

function read({ body, header }: SyslogMessage): ReadMessage | undefined {
  const record = recordOf(body, header.timeUs)
  if (record === undefined || record.type === 'EOE') return undefined
  const parsed = eventOf([record])
  if (!parsed.ok) return undefined
  const { event } = parsed
  const log = (event['auditd'] as { log: { node?: string } }).log
  const host = (event['host'] ?? {}) as { hostname?: string | undefined; name?: string | undefined }
  host.hostname ??= header.host
  host.name ??= header.host
  event['host'] = host
  const related = event['related'] as { hosts?: string[] }
  if (related.hosts === undefined && header.host !== undefined) related.hosts = [header.host]
  event['message'] ??= log.node === undefined ? undefined : body
  return { event, timeUs: parsed.timeUs, kind: parsed.kind }
}

function recordOf(body: string, timeUs: number | undefined): AuditRecord | undefined {
  if (body.startsWith('type=') || body.startsWith('node=')) return readRecord(body, 0, 0)
  // "[   12.345678] audit: type=1400 audit(…): …", "audit: type=…"
  const at = body.startsWith('[') ? body.indexOf('] ') + 2 : 0
  if (at > 64) return undefined
  if (body.startsWith('audit: type=', at)) return readRecord(body, at + 7, 0)
  if (body.startsWith('type=', at)) return readRecord(body, at, 0)
  // The journal's form has a type in words and no serial: "USER_AUTH pid=12 uid=0 …".
  const space = body.indexOf(' ')
  if (space < 3 || timeUs === undefined) return undefined
  const word = body.slice(0, space)
  const type = word.startsWith('<audit-') ? typeNames.get(word.slice(7, -1)) : knownTypes.has(word) ? word : undefined
  if (type === undefined) return undefined
  if (body.startsWith('audit(', space + 1)) return afterType(body, space + 1, type, undefined, 0)
  const ms = Math.floor(timeUs / 1000)
  const stamp = `audit(${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}:):`
  return afterType(`${stamp}${body.slice(space)}`, 0, type, undefined, 0)
}

const knownTypes = new Set(typeNames.values())
