/**
 * SonicWall's firewalls (SonicOS 5 to 7), default and enhanced syslog. A reader of syslog messages.
 *
 *   message  = "id=" name 1*( SP key "=" value )
 *   src, dst = address [ ":" port [ ":" interface [ ":" host ] ] ]
 *
 * Laid out as Elastic's integration `sonicwall_firewall`: keys without an ECS field stay below `sonicwall.firewall`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { quotedPairs } from '../shared/quoted-pairs.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { actionOf, groups, levels, meaningOf, methods } from './meanings.ts'

const lineMax = 16_384

export const sonicwall: MessageReader = {
  name: 'sonicwall',
  title: 'SonicWall',
  sign: / sn=/,
  claims: body => startOf(body) >= 0,
  read,
  description
}

/** Where `id=` stands, or -1. */
function startOf(body: string): number {
  const at = body.startsWith('id=') ? 0 : body.slice(0, 96).indexOf(' id=') + 1
  if (at === 0 && !body.startsWith('id=')) return -1
  const head = body.slice(at, at + 256)
  return head.includes(' sn=') && head.includes(' time=') && (head.includes(' fw=') || head.includes(' pri=')) ? at : -1
}

function read({ body, header, context }: SyslogMessage): ReadMessage | undefined {
  const start = startOf(body)
  if (start < 0 || body.length > lineMax) return undefined
  const own = quotedPairs(body, start)
  const take = (...names: readonly string[]): string | undefined => {
    let found: string | undefined
    for (const name of names) {
      const value = own[name]
      if (value === undefined) continue
      own[name] = undefined
      found ??= value
    }
    return found
  }
  const count = (name: string): number | undefined => {
    const value = own[name]
    if (value === undefined || !/^\d{1,15}$/.test(value)) return undefined
    own[name] = undefined
    return Number(value)
  }
  const timeUs = timeOf(take('time'), context.timezoneMinutes ?? 0) ?? header.timeUs
  const from = endOf(take('src'))
  const to = endOf(take('dst'))
  const source = take('srcV6') ?? from.address
  const destination = take('dstV6') ?? to.address
  const sourceIp = isIp(source) ? source : undefined
  const destinationIp = isIp(destination) ? destination : undefined
  const natSource = natOf(take('natSrc', 'natSrcV6'))
  const natDestination = natOf(take('natDst', 'natDstV6'))
  const [transport, protocol] = protocolsOf(take('proto'))
  const fw = take('fw')
  const code = take('m')
  const text = take('msg')
  const { note } = own
  const priority = take('pri')
  const seconds = count('dur')
  const milliseconds = count('cdur')
  const sourceBytes = count('sent')
  const destinationBytes = count('rcvd')
  const sourcePackets = count('spkt')
  const destinationPackets = count('rpkt')
  const user = take('usr', 'user')
  const path = take('arg')
  const domain = take('dstname')
  const action = take('fw_action')
  const meaning = meaningOf(code, text ?? note ?? '')
  const operation = take('op')
  const category = own['gcat']
  const dpi = take('dpi')
  return {
    timeUs,
    kind: 'sonicwall',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      message: text === undefined ? note : note === undefined ? text : `${text} (${note})`,
      event: {
        kind: meaning?.kind ?? 'event',
        module: 'sonicwall_firewall',
        dataset: 'sonicwall_firewall.log',
        category: meaning?.category,
        type: meaning?.type,
        outcome: meaning?.outcome,
        action: actionOf(action) ?? meaning?.action,
        code,
        sequence: count('n'),
        severity: priority !== undefined && /^\d$/.test(priority) ? Number(priority) : undefined,
        duration:
          milliseconds === undefined
            ? seconds === undefined
              ? undefined
              : seconds * 1_000_000_000
            : milliseconds * 1_000_000
      },
      log: { level: priority === undefined ? undefined : levels[Number(priority)] },
      process: {},
      observer: {
        vendor: 'SonicWall',
        product: 'SonicOS',
        type: 'firewall',
        name: take('id'),
        serial_number: take('sn'),
        ip: isIp(fw) ? fw : undefined,
        hostname: isIp(fw) ? undefined : fw,
        ingress: { zone: take('srcZone'), interface: { name: from.interfaceName } },
        egress: { zone: take('dstZone'), interface: { name: to.interfaceName } }
      },
      source: {
        address: sourceIp === undefined ? source : undefined,
        ip: sourceIp,
        port: from.port,
        domain: from.host,
        mac: macOf(take('srcMac')),
        bytes: sourceBytes,
        packets: sourcePackets,
        nat: natSource
      },
      destination: {
        address: destinationIp === undefined ? destination : undefined,
        ip: destinationIp,
        port: to.port,
        domain: to.host,
        mac: macOf(take('dstMac')),
        bytes: destinationBytes,
        packets: destinationPackets,
        nat: natDestination
      },
      network: {
        transport,
        protocol,
        bytes: sum(sourceBytes, destinationBytes),
        packets: sum(sourcePackets, destinationPackets),
        community_id:
          sourceIp === undefined || destinationIp === undefined || transport === 'icmp' ? undefined : COMMUNITY_ID
      },
      http: { request: { method: operation === undefined ? undefined : methods[operation] } },
      rule: { id: take('rule') },
      url: { domain, path },
      user: { name: user },
      sonicwall: {
        firewall: {
          ...own,
          dpi: dpi === '1' ? 'true' : dpi === '0' ? 'false' : dpi,
          event_group_category: category === undefined ? undefined : groups[Number(category)]
        }
      },
      related: {
        ip: distinct(sourceIp, destinationIp, natSource?.ip, natDestination?.ip, isIp(fw) ? fw : undefined),
        user: distinct(user),
        hosts: distinct(from.host, to.host, domain)
      }
    }
  }
}

/** `2025-03-02 10:15:30`, `2025-03-02 10:15:30 UTC`. */
function timeOf(text: string | undefined, zone: number): number | undefined {
  if (text === undefined) return undefined
  return text.endsWith(' UTC') ? parseIso(text.slice(0, -4), 0) : parseIso(text, zone)
}

type End = {
  readonly address: string | undefined
  readonly port: number | undefined
  readonly interfaceName: string | undefined
  readonly host: string | undefined
}

function endOf(text: string | undefined): End {
  if (text === undefined) return { address: undefined, port: undefined, interfaceName: undefined, host: undefined }
  if (text.includes('::') || (text.split(':', 9).length === 8 && isIp(text)))
    return { address: text, port: undefined, interfaceName: undefined, host: undefined }
  const [address, port, interfaceName, host] = text.split(':', 4)
  return {
    address: address || undefined,
    port: port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined,
    interfaceName: interfaceName || undefined,
    host: host || undefined
  }
}

function natOf(text: string | undefined): { readonly ip: string; readonly port: number | undefined } | undefined {
  if (text === undefined) return undefined
  if (isIp(text)) return { ip: text, port: undefined }
  const match = /^\[?([0-9A-Fa-f.:]{3,45}?)\]?:(\d{1,5})$/.exec(text)
  return match !== null && isIp(match[1]) ? { ip: match[1], port: Number(match[2]) } : undefined
}

/** `tcp/https`, `udp/53`. */
function protocolsOf(text: string | undefined): readonly [string | undefined, string | undefined] {
  if (text === undefined) return [undefined, undefined]
  const slash = text.indexOf('/')
  if (slash < 0) return [text, undefined]
  const protocol = text.slice(slash + 1)
  return [text.slice(0, slash), /^\d+$/.test(protocol) || protocol === '' ? undefined : protocol]
}

const macOf = (text: string | undefined) => text?.replaceAll(':', '-').toUpperCase()
const sum = (one: number | undefined, other: number | undefined) =>
  one === undefined ? other : other === undefined ? one : one + other
