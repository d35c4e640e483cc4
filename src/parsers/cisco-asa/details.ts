/** The values of a matched wording, read further: addresses, translations, users, durations, and what is peculiar to a message. */

import { isIp } from '../../core/ip.ts'
import { type NamedUser, namedUser, taggedUser } from './users.ts'
import { ecs, ownSlots, slots } from './wordings.ts'

export type Side = {
  readonly address: string | undefined
  readonly ip: string | undefined
  readonly domain: string | undefined
  readonly port: number | undefined
  readonly natIp: string | undefined
  readonly natPort: number | undefined
}

export type Details = {
  source: Side
  destination: Side
  sourceUser: NamedUser | undefined
  destinationUser: NamedUser | undefined
  sourceGroup: string | undefined
  transport: string | undefined
  ianaNumber: string | undefined
  protocol: string | undefined
  direction: string | undefined
  reason: string | undefined
  verdict: string | undefined
  durationS: number | undefined
  icmpType: number | undefined
  icmpCode: number | undefined
  /** Do addresses, protocol and ports name one flow? Not those of an ICMP error: its ports are of the packet it is about. */
  isFlow: boolean
  tlsVersion: string | undefined
  tlsProtocol: string | undefined
  client: object | undefined
  server: object | undefined
  /** What goes below `cisco.asa`. */
  own: Record<string, unknown>
}

const place = (name: string) => slots.place(name)
const at = {
  sourceUserOrTag: place('source user'),
  destinationUserOrTag: place('destination user'),
  sourceTail: place('source tail'),
  destinationTail: place('destination tail'),
  translationUser: place('translation user'),
  mappedSource: place('mapped source'),
  mappedDestination: place('mapped destination'),
  faddr: place('faddr'),
  gaddr: place('gaddr'),
  laddr: place('laddr'),
  icmpType: place('icmp type'),
  icmpCode: place('icmp code'),
  duration: place('duration'),
  verdict: place('verdict'),
  moreReason: place('more reason'),
  reasonWithStop: place('reason with stop'),
  quotedUrl: place('quoted url'),
  urlClient: place('url client'),
  urlServer: place('url server'),
  end: place('end'),
  sourceIp: place('source ip'),
  destinationIp: place('destination ip'),
  resumedFrom: place('resumed from'),
  sessionType: place('session type'),
  tlsVersion: place('tls version'),
  burstObject: place('burst object'),
  dapRecords: place('dap records'),
  ownListId: place('asa.list_id'),
  mappedSourcePort: place('asa.mapped_source_port'),
  mappedDestinationPort: place('asa.mapped_destination_port')
}

type Values = (string | undefined)[]

/** May change `values`: what is found within a value is put in its place. */
export function detailsOf(number: string, text: string, values: Values, matched: number): Details {
  peculiar(number, text, values, matched)
  const own = ownFields(values)
  const tagged = taggedUser(values[at.sourceUserOrTag])
  const taggedTo = taggedUser(values[at.destinationUserOrTag])
  const translation = values[at.translationUser]
  const sourceName = tagged.name ?? translation
  if (sourceName !== undefined) own['source_username'] = sourceName
  if (taggedTo.name !== undefined) own['destination_username'] = taggedTo.name
  if (tagged.tag !== undefined) own['source_user_security_group_tag'] = tagged.tag
  if (tagged.tagName !== undefined) own['source_user_security_group_tag_name'] = tagged.tagName
  if (taggedTo.tag !== undefined) own['destination_user_security_group_tag'] = taggedTo.tag
  if (taggedTo.tagName !== undefined) own['destination_user_security_group_tag_name'] = taggedTo.tagName
  const source = sideOf(
    values[ecs.sourceAddress],
    values[at.sourceIp],
    values[ecs.sourcePort],
    values[at.mappedSource],
    values[at.mappedSourcePort]
  )
  const destination = sideOf(
    values[ecs.destinationAddress],
    values[at.destinationIp],
    values[ecs.destinationPort],
    values[at.mappedDestination],
    values[at.mappedDestinationPort]
  )
  mapped(own, 'source', values[at.mappedSource])
  mapped(own, 'destination', values[at.mappedDestination])
  let transport = values[ecs.transport]?.toLowerCase()
  let ianaNumber = values[ecs.ianaNumber]
  if (transport !== undefined) {
    const number = protocols[transport]
    if (number !== undefined) ianaNumber = String(number)
    else {
      const name = protocolNames.get(transport)
      if (name !== undefined) {
        ianaNumber = transport
        transport = name
      }
    }
  }
  const tls = values[at.tlsVersion]
  const tlsSplit = tls === undefined ? -1 : tls.indexOf('v')
  const payload = number === '313005'
  const dap = values[at.dapRecords]
  if (dap !== undefined) own['dap_records'] = dap.split(',').map(one => one.trim())
  const reason = values[ecs.reason]
  const icmpType = numeric(values[at.icmpType] ?? asText(own['icmp_type']))
  const icmp = transport === 'icmp' || transport === 'icmpv6' || transport === 'icmp6' || number === '302020'
  return {
    source,
    destination,
    sourceUser: namedUser(values[ecs.sourceUser]?.trim()) ?? peerUser(values) ?? namedUser(sourceName),
    destinationUser: namedUser(taggedTo.name),
    sourceGroup: values[ecs.sourceGroup],
    transport,
    ianaNumber,
    protocol: values[ecs.protocol]?.toLowerCase(),
    direction: values[ecs.direction],
    reason,
    verdict: values[at.verdict],
    durationS: values[at.duration] === undefined ? undefined : seconds(values[at.duration]!),
    icmpType: icmp && !payload ? icmpType : undefined,
    isFlow: source.ip !== undefined && destination.ip !== undefined && (!icmp || (!payload && icmpType !== undefined)),
    icmpCode: icmp && !payload ? numeric(values[at.icmpCode] ?? asText(own['icmp_code'])) : undefined,
    tlsVersion: tls === undefined || tlsSplit < 0 ? undefined : tls.slice(tlsSplit + 1),
    tlsProtocol: tls === undefined ? undefined : (tlsSplit < 0 ? tls : tls.slice(0, tlsSplit)).toLowerCase(),
    client:
      number === '338301' ? { address: destination.address, ip: destination.ip, port: destination.port } : undefined,
    server: number === '338301' ? { address: source.address, ip: source.ip, port: source.port } : undefined,
    own
  }
}

/** The peer's user in an ICMP error stands as `domain\[group\]name`. */
function peerUser(values: Values): NamedUser | undefined {
  const name = values[ecs.icmpUserName]
  return name === undefined ? undefined : { name, domain: values[ecs.icmpUserDomain], email: undefined }
}

function peculiar(number: string, text: string, values: Values, matched: number): void {
  switch (number) {
    case '106013':
      values[ecs.transport] = 'icmp'
      values[ecs.direction] = 'inbound'
      break
    case '113005':
    case '113015':
      values[ecs.rejectionReason] = values[ecs.rejection]?.trim()
      if (values[ecs.sourceAddress] === 'None') values[ecs.sourceAddress] = undefined
      break
    case '302013':
    case '302015':
      if (matched >= 0) values[ecs.direction] = text.startsWith('Built inbound') ? 'inbound' : 'outbound'
      break
    case '302014':
    case '302016':
    case '302018':
    case '302036':
    case '302304':
    case '302306':
      values[at.sourceUserOrTag] = values[at.sourceTail]?.trim() || undefined
      values[at.destinationUserOrTag] = values[at.destinationTail]?.trim() || undefined
      teardownEnd(values[at.end], values)
      break
    case '302020':
    case '302021':
      sideWithInterface(values[at.faddr], ecs.destinationAddress, ecs.destinationDomain, values)
      sideWithInterface(values[at.laddr], ecs.sourceAddress, ecs.sourceDomain, values)
      values[at.mappedSource] = withoutInterface(values[at.gaddr])
      break
    case '304001':
      accessedUrl(values)
      break
    case '313005':
      icmpError(values)
      break
    case '419002':
      values[ecs.transport] = 'tcp'
      values[ecs.reason] = `${values[ecs.reason] ?? ''} ${values[at.moreReason] ?? ''}`.trim() || undefined
      break
    case '607001': {
      const type = values[ecs.connectionType]
      if (type === undefined) break
      if (type.includes('UDP')) values[ecs.transport] = 'udp'
      else if (type.includes('TCP')) values[ecs.transport] = 'tcp'
      else if (type.includes('RTCP')) values[ecs.protocol] = 'rtcp'
      else if (type.includes('RTP')) values[ecs.protocol] = 'rtp'
      break
    }
    case '716002': {
      const reason = values[at.reasonWithStop]
      values[ecs.reason] = reason?.endsWith('.') ? reason.slice(0, -1) : reason
      break
    }
    case '716003':
      values[ecs.urlOriginal] = unquoted(values[at.quotedUrl])
      break
    case '716039': {
      const type = values[at.sessionType]
      values[ecs.sessionType] = type?.endsWith('.') ? type.slice(0, -1) : type
      break
    }
    case '716059': {
      const from = values[at.resumedFrom]
      if (from !== undefined) values[ecs.sourceAddress] = from.endsWith('.') ? from.slice(0, -1) : from
      break
    }
    case '722033':
      values[ecs.transport] = between(values[ecs.reason], 'First ', ' SVC connection')
      break
    case '722034':
      values[ecs.transport] = between(values[ecs.reason], 'New ', ' SVC connection')
      break
    case '722051':
      values[ecs.assignedIp] = between(values[ecs.reason], 'IPv4 Address <', '>')
      break
    case '733100':
      values[ecs.burstObject] = values[at.burstObject]?.trim()
      break
    case '750003':
      values[ecs.reason] = values[ecs.reason]?.replace(' ERROR:', '')
      break
    default:
  }
}

/** `TCP FINs from outside (bob)`, ` (bob)`, `TCP Reset-I`. */
function teardownEnd(text: string | undefined, values: Values): void {
  let rest = text?.trim() ?? ''
  if (rest.endsWith(')')) {
    const open = rest.lastIndexOf('(')
    if (open >= 0) {
      values[ecs.terminationUser] = rest.slice(open + 1, -1) || undefined
      rest = rest.slice(0, open).trim()
    }
  }
  const from = rest.lastIndexOf(' from ')
  if (from > 0) {
    values[ecs.terminationInitiator] = rest.slice(from + 6)
    rest = rest.slice(0, from)
  }
  values[ecs.reason] = rest || undefined
}

function sideWithInterface(text: string | undefined, address: number, domain: number, values: Values): void {
  if (text === undefined) return
  const bare = withoutInterface(text)!
  if (bare.length < text.length) values[ecs.ingress] ??= text.slice(0, text.length - bare.length - 1)
  if (isIp(bare)) values[address] = bare
  else values[domain] = bare
}

function withoutInterface(text: string | undefined): string | undefined {
  if (text === undefined || isIp(text as unknown)) return text
  const colon = text.indexOf(':')
  return colon < 0 ? text : text.slice(colon + 1)
}

/** `[user@]address[(user)]` accessed `[user@]server:url`. */
function accessedUrl(values: Values): void {
  const client = values[at.urlClient]
  if (client !== undefined) {
    const sign = client.lastIndexOf('@')
    if (sign > 0) values[ecs.sourceUser] = client.slice(0, sign)
    const address = client.slice(sign + 1)
    const open = address.indexOf('(')
    values[ecs.sourceAddress] = open < 0 ? address : address.slice(0, open)
  }
  const server = values[at.urlServer]
  if (server !== undefined) values[ecs.destinationAddress] = server.slice(server.lastIndexOf('@') + 1)
}

function icmpError(values: Values): void {
  const to = values[ecs.destinationAddress]
  if (to?.endsWith('.')) values[ecs.destinationAddress] = to.slice(0, -1)
  const user = values[at.sourceUserOrTag]
  if (user === undefined || user.includes(',') || user.includes(' ')) return
  const parts = user.split('\\', 4)
  if (parts.length < 2 || parts.length > 3) return
  values[ecs.icmpUserDomain] = parts[0]
  if (parts.length === 3) values[ecs.sourceGroup] = parts[1]
  values[at.sourceUserOrTag] = undefined
  values[ecs.icmpUserName] = parts.at(-1)
}

function unquoted(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const from = text.startsWith('"') ? 1 : 0
  return text.slice(from, text.length > from && text.endsWith('"') ? -1 : undefined)
}

function between(text: string | undefined, from: string, to: string): string | undefined {
  if (text === undefined || !text.startsWith(from)) return undefined
  const end = text.indexOf(to, from.length)
  return end < 0 ? undefined : text.slice(from.length, end)
}

function sideOf(
  address: string | undefined,
  ip: string | undefined,
  port: string | undefined,
  mappedAddress: string | undefined,
  mappedPort: string | undefined
): Side {
  const own = ip ?? (isIp(address) ? address : undefined)
  const portNumber = port === undefined ? undefined : Number(port)
  const natPort = mappedPort === undefined ? undefined : Number(mappedPort)
  return {
    address,
    ip: own,
    domain: address !== undefined && own === undefined ? address : undefined,
    port: portNumber,
    natIp: mappedAddress !== undefined && mappedAddress !== own && isIp(mappedAddress) ? mappedAddress : undefined,
    natPort: natPort !== undefined && natPort !== portNumber ? natPort : undefined
  }
}

function mapped(own: Record<string, unknown>, side: 'source' | 'destination', address: string | undefined): void {
  if (address === undefined) return
  own[isIp(address) ? `mapped_${side}_ip` : `mapped_${side}_host`] = address
}

const numbers = new Set([
  'icmp_type',
  'icmp_code',
  'mapped_source_port',
  'mapped_destination_port',
  'original_iana_number',
  'connections_in_use',
  'connections_most_used'
])

/** The values whose gaps are named `asa.…`. */
function ownFields(values: Values): Record<string, unknown> {
  const own: Record<string, unknown> = {}
  for (const { place: slot, group, name } of ownSlots) {
    const value = values[slot]
    if (value === undefined) continue
    const target = group === undefined ? own : ((own[group] ??= {}) as Record<string, unknown>)
    if (numbers.has(name) && /^\d{1,15}$/.test(value)) target[name] = Number(value)
    else target[slot === at.ownListId ? 'rule_name' : name] = value
  }
  return own
}

const asText = (value: unknown) => (typeof value === 'number' ? String(value) : undefined)
const numeric = (value: string | undefined) => (value === undefined ? undefined : Number(value))

/** `1:23:45`, `0h:01m:52s`, `1d 02h 3m`: seconds. */
function seconds(text: string): number | undefined {
  let total = 0
  let current = 0
  for (let i = 0; i < text.length && i < 32; i++) {
    const c = text.charCodeAt(i)
    if (c >= 48 && c <= 57) current = current * 10 + c - 48
    else if (c === 58) {
      total = (total + current) * 60
      current = 0
    } else if (c === 100) {
      total = current * 24 * 60
      current = 0
    }
  }
  const sum = total + current
  return Number.isSafeInteger(sum * 1_000_000) ? sum : undefined
}

const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipv4: 4,
  tcp: 6,
  egp: 8,
  igp: 9,
  pup: 12,
  udp: 17,
  rdp: 27,
  irtp: 28,
  dccp: 33,
  idpr: 35,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60
}
const protocolNames = new Map(Object.entries(protocols).map(([name, number]) => [String(number), name]))
