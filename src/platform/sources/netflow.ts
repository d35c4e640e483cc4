/** A source of type `netflow` in `picket.yaml`. */

import { z } from 'zod'
import { sourceName } from '../config-values.ts'
import { listening, port } from './shared.ts'

export const netflow = z.strictObject({
  type: z
    .literal('netflow')
    .describe('Listens for NetFlow 5, NetFlow 9 and IPFIX over UDP: [docs/sources/netflow.md](sources/netflow.md).'),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(2055).describe('The UDP port. 4739 is usual for IPFIX.'),
  ...listening
})
