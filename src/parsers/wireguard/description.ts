/** The page about WireGuard. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What WireGuard in Linux’s kernel logs when debugging is switched on: handshakes that began, were completed or failed, packets that ' +
    'were refused, keys, peers and interfaces; and the commands that wg-quick runs. Peers are told by number and address: the kernel ' +
    'names no keys.',
  from: '`echo "module wireguard +p" > /sys/kernel/debug/dynamic_debug/control`; the messages are in the kernel’s log.',
  specifications: ['Linux kernel, drivers/net/wireguard', 'wg-quick(8)'],
  sample:
    'May 28 10:11:12 vpn kernel: [ 1201.334455] wireguard: wg0: Receiving handshake initiation from peer 3 (203.0.113.44:51820)',
  mapping: [
    [
      'event.action, event.outcome',
      'by message',
      '`handshake-started`, `handshake-completed`, `handshake-failed`, `handshake-refused`, `packet-refused` …'
    ],
    ['source.ip, source.port', 'the peer', 'that a packet came from'],
    ['destination.ip, destination.port', 'the peer', 'that a packet was sent to'],
    ['observer.ingress.interface.name', 'the interface'],
    ['wireguard.peer, wireguard.keypair, wireguard.inner_source', 'as named'],
    ['process.command_line', 'wg-quick']
  ]
}
