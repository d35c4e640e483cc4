/** What a person reads about mail files. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Mail in .eml and mbox files: each message is an event with its headers and its text. Attached logs (.log, .txt, .json, .csv, also ' +
    'gzipped or zipped) are read line by line as the logs that they are, DMARC aggregate reports record by record. Reports without a ' +
    'mail around them (.xml, .xml.gz, .zip) are read as well.',
  from: 'Save a message (.eml), copy a mailbox (mbox), or drop the reports that `rua=` of a DMARC record brings.',
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
