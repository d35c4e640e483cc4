/** What a person reads about what came in mails. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What is attached to mails and is records of its own: logs (.log, .txt, .json, .csv, also gzipped or zipped) are read line by line as the logs that they are, ' +
    'DMARC aggregate reports record by record; and such reports without a mail around them (.xml, .xml.gz, .zip). Mails themselves are of format ' +
    '[email](email.md); as JSON, taken apart (`mail`) or whole (`email.original`, with `email.facts`), they are read here.',
  from: 'Drop the reports that `rua=` of a DMARC record brings, or the mails that they came in.',
  specifications: [
    'https://www.rfc-editor.org/rfc/rfc5322',
    'https://www.rfc-editor.org/rfc/rfc4155',
    'https://www.rfc-editor.org/rfc/rfc7489#appendix-C'
  ],
  sample:
    '{"mail":{"headers":[["From","Cron Daemon <root@example.com>"],["To","root@example.com"],["Subject","Cron <root@web1> backup"],["Date","Wed, 01 Jan 2025 10:11:12 +0100"]],"text":"backup failed","attachments":[]}}',
  mapping: [
    ['@timestamp', 'Date', 'of DMARC records: the end of the report’s range'],
    ['message', 'the text of the message'],
    ['email.from.address, .to, .cc, .bcc, .reply_to, .sender', 'the headers of those names'],
    ['email.subject, .message_id, .x_mailer, .origination_timestamp', 'Subject, Message-ID, X-Mailer, Date'],
    ['email.attachments.file.*', 'name, type and size of attachments'],
    ['mail.headers.*', 'all other headers'],
    ['source.ip', 'DMARC: row/source_ip'],
    ['event.outcome', 'DMARC: success where DKIM or SPF passed as the policy asks'],
    ['dmarc.*', 'DMARC: the whole record with its report and policy']
  ]
}
