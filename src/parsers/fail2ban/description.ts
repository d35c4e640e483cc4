/** fail2ban's log as people read about it. */

import type { FormatDescription } from '../../core/parser.ts'

export const fail2banDescription: FormatDescription = {
  reads:
    'fail2ban’s own log: what its filters found, bans and their end, and all other messages; also inside syslog and the journal.',
  from: '`/var/log/fail2ban.log`, or `logtarget = SYSLOG` in `fail2ban.conf`. Its times are local: import with `--timezone`.',
  specifications: ['https://fail2ban.readthedocs.io/'],
  sample: '2025-01-01 00:00:00,123 fail2ban.actions        [812]: NOTICE  [sshd] Ban 203.0.113.9',
  mapping: [
    [
      'event.action',
      'Found, Ban, Unban, Restore Ban, Ignore',
      '`found`, `banned`, `unbanned`, `restored-ban`, `ignored`'
    ],
    ['source.ip', 'the address'],
    ['rule.name, fail2ban.jail', 'the jail'],
    ['log.level, log.logger, process.pid', 'the line’s beginning']
  ]
}
