/** A source of type `syslog` in `picket.yaml`. */

import { z } from 'zod'
import { size, sourceName } from '../config-values.ts'
import { connectionBounds, listening, port, senderTls, shared } from './shared.ts'

export const syslog = z
  .strictObject({
    type: z
      .literal('syslog')
      .describe('Listens for syslog over UDP, TCP and TLS: [docs/sources/syslog.md](sources/syslog.md).'),
    name: sourceName().describe('What the source is called in the ledger.'),
    transports: z
      .array(z.enum(['udp', 'tcp', 'tls']))
      .min(1)
      .max(2)
      .prefault(['udp', 'tcp'])
      .describe('What is listened for on the port; `tls` in place of `tcp`.'),
    port: port(5514).describe('The port. The usual 514 (and all below 1024) needs rights; for TLS, 6514 is usual.'),
    ...listening,
    tls: senderTls.optional().describe('For the transport `tls`.'),
    messageBytesMax: size().prefault('256KB').describe('The longest message; a longer one goes to the dead letters.'),
    ...connectionBounds,
    ...shared
  })
  .refine(({ transports, tls }) => transports.includes('tls') === (tls !== undefined), {
    path: ['tls'],
    message: 'belongs to the transport tls: name both, or neither'
  })
  .refine(({ transports }) => !(transports.includes('tls') && transports.includes('tcp')), {
    path: ['transports'],
    message: 'may not hold tcp and tls at once: one port speaks one of them; add a second source'
  })
