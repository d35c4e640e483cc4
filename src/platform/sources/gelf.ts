/** A source of type `gelf` in `picket.yaml`. */

import { z } from 'zod'
import { size, sourceName } from '../config-values.ts'
import { connectionBounds, listening, port } from './shared.ts'

export const gelf = z
  .strictObject({
    type: z
      .literal('gelf')
      .describe('Listens for GELF over UDP, TCP or HTTP: [docs/sources/gelf.md](sources/gelf.md).'),
    name: sourceName().describe('What the source is called in the ledger.'),
    transports: z
      .array(z.enum(['udp', 'tcp', 'http']))
      .min(1)
      .max(2)
      .prefault(['udp', 'tcp'])
      .describe('What is listened for on the port; `http` in place of `tcp`.'),
    port: port(12201).describe('The port.'),
    ...listening,
    messageBytesMax: size()
      .prefault('1MB')
      .describe('The longest message, inflated; a longer one goes to the dead letters.'),
    ...connectionBounds
  })
  .refine(({ transports }) => !(transports.includes('http') && transports.includes('tcp')), {
    path: ['transports'],
    message: 'may not hold tcp and http at once: one port speaks one of them; add a second source'
  })
