/** The page about Postfix. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What Postfix 2 and 3 write to `mail.log` / `maillog`: connections, TLS, logins (SASL) that succeeded or failed, messages with ' +
    'sender, recipients and what became of them, rejections, postscreen, start and stop. `postfix.queue_id` joins the lines of a message.',
  from: 'Postfix logs to syslog (facility mail) by itself, or to the file of `maillog_file`. Programs are known by tags that begin with `postfix`.',
  specifications: ['postfix 3.9 source and postconf(5)', 'postscreen(8)'],
  sample:
    'May 28 10:11:12 mx postfix/smtp[815]: 4F2x1s0Zz9z9yVk: to=<bob@example.org>, relay=mail.example.org[198.51.100.25]:25, delay=0.82, delays=0.1/0/0.4/0.32, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9A8B7C)',
  mapping: [
    [
      'event.action',
      'by message',
      '`smtp-connected`, `smtp-login`, `mail-rejected`, `mail-queued`, `mail-delivered`, `mail-bounced` …'
    ],
    ['event.outcome, event.reason', 'status, the server’s answer'],
    ['source.ip, source.domain', 'client', 'the peer that connected'],
    ['destination.ip, destination.domain, destination.port', 'relay'],
    ['user.name', 'sasl_username'],
    ['email.from.address, email.to.address', 'from, to'],
    ['email.message_id, email.local_id', 'message-id, queue id'],
    ['event.duration', 'delay', 'as nanoseconds'],
    ['tls.version, tls.cipher', 'TLS connection established'],
    ['postfix.*', 'everything else', 'queue_id, job, status, dsn, relay, size, nrcpt, helo …']
  ]
}
