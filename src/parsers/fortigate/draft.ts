/** An event of a FortiGate in the making: the pairs of the record, from which values are taken into ECS fields. */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { isoMs, parseIso, parseZone } from '../../core/time.ts'
import { transports } from '../shared/transports.ts'

export class Side {
  ip: string | undefined
  address: string | undefined
  domain: string | undefined
  port: number | undefined
  mac: string | undefined
  bytes: number | undefined
  packets: number | undefined
  natIp: string | undefined
  natPort: number | undefined
  userName: string | undefined
  groupName: string | undefined
  roles: string[] | undefined

  fields(): object {
    return {
      address: this.address,
      ip: this.ip,
      domain: this.domain,
      port: this.port,
      mac: this.mac,
      bytes: this.bytes,
      packets: this.packets,
      nat: { ip: this.natIp, port: this.natPort },
      user: { name: this.userName, roles: this.roles, group: { name: this.groupName } }
    }
  }
}

type Email = {
  subject: string | undefined
  from: string | undefined
  to: string | undefined
  sender: string | undefined
}

/** Numbers by Elastic's integration. */
const numbers = new Set(
  'auditid audittime quotamax quotaused size disklograte fazlograte lanin lanout setuprate wanin wanout'.split(' ')
)

const directions: ReadonlySet<string> = new Set(['ingress', 'egress', 'inbound', 'outbound', 'internal', 'external'])

export class Draft {
  readonly #pairs: Record<string, string | undefined>
  source = new Side()
  destination = new Side()
  category: string[] = []
  type: string[] = []
  action: string | undefined
  outcome: string | undefined
  code: string | undefined
  eventId: string | undefined
  eventMessage: string | undefined
  reference: string | undefined
  start: number | undefined
  durationNs: number | undefined
  timezone: string | undefined
  observerName: string | undefined
  serialNumber: string | undefined
  ingress: string | undefined
  egress: string | undefined
  level: string | undefined
  message: string | undefined
  host: string | undefined
  userName: string | undefined
  roles: string[] | undefined
  ianaNumber: string | undefined
  protocol: string | undefined
  application: string | undefined
  readonly email: Email = { subject: undefined, from: undefined, to: undefined, sender: undefined }
  rule: object | undefined
  file: object | undefined
  url: object | undefined
  userAgent: string | undefined
  errorCode: string | undefined
  http: object | undefined
  dns: { question?: { name?: string | undefined }; resolved_ip?: string[] | undefined } | undefined
  tls: object | undefined
  hashes: readonly (string | undefined)[] = []
  vulnerability: object | undefined
  threat: object | undefined
  fileHash: string | undefined

  constructor(pairs: Record<string, string | undefined>) {
    this.#pairs = pairs
  }

  peek(key: string): string | undefined {
    return this.#pairs[key]
  }

  /** The value, which then is in an ECS field and no more below `fortinet.firewall`. */
  take(key: string): string | undefined {
    const value = this.#pairs[key]
    if (value !== undefined) this.#pairs[key] = undefined
    return value
  }

  /** A count, taken if it is one. */
  count(key: string): number | undefined {
    const value = this.#pairs[key]
    if (value === undefined || !/^\d{1,15}$/.test(value)) return undefined
    this.#pairs[key] = undefined
    return Number(value)
  }

  /** Date, time, zone, start and duration. Returns the event's time. */
  time(timezoneMinutes: number | undefined): number | undefined {
    const date = this.take('date')
    const time = this.take('time')
    this.timezone = zoneText(this.take('tz'))
    const zone = this.timezone === undefined ? undefined : parseZone(this.timezone, 0)
    const stamp = this.take('eventtime')
    if (stamp !== undefined && /^\d{1,20}$/.test(stamp)) {
      // Nanoseconds, milliseconds or seconds, by firmware.
      if (stamp.length > 18) this.start = Number(stamp.slice(0, -3))
      else this.start = stamp.length > 14 ? Number(stamp) : Number(stamp) * (stamp.length > 11 ? 1000 : 1_000_000)
    }
    const seconds = this.count('duration')
    if (seconds !== undefined) this.durationNs = seconds * 1_000_000_000
    if (date === undefined || time === undefined) return this.start
    return parseIso(`${date} ${time}`, zone ?? timezoneMinutes ?? 0)
  }

  finish(): EcsEvent {
    const pairs = this.#pairs
    const { source, destination } = this
    this.action ??= this.take('eventtype')
    const reason = this.take('reason') ?? this.take('eventsubtype')
    const direction = directionOf(this.take('dir') ?? this.take('direction'))
    const inner = direction === 'ingress' || direction === 'inbound' || direction === 'internal'
    if (direction !== undefined && direction !== 'unknown') {
      if (inner) this.ingress ??= this.take('interface')
      else this.egress ??= this.take('interface')
    }
    const own: Record<string, unknown> = pairs
    for (const key of numbers) {
      const value = pairs[key]
      if (value !== undefined && /^\d{1,15}$/.test(value)) own[key] = Number(value)
    }
    const resolved = this.dns?.resolved_ip
    const flow = isIp(source.ip) && isIp(destination.ip) && this.ianaNumber !== '1' && this.ianaNumber !== '58'
    return {
      message: this.message,
      event: {
        kind: 'event',
        module: 'fortinet_fortigate',
        dataset: 'fortinet_fortigate.log',
        category: this.category,
        type: this.type,
        action: this.action,
        outcome: this.outcome,
        code: this.code ?? this.take('logid'),
        id: this.eventId,
        message: this.eventMessage,
        reason,
        reference: this.reference,
        start: this.start === undefined ? undefined : isoMs(this.start),
        duration: this.durationNs,
        timezone: this.timezone
      },
      log: { level: this.level },
      host: this.host === undefined ? {} : { name: this.host },
      observer: {
        vendor: 'Fortinet',
        product: 'Fortigate',
        type: 'firewall',
        name: this.observerName,
        serial_number: this.serialNumber,
        ingress: { interface: { name: this.ingress } },
        egress: { interface: { name: this.egress } }
      },
      source: source.fields(),
      destination: destination.fields(),
      user: { name: this.userName, roles: this.roles },
      network: {
        iana_number: this.ianaNumber,
        transport: this.ianaNumber === undefined ? undefined : transports[this.ianaNumber],
        protocol: this.protocol?.toLowerCase(),
        application: this.application,
        direction,
        bytes: sum(source.bytes, destination.bytes),
        packets: sum(source.packets, destination.packets),
        community_id: flow ? COMMUNITY_ID : undefined
      },
      rule: this.rule,
      email: {
        subject: this.email.subject,
        from: { address: this.email.from },
        to: { address: this.email.to },
        sender: { address: this.email.sender }
      },
      file: this.file,
      url: this.url,
      user_agent: { original: this.userAgent },
      error: { code: this.errorCode },
      http: this.http,
      dns: this.dns,
      tls: this.tls,
      vulnerability: this.vulnerability,
      threat: this.threat,
      fortinet: { firewall: own, file: { hash: { crc32: this.fileHash } } },
      related: {
        ip: distinct(
          source.ip,
          destination.ip,
          source.natIp,
          destination.natIp,
          pairs['ip'],
          pairs['assignip'],
          pairs['tunnelip'],
          ...(resolved ?? [])
        ),
        user: distinct(source.userName, destination.userName, this.userName),
        hosts: distinct(destination.address, source.address, this.host, this.dns?.question?.name),
        hash: distinct(...this.hashes)
      }
    }
  }
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other
}

function directionOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const word = text.toLowerCase()
  if (word === 'outgoing') return 'outbound'
  if (word === 'incoming') return 'inbound'
  return directions.has(word) ? word : 'unknown'
}

/** `-0500`; `UTC+5:30` becomes `+0530`. */
function zoneText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const parts = /^[A-Z]{1,4}([+-])(\d{1,2}):?(\d{2})$/.exec(text)
  return parts === null ? text : `${parts[1]}${parts[2]!.padStart(2, '0')}${parts[3]}`
}
