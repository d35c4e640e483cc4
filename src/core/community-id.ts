/**
 * Community ID version 1 (https://github.com/corelight/community-id-spec): `1:` and the base64 of
 * SHA-1(seed, address, address, protocol, 0, port, port) with the smaller endpoint first; for ICMP, type and its counterpart stand for ports.
 */

import { icmpAnswer } from './icmp-answers.ts'
import { writeIp } from './ip.ts'
import { sha1 } from './sha1.ts'

export type CommunityTuple = {
  readonly sourceIp: string
  readonly destinationIp: string
  readonly sourcePort?: number | undefined
  readonly destinationPort?: number | undefined
  /** A name (`tcp`) or IANA number as text. */
  readonly transport?: string | undefined
  readonly icmpType?: number | undefined
  readonly icmpCode?: number | undefined
}

const protocolNumbers: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  'ipv6-icmp': 58,
  icmp6: 58,
  icmpv6: 58,
  sctp: 132
}
/** IANA's number of a protocol's name (`tcp`) or of the number as text; undefined for others. */
export function protocolNumber(transport: string | undefined): number | undefined {
  const name = transport?.toLowerCase() ?? ''
  const number = protocolNumbers[name] ?? (/^\d{1,3}$/.test(name) ? Number(name) : -1)
  return number < 0 || number > 255 ? undefined : number
}

/** The id, or undefined if an address or the protocol is not known, or a port is missing where the protocol has ports. */
export function communityId(tuple: CommunityTuple, seed = 0): string | undefined {
  const protocol = protocolNumber(tuple.transport) ?? -1
  if (protocol < 0) return undefined
  const addresses = new Uint8Array(32)
  if (!writeIp(tuple.sourceIp, addresses, 0) || !writeIp(tuple.destinationIp, addresses, 16)) return undefined
  const six = tuple.sourceIp.includes(':')
  if (six !== tuple.destinationIp.includes(':')) return undefined
  const size = six ? 16 : 4
  const source = addresses.subarray(16 - size, 16)
  const destination = addresses.subarray(32 - size, 32)
  let sourcePort = tuple.sourcePort ?? -1
  let destinationPort = tuple.destinationPort ?? -1
  let oneWay = false
  if (protocol === 1 || protocol === 58) {
    sourcePort = tuple.icmpType ?? sourcePort
    const counterpart = icmpAnswer(protocol, sourcePort)
    oneWay = counterpart === undefined
    destinationPort = counterpart ?? tuple.icmpCode ?? destinationPort
  }
  const hasPorts = protocol === 1 || protocol === 6 || protocol === 17 || protocol === 58 || protocol === 132
  if (hasPorts && (sourcePort < 0 || destinationPort < 0)) return undefined
  let order = 0
  for (let i = 0; i < size && order === 0; i++) order = source[i]! - destination[i]!
  if (order === 0 && hasPorts) order = sourcePort - destinationPort
  const swap = order > 0 && !oneWay
  const message = new Uint8Array(2 + size * 2 + 2 + (hasPorts ? 4 : 0))
  message[0] = seed >> 8
  message[1] = seed & 255
  message.set(swap ? destination : source, 2)
  message.set(swap ? source : destination, 2 + size)
  let at = 2 + size * 2
  message[at++] = protocol
  message[at++] = 0
  if (hasPorts) {
    const first = swap ? destinationPort : sourcePort
    const second = swap ? sourcePort : destinationPort
    message[at++] = first >> 8
    message[at++] = first & 255
    message[at++] = second >> 8
    message[at] = second & 255
  }
  return '1:' + base64(sha1(message))
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const b = bytes[i + 1] ?? 0
    const c = bytes[i + 2] ?? 0
    const n = (bytes[i]! << 16) | (b << 8) | c
    text += alphabet[n >> 18]! + alphabet[(n >> 12) & 63]!
    text += i + 1 < bytes.length ? alphabet[(n >> 6) & 63]! : '='
    text += i + 2 < bytes.length ? alphabet[n & 63]! : '='
  }
  return text
}
