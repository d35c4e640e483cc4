/** Flows, and the summary of a capture. */

import { numberOf, object, text } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { nanoseconds, type Part } from './part.ts'

const seen = ['connection', 'info']
const begun = ['connection', 'start']

/** `event.type` of what became of a connection, as Elastic's integration of Zeek has it. */
const states: ReadonlyMap<string, readonly string[]> = new Map([
  ['S0', begun],
  ['S1', begun],
  ['SF', ['connection', 'start', 'end']],
  ['REJ', ['connection', 'start', 'denied']]
])

export function flowPart(json: JsonObject): Part {
  const number = (name: string) => numberOf(json[name])
  const [sourceBytes, destinationBytes] = [number('src_bytes'), number('dest_bytes')]
  const [sourcePackets, destinationPackets] = [number('src_packets'), number('dest_packets')]
  const icmpType = number('icmp_type')
  const tunnel = object(json['tunnel'])
  const state = text(json['state'])
  return {
    type: state === undefined ? ['connection'] : (states.get(state) ?? seen),
    endUs: parseIso(text(json['end']) ?? ''),
    durationNs: nanoseconds(json['duration']),
    protocol: text(json['app']),
    source: { mac: text(json['src_mac']), bytes: sourceBytes, packets: sourcePackets },
    destination: { mac: text(json['dest_mac']), bytes: destinationBytes, packets: destinationPackets },
    network: { bytes: sum(sourceBytes, destinationBytes), packets: sum(sourcePackets, destinationPackets) },
    ips: tunnel && [text(tunnel['src_ip']), text(tunnel['dest_ip'])],
    fields: {
      icmp: icmpType === undefined ? undefined : { type: icmpType, code: number('icmp_code') },
      packets: {
        state,
        ended: text(json['ended']),
        missed_bytes: number('missed_bytes'),
        source: { flags: text(json['src_flags']) },
        destination: { flags: text(json['dest_flags']) },
        tunnel: tunnel && {
          type: text(tunnel['type']),
          id: numberOf(tunnel['id']),
          source: { ip: text(tunnel['src_ip']) },
          destination: { ip: text(tunnel['dest_ip']) }
        }
      }
    }
  }
}

const figures = [
  'flows',
  'transactions',
  'not_ip',
  'broken',
  'unknown_links',
  'cut',
  'fragments_incomplete',
  'flows_evicted',
  'refused'
]

export function capturePart(json: JsonObject): Part {
  const endUs = parseIso(text(json['end']) ?? '')
  const startUs = parseIso(text(json['timestamp']) ?? '')
  return {
    kind: 'metric',
    type: ['info'],
    endUs,
    durationNs: endUs === undefined || startUs === undefined || endUs < startUs ? undefined : (endUs - startUs) * 1000,
    network: { bytes: numberOf(json['bytes']), packets: numberOf(json['packets']) },
    fields: { packets: { capture: Object.fromEntries(figures.map(name => [name, numberOf(json[name])])) } }
  }
}

const sum = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0)
