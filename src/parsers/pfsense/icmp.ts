/** The ICMP part of a filterlog record: a word for the type, then what the type has. */

import { isIp } from '../../core/ip.ts'
import { count } from './pfsense.ts'

export type Icmp = {
  readonly fields: object
  /** Type and code, where the word tells them: the Community ID needs them. */
  readonly ids: { readonly type: number; readonly code: number } | undefined
}

const types: Readonly<Record<string, readonly [number, number]>> = {
  reply: [0, 0],
  unreach: [3, 0],
  unreachproto: [3, 2],
  unreachport: [3, 3],
  needfrag: [3, 4],
  redirect: [5, 0],
  request: [8, 0],
  timexceed: [11, 0],
  timeexceed: [11, 0],
  paramprob: [12, 0],
  tstamp: [13, 0],
  tstampreply: [14, 0]
}

export function icmpFields(parts: readonly string[], at: number): Icmp {
  const type = parts[at] || undefined
  const known = type !== undefined && Object.hasOwn(types, type) ? types[type]! : undefined
  const ids = known === undefined ? undefined : { type: known[0], code: known[1] }
  const first = parts[at + 1]
  switch (type) {
    case 'request':
    case 'reply':
    case 'tstamp':
      return { ids, fields: { type, id: count(first), seq: count(parts[at + 2]) } }
    case 'tstampreply':
      return {
        ids,
        fields: {
          type,
          id: count(first),
          seq: count(parts[at + 2]),
          otime: parts[at + 3],
          rtime: parts[at + 4],
          ttime: parts[at + 5]
        }
      }
    case 'unreachport':
      return {
        ids,
        fields: {
          type,
          destination: { ip: ipOf(first) },
          unreachable: { iana_number: parts[at + 2], port: count(parts[at + 3]) }
        }
      }
    case 'unreachproto':
      return { ids, fields: { type, destination: { ip: ipOf(first) }, unreachable: { iana_number: parts[at + 2] } } }
    case 'needfrag':
      return { ids, fields: { type, destination: { ip: ipOf(first) }, mtu: count(parts[at + 2]) } }
    default: {
      const other = parts.slice(at + 1).join(',')
      return { ids, fields: { type, unreachable: { other: other === '' ? undefined : other } } }
    }
  }
}

const ipOf = (text: string | undefined) => (isIp(text) ? text : undefined)
