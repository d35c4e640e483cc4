/** A source of type `kafka` in `picket.yaml`. */

import { z } from 'zod'
import { file, sourceName } from '../config-values.ts'
import { shared } from './shared.ts'

const broker = z
  .string()
  .max(300)
  .regex(/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, 'is not HOST:PORT, like kafka.example.org:9092')

const topic = z
  .string()
  .min(1)
  .max(249)
  .regex(/^[A-Za-z0-9._*-]+$/, 'may hold letters, digits, dots, dashes, underscores, and * for any characters')

const tls = z.strictObject({
  ca: file()
    .optional()
    .describe("The authority, PEM, that the brokers' certificates come from. Default: those the system trusts."),
  cert: file().optional().describe('A certificate to show, PEM.'),
  key: file().optional().describe('Its private key, PEM.')
})

const sasl = z.strictObject({
  mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).describe('How to log in.'),
  username: z.string().min(1).max(1024).describe('As whom.'),
  password: z.string().min(1).max(4096).describe('Better taken from the environment (see above).')
})

export const kafka = z.strictObject({
  type: z.literal('kafka').describe('Reads topics of Apache Kafka: [docs/sources/kafka.md](sources/kafka.md).'),
  name: sourceName().describe('What the source is called in the ledger.'),
  brokers: z.array(broker).min(1).max(100).describe('Some of its brokers, `HOST:PORT`; the others are found.'),
  topics: z
    .array(topic)
    .min(1)
    .max(1000)
    .describe("Topics by name; `*` stands for any characters (`audit-*`), but never matches Kafka's own (`__…`)."),
  group: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('The consumer group. Pickets of one group share the partitions. Default: `picket-` and the name.'),
  start: z
    .enum(['earliest', 'latest'])
    .prefault('earliest')
    .describe('Where to begin the first time: with what the topics hold, or with what comes from now on.'),
  records: z
    .enum(['messages', 'lines'])
    .prefault('messages')
    .describe('Is each message one record, or each of its lines?'),
  tls: tls
    .optional()
    .describe('Speak TLS with the brokers. `{}` is enough where the system trusts their certificates.'),
  sasl: sasl.optional().describe('Log in. Without `tls`, PLAIN sends the password so that it can be read on the way.'),
  ...shared
})
