/**
 * One flow log line's values to an ECS event, as Elastic's aws/vpcflow integration maps them. Called by `vpc-flow.ts` for each line:
 * no closures, no regular expressions, one object literal.
 */

import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import type { Layout } from './fields.ts'
import * as field from './fields.ts'

/** What came with the line from CloudWatch: its time stamp there, its log stream, fields of its JSON wrapping. */
export type Wrapping = { readonly timeUs?: number | undefined; readonly fields: Record<string, unknown> }

const transports: readonly (string | undefined)[] = (() => {
  const names: (string | undefined)[] = new Array(256).fill(undefined)
  const known =
    '0 hopopt 1 icmp 2 igmp 4 ipv4 6 tcp 8 egp 17 udp 41 ipv6 47 gre 50 esp 51 ah 58 ipv6-icmp 88 eigrp 89 ospf ' +
    '103 pim 112 vrrp 115 l2tp 132 sctp 136 udplite'
  const pairs = known.split(' ')
  for (let i = 0; i < pairs.length; i += 2) names[Number(pairs[i])] = pairs[i + 1]
  return names
})()

const flagNames = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'] as const

/** Unix seconds of the year 9999's end: nothing later is a time. */
const secondsMax = 253_402_300_799

/** AWS is at 10; a guess takes no number far from that for a version. */
const versionMax = 20

/** Lines of one capture window share their start and end: texts of the last seconds seen, by their low bits. */
const secondsKept = new Float64Array(64).fill(-1)
const textsKept: string[] = new Array(64).fill('')

function secondText(seconds: number): string {
  const at = seconds % 64
  if (secondsKept[at] === seconds) return textsKept[at]!
  const text = isoMs(seconds * 1_000_000)
  secondsKept[at] = seconds
  textsKept[at] = text
  return text
}

/** A whole number in decimal digits of at most `max`; -1 if the text is anything else. */
function whole(text: string, max: number): number {
  const length = text.length
  if (length === 0 || length > 16) return -1
  let value = 0
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value <= max ? value : -1
}

/** The value in a field's place; undefined if the line has no such field, or `-` in it. */
function valueAt(values: readonly string[], from: number, at: Int16Array, slot: number): string | undefined {
  const position = at[slot]!
  if (position < 0) return undefined
  const value = values[from + position]!
  return value === '-' ? undefined : value
}

function bad(name: string, value: string): Parsed {
  return { ok: false, reason: `${name} is not plausible: "${value.length > 40 ? value.slice(0, 40) + '…' : value}"` }
}

/** `values` from `from` on hold `layout.count` values of a line. */
export function flowEvent(
  values: readonly string[],
  from: number,
  layout: Layout,
  wrapping: Wrapping | undefined
): Parsed {
  const at = layout.at
  const version = valueAt(values, from, at, field.VERSION)
  if (version !== undefined && whole(version, 999) < 0) return bad('version', version)
  const accountId = valueAt(values, from, at, field.ACCOUNT_ID)
  const action = valueAt(values, from, at, field.ACTION)
  const logStatus = valueAt(values, from, at, field.LOG_STATUS)
  if (layout.guessed) {
    const wrong = implausible(version, accountId, valueAt(values, from, at, field.INTERFACE_ID), action, logStatus)
    if (wrong !== undefined)
      return { ok: false, reason: `no header line, and as a ${layout.count}-field line ${wrong}` }
  }

  const sourceIp = valueAt(values, from, at, field.SRCADDR)
  if (sourceIp !== undefined && !isIp(sourceIp)) return bad('srcaddr', sourceIp)
  const destinationIp = valueAt(values, from, at, field.DSTADDR)
  if (destinationIp !== undefined && !isIp(destinationIp)) return bad('dstaddr', destinationIp)
  const sourcePortText = valueAt(values, from, at, field.SRCPORT)
  const sourcePort = sourcePortText === undefined ? undefined : whole(sourcePortText, 65535)
  if (sourcePort === -1) return bad('srcport', sourcePortText!)
  const destinationPortText = valueAt(values, from, at, field.DSTPORT)
  const destinationPort = destinationPortText === undefined ? undefined : whole(destinationPortText, 65535)
  if (destinationPort === -1) return bad('dstport', destinationPortText!)
  const protocolText = valueAt(values, from, at, field.PROTOCOL)
  const protocol = protocolText === undefined ? undefined : whole(protocolText, 255)
  if (protocol === -1) return bad('protocol', protocolText!)
  const packetsText = valueAt(values, from, at, field.PACKETS)
  const packets = packetsText === undefined ? undefined : whole(packetsText, Number.MAX_SAFE_INTEGER)
  if (packets === -1) return bad('packets', packetsText!)
  const bytesText = valueAt(values, from, at, field.BYTES)
  const bytes = bytesText === undefined ? undefined : whole(bytesText, Number.MAX_SAFE_INTEGER)
  if (bytes === -1) return bad('bytes', bytesText!)
  const startText = valueAt(values, from, at, field.START)
  const start = startText === undefined ? undefined : whole(startText, secondsMax)
  if (start === -1) return bad('start', startText!)
  const endText = valueAt(values, from, at, field.END)
  const end = endText === undefined ? undefined : whole(endText, secondsMax)
  if (end === -1) return bad('end', endText!)

  const flags = valueAt(values, from, at, field.TCP_FLAGS)
  const instanceId = valueAt(values, from, at, field.INSTANCE_ID)
  const seconds = end ?? start
  const timeUs = seconds === undefined ? wrapping?.timeUs : seconds * 1_000_000

  const vpcflow = {
    version,
    account_id: accountId,
    interface_id: valueAt(values, from, at, field.INTERFACE_ID),
    action,
    log_status: logStatus,
    vpc_id: valueAt(values, from, at, field.VPC_ID),
    subnet_id: valueAt(values, from, at, field.SUBNET_ID),
    instance_id: instanceId,
    type: valueAt(values, from, at, field.TYPE),
    tcp_flags: flags,
    tcp_flags_array: flags === undefined ? undefined : flagList(flags),
    pkt_srcaddr: valueAt(values, from, at, field.PKT_SRCADDR),
    pkt_dstaddr: valueAt(values, from, at, field.PKT_DSTADDR),
    pkt_src_service: valueAt(values, from, at, field.PKT_SRC_SERVICE),
    pkt_dst_service: valueAt(values, from, at, field.PKT_DST_SERVICE),
    traffic_path: valueAt(values, from, at, field.TRAFFIC_PATH),
    sublocation:
      at[field.SUBLOCATION_TYPE]! < 0 && at[field.SUBLOCATION_ID]! < 0
        ? undefined
        : {
            type: valueAt(values, from, at, field.SUBLOCATION_TYPE),
            id: valueAt(values, from, at, field.SUBLOCATION_ID)
          }
  }
  if (layout.extra.length > 0) addExtra(vpcflow, values, from, layout)

  return {
    ok: true,
    timeUs,
    kind: logStatus === 'NODATA' ? 'nodata' : logStatus === 'SKIPDATA' ? 'skipdata' : 'flow',
    event: {
      '@timestamp': seconds === undefined ? (timeUs === undefined ? undefined : isoMs(timeUs)) : secondText(seconds),
      event: {
        module: 'aws',
        dataset: 'aws.vpcflow',
        kind: 'event',
        category: ['network'],
        type: ['connection'],
        action: action === 'ACCEPT' ? 'accept' : action === 'REJECT' ? 'reject' : undefined,
        outcome: action === 'ACCEPT' ? 'success' : action === 'REJECT' ? 'failure' : undefined,
        reason: (vpcflow as { reject_reason?: string }).reject_reason,
        start: start === undefined ? undefined : secondText(start),
        end: end === undefined ? undefined : secondText(end)
      },
      source:
        sourceIp === undefined && sourcePort === undefined && bytes === undefined && packets === undefined
          ? undefined
          : { address: sourceIp, ip: sourceIp, port: sourcePort, bytes, packets },
      destination:
        destinationIp === undefined && destinationPort === undefined
          ? undefined
          : { address: destinationIp, ip: destinationIp, port: destinationPort },
      network: {
        type: sourceIp === undefined ? undefined : sourceIp.includes(':') ? 'ipv6' : 'ipv4',
        iana_number: protocol === undefined ? undefined : String(protocol),
        transport: protocol === undefined ? undefined : transports[protocol],
        direction: valueAt(values, from, at, field.FLOW_DIRECTION),
        bytes,
        packets,
        community_id:
          sourceIp === undefined || destinationIp === undefined || protocol === undefined ? undefined : COMMUNITY_ID
      },
      related: sourceIp === undefined || destinationIp === undefined ? undefined : { ip: [sourceIp, destinationIp] },
      cloud: {
        provider: 'aws',
        account: accountId === undefined ? undefined : { id: accountId },
        region: valueAt(values, from, at, field.REGION),
        availability_zone: valueAt(values, from, at, field.AZ_ID),
        instance: instanceId === undefined ? undefined : { id: instanceId }
      },
      aws: { vpcflow, cloudwatch: wrapping?.fields }
    }
  }
}

/** Without a header the order is only a guess: does it make sense? The reason if it does not. */
function implausible(
  version: string | undefined,
  accountId: string | undefined,
  interfaceId: string | undefined,
  action: string | undefined,
  logStatus: string | undefined
): string | undefined {
  if (version === undefined && interfaceId === undefined) return 'it has no version in place'
  if (version !== undefined && !(whole(version, versionMax) >= 2)) return 'it has no version in place'
  if (accountId !== undefined && accountId !== 'unknown' && whole(accountId, Number.MAX_SAFE_INTEGER) < 0)
    return 'it has no account id in place'
  if (interfaceId !== undefined && !interfaceId.startsWith('eni-')) return 'it has no interface id in place'
  if (action !== undefined && action !== 'ACCEPT' && action !== 'REJECT') return 'it has no action in place'
  if (logStatus !== undefined && logStatus !== 'OK' && logStatus !== 'NODATA' && logStatus !== 'SKIPDATA')
    return 'it has no log status in place'
  return undefined
}

function flagList(text: string): string[] | undefined {
  const flags = whole(text, 0xffff)
  if (flags <= 0) return undefined
  const out: string[] = []
  for (let bit = 0; bit < flagNames.length; bit++) if ((flags & (1 << bit)) !== 0) out.push(flagNames[bit]!)
  return out
}

/** Fields of later versions, transit gateways' and unknown ones: under their own names. */
function addExtra(target: object, values: readonly string[], from: number, layout: Layout): void {
  const fields = target as Record<string, unknown>
  for (const { position, key, number } of layout.extra) {
    const value = values[from + position]!
    if (value === '-') continue
    const count = number ? whole(value, Number.MAX_SAFE_INTEGER) : -1
    // A second column of the same name, or one named like a field made here, must not replace what is there.
    fields[fields[key] === undefined ? key : `${key}_${position}`] = count < 0 ? value : count
  }
}
