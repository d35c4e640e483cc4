/**
 * Who served and who asked: tells the server's port of each conversation from the client's ephemeral one, and gathers what our own
 * machines served, with the evidence. In this order, the first that speaks decides:
 *
 *   flags      a SYN without ACK (or a sensor that saw the beginning): who began is the client
 *   same       the flags of other conversations: this end was a server there, and the other never was
 *   fan-in     one end spoke with three times as many others as the other end did, and with at least three
 *   known      one port is a known service's, the other is not
 *   ephemeral  one port is below 32768, the other is not; or one is below 1024
 *   first      what was seen first went from the client to the server
 *   guess      the lower port is the server's
 */

import type { Conversation, Conversations, Side } from './conversations.ts'
import { hasPorts } from './flow.ts'
import { ephemeralFrom, serviceName } from './known-ports.ts'

export const evidenceKinds = ['flags', 'sensor', 'same', 'fan-in', 'known', 'ephemeral', 'first', 'guess'] as const
export type EvidenceKind = (typeof evidenceKinds)[number]

export type Service = {
  readonly protocol: number
  /** Undefined for protocols without ports. */
  readonly port: number | undefined
  readonly name: string | undefined
  /** Our addresses that serve it. */
  readonly servers: ReadonlySet<string>
  /** Who asked, and in how many conversations. */
  readonly clients: ReadonlyMap<string, number>
  readonly conversations: number
  readonly records: number
  readonly firstUs: number
  readonly lastUs: number
  /** How many conversations were decided by what. */
  readonly evidence: Readonly<Partial<Record<EvidenceKind, number>>>
  /** Conversations in which the server sent something. */
  readonly answered: number
  /** The server did nothing but refuse. */
  readonly refused: boolean
}

/** A conversation that was asked of one of ours. */
export type Inbound = {
  readonly protocol: number
  readonly port: number | undefined
  readonly client: string
  readonly records: number
}

export type Observed = {
  readonly services: readonly Service[]
  /** What only met refusals: a port that nobody listens on. */
  readonly refused: readonly Service[]
  readonly inbound: readonly Inbound[]
  /** Conversations that ours began: their answers need no rule, as filters remember connections. */
  readonly outbound: number
  /** Neither end is ours. */
  readonly foreign: number
  readonly records: number
  readonly rejected: number
  readonly withoutPorts: number
  readonly fromUs: number | undefined
  readonly toUs: number | undefined
}

type Endpoint = { talks: number; served: number; asked: number }

export function observe(conversations: Conversations): Observed {
  const endpoints = new Map<string, Endpoint>()
  const isOwn = conversations.ownership()
  const endpoint = (protocol: number, side: Side): Endpoint => {
    const key = `${protocol} ${side.ip} ${side.port}`
    let found = endpoints.get(key)
    if (found === undefined) {
      found = { talks: 0, served: 0, asked: 0 }
      endpoints.set(key, found)
    }
    return found
  }
  for (const { protocol, a, b } of conversations.list()) {
    if (!hasPorts(protocol)) continue
    const first = endpoint(protocol, a)
    const second = endpoint(protocol, b)
    first.talks++
    second.talks++
    if (a.began !== b.began) {
      const [client, server] = a.began > b.began ? [first, second] : [second, first]
      client.asked++
      server.served++
    }
  }
  const services = new Map<string, Gathered>()
  const inbound: Inbound[] = []
  let outbound = 0
  let foreign = 0
  for (const conversation of conversations.list()) {
    const { protocol, a, b } = conversation
    const ported = hasPorts(protocol)
    const { server, by } = ported
      ? judge(conversation, endpoint(protocol, a), endpoint(protocol, b))
      : judgeWithoutPorts(a, b)
    const client = server === a ? b : a
    if (!isOwn(server)) {
      if (isOwn(client)) outbound++
      else foreign++
      continue
    }
    const port = ported ? server.port : undefined
    const key = `${protocol} ${port}`
    let service = services.get(key)
    if (service === undefined) {
      service = gathered(protocol, port)
      services.set(key, service)
    }
    note(service, server, client, by)
    inbound.push({ protocol, port, client: client.ip, records: client.records })
  }
  const all = [...services.values()].sort((x, y) => x.protocol - y.protocol || (x.port ?? 0) - (y.port ?? 0))
  const refused = all.filter(service => service.refused)
  const closed = new Set(refused.map(({ protocol, port }) => `${protocol} ${port}`))
  return {
    services: all.filter(service => !service.refused),
    refused,
    inbound: inbound.filter(({ protocol, port }) => !closed.has(`${protocol} ${port}`)),
    outbound,
    foreign,
    records: conversations.counts.records,
    rejected: conversations.counts.rejected,
    withoutPorts: conversations.counts.withoutPorts,
    fromUs: Number.isFinite(conversations.fromUs) ? conversations.fromUs : undefined,
    toUs: Number.isFinite(conversations.toUs) ? conversations.toUs : undefined
  }
}

type Judgement = { readonly server: Side; readonly by: EvidenceKind }

function judge({ a, b, bySensor }: Conversation, first: Endpoint, second: Endpoint): Judgement {
  if (a.began !== b.began) return { server: a.began > b.began ? b : a, by: bySensor ? 'sensor' : 'flags' }
  const firstServes = first.served > 0 && first.asked === 0
  const secondServes = second.served > 0 && second.asked === 0
  if (firstServes !== secondServes) return { server: firstServes ? a : b, by: 'same' }
  const most = Math.max(first.talks, second.talks)
  if (most >= 3 && most >= 3 * Math.min(first.talks, second.talks))
    return { server: first.talks > second.talks ? a : b, by: 'fan-in' }
  const known = serviceName(a.port) !== undefined
  if (known !== (serviceName(b.port) !== undefined)) return { server: known ? a : b, by: 'known' }
  for (const border of [ephemeralFrom, 1024])
    if (a.port < border !== b.port < border) return { server: a.port < b.port ? a : b, by: 'ephemeral' }
  const begun = firstSeen(a, b)
  if (begun !== undefined) return { server: begun === a ? b : a, by: 'first' }
  return { server: a.port < b.port ? a : b, by: 'guess' }
}

function judgeWithoutPorts(a: Side, b: Side): Judgement {
  if (a.began !== b.began) return { server: a.began > b.began ? b : a, by: 'sensor' }
  const begun = firstSeen(a, b)
  if (begun !== undefined) return { server: begun === a ? b : a, by: 'first' }
  return { server: a.own > 0 ? a : b, by: 'guess' }
}

function firstSeen(a: Side, b: Side): Side | undefined {
  if (a.records === 0 || b.records === 0) return a.records > 0 ? a : b.records > 0 ? b : undefined
  return a.firstUs === b.firstUs ? undefined : a.firstUs < b.firstUs ? a : b
}

type Gathered = {
  -readonly [Key in keyof Service]: Service[Key]
} & { servers: Set<string>; clients: Map<string, number>; evidence: Partial<Record<EvidenceKind, number>> }

function gathered(protocol: number, port: number | undefined): Gathered {
  return {
    protocol,
    port,
    name: port === undefined ? undefined : serviceName(port),
    servers: new Set(),
    clients: new Map(),
    conversations: 0,
    records: 0,
    firstUs: Number.POSITIVE_INFINITY,
    lastUs: 0,
    evidence: {},
    answered: 0,
    refused: true
  }
}

function note(service: Gathered, server: Side, client: Side, by: EvidenceKind): void {
  service.servers.add(server.ip)
  service.clients.set(client.ip, (service.clients.get(client.ip) ?? 0) + 1)
  service.conversations++
  service.records += client.records + server.records
  for (const us of [client.firstUs, server.firstUs]) {
    if (us === 0) continue
    if (us < service.firstUs) service.firstUs = us
    if (us > service.lastUs) service.lastUs = us
  }
  service.evidence[by] = (service.evidence[by] ?? 0) + 1
  if (server.records > server.refusals) service.answered++
  // Silence may be the log's, refusal is the machine's own word.
  if (!(server.records > 0 && server.records === server.refusals)) service.refused = false
}
