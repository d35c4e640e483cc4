/** What a person reads about mails. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Mails as files (.eml), mailboxes (mbox, also with mboxrd’s quoting), Maildir, and what the SMTP source takes in: each mail is one event, with its ' +
    'headers, text, links and attachments, and what the checks found ([docs/how-to/mail.md](../how-to/mail.md)). Logs and DMARC aggregate reports that ' +
    'are attached become events of their own ([mail](mail.md)).',
  from: 'Save a message (.eml), copy a mailbox (mbox), point a files source at a Maildir, or have copies sent to an [SMTP source](../sources/smtp.md).',
  specifications: [
    'https://www.rfc-editor.org/rfc/rfc5322',
    'https://www.rfc-editor.org/rfc/rfc2045',
    'https://www.rfc-editor.org/rfc/rfc4155',
    'https://www.rfc-editor.org/rfc/rfc8601'
  ],
  sample:
    'From: Cron Daemon <root@example.com>\nTo: root@example.com\nSubject: Cron <root@web1> backup\nDate: Wed, 01 Jan 2025 10:11:12 +0100\nMessage-ID: <1@example.com>\n\nbackup failed\n',
  mapping: [
    ['@timestamp', 'when it came (SMTP), or Date (files)'],
    ['message', 'the text of the message; of HTML what is shown'],
    ['email.from.address, .to, .cc, .reply_to, .sender', 'the headers of those names'],
    [
      'email.subject, .message_id, .x_mailer, .content_type, .origination_timestamp',
      'Subject, Message-ID, X-Mailer, Content-Type, Date'
    ],
    ['email.delivery_timestamp', 'when the SMTP source took it'],
    ['email.direction', 'inbound, outbound or internal, by `mail.domains`'],
    ['email.attachments.file.*', 'name, extension, declared type, size, MD5, SHA-1 and SHA-256 of attachments'],
    ['source.ip', 'the SMTP client, or the one in the Received header that is believed'],
    ['picket.mail.failed, .passed, .unknown', 'the names of the checks'],
    ['picket.mail.checks', 'each check with its reason'],
    ['picket.mail.*', 'what the checks looked at: [docs/how-to/mail.md](../how-to/mail.md)'],
    ['mail.headers.*', 'all other headers']
  ]
}
