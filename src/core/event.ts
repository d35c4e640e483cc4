/** Finishing an ECS document: what parsers leave open is filled in, what is absent is removed. */

import { type CommunityTuple, communityId } from './community-id.ts'
import type { EcsEvent } from './parser.ts'

/**
 * Written by parsers as `network.community_id` when it follows from the event's own 5-tuple. It is computed when somebody looks
 * (a SHA-1 for each event would cost more than parsing it) and takes no room in the store.
 * An id that the record brought along is kept as it is, as a string.
 */
export const COMMUNITY_ID = Symbol('network.community_id follows from the 5-tuple')

/** The document as people see it: no `undefined`, no empty objects or arrays, the community id computed. Makes a new object. */
export function completeEvent(event: EcsEvent): EcsEvent {
  const completed = prune(event) as EcsEvent | undefined
  if (completed === undefined) return {}
  const network = (event as { network?: { community_id?: unknown } }).network
  if (network?.community_id === COMMUNITY_ID) {
    const id = communityIdOf(event)
    if (id !== undefined) completed['network'] = { ...(completed['network'] as object), community_id: id }
  }
  return completed
}

/** The Community ID of an event's source, destination and transport, or undefined where they do not make one. */
export function communityIdOf(event: EcsEvent): string | undefined {
  const { source, destination, network, icmp } = event as {
    source?: { ip?: string; port?: number }
    destination?: { ip?: string; port?: number }
    network?: { transport?: string; iana_number?: string }
    icmp?: { type?: number; code?: number }
  }
  if (source?.ip === undefined || destination?.ip === undefined) return undefined
  const tuple: CommunityTuple = {
    sourceIp: source.ip,
    destinationIp: destination.ip,
    sourcePort: source.port,
    destinationPort: destination.port,
    transport: String(network?.iana_number ?? network?.transport ?? ''),
    icmpType: icmp?.type,
    icmpCode: icmp?.code
  }
  return communityId(tuple)
}

const depthMax = 64

function prune(value: unknown, depth = 0): unknown {
  if (value === null || typeof value === 'symbol' || depth > depthMax) return undefined
  // JSON spells numbers that are none (1e999); sums and differences of such are none either.
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const kept = value.map(item => prune(item, depth + 1)).filter(item => item !== undefined)
    return kept.length === 0 ? undefined : kept
  }
  const out: Record<string, unknown> = {}
  let any = false
  for (const key in value) {
    const kept = prune((value as Record<string, unknown>)[key], depth + 1)
    if (kept === undefined) continue
    // A key named __proto__ is data here, never a prototype.
    if (key === '__proto__')
      Object.defineProperty(out, key, { value: kept, enumerable: true, configurable: true, writable: true })
    else out[key] = kept
    any = true
  }
  return any ? out : undefined
}
