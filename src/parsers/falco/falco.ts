/**
 * Falco's alerts as JSON (`json_output: true`): one object a line in its file, on standard output, from falcosidekick, or inside syslog.
 * Laid out as Elastic's falco integration does; everything that the alert says stays below `falco.`.
 */

import { distinct, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { cleanse, type Document, merge, own, put } from '../ndjson/document.ts'
import type { MessageReader } from '../syslog/reader.ts'
import { falcoDescription } from './description.ts'
import { eventCategory, eventType } from './event-types.ts'

const severities: ReadonlyMap<string, number> = new Map([
  ['emergency', 7],
  ['alert', 6],
  ['critical', 5],
  ['error', 4],
  ['warning', 3],
  ['notice', 2],
  ['informational', 1],
  ['info', 1],
  ['debug', 0]
])

/** Names under which the integration keeps fields whose own names are objects beside them. */
const renamed = new Map([
  ['container.image', 'container.image.name'],
  ['fd.cip', 'client.ip'],
  ['fd.sip', 'server.ip'],
  ['fd.lip', 'source.ip'],
  ['fd.rip', 'destination.ip'],
  ['proc.ppid', 'process.parent.pid'],
  ['proc.pid', 'process.pid'],
  ['proc.sid', 'process.session_leader.pid'],
  ['proc.vpgid', 'process.group_leader.vpid']
])

function parseAlert(json: JsonObject): Parsed {
  if (!isAlert(json)) return { ok: false, reason: 'not an alert of Falco: no rule, priority and output' }
  const said = object(json['output_fields']) ?? {}
  const get = (name: string): JsonValue | undefined => (Object.hasOwn(said, name) ? said[name] : undefined)
  const string = (name: string): string | undefined => textOf(get(name))
  const number = (name: string): number | undefined => numberOf(get(name))
  const timeUs = timeOf(json, get)
  const techniques = techniquesOf(json['tags'])
  const kind = string('fd.type')
  const isFile = kind === 'file' || kind === 'directory'
  const host = textOf(json['hostname'])
  const priority = text(json['priority'])
  const result = string('evt.res')
  const executable = string('proc.exepath')
  const args = string('proc.args')
  const pod = string('k8s.pod.name')
  const containerIp = string('container.ip')
  const start = timeUs === undefined ? undefined : isoMs(timeUs)
  const event: EcsEvent = {
    '@timestamp': start,
    message: text(json['output']),
    event: {
      kind: 'alert',
      module: 'falco',
      dataset: 'falco.alerts',
      category: [eventCategory(string('evt.category'))],
      type: [eventType(string('evt.type'))],
      action: string('evt.type'),
      outcome:
        result === 'SUCCESS' ? 'success' : result !== undefined && get('evt.failed') === true ? 'failure' : undefined,
      severity: priority === undefined ? undefined : severities.get(priority.toLowerCase()),
      provider: text(json['source']),
      sequence: number('evt.num'),
      start,
      id: text(json['uuid'])
    },
    log: { level: priority?.toLowerCase() },
    rule: { name: text(json['rule']) },
    threat: {
      technique: {
        id: techniques.technique === undefined ? undefined : [techniques.technique],
        subtechnique: { id: techniques.subtechnique === undefined ? undefined : [techniques.subtechnique] }
      }
    },
    observer: { type: 'sensor', vendor: 'sysdig', product: 'falco', hostname: host },
    process: {
      executable,
      name: string('proc.name'),
      pid: number('proc.pid'),
      vpid: number('proc.vpid'),
      args: executable !== undefined && args !== undefined ? [executable, ...args.split(' ')] : undefined,
      args_count: number('proc.cmdnargs'),
      command_line: string('proc.cmdline'),
      working_directory: string('proc.cwd'),
      env_vars: string('proc.env')?.split(/\s+/),
      uptime: number('proc.duration'),
      start: number('proc.pid.ts'),
      user: { id: string('user.uid'), name: string('user.name') },
      group: { id: string('group.gid'), name: string('group.name') },
      thread: {
        id: number('thread.tid'),
        capabilities: { permitted: string('thread.cap_permitted'), effective: string('thread.cap_effective') }
      },
      parent: {
        executable: string('proc.pexepath'),
        name: string('proc.pname'),
        pid: number('proc.ppid'),
        vpid: number('proc.pvpid'),
        command_line: string('proc.pcmdline'),
        uptime: number('proc.ppid.duration'),
        start: number('proc.ppid.ts')
      },
      session_leader: {
        pid: number('proc.sid'),
        name: string('proc.sname'),
        executable: string('proc.sid.exepath'),
        same_as_process: get('proc.is_sid_leader')
      },
      group_leader: {
        vpid: number('proc.vpgid'),
        name: string('proc.vpgid.name'),
        executable: string('proc.vpgid.exepath'),
        same_as_process: get('proc.is_vpgid_leader')
      }
    },
    user: { id: string('user.uid'), name: string('user.name') },
    file: {
      path: isFile ? string('fd.name') : undefined,
      type: isFile ? kind : undefined,
      directory: string('fd.directory'),
      name: string('fd.filename'),
      inode: string('fd.ino')
    },
    container: {
      id: string('container.id'),
      name: string('container.name'),
      image: { name: string('container.image'), hash: { all: string('container.image.digest') } },
      runtime: string('container.type'),
      security_context: { privileged: get('container.privileged') }
    },
    host: { ip: containerIp === undefined ? undefined : [containerIp] },
    client: endOf(get, 'c'),
    server: endOf(get, 's'),
    source: endOf(get, 'l'),
    destination: endOf(get, 'r'),
    orchestrator: {
      namespace: string('k8s.ns.name'),
      type: pod === undefined ? undefined : 'kubernetes',
      resource: {
        name: pod,
        id: string('k8s.pod.uid'),
        label: string('k8s.pod.labels'),
        ip: string('k8s.pod.ip'),
        type: pod === undefined ? undefined : 'pod'
      }
    },
    falco: falcoFields(json, said, timeUs),
    related: {
      hosts: distinct(host),
      user: distinct(string('user.name')),
      ip: distinct(...['fd.cip', 'fd.sip', 'fd.lip', 'fd.rip'].map(name => ipOf(get(name))))
    }
  }
  return { ok: true, event, timeUs, kind: 'alert', identity: text(json['uuid']) }
}

/** `fd.cip`, `fd.cport`, `fd.cip.name`: an end of a connection (client, server, local, remote). */
function endOf(get: (name: string) => JsonValue | undefined, end: 'c' | 's' | 'l' | 'r'): object | undefined {
  const ip = ipOf(get(`fd.${end}ip`))
  const port = numberOf(get(`fd.${end}port`))
  const domain = textOf(get(`fd.${end}ip.name`))
  return ip === undefined && port === undefined && domain === undefined ? undefined : { ip, address: ip, port, domain }
}

function ipOf(value: JsonValue | undefined): string | undefined {
  return isIp(value) ? value : undefined
}

/** Everything that the alert says; the dotted names of its fields nest. */
function falcoFields(json: JsonObject, said: JsonObject, timeUs: number | undefined): Document {
  const out: Document = {}
  for (const key in json) if (key !== 'output_fields') put(out, key, cleanse(json[key]!, 2))
  const fields: Document = {}
  for (const key in said) {
    const value = key === 'user.uid' ? textOf(said[key]) : cleanse(said[key]!, 3)
    if (value === undefined) continue
    // Nanoseconds do not fit into a number.
    if (key === 'evt.time.iso8601' && timeUs !== undefined) merge(fields, key, Math.floor(timeUs / 1000))
    else merge(fields, renamed.get(key) ?? key, value)
  }
  out['output_fields'] = fields
  const mounts = textOf(said['container.mounts'])
  if (mounts !== undefined) out['container'] = { mounts: mounts.split(' ').slice(0, 256).map(mount) }
  return out
}

function mount(item: string): object {
  const [source, dest, mode, rdrw, propagation] = item.split(':')
  return { source, dest, mode, rdrw, propagation }
}

function timeOf(json: JsonObject, get: (name: string) => JsonValue | undefined): number | undefined {
  for (const value of [json['time'], get('evt.time.iso8601'), get('evt.rawtime'), get('evt.time')]) {
    if (typeof value === 'string') {
      const us = parseIso(value)
      if (us !== undefined) return us
    } else if (typeof value === 'number' && value > 1e17 && value < 1e19) return Math.floor(value / 1e6) * 1000
  }
  return undefined
}

const technique = /T\d{4}/
const subtechnique = /T\d{4}.\d{3}/

function techniquesOf(tags: JsonValue | undefined): {
  technique?: string | undefined
  subtechnique?: string | undefined
} {
  if (!Array.isArray(tags)) return {}
  const texts = tags.filter(tag => typeof tag === 'string').slice(0, 256)
  const find = (pattern: RegExp) =>
    texts.map(tag => pattern.exec(tag.slice(0, 256))?.[0]).find(found => found !== undefined)
  return { technique: find(technique), subtechnique: find(subtechnique) }
}

function isAlert(json: JsonObject): boolean {
  return (
    typeof own(json, 'rule') === 'string' &&
    typeof own(json, 'priority') === 'string' &&
    typeof own(json, 'output') === 'string' &&
    (typeof own(json, 'output_fields') === 'object' || own(json, 'source') !== undefined) &&
    own(json, 'time') !== undefined
  )
}

function recognise(sample: Sample): number {
  let known = 0
  for (const json of sample.json)
    if (json !== undefined && isAlert(json) && own(json, 'output_fields') !== undefined) known++
  return known > 0 && known >= sample.lines.length * 0.8 ? 0.94 : 0
}

export const falco: Parser = {
  name: 'falco',
  title: 'Falco alerts (JSON)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parseAlert(json),
  description: falcoDescription
}

export const falcoMessages: MessageReader = {
  name: 'falco-messages',
  title: 'Falco alerts in syslog (JSON)',
  programs: ['falco', 'Falco'],
  read({ body }) {
    if (!body.startsWith('{')) return undefined
    let value: unknown
    try {
      value = JSON.parse(body)
    } catch {
      return undefined
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const parsed = parseAlert(value as JsonObject)
    return parsed.ok ? parsed : undefined
  }
}
