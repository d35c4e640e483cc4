/** The page about NetworkManager. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What NetworkManager says in syslog and in the journal: connections that were activated, failed or went down, addresses that were ' +
    'assigned, devices and links, and who asked for which change (audit).',
  from: 'NetworkManager logs by itself.',
  specifications: ['NetworkManager source: src/core/nm-audit-manager.c, src/core/devices'],
  sample:
    'May 28 10:11:12 pc NetworkManager[801]: <info>  [1748427072.1234] audit: op="connection-activate" uuid="6f1c" name="office" pid=1234 uid=1000 result="success"',
  mapping: [
    ['event.action', 'by message', 'the operation of audit lines; `connection-activated`, `address-assigned` …'],
    ['event.outcome, event.reason', 'result, reason'],
    ['user.id', 'uid', 'who asked'],
    ['source.ip', 'the address that was assigned'],
    ['observer.ingress.interface.name', 'the device'],
    ['network_manager.*', 'connection, uuid, state, state_before, caller_pid']
  ]
}
