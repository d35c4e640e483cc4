/** The page about clocks. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What chronyd, ntpd and systemd-timesyncd say in syslog: sources that were selected, lost or found to lie, clocks that were stepped, ' +
    'jumped or could not be set. A clock that moves makes evidence doubtful.',
  from: 'These daemons log to syslog by themselves; `logchange 0.5` in `chrony.conf` reports smaller steps.',
  specifications: ['chrony 4 source and chronyd(8)', 'ntp 4.2.8 source', 'systemd source: src/timesync'],
  sample: 'May 28 10:11:12 web1 chronyd[501]: System clock was stepped by -3601.500112 seconds',
  mapping: [
    [
      'event.action, event.outcome',
      'by message',
      '`clock-stepped`, `clock-jumped`, `source-selected`, `source-false`, `synchronisation-failed` …'
    ],
    ['server.ip, server.port', 'the time server', 'also as `destination.*`'],
    ['timesync.offset', 'seconds'],
    ['timesync.name, timesync.stratum', 'as named']
  ]
}
