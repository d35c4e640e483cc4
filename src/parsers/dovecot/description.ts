/** The page about Dovecot. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What Dovecot says in syslog (`mail.log`) and in the files of `log_path`: logins that succeeded and failed, with user, peer and ' +
    'method; sessions that ended; deliveries by lda, lmtp and Sieve; what the authentication backends refused; start and stop.',
  from: 'Dovecot logs by itself. `auth_verbose = yes` adds why a login failed; `login_log_format_elements` should keep its default fields.',
  specifications: ['Dovecot manual, Logging and login_log_format', 'Dovecot 2.3 source: src/login-common'],
  sample:
    'May 28 10:11:12 mx dovecot: imap-login: Login: user=<alice@example.com>, method=PLAIN, rip=203.0.113.44, lip=192.0.2.10, mpid=4711, TLS, session=<Qx3YzAbC>',
  mapping: [
    ['event.action, event.outcome', 'by message', '`logged-in`, `login-failed`, `disconnected`, `mail-delivered` …'],
    ['user.name', 'user'],
    ['source.ip, source.port', 'rip, rport'],
    ['destination.ip, destination.port', 'lip, lport'],
    ['event.reason', 'what stands before `user=`, or behind the backend'],
    ['email.message_id', 'msgid'],
    ['dovecot.service, method, session, attempts, mailbox', 'as named']
  ]
}
