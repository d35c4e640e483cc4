/** What several kinds of source have in common in `picket.yaml`. */

import { isIP } from 'node:net'
import { z } from 'zod'
import { isRange } from '../address-range.ts'
import { duration, file, offset, size } from '../config-values.ts'

export const shared = {
  format: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('The format of its records. Without it, Picket recognises the format by content.'),
  timezone: offset().optional().describe('The zone of time stamps that name none. Default: UTC.')
}

export const listening = {
  host: z
    .string()
    .refine(text => isIP(text) !== 0, 'is not an IP address')
    .meta({ shown: 'address' })
    .prefault('0.0.0.0')
    .describe(
      'The address to listen on. `0.0.0.0` is every IPv4 network, `::` IPv6 and (TCP) IPv4, `127.0.0.1` this machine only.'
    ),
  allow: z
    .array(z.string().refine(isRange, 'is neither an address nor a range like 10.0.0.0/8'))
    .max(1000)
    .prefault([])
    .describe('The addresses and ranges (`10.0.0.0/8`) that may send. Without it: everybody who can reach the port.'),
  rateMax: size()
    .optional()
    .describe(
      'The most that it takes in a second, of all senders together; beyond, they are held back. Without it: no bound.'
    ),
  senderRateMax: size()
    .optional()
    .describe(
      'The most that one address may send in a second. Beyond: 429 over HTTP, connections are not read for a while, datagrams are dropped; each is counted.'
    )
}
export const port = (usual: number) => z.int().min(0).max(65535).prefault(usual)
export const connectionBounds = {
  connectionsMax: z
    .int()
    .min(1)
    .max(16_000)
    .prefault(1024)
    .describe('How many connections there may be at once. At the bound, one that was silent for a minute makes room.'),
  idleTimeout: duration().prefault('24h').describe('A connection that is silent for so long is closed.')
}

export const httpBounds = {
  tls: z
    .strictObject({
      cert: file().describe('The certificate chain, PEM. Read when the source starts.'),
      key: file().describe('Its private key, PEM.')
    })
    .optional()
    .describe('Serve HTTPS. Without it, tokens and events can be read on the way.'),
  requestBytesMax: size().prefault('64MB').describe('The largest body of a request, inflated.'),
  connectionsMax: z.int().min(1).max(16_000).prefault(256).describe('How many connections there may be at once.')
}

export const senderTls = z.strictObject({
  cert: file().describe('The certificate chain, PEM. Read again when the file changes.'),
  key: file().describe('Its private key, PEM.'),
  clientCa: file()
    .optional()
    .describe('The authority, PEM, by which senders must show a certificate. Without it, none is asked for.')
})
