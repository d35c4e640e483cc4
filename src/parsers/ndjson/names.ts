/**
 * Common names of fields in logs that follow no schema, and where they belong in ECS. Used for JSON and for tables (CSV).
 * Names are compared without regard to case, `-` and `_`.
 */

import { columnOf } from '../../core/columns.ts'

/** `SRC_IP`, `src-ip` and `srcIp` are one name. */
export function plainName(name: string): string {
  let out = ''
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code === 95 || code === 45 || code === 32) continue
    out += code >= 65 && code <= 90 ? String.fromCharCode(code + 32) : name[i]
  }
  return out
}

/** Where the time is looked for, best first. */
export const timeNames: readonly string[] = [
  '@timestamp',
  'timestamp',
  'time',
  'ts',
  'eventtime',
  'eventtimestamp',
  'datetime',
  'date',
  'createdat',
  'created',
  'timecreated',
  '@t',
  '_time',
  'logtime',
  'logtimestamp',
  'asctime',
  'timestampms',
  'timemillis',
  'epoch',
  'occurredat',
  'receivedat',
  'starttime',
  'start'
]

const timeRanks: ReadonlyMap<string, number> = new Map(timeNames.map((name, rank) => [name, rank]))

export type Target = {
  readonly field: string
  readonly type: 'text' | 'ip' | 'port' | 'number' | 'message' | 'level' | 'transport'
  /** Among several names for one field, the lowest wins. */
  readonly rank: number
}

const aliases: readonly (readonly [Target['type'], string, string])[] = [
  ['message', 'message', 'message msg log shortmessage logmessage text @m'],
  ['level', 'log.level', 'level severity loglevel lvl levelname severitytext @l'],
  ['text', 'host.name', 'host hostname computer machine machinename server node'],
  ['text', 'log.logger', 'logger loggername'],
  ['text', 'service.name', 'service servicename app application'],
  ['number', 'process.pid', 'pid processid'],
  ['text', 'process.name', 'process processname'],
  ['text', 'user.name', 'user username login account accountname'],
  ['text', 'user.id', 'userid uid'],
  ['ip', 'source.ip', 'srcip sourceip sourceaddress srcaddr clientip remoteip remoteaddr clientaddr ip ipaddress'],
  ['port', 'source.port', 'srcport sourceport clientport remoteport'],
  ['ip', 'destination.ip', 'dstip destip destinationip destinationaddress dstaddr serverip'],
  ['port', 'destination.port', 'dstport destport destinationport serverport'],
  ['transport', 'network.transport', 'proto protocol transport'],
  ['text', 'http.request.method', 'httpmethod requestmethod'],
  ['number', 'http.response.status_code', 'statuscode httpstatus responsecode'],
  ['text', 'url.original', 'url uri requesturi'],
  ['text', 'user_agent.original', 'useragent httpuseragent'],
  ['text', 'trace.id', 'traceid'],
  ['text', 'span.id', 'spanid'],
  ['text', 'event.action', 'action eventname eventaction'],
  ['text', 'event.outcome', 'outcome'],
  ['text', 'error.message', 'error err exception']
]

const targets = new Map<string, Target>()
for (const [type, field, names] of aliases)
  names.split(' ').forEach((name, rank) => {
    targets.set(name, { field, type, rank })
  })

export type Named = {
  /** The place among the names that hold times, 0 the best; undefined if it is none of them. */
  readonly timeRank: number | undefined
  /** Where a field of that name belongs; undefined if nothing is sure. */
  readonly target: Target | undefined
}

export function named(name: string): Named {
  const plain = name.length > 64 || name.startsWith('__') ? '' : plainName(name)
  return { timeRank: timeRanks.get(plain), target: targets.get(plain) }
}

/** `named`, remembering the names of a stream (at most 4,096 of them). */
export function rememberNames(): (name: string) => Named {
  const known = new Map<string, Named>()
  return name => {
    let found = known.get(name)
    if (found === undefined) {
      found = named(name)
      if (known.size < 4096) known.set(name, found)
    }
    return found
  }
}

/** ECS's top-level field sets: each is an object, so a plain value of that name has no place there. */
const fieldSets = new Set(
  (
    'agent as client cloud code_signature container data_stream destination device dll dns ecs elf email error event ' +
    'faas file geo group hash host http interface log macho network observer orchestrator organization os package pe ' +
    'process registry related risk rule server service source span threat tls trace transaction url user user_agent ' +
    'vlan volume vulnerability x509 labels'
  ).split(' ')
)

export function isFieldSet(name: string): boolean {
  return fieldSets.has(name)
}

/** Is this a full ECS field name (`source.ip`, `message`)? By its column, or by its field set. */
export function isEcsField(name: string): boolean {
  if (columnOf(name) !== undefined || name === 'message' || name === 'tags') return true
  const dot = name.indexOf('.')
  return dot > 0 && dot < name.length - 1 && fieldSets.has(name.slice(0, dot))
}

const transports: ReadonlySet<string> = new Set(
  'tcp udp icmp icmpv6 ipv6-icmp sctp dccp gre igmp esp ah udplite'.split(' ')
)

/** The lower-case name of a transport protocol; undefined for everything else that logs call a protocol (`ssh`, `HTTP/1.1`). */
export function transportText(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 12) return undefined
  const lower = value.toLowerCase()
  return transports.has(lower) ? lower : undefined
}

/** pino and bunyan count levels; syslog's severities are 0 to 7. */
const levelNumbers: ReadonlyMap<number, string> = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
  [0, 'emergency'],
  [1, 'alert'],
  [2, 'critical'],
  [3, 'error'],
  [4, 'warning'],
  [5, 'notice'],
  [6, 'informational'],
  [7, 'debug']
])

export function levelText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' || value.length > 64 ? undefined : value
  return typeof value === 'number' ? (levelNumbers.get(value) ?? String(value)) : undefined
}
