/** ECS documents, as Beats, Elastic Agent and Picket itself write them: kept as they are, gaps filled from what they say. */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, JsonObject, ParseContext, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { arrangeAuditbeat, isAuditbeat } from '../auditd/auditbeat.ts'
import { readAuth } from '../syslog/messages.ts'
import { type Document, merge, own, unfold, unfoldShared } from './document.ts'
import { parseTime } from './times.ts'

/** Does the object say that it is an ECS document? `@timestamp`, and a field set that nothing else has by accident. */
export function isEcs(json: JsonObject): boolean {
  if (own(json, '@timestamp') === undefined) return false
  if (own(json, 'ecs.version') !== undefined || typeof own(json, 'ecs') === 'object') return true
  const event = own(json, 'event')
  if (typeof event === 'object' && event !== null && !Array.isArray(event)) {
    return ['kind', 'category', 'dataset', 'module', 'original', 'action'].some(key => own(event, key) !== undefined)
  }
  const log = own(json, 'log')
  if (typeof log === 'object' && log !== null && typeof own(log, 'syslog') === 'object') return true
  return (
    own(json, 'event.kind') !== undefined ||
    own(json, 'event.dataset') !== undefined ||
    own(json, 'event.category') !== undefined ||
    own(json, 'data_stream.dataset') !== undefined
  )
}

export function passEcs(json: JsonObject, context: ParseContext): Parsed {
  const shared = unfoldShared(json)
  const document = (saysMore(shared) ? unfold(json) : shared) as EcsEvent & Document
  // Ours to say, whatever the document claims.
  delete document['picket']
  const timeUs = parseTime(own(json, '@timestamp'), context.timezoneMinutes ?? 0, context.receivedMs)
  document['@timestamp'] = timeUs === undefined ? undefined : isoMs(timeUs)
  const event = section(document, 'event')
  if (typeof event['kind'] !== 'string') event['kind'] = 'event'
  if (event['dataset'] === undefined) {
    const stream = document['data_stream']
    const named = typeof stream === 'object' && stream !== null ? own(stream, 'dataset') : undefined
    const module = event['module']
    event['dataset'] = typeof named === 'string' ? named : typeof module === 'string' ? module : 'ndjson'
  }
  if (isOfSyslog(document)) fromSyslog(document)
  if (isAuditbeat(document)) arrangeAuditbeat(document)
  const dataset = event['dataset']
  return { ok: true, event: document, timeUs, kind: typeof dataset === 'string' ? dataset.slice(0, 64) : undefined }
}

/** Is it to be changed below the top? */
function saysMore(document: Document): boolean {
  return isOfSyslog(document) || isAuditbeat(document)
}

/** A copy of the object at a key, made if absent; a plain value there is kept beside it. */
function section(document: Document, key: string): Document {
  const there = own(document, key)
  const isObject = typeof there === 'object' && there !== null && !Array.isArray(there)
  const fresh: Document = isObject ? { ...there } : there === undefined ? {} : { value: there }
  document[key] = fresh
  return fresh
}

/** The value at a path of plain keys. */
function at(document: unknown, ...path: readonly string[]): unknown {
  let value = document
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = own(value, key)
  }
  return value
}

function isOfSyslog(document: Document): boolean {
  return typeof at(document, 'log', 'syslog') === 'object' || typeof at(document, 'journald') === 'object'
}

/**
 * A document whose syslog header was taken apart by its sender (`log.syslog`), or that came out of a journal (`journald`):
 * what the message says is added, nothing is replaced.
 */
function fromSyslog(document: Document): void {
  const journald = at(document, 'journald')
  const program =
    at(document, 'process', 'name') ??
    at(journald, 'process', 'name') ??
    at(document, 'log', 'syslog', 'appname') ??
    at(document, 'syslog', 'identifier')
  fill(document, 'process.name', program)
  const pid = at(journald, 'pid')
  if (typeof pid === 'number') fill(document, 'process.pid', pid)
  if (journald !== undefined) fill(document, 'message', at(document, 'event', 'original'))
  const host = at(document, 'host', 'hostname')
  if (typeof host === 'string') fill(document, 'related.hosts', [host])
  const message = document['message']
  if (typeof program !== 'string' || typeof message !== 'string') return
  const facts = readAuth(program, message)
  const ip = isIp(facts.sourceAddress) ? facts.sourceAddress : undefined
  fill(document, 'event.category', facts.category)
  fill(document, 'event.type', facts.type)
  fill(document, 'event.action', facts.action)
  fill(document, 'event.outcome', facts.outcome)
  fill(document, 'user.name', facts.userName)
  fill(document, 'user.id', facts.userId)
  fill(document, 'user.effective.name', facts.effectiveName)
  fill(document, 'user.target.name', facts.targetName)
  fill(document, 'group.name', facts.groupName)
  fill(document, 'group.id', facts.groupId)
  fill(document, 'source.address', facts.sourceAddress)
  fill(document, 'source.ip', ip)
  fill(document, 'source.domain', ip === undefined ? facts.sourceAddress : undefined)
  fill(document, 'source.port', facts.sourcePort)
  fill(document, 'system.auth.ssh.event', facts.sshEvent)
  fill(document, 'system.auth.ssh.method', facts.sshMethod)
  fill(document, 'system.auth.ssh.signature', facts.sshSignature)
  fill(document, 'system.auth.sudo.command', facts.sudoCommand)
  fill(document, 'system.auth.sudo.error', facts.sudoError)
  fill(document, 'system.auth.sudo.pwd', facts.sudoPwd)
  fill(document, 'system.auth.sudo.tty', facts.sudoTty)
  fill(document, 'system.auth.sudo.user', facts.sudoUser)
  fill(document, 'system.auth.useradd.home', facts.home)
  fill(document, 'system.auth.useradd.shell', facts.shell)
  fill(document, 'related.user', distinct(facts.userName, facts.effectiveName, facts.targetName))
  fill(document, 'related.ip', ip === undefined ? undefined : [ip])
}

/** Sets a field that is absent. */
function fill(document: Document, path: string, value: unknown): void {
  if (value === undefined) return
  let there: unknown = document
  for (const part of path.split('.')) {
    if (typeof there !== 'object' || there === null) return
    there = own(there, part)
    if (there === undefined) {
      merge(document, path, value)
      return
    }
  }
}
