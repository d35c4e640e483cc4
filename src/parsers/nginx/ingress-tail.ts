/** What ingress-nginx adds to nginx's access lines: the upstreams that were asked, in the order of the attempts. */

import { addressList, hostPort } from '../shared/addresses.ts'
import { decimal } from './access-event.ts'

export type IngressTail = {
  readonly http: {
    readonly request: { readonly id: string | undefined; readonly length: number; readonly time: number }
  }
  readonly upstream: object
  readonly upstream_address_list: string[] | undefined
}

/** The fields from `at` (the blank after the agent) to the line's end; undefined if they are not what they should be. */
export function ingressTail(line: string, at: number): IngressTail | undefined {
  const lengthEnd = line.indexOf(' ', at + 1)
  const timeEnd = line.indexOf(' [', lengthEnd + 1)
  if (lengthEnd < 0 || timeEnd < 0) return undefined
  const length = decimal(line.slice(at + 1, lengthEnd))
  const time = decimal(line.slice(lengthEnd + 1, timeEnd))
  const nameEnd = line.indexOf('] [', timeEnd)
  const alternativeEnd = nameEnd < 0 ? -1 : line.indexOf('] ', nameEnd + 3)
  if (length === undefined || time === undefined || alternativeEnd < 0) return undefined
  const lists = listsOf(line.slice(alternativeEnd + 2))
  if (lists === undefined) return undefined
  const [addresses, lengths, times, statuses, id] = lists
  const last = addresses === undefined ? undefined : hostPort(addresses.at(-1)!)
  const response = {
    length: numberOf(lengths?.at(-1)),
    length_list: lengths,
    time: times === undefined ? undefined : sum(times),
    time_list: times,
    status_code: numberOf(statuses?.at(-1)),
    status_code_list: statuses
  }
  return {
    http: { request: { id, length, time } },
    upstream: {
      name: line.slice(timeEnd + 2, nameEnd),
      alternative_name: line.slice(nameEnd + 3, alternativeEnd),
      ip: last?.ip,
      port: last?.port,
      response
    },
    upstream_address_list: addresses
  }
}

type List = string[] | undefined

/** `10.0.0.5:80, 10.0.0.6:80 0, 61 0.000, 0.001 502, 200 529a…`: a blank that follows no comma ends a list. */
function listsOf(text: string): readonly [List, List, List, List, string | undefined] | undefined {
  const lists: List[] = []
  let from = 0
  for (let blank = text.indexOf(' '); blank >= 0 && lists.length < 4; blank = text.indexOf(' ', blank + 1)) {
    if (text.charCodeAt(blank - 1) === 44) continue
    const list = addressList(text.slice(from, blank))
    lists.push(list.length === 0 || (list.length === 1 && list[0] === '-') ? undefined : list)
    from = blank + 1
  }
  if (lists.length < 4) return undefined
  const id = text.slice(from)
  return [lists[0], lists[1], lists[2], lists[3], id === '' ? undefined : id]
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : decimal(text)
}

function sum(times: readonly string[]): number | undefined {
  let total = 0
  for (const time of times) total += decimal(time) ?? 0
  return Math.round(total * 1e6) / 1e6
}
