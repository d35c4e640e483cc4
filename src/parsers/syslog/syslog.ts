/**
 * Syslog of any kind as events: RFC 3164 and RFC 5424 records, and the files that syslog daemons write.
 * Laid out as Elastic's system integration does (datasets `system.auth` and `system.syslog`).
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, ParseContext, Parsed, Parser } from '../../core/parser.ts'
import { isoMs, zoneText } from '../../core/time.ts'
import { withEnvelope } from '../shared/envelope.ts'
import { description } from './description.ts'
import type { Facts } from './facts.ts'
import { beginsRecord, emptyHeader, type Header, scanHeader } from './header.ts'
import { baseName, isAuthMessage, readAuth, readOther } from './messages.ts'
import { facilities, isAuthFacility, severities } from './priority.ts'
import type { ReadMessage, SyslogMessage } from './reader.ts'
import { claimant, readersOf } from './readers.ts'
import { recogniseSyslog } from './recognise-syslog.ts'

export const syslog: Parser = {
  name: 'syslog',
  title: 'Syslog (RFC 3164, RFC 5424, /var/log/auth.log, syslog, messages, macOS system.log)',
  input: 'text',
  framing: 'multiline',
  begins: line => begins(line),
  recognise: recogniseSyslog,
  surest: 0.85,
  open(context) {
    const timezoneMinutes = context.timezoneMinutes ?? 0
    const timezone = zoneText(timezoneMinutes)
    const authFile = isAuthFile(context.fileName)
    return text => parseRecord(text, context, timezoneMinutes, timezone, authFile)
  },
  description
}

const noHeader: Parsed = {
  ok: false,
  reason: 'not syslog: no priority (<34>) and no time stamp (Oct 11 22:14:15, or ISO 8601) at the beginning'
}

function parseRecord(
  text: string,
  context: ParseContext,
  timezoneMinutes: number,
  timezone: string,
  authFile: boolean
): Parsed {
  const header = scanHeader(text, context.receivedMs, timezoneMinutes) ?? headerless(text)
  if (header === undefined) return noHeader
  let body = header.bodyAt === 0 ? text : text.slice(header.bodyAt)
  let end = body.length
  while (end > 0 && body.charCodeAt(end - 1) <= 32) end--
  if (end < body.length) body = body.slice(0, end)
  // Solaris puts "[ID 800047 auth.info] " in front.
  if (body.startsWith('[ID ')) {
    const close = body.indexOf('] ')
    if (close > 0 && close < 64) body = body.slice(close + 2)
  }
  const read = readMessage({ header, text, body, context })
  if (read !== undefined) return read
  const timezoneName = header.zoned || header.timeUs === undefined ? undefined : timezone
  const sure = authFile || (header.priority >= 0 && isAuthFacility(header.priority >> 3))
  const { event, kind } = syslogEvent(header, body, sure, timezoneName)
  if (body.charCodeAt(0) === 123 && body.charCodeAt(body.length - 1) === 125) {
    const inner = context.parseInner?.(body)
    if (typeof inner === 'object' && inner.ok) {
      event['message'] = undefined
      return withEnvelope(inner, { facts: event, timeUs: header.timeUs, identity: undefined, kind })
    }
  }
  return { ok: true, event, timeUs: header.timeUs, kind }
}

/** The event of a header and a message. `auth`: is it known to be of an authentication log? Else its program decides. */
export function syslogEvent(
  header: Header,
  body: string,
  auth: boolean,
  timezone: string | undefined
): { readonly event: EcsEvent; readonly kind: 'auth' | 'syslog' } {
  if (auth || isAuthMessage(header.program, body))
    return { event: authEvent(header, body, readAuth(header.program, body), timezone), kind: 'auth' }
  return { event: plainEvent(header, body, readOther(header.program, body), timezone), kind: 'syslog' }
}

/** What a reader makes of a message, completed from the header. Undefined: no reader understands it. */
export function readMessage(message: SyslogMessage): Parsed | undefined {
  const { header, body } = message
  const { program } = header
  const named = program === undefined ? undefined : readersOf(baseName(program))
  let read: ReadMessage | undefined
  if (named !== undefined)
    for (const reader of named) {
      read = reader.read(message)
      if (read !== undefined) break
    }
  read ??= claimant(body, program)?.read(message)
  if (read === undefined) return undefined
  const { event } = read
  const timeUs = read.timeUs ?? header.timeUs
  event['@timestamp'] ??= timeUs === undefined ? undefined : isoMs(timeUs)
  event['message'] ??= body === '' ? undefined : body
  event['host'] ??= header.host === undefined ? undefined : { hostname: header.host, name: header.host }
  event['process'] ??= processOf(header, undefined)
  const log = event['log'] as { level?: unknown; syslog?: unknown } | undefined
  if (log === undefined) event['log'] = logOf(header)
  else if (log.syslog === undefined) event['log'] = { ...logOf(header), ...log, syslog: logOf(header)?.syslog }
  if (header.host !== undefined) {
    const related = event['related'] as { hosts?: unknown } | undefined
    if (related === undefined) event['related'] = { hosts: [header.host] }
    else related.hosts ??= [header.host]
  }
  return { ok: true, event, timeUs, kind: read.kind, identity: read.identity }
}

/** Devices write files without headers, of messages that say themselves what they are. */
function headerless(text: string): Header | undefined {
  return claimant(text, undefined) === undefined ? undefined : { ...emptyHeader }
}

/** Does a record begin here: with a header, or with a message that says itself what it is? */
function begins(line: string): boolean {
  return beginsRecord(line) || claimant(line, undefined) !== undefined
}

function authEvent(header: Header, body: string, facts: Facts, timezone: string | undefined): EcsEvent {
  const sourceIp = isIp(facts.sourceAddress) ? facts.sourceAddress : undefined
  const droppedIp = isIp(facts.sshDroppedIp) ? facts.sshDroppedIp : undefined
  const ip = sourceIp ?? droppedIp
  const hasSource = facts.sourceAddress !== undefined || droppedIp !== undefined
  const hasUser = facts.userName !== undefined || facts.targetName !== undefined || facts.effectiveName !== undefined
  const hasSsh = facts.sshEvent !== undefined || droppedIp !== undefined
  return {
    '@timestamp': header.timeUs === undefined ? undefined : isoMs(header.timeUs),
    message: body === '' ? undefined : body,
    event: {
      kind: 'event',
      module: 'system',
      dataset: 'system.auth',
      category: facts.category,
      type: facts.type,
      action: facts.action,
      outcome: facts.outcome,
      code: header.msgId,
      timezone
    },
    host: header.host === undefined ? undefined : { hostname: header.host, name: header.host },
    process: processOf(header, facts.commandLine),
    log: logOf(header),
    source: hasSource
      ? {
          address: facts.sourceAddress,
          ip,
          port: facts.sourcePort,
          domain: sourceIp === undefined ? facts.sourceAddress : undefined
        }
      : undefined,
    user: hasUser
      ? {
          name: facts.userName,
          id: facts.userId,
          effective:
            facts.effectiveName === undefined ? undefined : { name: facts.effectiveName, id: facts.effectiveId },
          target: facts.targetName === undefined ? undefined : { name: facts.targetName }
        }
      : undefined,
    group:
      facts.groupName === undefined && facts.groupId === undefined
        ? undefined
        : { name: facts.groupName, id: facts.groupId },
    related: {
      hosts: header.host === undefined ? undefined : [header.host],
      ip: ip === undefined ? undefined : [ip],
      user: hasUser ? distinct(facts.userName, facts.effectiveName, facts.targetName) : undefined
    },
    system: {
      auth: {
        ssh: hasSsh
          ? {
              event: facts.sshEvent,
              method: facts.sshMethod,
              signature: facts.sshSignature,
              dropped_ip: droppedIp
            }
          : undefined,
        sudo:
          facts.sudoCommand === undefined
            ? undefined
            : {
                command: facts.sudoCommand,
                error: facts.sudoError,
                pwd: facts.sudoPwd,
                tty: facts.sudoTty,
                user: facts.sudoUser
              },
        useradd: facts.home === undefined ? undefined : { home: facts.home, shell: facts.shell },
        syslog: header.version === undefined ? undefined : { version: header.version }
      }
    }
  }
}

function plainEvent(header: Header, body: string, facts: Facts | undefined, timezone: string | undefined): EcsEvent {
  return {
    '@timestamp': header.timeUs === undefined ? undefined : isoMs(header.timeUs),
    message: body === '' ? undefined : body,
    event: {
      kind: 'event',
      module: 'system',
      dataset: 'system.syslog',
      category: facts?.category,
      type: facts?.type,
      action: facts?.action,
      code: header.msgId,
      timezone
    },
    host: header.host === undefined ? undefined : { hostname: header.host, name: header.host },
    process: processOf(header, facts?.commandLine),
    log: logOf(header),
    user:
      facts?.userName === undefined
        ? undefined
        : {
            name: facts.userName,
            target: facts.targetName === undefined ? undefined : { name: facts.targetName }
          },
    related: {
      hosts: header.host === undefined ? undefined : [header.host],
      user: facts?.userName === undefined ? undefined : distinct(facts.userName, facts.targetName)
    }
  }
}

function processOf(header: Header, commandLine: string | undefined): object | undefined {
  if (header.program === undefined) return undefined
  return { name: header.program, pid: header.pid, command_line: commandLine }
}

function logOf(header: Header): { readonly level: string; readonly syslog: object } | undefined {
  if (header.priority < 0) return undefined
  const severity = severities[header.priority & 7]!
  return {
    level: severity.toLowerCase(),
    syslog: {
      priority: header.priority,
      facility: { code: header.priority >> 3, name: facilities[header.priority >> 3] },
      severity: { code: header.priority & 7, name: severity },
      version: header.version,
      hostname: header.host,
      appname: header.program,
      procid: header.procId,
      msgid: header.msgId,
      structured_data: header.structured
    }
  }
}

/** auth.log, secure, authlog, auth-2024.log.1: the files that daemons keep for authentication. */
function isAuthFile(fileName: string | undefined): boolean {
  if (fileName === undefined) return false
  const cut = Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\'))
  const name = fileName.slice(cut + 1).toLowerCase()
  for (const word of ['auth', 'secure']) {
    const at = name.indexOf(word)
    // A word of its own: not "authors.log".
    if (at >= 0 && !isLetter(name.charCodeAt(at - 1)) && !isLetter(name.charCodeAt(at + word.length))) return true
  }
  return name === 'authlog' || name.startsWith('authlog.')
}

function isLetter(code: number): boolean {
  return code >= 97 && code <= 122
}
