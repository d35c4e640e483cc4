/** A source of type `smtp` in `picket.yaml`. */

import { z } from 'zod'
import { duration, file, size, sourceName } from '../config-values.ts'
import { listening, port } from './shared.ts'

export const smtp = z
  .strictObject({
    type: z
      .literal('smtp')
      .describe('Takes mail over SMTP, checks it and relays it nowhere: [docs/sources/smtp.md](sources/smtp.md).'),
    name: sourceName().describe('What the source is called in the ledger.'),
    port: port(2525).describe(
      'The TCP port. The usual 25 (and all below 1024) needs rights; 465 is usual with `tls.implicit`.'
    ),
    ...listening,
    tls: z
      .strictObject({
        cert: file().describe('The certificate chain, PEM. Read again when the file changes.'),
        key: file().describe('Its private key, PEM.'),
        implicit: z.boolean().prefault(false).describe('TLS from the first byte on, not by STARTTLS.'),
        required: z.boolean().prefault(false).describe('Take no mail without TLS.')
      })
      .optional()
      .describe('Offer STARTTLS. Without it, mail can be read on the way.'),
    auth: z
      .enum(['none', 'optional', 'required'])
      .prefault('none')
      .describe(
        'Ask for an API token of scope `ingest` as the password (AUTH PLAIN or LOGIN, any user name); with TLS only.'
      ),
    recipients: z
      .array(z.string().min(1).max(320))
      .max(1000)
      .prefault([])
      .describe(
        'Domains (`example.com`) and addresses whose mail is taken; other recipients are refused. Without it: all.'
      ),
    messageBytesMax: size()
      .prefault('36MB')
      .describe(
        'The largest mail, at most 48MB; a larger one is refused. Of one larger than `limits.recordBytesMax` the largest parts are not kept.'
      ),
    connectionsMax: z.int().min(1).max(16_000).prefault(1024).describe('How many connections there may be at once.'),
    connectionsPerClientMax: z.int().min(1).max(16_000).prefault(64).describe('How many of one address.'),
    mailsPerMinuteMax: z
      .int()
      .min(1)
      .max(10_000_000)
      .prefault(60_000)
      .describe('How many mails of one address in a minute; those beyond are put off (451).'),
    idleTimeout: duration().prefault('5m').describe('A connection that is silent for so long is closed.')
  })
  .refine(({ auth, tls }) => auth === 'none' || tls !== undefined, {
    path: ['auth'],
    message: 'needs tls: a token must not be sent in the clear'
  })
  .refine(({ messageBytesMax }) => messageBytesMax <= 48 * 1024 * 1024, {
    path: ['messageBytesMax'],
    message: 'may be 48MB at most'
  })
