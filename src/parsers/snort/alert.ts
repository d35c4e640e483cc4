/** An alert of Snort, however it was written, as an event. */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'

export type Alert = {
  readonly timeUs: number | undefined
  readonly fourDigitYear: boolean
  readonly gid: number | undefined
  readonly sid: string | undefined
  readonly revision: string | undefined
  readonly message: string | undefined
  readonly category: string | undefined
  readonly priority: number | undefined
  readonly protocol: string | undefined
  readonly service: string | undefined
  readonly source: string | undefined
  readonly sourcePort: number | undefined
  readonly sourceMac: string | undefined
  readonly destination: string | undefined
  readonly destinationPort: number | undefined
  readonly destinationMac: string | undefined
  /** `Allow`, `Block` … */
  readonly action: string | undefined
  readonly interfaceName: string | undefined
  readonly direction: string | undefined
  readonly bytes: number | undefined
  readonly packets: number | undefined
  readonly vlan: string | undefined
  readonly ip: Readonly<Record<string, unknown>> | undefined
  readonly tcp: Readonly<Record<string, unknown>> | undefined
  readonly udp: object | undefined
  readonly icmp: { readonly type?: number | undefined; readonly code?: number | undefined } | undefined
  readonly dgm: object | undefined
  readonly eth: object | undefined
  /** What has no field of its own. */
  readonly other: Readonly<Record<string, unknown>> | undefined
}

export const emptyAlert: Alert = {
  timeUs: undefined,
  fourDigitYear: false,
  gid: undefined,
  sid: undefined,
  revision: undefined,
  message: undefined,
  category: undefined,
  priority: undefined,
  protocol: undefined,
  service: undefined,
  source: undefined,
  sourcePort: undefined,
  sourceMac: undefined,
  destination: undefined,
  destinationPort: undefined,
  destinationMac: undefined,
  action: undefined,
  interfaceName: undefined,
  direction: undefined,
  bytes: undefined,
  packets: undefined,
  vlan: undefined,
  ip: undefined,
  tcp: undefined,
  udp: undefined,
  icmp: undefined,
  dgm: undefined,
  eth: undefined,
  other: undefined
}

export function alertEvent(
  alert: Alert,
  host: string | undefined,
  suricata: boolean,
  timeUs: number | undefined
): EcsEvent {
  const { source, destination } = alert
  const sourceIp = isIp(source) ? source : undefined
  const destinationIp = isIp(destination) ? destination : undefined
  const action = alert.action?.toLowerCase()
  const type =
    action === undefined
      ? undefined
      : /^(block|drop|reject|would_drop|would_block)/.test(action)
        ? ['denied']
        : action.startsWith('allow') || action === 'pass'
          ? ['allowed']
          : undefined
  const transport = alert.protocol?.toLowerCase()
  const time = timeUs === undefined ? undefined : isoMs(timeUs)
  const hostIp = isIp(host) ? host : undefined
  return {
    '@timestamp': time,
    event: {
      kind: 'alert',
      module: suricata ? 'suricata' : 'snort',
      dataset: suricata ? 'suricata.fast' : 'snort.log',
      category: ['network'],
      type,
      severity: alert.priority,
      created: time
    },
    observer: {
      vendor: suricata ? 'OISF' : 'snort',
      product: suricata ? 'Suricata' : 'ids',
      type: 'ids',
      name: hostIp === undefined ? host : undefined,
      ip: hostIp,
      ingress: { interface: { name: alert.interfaceName } }
    },
    rule: {
      id: alert.sid,
      version: alert.revision,
      description: alert.message || undefined,
      category: alert.category || undefined
    },
    source: { address: source, ip: sourceIp, port: alert.sourcePort, mac: macOf(alert.sourceMac) },
    destination: {
      address: destination,
      ip: destinationIp,
      port: alert.destinationPort,
      mac: macOf(alert.destinationMac)
    },
    network: {
      transport,
      protocol: alert.service,
      type: sourceIp === undefined ? undefined : sourceIp.includes(':') ? 'ipv6' : 'ipv4',
      direction: alert.direction ?? 'unknown',
      bytes: alert.bytes,
      packets: alert.packets,
      vlan: { id: alert.vlan },
      community_id: sourceIp === undefined || destinationIp === undefined ? undefined : COMMUNITY_ID
    },
    icmp: alert.icmp?.type === undefined ? undefined : { type: alert.icmp.type, code: alert.icmp.code },
    snort: {
      gid: alert.gid,
      action: alert.action,
      ip: alert.ip,
      tcp: alert.tcp,
      udp: alert.udp,
      icmp: alert.icmp,
      dgm: alert.dgm,
      eth: alert.eth,
      ...alert.other
    },
    related: { ip: distinct(sourceIp, destinationIp) }
  }
}

function macOf(text: string | undefined): string | undefined {
  return text?.replace(/[:.]/g, '-').toUpperCase()
}
