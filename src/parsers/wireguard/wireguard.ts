/**
 * WireGuard: handshakes and refused packets, as Linux's kernel tells them (dynamic debugging switched on), and the commands of wg-quick.
 * A reader of syslog messages.
 *
 *   message = "wireguard: " interface ": " text
 */

import { withoutUptime } from '../iptables/label.ts'
import type { Fields } from '../shared/phrase-event.ts'
import { put } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import type { Phrase } from '../shared/phrases.ts'
import type { MessageReader } from '../syslog/reader.ts'
import { description } from './description.ts'

const from = 'peer {wireguard.peer} ({source.address>}:{source.port})'
const to = 'peer {wireguard.peer} ({destination.address>}:{destination.port})'

const phrases: readonly Phrase[] = [
  [`Receiving handshake initiation from ${from}`, 'handshake-started', 'network', 'connection start'],
  [`Receiving handshake response from ${from}`, 'handshake-completed', 'network', 'connection start', 'success'],
  [`Sending handshake initiation to ${to}`, 'handshake-started', 'network', 'connection start'],
  [`Sending handshake response to ${to}`, 'handshake-completed', 'network', 'connection start', 'success'],
  [
    `Handshake for ${to} did not complete after {_} seconds, retrying (try {wireguard.try=n})`,
    'handshake-failed',
    'network',
    'connection error',
    'failure'
  ],
  [
    `Handshake for ${to} did not complete after {_} attempts, giving up`,
    'handshake-failed',
    'network',
    'connection error',
    'failure'
  ],
  [`Retrying handshake with ${to} because {event.reason*}`, 'handshake-retried', 'network', 'connection info'],
  [
    'Invalid handshake initiation from {source.address>}:{source.port}',
    'handshake-refused',
    'network',
    'connection denied',
    'failure'
  ],
  [
    'Invalid handshake response from {source.address>}:{source.port}',
    'handshake-refused',
    'network',
    'connection denied',
    'failure'
  ],
  [
    'Invalid MAC of handshake, dropping packet from {source.address>}:{source.port}',
    'handshake-refused',
    'network',
    'connection denied',
    'failure'
  ],
  ['Receiving cookie response from {source.address>}:{source.port}', 'cookie-received', 'network', 'connection info'],
  [
    'Sending cookie response for denied handshake message for {source.address>}:{source.port}',
    'handshake-refused',
    'network',
    'connection denied',
    'failure'
  ],
  [`Receiving keepalive packet from ${from}`, 'keepalive', 'network', 'connection info'],
  [`Sending keepalive packet to ${to}`, 'keepalive', 'network', 'connection info'],
  [
    `Packet has unallowed src IP ({wireguard.inner_source}) from ${from}`,
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ],
  [`Packet has invalid nonce {_} (max {_}) from ${from}`, 'packet-refused', 'network', 'connection denied', 'failure'],
  [`Packet is neither ipv4 nor ipv6 from ${from}`, 'packet-refused', 'network', 'connection denied', 'failure'],
  [`Packet has incorrect size from ${from}`, 'packet-refused', 'network', 'connection denied', 'failure'],
  [`Zeroing out keys for ${to}, since {event.reason*}`, 'keys-expired', 'network', 'connection end'],
  [`Zeroing out all keys for ${to}, since {event.reason*}`, 'keys-expired', 'network', 'connection end'],
  [
    'Keypair {wireguard.keypair} created for peer {wireguard.peer}',
    'keypair-created',
    'network',
    'connection info',
    'success'
  ],
  ['Keypair {wireguard.keypair} destroyed for peer {wireguard.peer}', 'keypair-destroyed', 'network', 'info'],
  ['Peer {wireguard.peer} created', 'peer-added', 'network configuration', 'creation'],
  ['Peer {wireguard.peer} ({_*}) destroyed', 'peer-removed', 'network configuration', 'deletion'],
  ['Interface created', 'interface-created', 'network configuration', 'creation'],
  ['Interface destroyed', 'interface-destroyed', 'network configuration', 'deletion'],
  [
    'No peer has allowed IPs matching {destination.address}',
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ],
  [
    'No valid endpoint has been configured or discovered for peer {wireguard.peer}',
    'packet-refused',
    'network',
    'connection error',
    'failure'
  ]
]

const kernel = phraseReader({
  name: 'wireguard',
  title: 'WireGuard: handshakes, refused packets',
  module: 'wireguard',
  dataset: 'wireguard.log',
  protocol: 'wireguard',
  transport: 'udp',
  phrases,
  clean: body => withoutUptime(body).replace(/^wireguard: [^: ]{1,64}: /, ''),
  complete(event, _text, { body }) {
    const line = withoutUptime(body)
    const end = line.indexOf(': ', 11)
    if (end > 0 && end < 80) put(event, ['observer', 'ingress', 'interface', 'name'], line.slice(11, end))
  }
})

const quick = phraseReader({
  name: 'wg-quick',
  title: 'wg-quick',
  module: 'wireguard',
  dataset: 'wireguard.wg_quick',
  phrases: [
    ['[#] {process.command_line*}', 'ran-command', 'process configuration', 'start'],
    [
      "wg-quick: `{observer.ingress.interface.name}' already exists",
      'interface-exists',
      'configuration',
      'error',
      'failure'
    ],
    [
      "wg-quick: `{observer.ingress.interface.name}' is not a WireGuard interface",
      'interface-unknown',
      'configuration',
      'error',
      'failure'
    ]
  ],
  complete(event, _text, { header }) {
    const process = (event['process'] ?? {}) as Fields
    event['process'] = { name: header.program, pid: header.pid, ...process }
  }
})

export const wireguard: MessageReader = {
  name: 'wireguard',
  title: kernel.title,
  programs: ['kernel', 'wg-quick'],
  description,
  read(message) {
    if (message.header.program?.endsWith('wg-quick') === true) return quick.read(message)
    return withoutUptime(message.body).startsWith('wireguard: ') ? kernel.read(message) : undefined
  }
}
