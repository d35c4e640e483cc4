/**
 * The document that every Zeek log starts from: time, session, endpoints, transport. The mapping of a log fills in what is its own.
 * Slots are written out with `undefined` so that all documents share few hidden classes.
 */

import { distinct, numberOf, text } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, JsonObject } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { type Moves, type Own, stay } from './leftovers.ts'

export type Words = readonly string[]

export type Endpoint = {
  address: string | undefined
  ip: string | undefined
  port: number | undefined
  bytes: number | undefined
  packets: number | undefined
  mac: string | undefined
}

export type Draft = EcsEvent & {
  '@timestamp': string
  event: {
    kind: string
    category: Words | undefined
    type: Words | undefined
    action: string | undefined
    outcome: 'success' | 'failure' | 'unknown' | undefined
    duration: number | undefined
    id: string | readonly string[] | undefined
    module: 'zeek'
    dataset: string
  }
  source: Endpoint
  destination: Endpoint
  network: {
    transport: string | undefined
    protocol: string | undefined
    type: string | undefined
    direction: string | undefined
    bytes: number | undefined
    packets: number | undefined
    community_id: string | symbol | undefined
    iana_number: string | undefined
    name: string | undefined
    application: string | readonly string[] | undefined
    vlan: { id: string | undefined } | undefined
  }
  related: {
    ip: string[] | undefined
    user: string[] | undefined
    hash: string[] | undefined
    hosts: string[] | undefined
  }
  zeek: { session_id: string | readonly string[] | undefined; [dataset: string]: unknown }
}

/** One of Zeek's logs: what is the same for all its records, where its keys go, and what its records say in ECS. */
export type Log = {
  /** Zeek's name: `_path`, `#path`, the file's name without `.log`. */
  readonly path: string
  /** Elastic's name, where it differs. */
  readonly dataset: string
  readonly kind: 'event' | 'alert' | 'metric' | 'enrichment'
  readonly category: Words | undefined
  readonly type: Words | undefined
  /** The transport, where the log knows only one. A `proto` in the record goes first. */
  readonly transport: string | undefined
  readonly protocol: string | undefined
  readonly moves: Moves
  /** Fills in the document from the record (nested objects are dotted keys). `own` is `zeek.<dataset>`. */
  readonly map: ((draft: Draft, record: JsonObject, own: Own) => void) | undefined
}

export function begin(record: JsonObject, us: number, log: Log, own: Own): Draft {
  const uid = text(record['uid'])
  const sourceAddress = text(record['id.orig_h'])
  const destinationAddress = text(record['id.resp_h'])
  const sourceIp = isIp(sourceAddress) ? sourceAddress : undefined
  const destinationIp = isIp(destinationAddress) ? destinationAddress : undefined
  const transport = text(record['proto']) ?? log.transport
  const sensor = text(record['_system_name'])
  const zeek: Draft['zeek'] = { session_id: uid }
  zeek[log.dataset] = own
  return {
    '@timestamp': isoMs(us),
    event: {
      kind: log.kind,
      category: log.category,
      type: log.type,
      action: undefined,
      outcome: undefined,
      duration: undefined,
      id: uid,
      module: 'zeek',
      dataset: 'zeek.' + log.dataset
    },
    source: {
      address: sourceAddress,
      ip: sourceIp,
      port: numberOf(record['id.orig_p']),
      bytes: undefined,
      packets: undefined,
      mac: undefined
    },
    destination: {
      address: destinationAddress,
      ip: destinationIp,
      port: numberOf(record['id.resp_p']),
      bytes: undefined,
      packets: undefined,
      mac: undefined
    },
    network: {
      transport,
      protocol: log.protocol,
      type: undefined,
      direction: undefined,
      bytes: undefined,
      packets: undefined,
      community_id: text(record['community_id']) ?? (transport === undefined ? undefined : COMMUNITY_ID),
      iana_number: undefined,
      name: undefined,
      application: undefined,
      vlan: undefined
    },
    related: { ip: pair(sourceIp, destinationIp), user: undefined, hash: undefined, hosts: undefined },
    observer: sensor === undefined ? undefined : { name: sensor },
    zeek
  }
}

function pair(a: string | undefined, b: string | undefined): string[] | undefined {
  if (a === undefined) return b === undefined ? undefined : [b]
  return b === undefined || a === b ? [a] : [a, b]
}

/** Addresses that come in other keys than `id.orig_h` and `id.resp_h`, for where these are absent. */
export function standIn(draft: Draft, source: string | undefined, destination: string | undefined): void {
  if (draft.source.address === undefined) {
    draft.source.address = source
    draft.source.ip = isIp(source) ? source : undefined
  }
  if (draft.destination.address === undefined) {
    draft.destination.address = destination
    draft.destination.ip = isIp(destination) ? destination : undefined
  }
  draft.related.ip = pair(draft.source.ip, draft.destination.ip)
}

/** The session of logs that name it otherwise than `uid`. */
export function setSession(draft: Draft, own: Own, id: string | readonly string[] | undefined): void {
  if (id === undefined) return
  if (typeof draft.event.id === 'string') stay(own, 'uid', draft.event.id)
  draft.event.id = draft.zeek.session_id = id
}

export function setUser(draft: Draft, name: string | undefined, domain?: string): void {
  if (name === undefined && domain === undefined) return
  draft['user'] = { name, domain }
  draft.related.user = distinct(name)
}

export function setNetworkType(draft: Draft, ip: string | undefined): void {
  if (ip !== undefined) draft.network.type = ip.includes(':') ? 'ipv6' : 'ipv4'
}

/** `success` for T, `failure` for F, and what the log leaves open is left open. */
export function outcomeOf(success: unknown): 'success' | 'failure' | undefined {
  return success === true ? 'success' : success === false ? 'failure' : undefined
}
