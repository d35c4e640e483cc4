/**
 * What may stand in `picket.yaml`: each key once, with its type, its default and the sentence that explains it.
 * Validation (`config.ts`), the reference page and the tests derive from this schema.
 */

import { isIP } from 'node:net'
import { z } from 'zod'
import { isRange } from './address-range.ts'
import { duration, file, size } from './config-values.ts'
import { gate } from './gate-schema.ts'
import { logLevels } from './log.ts'
import { sourceSchemas } from './sources/index.ts'

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

const domain = () =>
  z
    .string()
    .min(3)
    .max(255)
    .regex(/^[^\s@/]+\.[^\s@/]+$/, 'is not a domain like example.com')
    .transform(text => text.toLowerCase())

/** An address, with a port where it is not 53. */
function isNameServer(text: string): boolean {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)|([0-9a-fA-F:]+:[0-9a-fA-F:.]*))(?::(\d{1,5}))?$/.exec(text)
  if (match === null) return isIP(text) !== 0
  const address = match[1] ?? match[2] ?? match[3] ?? ''
  return (isIP(address) !== 0 || isIP(text) !== 0) && Number(match[4] ?? 53) <= 65_535
}

const mail = z.strictObject({
  domains: z
    .array(domain())
    .max(200)
    .prefault([])
    .describe(
      'Our own domains (`example.com`): mail that says it is from them, and domains that look like them, are checked.'
    ),
  people: z
    .array(z.string().min(3).max(100))
    .max(1000)
    .prefault([])
    .describe('Names of people that attackers pretend to be, as they stand in mails: `Ann Example`.'),
  brands: z
    .array(
      z.strictObject({
        name: z.string().min(2).max(60).describe('As it stands in senders’ names: `Example Bank`.'),
        domains: z.array(domain()).min(1).max(50).describe('The domains that it writes from.')
      })
    )
    .max(500)
    .prefault([])
    .describe('Brands that are imitated, beside those that Picket knows.'),
  authservIds: z
    .array(z.string().min(1).max(255))
    .max(50)
    .prefault([])
    .describe(
      'Mail servers whose `Authentication-Results` are believed, by the name that stands in them. They must take such headers away from what comes from outside.'
    ),
  relays: z
    .array(
      z
        .string()
        .min(1)
        .max(255)
        .refine(
          text => isRange(text) || /^(?=.*[a-zA-Z])[a-zA-Z0-9][a-zA-Z0-9.-]*$/.test(text),
          'is neither an address, nor a range like 10.0.0.0/8, nor a name'
        )
    )
    .max(200)
    .prefault([])
    .describe(
      'Our own mail servers: addresses and ranges from which mail is brought, and names (`mx.example.com`) whose `Received` headers are believed. SPF then asks about who sent to them.'
    ),
  dns: z
    .boolean()
    .prefault(true)
    .describe('Look up names for SPF, DKIM and DMARC. Without it, none of them is ever a pass by our own word.'),
  dnsServers: z
    .array(
      z
        .string()
        .min(2)
        .max(64)
        .refine(isNameServer, 'is not an address like 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353')
    )
    .max(8)
    .prefault([])
    .describe('Name servers to ask (`192.0.2.53`, `[2001:db8::53]:5353`). Default: those of the system.'),
  dnsTimeout: duration().prefault('5s').describe('How long one question may take.'),
  verifyFiles: z
    .boolean()
    .prefault(false)
    .describe('Look up names also for mail from files. They are names that strangers chose: they see who asks.')
})

export const configSchema = z.strictObject({
  server: server.prefault({}).describe('The web server: the page and the API.'),
  storage: storage.prefault({}).describe('Where events are kept, and for how long.'),
  bus: bus.prefault({}).describe('The durable queue between the sources and the store.'),
  limits: limits.prefault({}).describe('Bounds on what comes from outside.'),
  mail: mail.prefault({}).describe('What the checks of mail are told: [docs/how-to/mail.md](how-to/mail.md).'),
  sources: z
    .array(z.discriminatedUnion('type', sourceSchemas))
    .max(1000)
    .prefault([])
    .describe('Where records come from.'),
  gate: gate
    .optional()
    .describe(
      'Of a gatekeeper (`picket serve --role gate`): [docs/how-to/gatekeeper.md](how-to/gatekeeper.md). The main Picket does not read it.'
    ),
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
  /** Of an array, or of a record: what each entry is. */
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
  valueType?: z.ZodType
  getter?: () => z.ZodType
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
    if (definition.getter !== undefined) {
      inner = definition.getter()
      continue
    }
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
    element: definition.element ?? definition.valueType,
    options: definition.type === 'union' ? definition.options : undefined,
    values: definition.values ?? (definition.entries && Object.values(definition.entries))
  }
}
