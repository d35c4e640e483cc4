/**
 * The fields of AWS VPC (and transit gateway) flow logs, and where each stands in a line: from a header line, or, without one,
 * from the orders that AWS documents and Elastic's integration assumes. Read by `vpc-flow.ts` once a header or line shape.
 *
 * Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html (versions 2 to 5, 7 and later),
 * https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html (version 6).
 *
 *   line   = [ timestamp SP [ log-stream SP ] ] value *( SP value )
 *   header = name *( SP name )
 */

/** Fields with a place of their own, in the order of the version 5 "all fields" format. `slot` is the index in this list. */
export const slotNames = [
  'version',
  'account-id',
  'interface-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'log-status',
  'vpc-id',
  'subnet-id',
  'instance-id',
  'tcp-flags',
  'type',
  'pkt-srcaddr',
  'pkt-dstaddr',
  'region',
  'az-id',
  'sublocation-type',
  'sublocation-id',
  'pkt-src-aws-service',
  'pkt-dst-aws-service',
  'flow-direction',
  'traffic-path'
] as const

export const VERSION = 0
export const ACCOUNT_ID = 1
export const INTERFACE_ID = 2
export const SRCADDR = 3
export const DSTADDR = 4
export const SRCPORT = 5
export const DSTPORT = 6
export const PROTOCOL = 7
export const PACKETS = 8
export const BYTES = 9
export const START = 10
export const END = 11
export const ACTION = 12
export const LOG_STATUS = 13
export const VPC_ID = 14
export const SUBNET_ID = 15
export const INSTANCE_ID = 16
export const TCP_FLAGS = 17
export const TYPE = 18
export const PKT_SRCADDR = 19
export const PKT_DSTADDR = 20
export const REGION = 21
export const AZ_ID = 22
export const SUBLOCATION_TYPE = 23
export const SUBLOCATION_ID = 24
export const PKT_SRC_SERVICE = 25
export const PKT_DST_SERVICE = 26
export const FLOW_DIRECTION = 27
export const TRAFFIC_PATH = 28

const slotOf = new Map<string, number>(slotNames.map((name, slot) => [name, slot]))

/** Versions 7 (Amazon ECS), 8, 9 and 10, in the order of AWS's table. */
const laterNames = (
  'ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ' +
  'ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id ' +
  'reject-reason resource-id encryption-status'
).split(' ')

/** A transit gateway's default format (version 6): all of its fields in the order of AWS's table. */
const transitGatewayOrder = (
  'version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id ' +
  'tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id ' +
  'tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end ' +
  'log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded ' +
  'packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service'
).split(' ')

const known = new Set<string>([...slotNames, ...laterNames, ...transitGatewayOrder])

/** Where the fields of a line stand. */
export type Layout = {
  /** How many values a line has. */
  readonly count: number
  /** For each slot its position in the line, -1 where the line does not have it. */
  readonly at: Int16Array
  /** Fields without a slot: position, and name under `aws.vpcflow`. */
  readonly extra: readonly { readonly position: number; readonly key: string; readonly number: boolean }[]
  /** Guessed from the line's shape, not told by a header: then the values are held to more. */
  readonly guessed: boolean
}

export const valuesMax = 128

function layoutOf(names: readonly string[], guessed: boolean): Layout {
  const at = new Int16Array(slotNames.length).fill(-1)
  const extra: { position: number; key: string; number: boolean }[] = []
  names.forEach((name, position) => {
    const slot = slotOf.get(name)
    if (slot !== undefined && at[slot] === -1) at[slot] = position
    else extra.push({ position, key: name.replaceAll('-', '_'), number: name.startsWith('packets-lost-') })
  })
  return { count: names.length, at, extra, guessed }
}

/**
 * The names in a header line, or undefined if the line is not one: all words look like field names, and at least half of them
 * (all, of one or two) are known. `account_id` (Athena) and `${account-id}` (the format as it was entered) are taken as well.
 */
export function headerNames(line: string): readonly string[] | undefined {
  const first = line.charCodeAt(0)
  if (!((first >= 97 && first <= 122) || first === 36 || first === 0xfeff) || line.length > 8192) return undefined
  const names: string[] = []
  let hits = 0
  let at = first === 0xfeff ? 1 : 0
  const length = line.length
  while (at < length) {
    let end = line.indexOf(' ', at)
    if (end < 0) end = length
    if (end > at) {
      const name = fieldName(line.slice(at, end))
      if (name === undefined) {
        if (end < length || line.slice(at, end) !== '\r') return undefined
      } else {
        if (names.length >= valuesMax) return undefined
        names.push(name)
        if (known.has(name)) hits++
      }
    }
    at = end + 1
  }
  if (hits === 0 || hits * 2 < names.length || (names.length <= 2 && hits < names.length)) return undefined
  return names
}

function fieldName(word: string): string | undefined {
  let name = word.endsWith('\r') ? word.slice(0, -1) : word
  if (name.startsWith('${') && name.endsWith('}')) name = name.slice(2, -1)
  if (name.length === 0 || name.length > 64) return undefined
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i)
    const letter = c >= 97 && c <= 122
    if (!letter && !(i > 0 && (c === 45 || c === 95 || (c >= 48 && c <= 57)))) return undefined
  }
  return name.replaceAll('_', '-')
}

export function layoutOfHeader(line: string): Layout | undefined {
  const names = headerNames(line)
  return names === undefined ? undefined : layoutOf(names, false)
}

const words = (text: string) => layoutOf(text.split(' '), true)

/** AWS's example of traffic through a NAT gateway. */
const natGateway = words('instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr')
/** AWS's example of traffic through a transit gateway. */
const throughTransitGateway = words(
  'version interface-id account-id vpc-id subnet-id instance-id srcaddr dstaddr srcport dstport protocol tcp-flags type ' +
    'pkt-srcaddr pkt-dstaddr action log-status'
)
/** AWS's example of a TCP flag sequence. */
const tcpFlagSequence = words(
  'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr ' +
    'pkt-dstaddr protocol bytes packets start end action tcp-flags log-status'
)
/** AWS's example of service names, traffic path and flow direction. */
const serviceNames = words(
  'version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id ' +
    'instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr ' +
    'pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status'
)
/** "All fields" of version 2, 3, 4, 5, 7 and later: AWS's table cut where that version ends. */
const tableOrder: readonly string[] = [...slotNames, ...laterNames]
const table = new Map([14, 21, 25, 29, 39, 40, 41, 42].map(n => [n, layoutOf(tableOrder.slice(0, n), true)]))
const transitGateway = new Map([31, 36].map(n => [n, layoutOf(transitGatewayOrder.slice(0, n), true)]))

/**
 * The layout of a line without a header, from its number of values and what the first ones look like; undefined if no documented
 * order fits. `values` holds `count` values from `from` on.
 */
export function guessLayout(values: readonly string[], from: number, count: number): Layout | undefined {
  const second = values[from + 1] ?? ''
  if (second === 'TransitGateway') return transitGateway.get(count)
  if (count === 6) return natGateway
  if (count === 17) return second.startsWith('eni-') ? throughTransitGateway : undefined
  if (count === 21 && second.startsWith('vpc-')) return tcpFlagSequence
  if (count === 29 && (second.includes('.') || second.includes(':'))) return serviceNames
  return table.get(count)
}
