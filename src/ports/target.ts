/** Whose inbound rules are asked for, in people's words: addresses, networks, interfaces, instances, a group. */

import { PicketError } from '../core/errors.ts'
import { readCidr } from './cidr.ts'
import type { Target } from './conversations.ts'
import type { Existing } from './existing.ts'

export type TargetWords = {
  /** Addresses and networks. */
  readonly address: readonly string[]
  readonly interface: readonly string[]
  readonly instance: readonly string[]
  readonly group?: string | undefined
}

/** A list in which the words themselves say what they are: `10.0.0.5, eni-…, i-…`. */
export function targetWords(text: string, group?: string): TargetWords {
  const words = text.split(/[\s,;]+/).filter(word => word !== '')
  const named = (prefix: string): string[] => words.filter(word => word.startsWith(prefix))
  return {
    address: words.filter(word => !/^(eni|i)-/.test(word)),
    interface: named('eni-'),
    instance: named('i-'),
    group
  }
}

/** Throws `bad-address`, `no-members`. */
export function targetOf(asked: TargetWords, existing: Existing): Target {
  const networks = asked.address.map(text => {
    const network = readCidr(text)
    if (network === undefined) throw new PicketError('bad-address', `${text} is neither an address nor a network`)
    return network
  })
  const interfaces = new Set(asked.interface)
  const instances = new Set(asked.instance)
  const addresses = new Set([...interfaces, ...instances].flatMap(id => [...(existing.addresses.get(id) ?? [])]))
  if (asked.group !== undefined) {
    const members = existing.members.get(asked.group)
    if (members === undefined && networks.length + interfaces.size + instances.size === 0)
      throw new PicketError(
        'no-members',
        `Who is in ${asked.group} is not known: give what describe-network-interfaces prints (or Terraform state) with the existing rules, or name an address or an interface.`
      )
    for (const address of members?.addresses ?? []) addresses.add(address)
    for (const id of members?.interfaces ?? []) interfaces.add(id)
  }
  for (const address of addresses) {
    const network = readCidr(address)
    if (network !== undefined) networks.push(network)
  }
  return { networks, interfaces, instances }
}
