/** A source of type `lumberjack` in `picket.yaml`. */

import { z } from 'zod'
import { size, sourceName } from '../config-values.ts'
import { connectionBounds, listening, port, senderTls, shared } from './shared.ts'

export const lumberjack = z.strictObject({
  type: z
    .literal('lumberjack')
    .describe(
      'Listens for Beats as Logstash does (Lumberjack, `output.logstash`): [docs/sources/lumberjack.md](sources/lumberjack.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(5044).describe('The TCP port.'),
  ...listening,
  tls: senderTls
    .optional()
    .describe('Ask for TLS. Without it, everybody who reaches the port may send, and events can be read on the way.'),
  windowMax: z
    .int()
    .min(1)
    .max(1_000_000)
    .prefault(65_536)
    .describe('The most events that a sender may announce at once.'),
  frameBytesMax: size()
    .prefault('16MB')
    .describe('The largest frame; a compressed one may become ten times as large, at most 64 MiB.'),
  ...connectionBounds,
  ...shared
})
