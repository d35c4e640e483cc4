/** The nearest known field to a name that looks mistyped, or that comes from another system. For the query's warnings. */

import { columns, relatedFields } from '../core/columns.ts'

/** Names that people bring along, and what they are called here. */
const otherNames: Readonly<Record<string, string>> = {
  src: 'source.ip',
  src_ip: 'source.ip',
  srcip: 'source.ip',
  source_ip: 'source.ip',
  'src.ip': 'source.ip',
  saddr: 'source.ip',
  'id.orig_h': 'source.ip',
  client_ip: 'source.ip',
  dst: 'destination.ip',
  dst_ip: 'destination.ip',
  dstip: 'destination.ip',
  dest_ip: 'destination.ip',
  destination_ip: 'destination.ip',
  'dst.ip': 'destination.ip',
  'dest.ip': 'destination.ip',
  daddr: 'destination.ip',
  'id.resp_h': 'destination.ip',
  src_port: 'source.port',
  srcport: 'source.port',
  'src.port': 'source.port',
  sport: 'source.port',
  'id.orig_p': 'source.port',
  dst_port: 'destination.port',
  dstport: 'destination.port',
  dest_port: 'destination.port',
  'dst.port': 'destination.port',
  dport: 'destination.port',
  port: 'destination.port',
  'id.resp_p': 'destination.port',
  user: 'user.name',
  username: 'user.name',
  user_name: 'user.name',
  host: 'host.name',
  hostname: 'host.name',
  host_name: 'host.name',
  computer: 'host.name',
  action: 'event.action',
  event: 'event.action',
  event_type: 'picket.kind',
  sourcetype: 'event.dataset',
  index: 'event.dataset',
  dataset: 'event.dataset',
  source: 'picket.source',
  category: 'event.category',
  outcome: 'event.outcome',
  severity: 'event.severity',
  protocol: 'network.protocol',
  proto: 'network.transport',
  transport: 'network.transport',
  signature: 'rule.name',
  'alert.signature': 'rule.name',
  signature_id: 'rule.id',
  sid: 'rule.id',
  query: 'dns.question.name',
  rrname: 'dns.question.name',
  sni: 'tls.client.server_name',
  ja3: 'tls.client.ja3',
  md5: 'file.hash.md5',
  sha1: 'file.hash.sha1',
  sha256: 'file.hash.sha256',
  status: 'http.response.status_code',
  status_code: 'http.response.status_code',
  method: 'http.request.method',
  uri: 'url.original',
  url: 'url.original',
  user_agent: 'user_agent.original',
  useragent: 'user_agent.original',
  process: 'process.name',
  commandline: 'process.command_line',
  cmdline: 'process.command_line',
  pid: 'process.pid',
  time: '@timestamp',
  timestamp: '@timestamp',
  _time: '@timestamp',
  msg: 'message',
  community_id: 'network.community_id'
}

const ownFields: readonly string[] = [
  ...columns.map(column => column.field),
  ...relatedFields,
  'network.community_id',
  'event.id',
  'picket.id',
  'picket.ingested'
]
const own = new Set(ownFields)

export function isKnownField(name: string, more?: ReadonlySet<string>): boolean {
  return own.has(name) || more?.has(name) === true
}

/** Is the name a field's, here or elsewhere? */
export function isFieldName(name: string): boolean {
  return own.has(name) || Object.hasOwn(otherNames, name.toLowerCase())
}

const nameLengthMax = 64

/** The known field that was probably meant; undefined if none is near. */
export function nearestField(name: string, more?: ReadonlySet<string>): string | undefined {
  if (name.length > nameLengthMax) return undefined
  const lower = name.toLowerCase()
  if (Object.hasOwn(otherNames, lower)) return otherNames[lower]
  let nearest: string | undefined
  // One slip in short names, two in longer ones.
  let best = name.length <= 6 ? 2 : 3
  for (const list of more === undefined ? [ownFields] : [ownFields, more]) {
    for (const candidate of list) {
      if (Math.abs(candidate.length - lower.length) >= best) continue
      const distance = editDistance(lower, candidate.toLowerCase(), best)
      if (distance < best) {
        best = distance
        nearest = candidate
      }
    }
  }
  return nearest
}

/** Insertions, deletions, changes and swaps of neighbours between two texts; `limit` if there are as many or more. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      row.push(cost)
      if (cost < least) least = cost
    }
    if (least >= limit) return limit
    before = last
    last = row
  }
  return Math.min(limit, last[b.length]!)
}
