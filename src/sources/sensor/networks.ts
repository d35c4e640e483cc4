/** The network interfaces of this machine, and which networks are its own. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { PicketError } from '../../core/errors.ts'

export type NetworkInterface = {
  readonly name: string
  readonly up: boolean
  /** With the length of the prefix: `192.168.1.5/24`. */
  readonly addresses: readonly string[]
  readonly kind: 'loopback' | 'wireless' | 'virtual' | 'wired'
  /** Since it came up. */
  readonly packets: number
}

const folder = '/sys/class/net'
export const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10'] as const

/** Empty where the system does not tell (other than Linux). */
export function interfacesHere(): NetworkInterface[] {
  if (!existsSync(folder)) return []
  const known = networkInterfaces()
  return readdirSync(folder)
    .filter(name => existsSync(join(folder, name, 'flags')))
    .sort()
    .slice(0, 256)
    .map(name => {
      const flags = Number(read(name, 'flags') ?? 0)
      return {
        name,
        up: (flags & 1) === 1,
        addresses: (known[name] ?? []).map(({ cidr, address }) => cidr ?? address),
        kind: kindOf(name, flags),
        packets: Number(read(name, 'statistics/rx_packets') ?? 0)
      }
    })
}

function kindOf(name: string, flags: number): NetworkInterface['kind'] {
  if ((flags & 8) === 8) return 'loopback'
  if (existsSync(join(folder, name, 'wireless'))) return 'wireless'
  return existsSync(join(folder, name, 'device')) ? 'wired' : 'virtual'
}

function read(name: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, name, file), 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Throws `no-interface`, `interface-down`: what to do is in the message. */
export function checkInterfaces(wanted: readonly string[], here: readonly NetworkInterface[] = interfacesHere()): void {
  for (const name of wanted) {
    const found = here.find(each => each.name === name)
    if (found === undefined) {
      const names = here.filter(({ kind }) => kind !== 'loopback').map(each => each.name)
      throw new PicketError(
        'no-interface',
        `this machine has no network interface ${name}; it has ${names.length === 0 ? 'none' : names.join(', ')}`,
        { retryable: true }
      )
    }
    if (!found.up)
      throw new PicketError('interface-down', `the interface ${name} is down: ip link set ${name} up`, {
        retryable: true
      })
  }
}

/** The networks of the interfaces; where they have none (a mirror port), all private ones. */
export function homeNetOf(wanted: readonly string[], here: readonly NetworkInterface[] = interfacesHere()): string[] {
  const networks = new Set<string>()
  for (const { name, addresses } of here)
    if (wanted.includes(name))
      for (const address of addresses) {
        const network = networkOf(address)
        if (network !== undefined) networks.add(network)
      }
  return networks.size === 0 ? [...privateNetworks] : [...networks]
}

/** `192.168.1.5/24` → `192.168.1.0/24`. Link-local addresses and single ones say nothing about a network. */
function networkOf(cidr: string): string | undefined {
  const [address = '', bits = ''] = cidr.split('/')
  const length = Number(bits)
  if (address.includes(':'))
    return address.toLowerCase().startsWith('fe80') || length > 64 ? undefined : `${address}/${length}`
  if (bits === '' || length > 31 || address.startsWith('169.254.') || address.startsWith('127.')) return undefined
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - length)
  const base = Math.floor(number / size) * size
  return `${[24, 16, 8, 0].map(shift => Math.floor(base / 2 ** shift) % 256).join('.')}/${length}`
}
