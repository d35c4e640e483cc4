/**
 * The event of one or several audit records. The records of a system call (SYSCALL, EXECVE, CWD, PATH, SOCKADDR, PROCTITLE …) make one
 * event, with the actions and categories that go-libaudit gives them; a record alone is laid out as Elastic's auditd integration does.
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { Parsed } from '../../core/parser.ts'
import { anyCall, type CallMeaning, calls, policyViolations } from './actions.ts'
import { fileOf, type Path, pathOf } from './file-object.ts'
import {
  argumentsOf,
  callOf,
  isArgument,
  isArgumentLength,
  type LineEvent,
  lineEvent,
  type Person
} from './line-event.ts'
import type { AuditRecord } from './record.ts'
import { first, type Said, saidFields, socketAddress, unquoted } from './values.ts'

const pathsMax = 256

export function eventOf(records: readonly AuditRecord[]): Parsed {
  const call = records.find(record => record.type === 'SYSCALL')
  // What the call is about comes before it: an AVC, a rule that was changed.
  const special = records.find(record => !companions.has(record.type))
  const main = call ?? special ?? records[0]!
  const line = lineEvent(main)
  if (records.length === 1) {
    if (main.type === 'EXECVE') executed(line, main, true)
    else if (main.type === 'SOCKADDR') connected(line, main, undefined)
    return { ok: true, event: line.event, timeUs: main.timeUs, kind: main.type.toLowerCase().slice(0, 64) }
  }
  const paths: Path[] = []
  const types: string[] = []
  const name = call === undefined ? undefined : callOf(call)
  for (const record of records) {
    if (!types.includes(record.type)) types.push(record.type)
    if (record === main) continue
    switch (record.type) {
      case 'PATH':
        if (paths.length < pathsMax) paths.push(pathOf(record))
        break
      case 'EXECVE':
        executed(line, record, false)
        break
      case 'CWD':
        line.process['working_directory'] ??= first(saidFields(record.fields)['cwd'])
        addFields(line.log, record, 'cwd')
        break
      case 'PROCTITLE':
        titled(line, record)
        break
      case 'SOCKADDR':
        connected(line, record, name)
        break
      case 'EOE':
        break
      default:
        addFields(line.log, record, undefined)
    }
  }
  if (call !== undefined) compose(line, call, name, special === call ? undefined : special, paths)
  const auditd = line.event['auditd'] as { [name: string]: unknown }
  auditd['record_types'] = types
  auditd['paths'] = paths.length === 0 ? undefined : paths
  return { ok: true, event: line.event, timeUs: main.timeUs, kind: (name ?? main.type).toLowerCase().slice(0, 64) }
}

/** Records that only say more about a system call. */
const companions = new Set(
  (
    'SYSCALL EXECVE CWD PATH PROCTITLE SOCKADDR EOE IPC SOCKETCALL MMAP FD_PAIR OBJ_PID BPRM_FCAPS CAPSET MQ_OPEN MQ_SENDRECV ' +
    'MQ_NOTIFY MQ_GETSETATTR IPC_SET_PERM OPENAT2 AVC_PATH TIME_INJOFFSET TIME_ADJNTPVAL URINGOP'
  ).split(' ')
)

/** What the call and its companions say together. */
function compose(
  line: LineEvent,
  call: AuditRecord,
  name: string | undefined,
  special: AuditRecord | undefined,
  paths: readonly Path[]
): void {
  const { event, log, user, process } = line
  const meaning = name === undefined ? undefined : calls.get(name)
  const said = event['event'] as { [name: string]: unknown }
  const about = meaning ?? anyCall
  said['action'] = meaning?.action ?? name ?? 'syscall'
  said['category'] = about.category
  said['type'] = about.type
  if (special !== undefined) {
    const avc = special.avc
    const of =
      special.type !== 'AVC'
        ? lineEvent(special).event['event']
        : special.fields['apparmor'] === undefined
          ? policyViolations.selinux
          : policyViolations.apparmor
    const { action, category, type } = of as { action: string; category?: string[]; type?: string[] }
    said['action'] = action
    said['category'] = distinct(...(category ?? []), ...(about.category ?? []))
    said['type'] = distinct(...(type ?? []), ...(about.type ?? []))
    if (avc !== undefined) {
      ;(log as { [name: string]: unknown })['avc'] = { action: avc.action, request: avc.request }
      said['outcome'] = avc.action === 'granted' ? 'success' : avc.action === 'denied' ? 'failure' : said['outcome']
    }
  }
  const file =
    meaning?.object === 'file' || meaning?.object === 'filesystem' ? fileOf(paths, meaning, process) : undefined
  event['file'] = file?.file
  const auditd = event['auditd'] as { [name: string]: unknown }
  auditd['message_type'] = (special ?? call).type.toLowerCase()
  const { success } = log
  auditd['result'] = success === undefined ? 'unknown' : success === true ? 'success' : 'fail'
  auditd['session'] = log['ses']
  const data = (auditd['data'] ??= {}) as { [name: string]: unknown }
  data['syscall'] = name
  auditd['summary'] = {
    actor: { primary: nameOrId(user['audit'] as Person | undefined), secondary: nameOrId(user) },
    object: objectOf(meaning, file, line),
    how: how(process)
  }
}

function objectOf(
  meaning: CallMeaning | undefined,
  file: ReturnType<typeof fileOf>,
  line: LineEvent
): { readonly type: string; readonly primary?: unknown; readonly secondary?: unknown } | undefined {
  if (meaning === undefined) return undefined
  if (meaning.object !== 'socket') return { type: file?.kind ?? meaning.object, primary: file?.name }
  const socket = (line.event['auditd'] as { data?: { socket?: { addr?: string; path?: string; port?: number } } }).data
    ?.socket
  return {
    type: meaning.object,
    primary: socket?.addr ?? socket?.path,
    secondary: socket?.port === undefined ? undefined : String(socket.port)
  }
}

/** The program; of scripts, the script's name. */
function how(process: { [name: string]: unknown }): unknown {
  const executable = process['executable']
  if (typeof executable !== 'string') return process['name']
  const interpreted = ['/usr/bin/python', '/usr/bin/sh', '/usr/bin/bash', '/usr/bin/perl'].some(path =>
    executable.startsWith(path)
  )
  return interpreted ? (process['name'] ?? executable) : executable
}

function nameOrId(person: Person | undefined): string | undefined {
  const id = first(person?.id)
  return first(person?.name) ?? (id === '4294967295' ? 'unset' : id)
}

/** The arguments. `alone`: no SYSCALL record says which program it is. */
function executed(line: LineEvent, record: AuditRecord, alone: boolean): void {
  const { args, from } = argumentsOf(record)
  const { process, log } = line
  if (alone) {
    for (const name of Object.keys(log)) if (isArgument(name) || isArgumentLength(name)) delete log[name]
    if (args.length > 0 && from === 0) process['executable'] = args[0]
  } else {
    const argc = Number(first(record.fields['argc']))
    process['args_count'] = Number.isSafeInteger(argc) && argc >= 0 ? argc : undefined
  }
  if (args.length === 0) return
  // A long command line comes in several records.
  const before = process['args'] as string[] | undefined
  if (before !== undefined) process['args'] = [...before, ...args]
  else process['args'] = from === 0 ? args : [`[... ${from} truncated arguments ...]`, ...args]
  process['command_line'] = (process['args'] as string[]).join(' ')
}

function titled(line: LineEvent, record: AuditRecord): void {
  const title = first(saidFields(record.fields)['proctitle'])
  if (title === undefined) return
  line.log['proctitle'] ??= title
  line.process['title'] ??= title.replaceAll('^@', ' ')
}

const sourceCalls = new Set(['recvfrom', 'recvmsg', 'accept', 'accept4'])
const destinationCalls = new Set(['connect', 'sendto', 'sendmsg'])

/** The address of the other side, where the call tells which side that is. */
function connected(line: LineEvent, record: AuditRecord, call: string | undefined): void {
  const { event, log } = line
  addFields(log, record, undefined)
  const saddr = first(record.fields['saddr'])
  const socket = saddr === undefined ? undefined : socketAddress(unquoted(saddr))
  if (socket === undefined) return
  const auditd = event['auditd'] as { [name: string]: unknown }
  auditd['data'] = { socket: { family: socket.family, addr: socket.addr, port: socket.port, path: socket.path } }
  if (call === undefined || (socket.addr === undefined && socket.path === undefined)) return
  const ip = isIp(socket.addr) ? socket.addr : undefined
  const end = { address: socket.addr ?? socket.path, ip, port: socket.port }
  if (sourceCalls.has(call)) {
    event['source'] = end
    event['network'] = { direction: 'ingress' }
  } else if (destinationCalls.has(call)) {
    event['destination'] = end
    event['network'] = { direction: 'egress' }
  } else return
  const related = event['related'] as { ip?: string[] | undefined }
  related.ip = distinct(...(related.ip ?? []), ip)
}

/** The fields of a record that no other record of the event had. */
function addFields(log: Said, record: AuditRecord, except: string | undefined): void {
  const said = saidFields(record.fields)
  for (const name in said) {
    // They stand in `process` and `user` already.
    if (name === except || name === 'pid' || name === 'comm' || name === 'exe' || name === 'ppid') continue
    log[name] ??= said[name]!
  }
}
