/**
 * Messages of Cisco's routers and switches (IOS, IOS XE, IOS XR, NX-OS): `%SEC-6-IPACCESSLOGP: list …`. A reader of syslog messages.
 *
 *   message = [ sequence ": " ] [ host ": " ] [ "*" | "." ] stamp [ " " zone ] ": %" facility "-" severity "-" mnemonic ": " text
 *
 * Laid out as Elastic's integration `cisco_ios`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import { isoMs } from '../../core/time.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { type Mark, markAt, scanMark } from './mark.ts'
import { originOf } from './origin.ts'
import { detailsOf } from './wordings.ts'

const lineMax = 8192

export const ciscoIos: MessageReader = {
  name: 'cisco-ios',
  title: 'Cisco IOS, IOS XE, IOS XR and NX-OS',
  sign: /%[A-Z]/,
  claims: (body, program) => (program !== undefined && markAt(program) === 0) || markAt(body) >= 0,
  read,
  description
}

const levels = ['emergencies', 'alert', 'critical', 'error', 'warning', 'notification', 'informational', 'debug']

function read(message: SyslogMessage): ReadMessage | undefined {
  const { header } = message
  let text = message.body
  let before = ''
  let mark: Mark | undefined
  if (header.program !== undefined && header.program.charCodeAt(0) === 37) {
    mark = scanMark(header.program + ':', 0)
    if (mark !== undefined) header.program = undefined
  }
  if (mark === undefined) {
    const at = markAt(text)
    mark = at < 0 ? undefined : scanMark(text, at)
    if (mark === undefined) return undefined
    before = (header.program === undefined ? '' : `${header.program}: `) + text.slice(0, at)
    text = text.slice(mark.end)
  }
  // A message in a message: "%IOSXE-3-PLATFORM: R0/0: kernel: …", "%IOSXE-6-PLATFORM: SIP0: cpp_cp: %FMFP-…".
  if (text.length > lineMax) text = text.slice(0, lineMax)
  text = withoutOrigin(text)
  const origin = originOf(message, before)
  header.program = undefined
  const details = detailsOf(mark.mnemonic, text)
  const { source, destination } = details
  const sourceIp = isIp(source) ? source : undefined
  const destinationIp = isIp(destination) ? destination : undefined
  const type = ['info']
  const action = details.verdict === 'denied' ? 'deny' : details.verdict === 'permitted' ? 'allow' : details.action
  if (action === 'deny') type.push('denied')
  if (action === 'allow') type.push('allowed')
  const bytes =
    details.sourceBytes === undefined && details.destinationBytes === undefined
      ? undefined
      : (details.sourceBytes ?? 0) + (details.destinationBytes ?? 0)
  return {
    timeUs: origin.timeUs,
    kind: 'ios',
    event: {
      '@timestamp': origin.timeUs === undefined ? undefined : isoMs(origin.timeUs),
      message: text,
      event: {
        kind: 'event',
        module: 'cisco_ios',
        dataset: 'cisco_ios.log',
        provider: 'firewall',
        category: details.category,
        type,
        action,
        outcome: details.outcome,
        reason: details.reason,
        code: mark.mnemonic,
        severity: mark.severity,
        sequence: origin.sequence === undefined ? undefined : Number(origin.sequence),
        timezone: origin.timezone
      },
      log: { level: levels[mark.severity] },
      process: {},
      observer: { vendor: 'Cisco', product: 'IOS', type: 'firewall' },
      source: {
        address: source,
        ip: sourceIp,
        domain: sourceIp === undefined ? source : undefined,
        port: details.sourcePort,
        bytes: details.sourceBytes,
        packets: details.packets,
        user: { name: details.user }
      },
      destination: {
        address: destination,
        ip: destinationIp,
        domain: destinationIp === undefined ? destination : undefined,
        port: details.destinationPort,
        bytes: details.destinationBytes
      },
      network: {
        transport: details.transport,
        iana_number: details.ianaNumber,
        type: sourceIp === undefined ? undefined : sourceIp.includes(':') ? 'ipv6' : 'ipv4',
        bytes,
        packets: details.packets,
        community_id: sourceIp !== undefined && destinationIp !== undefined ? COMMUNITY_ID : undefined
      },
      icmp: details.icmpType === undefined ? undefined : { type: details.icmpType, code: details.icmpCode },
      igmp: details.igmpType === undefined ? undefined : { type: details.igmpType },
      cisco: {
        ios: {
          facility: mark.facility,
          sequence: origin.sequence,
          uptime: origin.uptime,
          access_list: details.accessList,
          action: details.word,
          interface: { name: details.interfaceName },
          session: { type: details.sessionType, number: details.sessionNumber },
          tableid: details.tableId,
          pim: { group: { ip: details.pimGroup }, source: { ip: details.pimSource } },
          outcome: details.iosOutcome
        }
      },
      related: {
        ip: distinct(sourceIp, destinationIp),
        user: distinct(details.user),
        hosts: distinct(
          sourceIp === undefined ? source : undefined,
          destinationIp === undefined ? destination : undefined,
          header.host
        )
      }
    }
  }
}

/** Which part of the device speaks: `R0/0: `, `Switch1: `, `sshd: `. */
function withoutOrigin(text: string): string {
  return text.replace(/^(?:\w{1,32}\/\d{1,4}: +|[A-Za-z_]{1,32}\d{1,4}: +)?(?:\w{1,64}: +)?/, '')
}
