/**
 * NetworkManager: connections that were activated or went down, addresses, and who changed what (its audit lines). A reader of syslog
 * messages.
 *
 *   message = "<" level ">" SP+ "[" seconds "] " [ topic ": " ] text
 */

import { type Fields, put } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import { description } from './description.ts'

export const networkManager = phraseReader({
  name: 'network-manager',
  title: 'NetworkManager: connections, addresses, changes',
  module: 'network_manager',
  dataset: 'network_manager.log',
  programs: ['NetworkManager'],
  description,
  phrases: [
    ['audit: {pairs*}', 'audit', 'configuration', 'change'],
    [
      "device ({interface}): state change: {network_manager.state_before} -> {network_manager.state} (reason '{event.reason*}', {_*}",
      'device-state-changed',
      'network configuration',
      'change'
    ],
    [
      "device ({interface}): state change: {network_manager.state_before} -> {network_manager.state} (reason '{event.reason*}')",
      'device-state-changed',
      'network configuration',
      'change'
    ],
    [
      "device ({interface}): Activation: starting connection '{network_manager.connection*}' ({network_manager.uuid})",
      'connection-starting',
      'network',
      'connection start'
    ],
    [
      'device ({interface}): Activation: successful, device activated.',
      'connection-activated',
      'network',
      'connection start',
      'success'
    ],
    [
      "device ({interface}): Activation: failed for connection '{network_manager.connection*}'",
      'connection-failed',
      'network',
      'connection error',
      'failure'
    ],
    ['device ({interface}): carrier: link connected', 'link-up', 'network', 'info'],
    ['device ({interface}): link connected', 'link-up', 'network', 'info'],
    [
      'device ({interface}): supplicant interface state: {network_manager.state_before} -> {network_manager.state}',
      'supplicant-state-changed',
      'network',
      'info'
    ],
    [
      'dhcp4 ({interface}): state changed new lease, address={source.address}…',
      'address-assigned',
      'network',
      'info',
      'success'
    ],
    [
      'dhcp4 ({interface}): state changed {_} -> bound, address={source.address}',
      'address-assigned',
      'network',
      'info',
      'success'
    ],
    ['dhcp4 ({interface}):   address {source.address}', 'address-assigned', 'network', 'info', 'success'],
    ['dhcp4 ({interface}): request timed out', 'dhcp-timeout', 'network', 'error', 'failure'],
    ['manager: NetworkManager state is now {network_manager.state}', 'state-changed', 'network', 'info'],
    ['manager: (wg{_}): new WireGuard device ({_}', 'device-added', 'network configuration', 'creation'],
    [
      'manager: ({interface}): new {network_manager.device_type*} device ({_}',
      'device-added',
      'network configuration',
      'creation'
    ],
    [
      'vpn[{_},{network_manager.uuid},"{network_manager.connection*}"]: started the VPN service, PID {_}',
      'vpn-starting',
      'network',
      'connection start'
    ],
    ['NetworkManager (version {network_manager.version}) is starting...{_*}', 'started', 'process', 'start'],
    ['caught SIGTERM, shutting down normally.', 'stopped', 'process', 'end']
  ],
  clean: body => {
    const close = body.startsWith('<') ? body.indexOf('] ') : -1
    return close > 0 && close < 48 ? body.slice(close + 2).trimStart() : body
  },
  complete(event, _text, { body }) {
    const end = body.startsWith('<') ? body.indexOf('>') : -1
    if (end > 0 && end < 12) event['log'] = { level: body.slice(1, end).trim() }
    const name = event['interface']
    delete event['interface']
    if (typeof name === 'string') put(event, ['observer', 'ingress', 'interface', 'name'], name)
    const pairs = event['pairs']
    delete event['pairs']
    if (typeof pairs === 'string') readAudit(event, pairs)
  }
})

/** `op="connection-activate" uuid="…" name="office" pid=1234 uid=1000 result="success"` */
function readAudit(event: Fields, text: string): void {
  const facts = event['event'] as Fields
  const value = (key: string): string | undefined => {
    const at = text.startsWith(key + '=') ? 0 : text.indexOf(` ${key}=`) + 1
    if (at === 0 && !text.startsWith(key + '=')) return undefined
    const from = at + key.length + 1
    const quoted = text.charCodeAt(from) === 34
    const end = text.indexOf(quoted ? '"' : ' ', from + 1)
    return text.slice(quoted ? from + 1 : from, end < 0 ? undefined : end) || undefined
  }
  const operation = value('op')
  const result = value('result')
  facts['action'] = operation ?? 'audit'
  facts['outcome'] = result === undefined ? undefined : result === 'success' ? 'success' : 'failure'
  facts['reason'] = value('reason')
  const id = value('uid')
  if (id !== undefined) event['user'] = { id }
  const pid = Number(value('pid'))
  if (Number.isSafeInteger(pid) && pid > 0) put(event, ['network_manager', 'caller_pid'], pid)
  put(event, ['network_manager', 'connection'], value('name'))
  put(event, ['network_manager', 'uuid'], value('uuid'))
  const device = value('interface')
  if (device !== undefined) put(event, ['observer', 'ingress', 'interface', 'name'], device)
}
