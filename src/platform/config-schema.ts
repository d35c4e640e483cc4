/**
 * What may stand in `picket.yaml`: each key once, with its type, its default and the sentence that explains it.
 * Validation (`config.ts`), the reference page and the tests derive from this schema.
 */

import { isIP } from 'node:net'
import { z } from 'zod'
import { isRange } from './address-range.ts'
import { logLevels } from './log.ts'
import { parseDuration, parseOffset, parseSize } from './measures.ts'

/** A value that is written as text and read as a number. `shown` is what the reference page calls its type. */
function measured(shown: string, example: string, parse: (text: string) => number | undefined) {
  return z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      const number = parse(String(value))
      if (number !== undefined) return number
      context.addIssue({ code: 'custom', message: `is not a ${shown}; write it like ${example}`, input: value })
      return z.NEVER
    })
    .meta({ shown })
}

const size = () => measured('size', "'900MB' or '2GiB'", parseSize)
const duration = () => measured('duration', "'30s', '12h' or '30d'", parseDuration)
const offset = () => measured('zone offset', "'+02:00' or 'Z'", parseOffset)

const file = () => z.string().min(1).max(4096).meta({ shown: 'path' })
const sourceName = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
    .meta({ shown: 'name' })

const server = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(255)
    .prefault('127.0.0.1')
    .describe(
      'The address to listen on. The default can be reached from this machine only; `0.0.0.0` means every network.'
    ),
  port: z.int().min(0).max(65535).prefault(8642).describe('The TCP port. 0 takes any free one.'),
  tls: z
    .strictObject({
      cert: file().describe('The certificate chain, PEM. Read again when the file changes.'),
      key: file().describe('Its private key, PEM.')
    })
    .optional()
    .describe('Serve HTTPS. Without it, listen on this machine only, or behind a proxy that speaks TLS.'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional()
    .describe(
      'The address that people type, if a proxy stands before Picket: `https://picket.example.org`. Links in notifications begin with it.'
    ),
  allowedHosts: z
    .array(z.string().min(1).max(255))
    .max(100)
    .prefault([])
    .describe(
      'Further host names under which Picket may be called. Others are refused, so that a web page cannot reach it by DNS rebinding. Addresses, `localhost` and the host of `publicUrl` are always allowed.'
    ),
  trustedProxies: z
    .array(z.string().min(1).max(64))
    .max(100)
    .prefault([])
    .describe('Addresses (or CIDR ranges) of proxies whose `X-Forwarded-For` is believed.')
})

const engine = z.strictObject({
  memoryMax: size().prefault('900MB').describe('The most memory that the embedded storage engine may take.'),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional()
    .describe('A ClickHouse server to use instead of the embedded engine.'),
  user: z.string().max(256).optional().describe('The user to be on that server.'),
  password: z.string().max(1024).optional().describe('Its password. Better taken from the environment (see above).')
})

const storage = z.strictObject({
  retentionDays: z
    .int()
    .min(1)
    .max(36500)
    .prefault(365)
    .describe('How long events are kept, in days since they came in.'),
  diskShareMax: z
    .number()
    .min(0.05)
    .max(0.98)
    .prefault(0.8)
    .describe('The share of the disk that may be in use before the oldest days are deleted early.'),
  engine: engine.prefault({}).describe('The storage engine (ClickHouse).')
})

const bus = z.strictObject({
  retentionHours: z
    .number()
    .min(1)
    .max(24 * 366)
    .prefault(72)
    .describe('How long raw records stay on the bus, so that they can be replayed.'),
  sizeMax: size()
    .prefault('10GB')
    .describe('The most disk that the bus may take; beyond it, the oldest records that are stored go first.')
})

const limits = z.strictObject({
  recordBytesMax: size().prefault('1MB').describe('The largest record; a larger one goes to the dead letters.'),
  requestBytesMax: size().prefault('64MB').describe('The largest body of one request that brings records.'),
  queryTimeMax: duration().prefault('30s').describe('The longest that one search may run.'),
  queriesMax: z.int().min(1).max(1000).prefault(4).describe('How many searches may run at once; further ones wait.')
})

const shared = {
  format: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('The format of its records. Without it, Picket recognises the format by content.'),
  timezone: offset().optional().describe('The zone of time stamps that name none. Default: UTC.')
}

const files = z.strictObject({
  type: z.literal('files').describe('Watches files and folders, from the beginning and through rotation.'),
  name: sourceName().describe('What the source is called in the ledger.'),
  paths: z
    .array(z.string().min(1).max(4096))
    .min(1)
    .max(1000)
    .describe("Files, folders or patterns: `/var/log/suricata/eve.json`, `'/var/log/zeek/**/*.log'`."),
  ...shared
})

const http = z.strictObject({
  type: z
    .literal('http')
    .describe('Takes records that are posted to `/api/ingest/NAME` with a token of scope `ingest`.'),
  name: sourceName().describe('What the source is called in the ledger, and in its address.'),
  ...shared
})

const listening = {
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
    .describe('The addresses and ranges (`10.0.0.0/8`) that may send. Without it: everybody who can reach the port.')
}
const port = (usual: number) => z.int().min(0).max(65535).prefault(usual)
const connectionBounds = {
  connectionsMax: z
    .int()
    .min(1)
    .max(16_000)
    .prefault(1024)
    .describe('How many connections there may be at once. At the bound, one that was silent for a minute makes room.'),
  idleTimeout: duration().prefault('24h').describe('A connection that is silent for so long is closed.')
}

const httpBounds = {
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

const senderTls = z.strictObject({
  cert: file().describe('The certificate chain, PEM. Read again when the file changes.'),
  key: file().describe('Its private key, PEM.'),
  clientCa: file()
    .optional()
    .describe('The authority, PEM, by which senders must show a certificate. Without it, none is asked for.')
})

const syslog = z
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

const netflow = z.strictObject({
  type: z
    .literal('netflow')
    .describe('Listens for NetFlow 5, NetFlow 9 and IPFIX over UDP: [docs/sources/netflow.md](sources/netflow.md).'),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(2055).describe('The UDP port. 4739 is usual for IPFIX.'),
  ...listening
})

const gelf = z
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

const elasticsearch = z.strictObject({
  type: z
    .literal('elasticsearch')
    .describe(
      'Takes documents as Elasticsearch does (`_bulk`), with an API token of scope `ingest`: [docs/sources/elasticsearch.md](sources/elasticsearch.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(9200).describe('The TCP port.'),
  ...listening,
  ...httpBounds,
  ...shared
})

const hec = z.strictObject({
  type: z
    .literal('hec')
    .describe(
      'Takes events as Splunk does over HTTP (HEC), with an API token of scope `ingest`: [docs/sources/hec.md](sources/hec.md).'
    ),
  name: sourceName().describe('What the source is called in the ledger.'),
  port: port(8088).describe('The TCP port.'),
  ...listening,
  ...httpBounds,
  ...shared
})

const lumberjack = z.strictObject({
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
  frameBytesMax: size().prefault('16MB').describe('The largest frame; a compressed one may become ten times as large.'),
  ...connectionBounds,
  ...shared
})

/** A new kind of source is a schema above and a name here. */
export const sourceSchemas = [files, http, syslog, netflow, gelf, elasticsearch, lumberjack, hec] as const

export const configSchema = z.strictObject({
  server: server.prefault({}).describe('The web server: the page and the API.'),
  storage: storage.prefault({}).describe('Where events are kept, and for how long.'),
  bus: bus.prefault({}).describe('The durable queue between the sources and the store.'),
  limits: limits.prefault({}).describe('Bounds on what comes from outside.'),
  sources: z
    .array(z.discriminatedUnion('type', sourceSchemas))
    .max(1000)
    .prefault([])
    .describe('Where records come from.'),
  log: z
    .strictObject({
      level: z.enum(logLevels).prefault('info').describe('How much to say.')
    })
    .prefault({})
    .describe("Picket's own log, on standard error.")
})

export type Config = z.output<typeof configSchema>
export type SourceConfig = Config['sources'][number]

/** A schema without its wrappers (default, optional): what it is, its default, its shape. For walking, not for validating. */
export type SchemaView = {
  readonly kind: string
  readonly description: string | undefined
  readonly shown: string | undefined
  readonly optional: boolean
  readonly defaultValue: unknown
  /** Of an object. */
  readonly shape: Readonly<Record<string, z.ZodType>> | undefined
  /** Of an array. */
  readonly element: z.ZodType | undefined
  /** Of a union. */
  readonly options: readonly z.ZodType[] | undefined
  /** Of a literal or an enumeration. */
  readonly values: readonly unknown[] | undefined
}

type Definition = {
  type: string
  innerType?: z.ZodType
  defaultValue?: unknown
  shape?: Record<string, z.ZodType>
  element?: z.ZodType
  options?: readonly z.ZodType[]
  entries?: Record<string, unknown>
  values?: readonly unknown[]
}

export function viewOf(schema: z.ZodType): SchemaView {
  let inner = schema
  let optional = false
  let defaultValue: unknown
  let description = schema.description
  for (;;) {
    const definition = inner.def as Definition
    if (definition.innerType === undefined) break
    if (definition.type === 'optional') optional = true
    if (definition.type === 'prefault' || definition.type === 'default') {
      optional = true
      defaultValue = definition.defaultValue
    }
    inner = definition.innerType
    description ??= inner.description
  }
  const definition = inner.def as Definition
  return {
    kind: definition.type,
    description,
    shown: (inner.meta() as { shown?: string } | undefined)?.shown,
    optional,
    defaultValue,
    shape: definition.shape,
    element: definition.element,
    options: definition.type === 'union' ? definition.options : undefined,
    values: definition.values ?? (definition.entries && Object.values(definition.entries))
  }
}
