/** A flow, or a part of one, as the analyzer sees it: read from an event of any format that tells who spoke with whom. */

import type { EcsEvent } from '../core/parser.ts'

export const TCP = 6
export const UDP = 17
export const ICMP = 1
export const ICMP6 = 58

export type Flow = {
  readonly source: string
  readonly destination: string
  /** 0 where the protocol has none. */
  readonly sourcePort: number
  readonly destinationPort: number
  /** IANA's number. */
  readonly protocol: number
  /** False: a filter stopped it. */
  readonly accepted: boolean
  /**
   * Who began, as the record itself says: `source` (a sensor that follows connections; a SYN), `destination` (a SYN with its
   * acknowledgement); undefined where it does not.
   */
  readonly began: 'source' | 'destination' | undefined
  /** How the record says so. */
  readonly by: 'flags' | 'sensor' | undefined
  /** The source did nothing but refuse (a reset). */
  readonly refusal: boolean
  /** Which end is ours, as the record says. */
  readonly direction: 'in' | 'out' | undefined
  readonly interfaceId: string | undefined
  readonly instanceId: string | undefined
  readonly startUs: number
  /** How many records this stands for. */
  readonly count: number
}

const numbers: Readonly<Record<string, number>> = {
  icmp: ICMP,
  igmp: 2,
  ipip: 4,
  tcp: TCP,
  udp: UDP,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': ICMP6,
  icmp6: ICMP6,
  ospf: 89,
  vrrp: 112,
  l2tp: 115,
  sctp: 132
}

const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]))
names.set(ICMP6, 'icmpv6')

export function protocolName(number: number): string {
  return names.get(number) ?? `protocol ${number}`
}

export function protocolNumber(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text) && Number(text) < 256) return Number(text)
  return text === 'icmpv6' ? ICMP6 : numbers[text.toLowerCase()]
}

export const hasPorts = (protocol: number): boolean => protocol === TCP || protocol === UDP || protocol === 132

type End = { readonly ip?: unknown; readonly port?: unknown }
type Doc = {
  readonly event?: {
    readonly module?: unknown
    readonly action?: unknown
    readonly type?: unknown
    readonly outcome?: unknown
    readonly kind?: unknown
  }
  readonly source?: End
  readonly destination?: End
  readonly network?: { readonly transport?: unknown; readonly iana_number?: unknown; readonly direction?: unknown }
  readonly aws?: { readonly vpcflow?: Readonly<Record<string, unknown>> }
  readonly netflow?: Readonly<Record<string, unknown>>
  readonly suricata?: { readonly eve?: { readonly event_type?: unknown } }
  readonly cloud?: { readonly instance?: { readonly id?: unknown } }
}

/** Undefined for events that name no two addresses and a protocol. */
export function flowOf(event: EcsEvent, timeUs: number | undefined, count = 1): Flow | undefined {
  const { event: facts, source, destination, network, aws, netflow, cloud, suricata } = event as Doc
  if (typeof source?.ip !== 'string' || typeof destination?.ip !== 'string' || facts?.kind === 'pipeline_error')
    return undefined
  const protocol = protocolNumber(String(network?.iana_number ?? network?.transport ?? ''))
  if (protocol === undefined) return undefined
  // An alert's source is who sent the packet that raised it, and Suricata's other events repeat its flows.
  if (facts?.kind === 'alert' || (suricata !== undefined && suricata.eve?.event_type !== 'flow')) return undefined
  const vpc = aws?.vpcflow
  const flags = Number(vpc?.['tcp_flags'] ?? netflow?.['tcp_control_bits'] ?? 0)
  // Exporters of flows, and filters that log packets, report each direction apart and know of no beginning; everything else that names a source means who began.
  const oneWay = vpc !== undefined || netflow !== undefined || facts?.module === 'iptables'
  const began = oneWay ? beganBy(protocol, flags, vpc !== undefined) : 'source'
  return {
    source: source.ip,
    destination: destination.ip,
    sourcePort: portOf(source.port),
    destinationPort: portOf(destination.port),
    protocol,
    accepted: !stopped(facts),
    began,
    by: began === undefined ? undefined : oneWay ? 'flags' : 'sensor',
    refusal: protocol === TCP && oneWay && (flags & RST) !== 0 && (flags & SYN) === 0,
    direction: directionOf(network?.direction),
    interfaceId: textOf(vpc?.['interface_id']),
    instanceId: textOf(vpc?.['instance_id'] ?? cloud?.instance?.id),
    startUs: timeUs ?? 0,
    count
  }
}

const SYN = 2
const RST = 4
const ACK = 16

/**
 * Flags are those of all packets of a window together. AWS notes ACK only together with SYN, so SYN without it is a beginning and with
 * it an answer. Other exporters note each ACK: there only SYN alone tells, as the answer looks like the rest of the beginning.
 */
function beganBy(protocol: number, flags: number, aws: boolean): 'source' | 'destination' | undefined {
  if (protocol !== TCP || (flags & SYN) === 0) return undefined
  if ((flags & ACK) === 0) return 'source'
  return aws ? 'destination' : undefined
}

const stops = /^(reject|deny|denied|drop|dropped|block|blocked|refuse|refused|discard)/i

function stopped(facts: Doc['event']): boolean {
  if (typeof facts?.action === 'string' && stops.test(facts.action)) return true
  return Array.isArray(facts?.type) && facts.type.includes('denied')
}

function directionOf(value: unknown): 'in' | 'out' | undefined {
  if (value === 'ingress' || value === 'inbound') return 'in'
  return value === 'egress' || value === 'outbound' ? 'out' : undefined
}

function portOf(value: unknown): number {
  const port = Number(value ?? 0)
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : 0
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
