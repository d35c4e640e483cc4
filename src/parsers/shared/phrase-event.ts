/** What a phrase's blanks held, laid out as an ECS event. Shared by the parsers of daemons. */

import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { dnsQuestion } from './dns-question.ts'
import { macText, portNumber } from './endpoint.ts'
import type { Matched } from './phrases.ts'

export type Fields = { [key: string]: unknown }

export type EventBase = {
  readonly module: string
  readonly dataset: string
  readonly host: string | undefined
  /** `network.protocol`, where all of the daemon's messages are about one. */
  readonly protocol?: string | undefined
  readonly transport?: string | undefined
}

/** Without a phrase the event tells who said it, no more. */
export function phraseEvent(matched: Matched | undefined, base: EventBase): EcsEvent {
  const event: Fields = {
    kind: 'event',
    module: base.module,
    dataset: base.dataset,
    category: undefined,
    type: undefined,
    action: undefined,
    outcome: undefined,
    reason: undefined
  }
  const root: Fields = { event }
  if (base.protocol !== undefined || base.transport !== undefined)
    root['network'] = { protocol: base.protocol, transport: base.transport, type: undefined, community_id: undefined }
  if (matched !== undefined) {
    const { phrase, values } = matched
    event['category'] = phrase.category.slice()
    event['type'] = phrase.type.slice()
    event['action'] = phrase.action
    event['outcome'] = phrase.outcome
    for (const [path, value] of phrase.more) put(root, path, value)
    for (let i = 0; i < values.length; i++) {
      const { name, path, number } = phrase.blanks[i]!
      const value = values[i]!
      if (value === '' || name === '_') continue
      if (number) {
        const parsed = Number(value)
        if (value.length <= 20 && Number.isFinite(parsed)) put(root, path, parsed)
      } else setField(root, name, path, value)
    }
  }
  finish(root, base.host)
  return root
}

/** Sets one field, by what its name says that it is. */
export function setField(root: Fields, name: string, path: readonly string[], value: string): void {
  const last = path[path.length - 1]
  if (last === 'address' && path.length === 2 && sides.includes(path[0]!)) setAddress(root, path[0]!, value)
  else if (last === 'port' && sides.includes(path[0]!)) put(root, path, portNumber(value))
  else if (last === 'mac') put(root, path, macText(value) ?? value)
  else if (name === 'dns.question.name') {
    const dns = (root['dns'] ??= {}) as Fields
    dns['question'] = {
      ...dnsQuestion(value, undefined, undefined),
      ...(dns['question'] as object | undefined),
      name: dnsName(value)
    }
  } else put(root, path, value)
}

function dnsName(value: string): string {
  return value.length > 1 && value.endsWith('.') ? value.slice(0, -1) : value
}

/** `source.address` and its kin: the address as written, and as `ip` or `domain`. */
export function setAddress(root: Fields, side: string, value: string): void {
  const percent = value.indexOf('%')
  let bare = percent < 0 ? value : value.slice(0, percent)
  if (bare.startsWith('[') && bare.endsWith(']')) bare = bare.slice(1, -1)
  const end = (root[side] ??= {}) as Fields
  end['address'] = value
  if (isIp(bare)) end['ip'] = bare
  else end['domain'] = value
}

export function put(root: Fields, path: readonly string[], value: unknown): void {
  let at = root
  for (let i = 0; i < path.length - 1; i++) at = (at[path[i]!] ??= {}) as Fields
  at[path[path.length - 1]!] = value
}

const sides: readonly string[] = ['source', 'destination', 'client', 'server']

/** `related.*`, `network.type` and the community id follow from what is there. */
export function finish(root: Fields, host: string | undefined): void {
  let ips: string[] | undefined
  let hosts: string[] | undefined = host === undefined ? undefined : [host]
  for (const side of sides) {
    const end = root[side] as Fields | undefined
    if (end === undefined) continue
    ips = add(ips, end['ip'])
    hosts = add(hosts, end['domain'])
    const nat = end['nat'] as Fields | undefined
    if (nat !== undefined) ips = add(ips, nat['ip'])
  }
  const user = root['user'] as Fields | undefined
  let users: string[] | undefined
  if (user !== undefined) {
    users = add(users, user['name'])
    users = add(users, (user['target'] as Fields | undefined)?.['name'])
    users = add(users, (user['effective'] as Fields | undefined)?.['name'])
  }
  const question = (root['dns'] as Fields | undefined)?.['question'] as Fields | undefined
  if (question !== undefined) hosts = add(hosts, question['name'])
  if (ips !== undefined || users !== undefined || hosts !== undefined) root['related'] = { ip: ips, user: users, hosts }
  const source = (root['source'] ?? root['client']) as Fields | undefined
  const ip = source?.['ip']
  if (typeof ip === 'string') {
    const network = (root['network'] ??= {}) as Fields
    network['type'] ??= ip.includes(':') ? 'ipv6' : 'ipv4'
    const destination = root['destination'] as Fields | undefined
    if (network['transport'] !== undefined && destination?.['port'] !== undefined && source?.['port'] !== undefined)
      network['community_id'] = COMMUNITY_ID
  }
}

function add(list: string[] | undefined, value: unknown): string[] | undefined {
  if (typeof value !== 'string' || value === '' || value === '.') return list
  if (list === undefined) return [value]
  if (!list.includes(value)) list.push(value)
  return list
}
