/** What a feed's settings may be: one schema for the API, the page and whoever runs feeds. */

import { z } from 'zod'
import { levels } from '../../core/detection.ts'
import { indicatorTypes } from '../../intel/indicator.ts'
import type { Credentials } from './request.ts'

const webAddress = z
  .string()
  .max(2048)
  .refine(text => /^https?:\/\/[^\s/]/i.test(text) && URL.parse(text) !== null, 'must be a web address: https://…')
  .refine(text => !/^https?:\/\/[^/]*@/i.test(text), 'must not hold a password: give it as credentials')

/** Below the folder `intel` of the data folder: whoever may write there may be read. */
const localPath = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    text => !/^[/\\~]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\0/.test(text),
    'must be the name of a file or folder below the folder `intel` of the data folder'
  )

const header = z.string().regex(/^[\x20-\x7e]{1,4096}$/, 'must be printable ASCII')
const credentials = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('basic'), user: z.string().min(1).max(256), password: z.string().max(1024) }),
  z.object({
    kind: z.literal('token'),
    token: header,
    scheme: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,31}$/)
      .optional()
  }),
  z.object({ kind: z.literal('header'), name: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/), value: header })
]) satisfies z.ZodType<Credentials>

/** What is said of all of a feed's indicators, where they do not say it themselves. */
export const feedTerms = {
  level: z.enum(levels).optional(),
  confidence: z.int().min(0).max(100).optional(),
  labels: z.array(z.string().min(1).max(128)).max(20).optional(),
  halfLifeDays: z.number().positive().max(3650).optional().describe('Confidence halves in this time'),
  confidenceMin: z.int().min(0).max(100).optional().describe('Below it, nothing is seen')
}

const schedule = { everyMinutes: z.int().min(5).max(10_080).optional() }
const server = {
  credentials: credentials.optional(),
  ca: z.string().max(65_536).optional().describe('Certificates (PEM) to trust besides the usual ones')
}

export const feedFormats = ['csv', 'plain', 'hosts', 'drop-json', 'text', 'stix', 'misp'] as const

const list = z.object({
  kind: z.literal('list'),
  url: webAddress.optional(),
  path: localPath.optional(),
  format: z.enum(feedFormats).optional().describe('Absent: recognised'),
  column: z.string().min(1).max(128).optional(),
  delimiter: z.enum([',', ';', '\t', '|']).optional(),
  type: z.enum(indicatorTypes).optional(),
  ...server,
  ...schedule,
  ...feedTerms
})

const taxii = z.object({
  kind: z.literal('taxii'),
  url: webAddress.describe('Discovery, an API root, or a collection'),
  collections: z.array(z.string().min(1).max(256)).max(100).optional().describe('Ids, aliases or titles. Absent: all'),
  firstDays: z.int().min(1).max(3650).optional().describe('At first, only what was added in the last days'),
  ...server,
  ...schedule,
  ...feedTerms
})

const misp = z.object({
  kind: z.literal('misp'),
  url: webAddress.optional().describe('The folder with manifest.json'),
  path: localPath.optional(),
  all: z.boolean().optional().describe('Attributes that are not meant for detection, too'),
  firstDays: z.int().min(1).max(3650).optional().describe('Only events changed in the last days'),
  ...server,
  ...schedule,
  ...feedTerms
})

const warninglists = z.object({
  kind: z.literal('warninglists'),
  url: webAddress.optional().describe('A list in JSON, or a ZIP archive of lists'),
  path: localPath.optional(),
  only: z
    .array(z.string().min(1).max(256))
    .max(200)
    .optional()
    .describe('Names of lists or of their folders. Absent: all'),
  ...server,
  ...schedule
})

/** What people enter and bring in. It does not run. */
const own = z.object({ kind: z.literal('own'), ...feedTerms })

/** What peers write into a shared collection. It does not run. */
const collection = z.object({ kind: z.literal('collection'), collection: z.string().max(64), ...feedTerms })

export const feedSettings = z
  .discriminatedUnion('kind', [list, taxii, misp, warninglists, own, collection])
  .refine(
    settings => !('path' in settings && settings.path !== undefined && settings.url !== undefined),
    'url and path exclude each other'
  )
  .refine(
    settings =>
      !['list', 'misp', 'warninglists'].includes(settings.kind) ||
      ('url' in settings && settings.url !== undefined) ||
      ('path' in settings && settings.path !== undefined),
    'a url or a path is needed'
  )

export type FeedSettings = z.output<typeof feedSettings>
export type FeedSettingsOf<K extends FeedSettings['kind']> = Extract<FeedSettings, { kind: K }>

/** How often a feed runs unless it says. A server of pages is asked for news only, a whole list is long. */
export const everyMinutesDefault: Readonly<Record<FeedSettings['kind'], number | undefined>> = {
  list: 60,
  taxii: 15,
  misp: 60,
  warninglists: 1440,
  own: undefined,
  collection: undefined
}

/** Undefined: it does not run. */
export function everyMs(settings: Readonly<Record<string, unknown>>): number | undefined {
  const { kind, everyMinutes } = settings
  const usual = everyMinutesDefault[kind as FeedSettings['kind']]
  if (usual === undefined) return undefined
  return (typeof everyMinutes === 'number' && everyMinutes >= 5 ? everyMinutes : usual) * 60_000
}

/** Without its secrets: for people to see. */
export function withoutSecrets(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = settings['credentials'] as Credentials | undefined
  if (given === undefined) return { ...settings }
  const shown =
    given.kind === 'basic'
      ? { kind: 'basic', user: given.user }
      : given.kind === 'token'
        ? { kind: 'token', scheme: given.scheme }
        : { kind: 'header', name: given.name }
  return { ...settings, credentials: shown }
}
