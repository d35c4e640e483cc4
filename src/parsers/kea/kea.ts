/**
 * Kea, ISC's newer DHCP server: its messages have names, which say what happened. A reader of syslog messages; `kea-log.ts` reads the
 * files that it writes itself.
 *
 *   message = MESSAGE_ID SP text              "DHCP4_LEASE_ALLOC [hwtype=1 02:00:…], cid=[01:…], tid=0x3d1d: lease 10.0.0.57 has been allocated for 4000 seconds"
 */

import { macText } from '../shared/endpoint.ts'
import { type Fields, setAddress } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import { between } from '../syslog/facts.ts'
import type { SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'

type Meaning = readonly [action: string, type: readonly string[], outcome?: string]

const assigned = ['connection', 'protocol', 'info']

/** Message names without their prefix (`DHCP4_`, `DHCP6_`). */
const meanings: Readonly<Record<string, Meaning>> = {
  LEASE_ALLOC: ['dhcpack', assigned, 'success'],
  LEASE_ADVERT: ['dhcpoffer', assigned],
  LEASE_OFFER: ['dhcpoffer', assigned],
  LEASE_RENEW: ['dhcpack', assigned, 'success'],
  LEASE_REUSE: ['dhcpack', assigned, 'success'],
  PD_LEASE_ALLOC: ['dhcpack', assigned, 'success'],
  PD_LEASE_ADVERT: ['dhcpoffer', assigned],
  RELEASE: ['dhcprelease', ['connection', 'protocol', 'end']],
  RELEASE_NA: ['dhcprelease', ['connection', 'protocol', 'end']],
  RELEASE_EXPIRED: ['dhcpexpire', ['connection', 'protocol', 'end']],
  DECLINE_LEASE: ['dhcpdecline', ['connection', 'protocol', 'denied'], 'failure'],
  PACKET_NAK_0001: ['dhcpnak', ['connection', 'protocol', 'denied'], 'failure'],
  NO_LEASE_INIT_REBOOT: ['dhcpnak', ['connection', 'protocol', 'denied'], 'failure'],
  INIT_REBOOT: ['dhcprequest', assigned],
  DISCOVER: ['dhcpdiscover', assigned],
  REQUEST: ['dhcprequest', assigned],
  PACKET_RECEIVED: ['packet-received', assigned],
  PACKET_SEND: ['packet-sent', assigned],
  STARTED: ['started', ['start']],
  SHUTDOWN: ['stopped', ['end']]
}

/** Does the text begin as Kea's messages do: a name in capitals? */
export function messageName(body: string): string | undefined {
  let i = 0
  for (; i < body.length && i < 80; i++) {
    const c = body.charCodeAt(i)
    if (!((c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95)) break
  }
  if (i < 6 || (i < body.length && body.charCodeAt(i) !== 32)) return undefined
  const name = body.slice(0, i)
  return name.includes('_') ? name : undefined
}

export const kea = phraseReader({
  name: 'kea',
  title: 'Kea DHCP',
  module: 'kea',
  dataset: 'kea.log',
  programs: ['kea-dhcp4', 'kea-dhcp6', 'kea-dhcp-ddns', 'kea-ctrl-agent', 'kea-dhcp4-server', 'kea-dhcp6-server'],
  protocol: 'dhcp',
  transport: 'udp',
  phrases: [],
  description,
  clean,
  complete
})

/** In syslog the level and the logger stand before: `INFO  [kea-dhcp4.leases.0x7f…] DHCP4_…`. */
function clean(body: string, _message: SyslogMessage): string {
  const close = body.indexOf('] ')
  const open = body.indexOf('[')
  return open > 0 && open < 12 && close > 0 && close < 120 && messageName(body) === undefined
    ? body.slice(close + 2)
    : body
}

function complete(event: Fields, text: string, { body }: SyslogMessage): void {
  const facts = event['event'] as Fields
  const own: Fields = { logger: body === text ? undefined : between(body, '[', ']') }
  event['kea'] = own
  if (body !== text) event['log'] = { level: body.slice(0, body.indexOf('[')).trim().toLowerCase() || undefined }
  const name = messageName(text)
  if (name === undefined) return
  facts['code'] = name
  facts['category'] = ['network']
  const six = name.startsWith('DHCP6_')
  if (six) (event['network'] as Fields)['protocol'] = 'dhcpv6'
  const meaning = name.startsWith('DHCP4_') || six ? meanings[name.slice(6)] : undefined
  const failed = name.includes('_FAIL') || name.includes('_ERROR') || name.includes('CONFLICT')
  facts['type'] = (meaning?.[1] ?? [failed ? 'error' : 'info']).slice()
  facts['action'] = meaning?.[0] ?? name.toLowerCase().replaceAll('_', '-')
  facts['outcome'] = meaning?.[2] ?? (failed ? 'failure' : undefined)
  if (meaning?.[0] === 'started' || meaning?.[0] === 'stopped') facts['category'] = ['process']
  if (name.startsWith('COMMAND_RECEIVED') || name.startsWith('CTRL_AGENT_COMMAND')) {
    facts['category'] = ['configuration']
    facts['type'] = ['access']
    const command = between(text, "command '", "'")
    if (command !== undefined) own['command'] = command
  }
  readClient(event, own, text)
}

function readClient(event: Fields, own: Fields, text: string): void {
  const hardware = between(text, '[hwtype=', ']')
  const mac = hardware === undefined ? undefined : hardware.slice(hardware.indexOf(' ') + 1)
  own['client_id'] = between(text, 'cid=[', ']')
  own['duid'] = between(text, 'duid=[', ']')
  const tid = between(text, 'tid=', ':') ?? between(text, 'tid=', ',')
  own['transaction_id'] = tid?.split(' ', 1)[0]
  let address: string | undefined
  for (const word of ['lease for address ', 'lease ', 'address ', 'prefix ']) {
    const at = text.indexOf(word)
    if (at < 0) continue
    const end = text.indexOf(' ', at + word.length)
    const found = text.slice(at + word.length, end < 0 ? undefined : end)
    if (/^[0-9a-fA-F.:]{2,45}[,.;]?$/.test(found) && (found.includes('.') || found.includes(':'))) {
      address = /[,.;]$/.test(found) ? found.slice(0, -1) : found
      break
    }
  }
  own['lease_time'] = seconds(between(text, ' for ', ' seconds'))
  if (mac !== undefined || address !== undefined) {
    if (address !== undefined) setAddress(event, 'client', address)
    const client = (event['client'] ??= {}) as Fields
    if (mac !== undefined) client['mac'] = macText(mac) ?? mac
    event['source'] = { ...client }
  }
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
