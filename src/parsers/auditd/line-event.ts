/**
 * The event of one audit record, as Elastic's auditd integration lays it out: `auditd.log.*` holds the record's fields by their own
 * names, except those that have a place in ECS.
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { anyCall, calls, type Meaning, meanings, policyViolations } from './actions.ts'
import type { AuditRecord } from './record.ts'
import { architectureName, syscallName } from './syscalls.ts'
import { argument, first, type Said, saidFields, unquoted } from './values.ts'

/** A user or group of ECS, with those that auditd knows beside it. */
export type Person = { name?: string | string[]; id?: string | string[]; group?: Person; [role: string]: unknown }

export type LineEvent = {
  readonly event: EcsEvent
  readonly log: Said
  readonly user: Person
  readonly process: { [name: string]: unknown }
}

/** The field, the role of the user, and whether it is a group's: `suid` is `user.saved.id`, `sgid` is `user.saved.group.id`. */
const ids: readonly (readonly [field: string, role: string | undefined, group: boolean])[] = [
  ['uid', undefined, false],
  ['gid', undefined, true],
  ['agid', 'audit', true],
  ['auid', 'audit', false],
  ['fsgid', 'filesystem', true],
  ['fsuid', 'filesystem', false],
  ['egid', 'effective', true],
  ['euid', 'effective', false],
  ['sgid', 'saved', true],
  ['suid', 'saved', false],
  ['ogid', 'owner', true],
  ['ouid', 'owner', false]
]

const namesOfIds = ids.map(([field, role, group]) => [field.toUpperCase(), role, group] as const)

const numbers = ['lport', 'rport', 'entries', 'dst_prefixlen', 'ksize', 'size', 'src_prefixlen']

const incoming = new Set(['accept', '43', 'recvfrom', '45', 'recvmsg', '47', 'accept4', '288'])
const outgoing = new Set(['connect', '42', 'sendto', '44', 'sendmsg', '46'])

export function lineEvent(record: AuditRecord): LineEvent {
  const { type, avc } = record
  const log = saidFields(record.fields)
  if (log['arch'] !== undefined) log['arch'] = architectureName(first(log['arch'])!)
  rename(log, 'old-auid', 'old_auid')
  rename(log, 'old-ses', 'old_ses')
  const meaning = meaningOf(type, log)
  const user: Person = {}
  const group: Person = {}
  for (const copy of meaning?.copies ?? []) {
    const value = copy.from.map(name => log[name]).find(there => there !== undefined)
    if (typeof value !== 'string' || value === 'unset') continue
    const target = copy.to === 'group' ? group : copy.to === 'user' ? user : roleOf(user, copy.to.slice(5))
    if (isDigits(value)) target.id = value
    else target.name = value
  }
  moveUsers(log, user)
  const process = processOf(log, type)
  const syscall = first(log['syscall'])
  const outcome = outcomeOf(log, avc?.action)
  const address = take(log, 'src') ?? take(log, 'addr')
  const destination = take(log, 'dst')
  const container = type === 'VIRT_MACHINE_ID'
  const said = take(log, 'msg') ?? record.said
  const arch = take(log, 'arch')
  const out: { [name: string]: unknown } = log
  for (const name of numbers) {
    const value = log[name]
    if (typeof value === 'string' && isDigits(value) && value.length < 16) out[name] = Number(value)
  }
  out['record_type'] = type
  out['sequence'] = record.serial === '' ? undefined : Number(record.serial)
  out['node'] = record.node
  out['original_field'] = record.takenApart
  if (avc !== undefined) out['avc'] = { action: avc.action, request: avc.request }
  const sourceIp = isIp(address) ? address : undefined
  const op = log['op']
  const event: EcsEvent = {
    '@timestamp': isoMs(record.timeUs),
    message: said,
    event: {
      kind: 'event',
      module: 'auditd',
      dataset: 'auditd.log',
      action: meaning?.action ?? type.toLowerCase(),
      category: meaning?.category,
      type: type === 'VIRT_CONTROL' ? controlType(op, meaning?.type) : meaning?.type,
      outcome
    },
    host:
      arch === undefined && record.node === undefined
        ? undefined
        : { architecture: arch, hostname: record.node, name: record.node },
    auditd: { log: out, message_type: type.toLowerCase() },
    user,
    group,
    process,
    source: address === undefined ? undefined : { address, ip: sourceIp },
    destination:
      destination === undefined ? undefined : { address: destination, ip: isIp(destination) ? destination : undefined },
    network:
      type === 'SYSCALL' && syscall !== undefined && (incoming.has(syscall) || outgoing.has(syscall))
        ? { direction: incoming.has(syscall) ? 'ingress' : 'egress' }
        : undefined,
    container: container ? { name: first(log['vm']), runtime: first(log['virt']) } : undefined,
    related: {
      user: namesOf(user),
      ip: distinct(sourceIp, isIp(destination) ? destination : undefined),
      hosts: distinct(record.node)
    }
  }
  return { event, log, user, process }
}

function meaningOf(type: string, log: Said): Meaning | undefined {
  if (type === 'AVC') {
    if (log['seresult'] !== undefined) return policyViolations.selinux
    return log['apparmor'] === undefined ? undefined : policyViolations.apparmor
  }
  const meaning = meanings.get(type)
  if (meaning !== undefined) return meaning
  const syscall = first(log['syscall'])
  if (syscall === undefined) return undefined
  // A record alone keeps the integration's plain "info"; together with its arguments an execve is the start of a program.
  return syscall === 'execve' ? { ...calls.get(syscall)!, type: ['info'] } : (calls.get(syscall) ?? anyCall)
}

/** The name of the system call of a SYSCALL record's fields: auditd's own, or by its number. */
export function callOf(record: AuditRecord): string | undefined {
  const enriched = first(record.fields['SYSCALL'])
  if (enriched !== undefined) return enriched
  const arch = first(record.fields['arch']) ?? ''
  const syscall = first(record.fields['syscall'])
  return syscall === undefined ? undefined : syscallName(arch, syscall)
}

function moveUsers(log: Said, user: Person): void {
  if (user.name === undefined) {
    const name = takeAny(log, 'acct')
    if (name !== undefined) user.name = name
  }
  if (user.name === undefined) {
    const name = takeAny(log, 'user')
    if (name !== undefined) user.name = name
  }
  for (const [field, role, group] of ids) {
    if (log[field] === undefined) continue
    let person = role === undefined ? user : roleOf(user, role)
    if (group) person = person.group ??= {}
    const value = log[field]
    // `ausearch -i` has the name there.
    if (typeof value === 'string' && !isDigits(value)) {
      person.name ??= takeAny(log, field)
    } else person.id ??= takeAny(log, field)
  }
  for (const [field, role, group] of namesOfIds) {
    const name = log[field]
    if (typeof name !== 'string' || name === 'unset') continue
    let person = role === undefined ? user : roleOf(user, role)
    if (group) person = person.group ??= {}
    person.name ??= name
  }
  const terminal = takeAny(log, 'terminal')
  if (terminal !== undefined) user['terminal'] = terminal
}

function roleOf(user: Person, role: string): Person {
  const there = user[role] as Person | undefined
  if (there !== undefined) return there
  const fresh: Person = {}
  user[role] = fresh
  return fresh
}

export function namesOf(user: Person): string[] | undefined {
  const of = (role: string) => first((user[role] as Person | undefined)?.name)
  return distinct(
    first(user.name),
    of('audit'),
    of('effective'),
    of('filesystem'),
    of('saved'),
    of('owner'),
    of('target')
  )
}

function processOf(log: Said, type: string): { [name: string]: unknown } {
  const command = take(log, 'cmd')
  const process: { [name: string]: unknown } = {
    name: takeAny(log, 'comm'),
    executable: takeAny(log, 'exe'),
    pid: takeNumber(log, 'pid'),
    parent: log['ppid'] === undefined ? undefined : { pid: takeNumber(log, 'ppid') },
    args: undefined,
    args_count: undefined,
    command_line: command,
    exit_code: takeNumber(log, 'exit'),
    working_directory: takeAny(log, 'cwd')
  }
  if (command !== undefined) {
    const args = command.split(/\s+/)
    process['args'] = args
    process['args_count'] = args.length
  }
  if (log['argc'] !== undefined && process['args_count'] === undefined) process['args_count'] = takeNumber(log, 'argc')
  if (type === 'PROCTITLE') {
    const title = first(log['proctitle'])
    if (title !== undefined) process['title'] = title.replaceAll('^@', ' ')
  }
  return process
}

/** The arguments of an EXECVE record in order: `a0`, `a1` …, long ones in pieces (`a1[0]`, `a1[1]`), whose length stands beside them. */
export function argumentsOf(record: AuditRecord): { readonly args: string[]; readonly from: number } {
  const pieces: { readonly index: number; readonly piece: number; readonly value: string }[] = []
  for (const name in record.fields) {
    if (name.charCodeAt(0) !== 97 || !isArgument(name)) continue
    const open = name.indexOf('[')
    const index = Number.parseInt(name.slice(1, open < 0 ? undefined : open), 10)
    const piece = open < 0 ? 0 : Number.parseInt(name.slice(open + 1), 10)
    pieces.push({ index, piece, value: first(record.fields[name]) ?? '' })
  }
  pieces.sort((a, b) => a.index - b.index || a.piece - b.piece)
  const args: string[] = []
  let last = -1
  let whole = ''
  let quoted = false
  const flush = () => {
    if (last >= 0) args.push(quoted ? whole : argument(whole))
    whole = ''
  }
  for (const { index, value } of pieces) {
    if (index !== last) flush()
    last = index
    quoted = value.startsWith('"')
    // The pieces of a hex text may part within a character.
    whole += quoted ? unquoted(value) : value
  }
  flush()
  return { args, from: pieces[0]?.index ?? 0 }
}

/** `a0`, `a17`, `a17[2]`, but not `a17_len`. */
export function isArgument(name: string): boolean {
  return /^a\d{1,6}(\[\d{1,6}\])?$/.test(name)
}

export function isArgumentLength(name: string): boolean {
  return /^a\d{1,6}_len$/.test(name)
}

function outcomeOf(log: Said, avc: string | undefined): string | undefined {
  const result = take(log, 'res') ?? undefined
  const other = take(log, 'result')
  if (avc !== undefined) return avc === 'granted' ? 'success' : avc === 'denied' ? 'failure' : 'unknown'
  const said = result ?? other
  if (said !== undefined) {
    if (said === '1' || said === 'success' || said === 'yes') return 'success'
    return said === '0' || said === 'failed' || said === 'no' ? 'failure' : 'unknown'
  }
  const { success, apparmor } = log
  if (typeof success === 'boolean') return success ? 'success' : 'failure'
  return apparmor === 'DENIED' ? 'failure' : apparmor === 'ALLOWED' ? 'success' : undefined
}

function controlType(op: unknown, otherwise: readonly string[] | undefined): readonly string[] | undefined {
  if (op === 'start') return ['start']
  if (op === 'stop') return ['end']
  if (op === 'create') return ['creation']
  return op === 'delete' ? ['deletion'] : otherwise
}

function rename(log: Said, from: string, to: string): void {
  const value = log[from]
  if (value === undefined || log[to] !== undefined) return
  log[to] = value
  delete log[from]
}

function takeAny(log: Said, name: string): string | string[] | undefined {
  const value = log[name]
  if (value === undefined || typeof value === 'boolean') return undefined
  delete log[name]
  return value
}

/** Takes a field that is there once; one that is there several times stays. */
function take(log: Said, name: string): string | undefined {
  const value = log[name]
  if (typeof value !== 'string') return undefined
  delete log[name]
  return value
}

function takeNumber(log: Said, name: string): number | undefined {
  const held = log[name]
  if (Array.isArray(held) && held.some(item => item !== held[0])) return undefined
  const value = first(held)
  if (value === undefined || value.length > 20 || !isDigits(value.charCodeAt(0) === 45 ? value.slice(1) : value))
    return undefined
  const number = Number(value)
  if (!Number.isSafeInteger(number)) return undefined
  delete log[name]
  return number
}

function isDigits(text: string): boolean {
  if (text === '') return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return false
  }
  return true
}
