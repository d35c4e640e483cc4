/** A source of type `capture` in `picket.yaml`. */

import { z } from 'zod'
import { duration, file, size, sourceName } from '../config-values.ts'

export const capture = z.strictObject({
  type: z
    .literal('capture')
    .describe(
      'Keeps the latest packets of a network interface, so that an event leads back to its conversation: [docs/sources/packets.md](sources/packets.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger, and its folder.'),
  interface: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,14}$/, 'is not the name of a network interface')
    .describe('The network interface: `eth0`; `any` for all of them. `ip link` lists them.'),
  keep: size().prefault('1GB').describe('How much is kept, in all: the oldest packets go.'),
  keepFor: duration().optional().describe('Packets older than this go, too.'),
  filter: z
    .string()
    .max(2000)
    .refine(text => !/[\r\n\0]/.test(text), 'must be one line')
    .optional()
    .describe('A capture filter (BPF) of what to keep: `not port 873`.'),
  snaplen: z
    .int()
    .min(64)
    .max(262_144)
    .prefault(262_144)
    .describe('How many bytes of each packet are kept. 262144 is all of them.'),
  decode: z
    .boolean()
    .prefault(false)
    .describe('Also make events of what is captured: a flow or a transaction of DNS, TLS, HTTP, DHCP or SSH each.'),
  tcpdump: file().optional().describe('The program. Default: `tcpdump`, found on the path.')
})
