/** A source of type `relp` in `picket.yaml`. */

import { z } from 'zod'
import { size, sourceName } from '../config-values.ts'
import { connectionBounds, listening, port, senderTls, shared } from './shared.ts'

export const relp = z.strictObject({
  type: z
    .literal('relp')
    .describe(
      'Listens for syslog with acknowledgements (RELP: rsyslog’s `omrelp`), over TCP or TLS: [docs/sources/relp.md](sources/relp.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(2514).describe('The TCP port. 2514 and 20514 are usual.'),
  ...listening,
  tls: senderTls
    .optional()
    .describe('Ask for TLS. Without it, everybody who reaches the port may send, and messages can be read on the way.'),
  messageBytesMax: size().prefault('256KB').describe('The longest message; a longer one goes to the dead letters.'),
  ...connectionBounds,
  ...shared
})
