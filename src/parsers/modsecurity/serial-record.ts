/**
 * ModSecurity's audit log in its native form (`SecAuditLogType Serial`), versions 2 and 3: one transaction in sections.
 *
 *   record  = 1*( boundary LF *( line LF ) )
 *   boundary = 2*3"-" 8ALPHANUM 1*3"-" section "--"            ; --c7036611-A-- (2), ---abcd1234---A-- (3)
 *   A = "[" dd/Mmm/yyyy:hh:mm:ss zone "] " id " " client " " port " " server " " port
 *   B = request line and headers, C = request body, E = response body, F = status line and headers,
 *   H = trailer ("Message: …", "Action: …", "Server: …"; in 3 "ModSecurity: …"), Z = end
 */

import { isIp } from '../../core/ip.ts'
import type { Parsed } from '../../core/parser.ts'
import { requestLine } from '../shared/access-line.ts'
import { portNumber } from '../shared/addresses.ts'
import { auditEvent, auditTime, type Headers, type Rules, readMessage, zoneName } from './audit-event.ts'

const recordMax = 4 * 1024 * 1024
const notAudit: Parsed = { ok: false, reason: 'not a transaction of ModSecurity’s audit log: no section A with a time' }

const linesMax = 1000

/** The text of each section, without its boundary. */
function sectionsOf(record: string): ReadonlyMap<string, string> {
  const sections = new Map<string, string>()
  let name: string | undefined
  let from = 0
  for (let at = record.charCodeAt(0) === 45 ? 0 : nextDash(record, 0); ; at = nextDash(record, at)) {
    const end = at < 0 ? record.length : at
    const newline = at < 0 ? -1 : record.indexOf('\n', at)
    const lineEnd = newline < 0 ? record.length : newline
    const section = at < 0 || lineEnd - at > 24 ? undefined : sectionOf(record.slice(at, lineEnd))
    if (section === undefined && at >= 0) continue
    if (name !== undefined && !sections.has(name)) sections.set(name, record.slice(from, end))
    if (section === undefined) return sections
    name = section
    from = Math.min(lineEnd + 1, record.length)
  }
}

/** The next line after `at` that begins with a dash; -1 if there is none. */
function nextDash(record: string, at: number): number {
  const found = record.indexOf('\n-', at)
  return found < 0 ? -1 : found + 1
}

/** A section's lines, at most `linesMax`. */
function linesOf(section: string | undefined): string[] {
  if (section === undefined) return []
  const lines = section.split('\n', linesMax)
  return section.includes('\r') ? lines.map(line => (line.endsWith('\r') ? line.slice(0, -1) : line)) : lines
}

/** The section that a boundary line begins; undefined for any other line. */
export function sectionOf(line: string): string | undefined {
  if (line.length > 24 || line.charCodeAt(0) !== 45) return undefined
  return /^---?[A-Za-z0-9]{8}-{1,3}([A-Z])--\r?$/.exec(line)?.[1]
}

export function serialRecord(record: string, timezoneMinutes: number): Parsed {
  if (record.length > recordMax) return { ok: false, reason: `a transaction of ${record.length} characters` }
  const sections = sectionsOf(record)
  const first = linesOf(sections.get('A'))[0] ?? ''
  const close = first.indexOf('] ')
  const time = first.charCodeAt(0) === 91 && close > 0 ? auditTime(first.slice(1, close), timezoneMinutes) : undefined
  if (time === undefined) return notAudit
  const [id, client, clientPort, server, serverPort] = first.slice(close + 2).split(' ', 6)
  const request = linesOf(sections.get('B'))
  const parts = requestLine(request[0] ?? '')
  const response = linesOf(sections.get('F'))
  const status = /^HTTP\/[0-9.]+ (\d{3})/.exec(response[0] ?? '')?.[1]
  const trailer = trailerOf(linesOf(sections.get('H')))
  return auditEvent({
    timeUs: time.timeUs,
    timezone: zoneName(time.zone, first.slice(1, close).includes(' ')),
    id,
    sourceIp: isIp(client) ? client : undefined,
    sourcePort: portNumber(clientPort ?? ''),
    destinationIp: isIp(server) ? server : undefined,
    destinationPort: portNumber(serverPort ?? ''),
    method: parts.method,
    target: parts.target,
    version: parts.version,
    status: status === undefined ? undefined : Number(status),
    requestHeaders: headersOf(request),
    responseHeaders: headersOf(response),
    requestBody: bodyOf(sections.get('C') ?? sections.get('I')),
    responseBody: bodyOf(sections.get('E')),
    server: trailer.fields.get('server') ?? headersOf(response).get('server'),
    connector: undefined,
    producer: trailer.fields.get('producer'),
    messages: trailer.messages,
    details: trailer.details,
    rules: trailer.rules,
    intercepted: trailer.fields.has('action') ? trailer.fields.get('action')!.startsWith('Intercepted') : undefined,
    other: {
      request_line: parts.method === undefined ? request[0] || undefined : undefined,
      action: trailer.fields.get('action'),
      engine_mode: trailer.fields.get('engine-mode')?.replaceAll('"', ''),
      handler: trailer.fields.get('apache-handler')
    }
  })
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Map<string, string>()
  for (let i = 1; i < lines.length && headers.size < 256; i++) {
    const colon = lines[i]!.indexOf(':')
    if (colon > 0) headers.set(lines[i]!.slice(0, colon).toLowerCase(), lines[i]!.slice(colon + 1).trim())
  }
  return headers
}

function bodyOf(section: string | undefined): string | undefined {
  const body = section?.trimEnd()
  return body === '' ? undefined : body
}

function trailerOf(lines: readonly string[]): {
  readonly fields: ReadonlyMap<string, string>
  readonly messages: string[]
  readonly details: object[]
  readonly rules: Rules
} {
  const fields = new Map<string, string>()
  const messages: string[] = []
  const details: object[] = []
  const rules: Rules = { ids: [], names: [], tags: [], severities: [] }
  for (const line of lines) {
    const colon = line.indexOf(': ')
    if (colon < 1) continue
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 2)
    if (name === 'message' || name === 'modsecurity') {
      if (messages.length >= 256) continue
      messages.push(readMessage(value, rules))
      details.push({ value })
    } else if (fields.size < 64 && !fields.has(name)) fields.set(name, value)
  }
  return { fields, messages, details, rules }
}
