/** The page about systemd. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What systemd says in syslog and in the journal about units: started, stopped, reloaded, finished, failed and why, processes that ' +
    'exited or were killed, sessions of users, core dumps, start and end of the host. Other messages are kept as they are.',
  from: 'systemd logs by itself.',
  specifications: [
    'systemd source: src/core/job.c, src/core/service.c',
    'Elastic system integration, data stream syslog'
  ],
  sample: "May 28 10:11:12 web1 systemd[1]: nginx.service: Failed with result 'exit-code'.",
  mapping: [
    [
      'event.action, event.outcome, event.reason',
      'by message',
      '`unit-started`, `unit-stopped`, `unit-failed`, `session-started` …'
    ],
    ['systemd.unit, systemd.description', 'the unit', 'newer versions name both'],
    ['systemd.code, systemd.status', 'Main process exited'],
    ['user.name, systemd.session', 'sessions'],
    ['process.pid, process.name', 'the process concerned, else systemd']
  ]
}
