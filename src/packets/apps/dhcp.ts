/** DHCP (RFC 2131, 2132): a record a message. */

import type { App, Stage } from '../app.ts'
import type { Flow } from '../flow.ts'
import { macText, textOf, u32 } from '../octets.ts'

const messageNames = ['discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform']

export class DhcpApp implements App {
  name: string | undefined
  done = false
  readonly #flow: Flow
  readonly #stage: Stage

  constructor(flow: Flow, stage: Stage) {
    this.#flow = flow
    this.#stage = stage
  }

  datagram(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void {
    // BOOTP's fixed part, and DHCP's mark behind it.
    if (to - from < 240 || u32(bytes, from + 236) !== 0x63825363) return
    this.name = 'dhcp'
    const options = optionsOf(bytes, from + 240, to)
    const text = (code: number) => {
      const found = options.get(code)
      return found === undefined ? undefined : textOf(bytes, found[0], found[1], 255).replace(/\0+$/, '') || undefined
    }
    const address = (code: number) => {
      const found = options.get(code)
      return found === undefined || found[1] - found[0] < 4 ? undefined : addressAt(bytes, found[0])
    }
    const type = options.get(53)
    const lease = options.get(51)
    const message = type === undefined ? undefined : messageNames[bytes[type[0]]! - 1]
    // The fully qualified name has three octets before it.
    const qualified = options.get(81)
    const asked = bytes[from] === 1
    this.#stage.transaction(this.#flow, fromSource, 'dhcp', this.#stage, {
      operation: asked ? 'request' : 'reply',
      message,
      transaction: u32(bytes, from + 4)
        .toString(16)
        .padStart(8, '0'),
      client_mac: bytes[from + 1] === 1 && bytes[from + 2] === 6 ? macText(bytes, from + 28) : undefined,
      client_ip: notZero(addressAt(bytes, from + 12)),
      assigned_ip: asked ? undefined : notZero(addressAt(bytes, from + 16)),
      relay_ip: notZero(addressAt(bytes, from + 24)),
      requested_ip: address(50),
      server_ip: address(54),
      router_ip: address(3),
      subnet_mask: address(1),
      dns_ip: address(6),
      hostname: text(12),
      domain: text(15),
      fqdn:
        qualified === undefined || qualified[1] - qualified[0] <= 3
          ? undefined
          : qualifiedName(bytes, qualified[0], qualified[1]),
      vendor_class: text(60),
      lease_seconds: lease === undefined || lease[1] - lease[0] < 4 ? undefined : u32(bytes, lease[0])
    })
  }

  seen(): void {}
  gap(): void {}
  end(): void {}
}

/** By code: where each option's octets are. The first of a code counts. */
function optionsOf(bytes: Uint8Array, from: number, to: number): Map<number, readonly [number, number]> {
  const options = new Map<number, readonly [number, number]>()
  for (let at = from; at < to; ) {
    const code = bytes[at]!
    if (code === 255) break
    if (code === 0) {
      at++
      continue
    }
    const end = at + 2 + (bytes[at + 1] ?? 0)
    if (end > to) break
    if (!options.has(code) && end > at + 2) options.set(code, [at + 2, end])
    at = end
  }
  return options
}

/** Text, or DNS labels where the flag says so (RFC 4702). */
function qualifiedName(bytes: Uint8Array, from: number, to: number): string | undefined {
  if ((bytes[from]! & 4) === 0) return textOf(bytes, from + 3, to, 255).replace(/\0+$/, '') || undefined
  const labels: string[] = []
  for (let at = from + 3; at < to && bytes[at] !== 0 && labels.length < 64; at += 1 + bytes[at]!)
    labels.push(textOf(bytes, at + 1, Math.min(to, at + 1 + bytes[at]!), 63))
  return labels.join('.') || undefined
}

const addressAt = (bytes: Uint8Array, at: number): string =>
  `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`

const notZero = (address: string): string | undefined => (address === '0.0.0.0' ? undefined : address)
