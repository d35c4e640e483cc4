/**
 * The `flow` and `netflow` objects of EVE records: counts and times as ECS fields, and what is left for `suricata.eve.flow`.
 * Counts move; times stay too, since ECS has them in milliseconds and the record in microseconds. A netflow record is one
 * direction of a flow, from its source; its object stays whole.
 * https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-flow
 */

import { object } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { countOf, keep, type Rest } from './rest.ts'

export type Traffic = {
  readonly sourceBytes: number | undefined
  readonly sourcePackets: number | undefined
  readonly destinationBytes: number | undefined
  readonly destinationPackets: number | undefined
  readonly networkBytes: number | undefined
  readonly networkPackets: number | undefined
  readonly start: string | undefined
  readonly end: string | undefined
  readonly durationNs: number | undefined
  /** `start` or `end` of the flow, for `event.type`. */
  readonly phase: 'start' | 'end' | undefined
  readonly rest: Rest | undefined
}

export function trafficOf(json: JsonObject): Traffic | undefined {
  const flow = object(json['flow'])
  const netflow = flow === undefined ? object(json['netflow']) : undefined
  const times = flow ?? netflow
  if (times === undefined) return undefined
  const sourceBytes = countOf(flow ? flow['bytes_toserver'] : netflow?.['bytes'])
  const sourcePackets = countOf(flow ? flow['pkts_toserver'] : netflow?.['pkts'])
  const destinationBytes = countOf(flow?.['bytes_toclient'])
  const destinationPackets = countOf(flow?.['pkts_toclient'])
  const startUs = timeOf(times['start'])
  const endUs = timeOf(times['end'])
  return {
    sourceBytes,
    sourcePackets,
    destinationBytes,
    destinationPackets,
    networkBytes: sum(sourceBytes, destinationBytes),
    networkPackets: sum(sourcePackets, destinationPackets),
    start: startUs === undefined ? undefined : isoMs(startUs),
    end: endUs === undefined ? undefined : isoMs(endUs),
    durationNs: durationNs(startUs, endUs),
    phase: flow?.['state'] === 'new' ? 'start' : flow?.['state'] === 'closed' ? 'end' : undefined,
    rest: flow && restOf(flow)
  }
}

function restOf(flow: JsonObject): Rest {
  const rest: Rest = {}
  for (const key in flow) {
    const value = flow[key]
    switch (key) {
      case 'bytes_toserver':
      case 'bytes_toclient':
      case 'pkts_toserver':
      case 'pkts_toclient':
        if (countOf(value) === undefined) rest[key] = value
        break
      default:
        keep(rest, key, value)
    }
  }
  return rest
}

/** Undefined where nothing was counted. */
function sum(a: number | undefined, b: number | undefined): number | undefined {
  const total = (a ?? 0) + (b ?? 0)
  return total > 0 ? total : undefined
}

function timeOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'string' ? parseIso(value) : undefined
}

/** Between the two times as ECS shows them, in milliseconds each. */
function durationNs(startUs: number | undefined, endUs: number | undefined): number | undefined {
  if (startUs === undefined || endUs === undefined) return undefined
  const ms = Math.floor(endUs / 1000) - Math.floor(startUs / 1000)
  return ms >= 0 ? ms * 1_000_000 : undefined
}
