/** What a person reads about the format. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'RFC 3164 and RFC 5424 records, and the files that syslog daemons write (`/var/log/auth.log`, `secure`, `syslog`, `messages`; ' +
    'macOS `system.log`): the older and the ISO time stamps, lines that go on in the next, structured data. sshd, sudo, su, PAM, cron, ' +
    'logins and account tools are understood; other programs and devices have readers of their own (see the index).',
  from: 'Every Unix writes it. Import `/var/log`, or follow the files. Times without a zone are taken as UTC unless `--timezone` says otherwise; times without a year get it from the file’s age.',
  specifications: ['RFC 3164', 'RFC 5424', 'the source of OpenSSH, sudo, shadow and Linux-PAM for the messages'],
  sample: '<86>Mar  1 08:15:42 web1 sshd[812]: Failed password for invalid user admin from 192.0.2.7 port 51022 ssh2',
  mapping: [
    ['@timestamp', 'the time stamp'],
    ['host.hostname, host.name', 'the host'],
    ['process.name, process.pid', 'the tag, or APP-NAME and PROCID'],
    ['message', 'the message'],
    ['log.syslog.*, log.level', 'PRI, version, MSGID, structured data'],
    ['event.category, event.type, event.action, event.outcome', 'the message, where it is understood'],
    ['user.name, user.effective.name, user.target.name', 'the message'],
    ['source.ip, source.address, source.port', 'the message'],
    ['group.name, process.command_line', 'the message'],
    ['system.auth.*', 'the message: SSH, sudo and useradd details']
  ]
}
