/** The page about daemons that keep logs. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What rsyslogd, syslog-ng, systemd-journald and auditd say of themselves: logging that started or stopped, messages that were lost ' +
    'to rate limits, forwarding that was suspended, logs that were deleted or found corrupted. Other messages are kept as they are.',
  from: 'These daemons log to syslog by themselves.',
  specifications: [
    'rsyslog documentation',
    'syslog-ng administration guide',
    'systemd source: src/journal',
    'audit source: src/auditd.c'
  ],
  sample: 'May 28 10:11:12 web1 rsyslogd: imuxsock lost 312 messages from pid 4711 due to rate-limiting',
  mapping: [
    [
      'event.action, event.outcome',
      'by message',
      '`logging-stopped`, `logging-started`, `messages-lost`, `forwarding-suspended`, `logs-deleted` …'
    ],
    ['log_daemons.lost', 'how many messages'],
    ['process.pid', 'whose messages were lost, else the daemon'],
    ['file.path', 'the log concerned']
  ]
}
