/** Kafka: a message for each record, in the partition of its key. Acknowledged by all replicas that are in sync. */

import { isIP } from 'node:net'
import { z } from 'zod'
import { messageOf, PicketError } from '../core/errors.ts'
import { Batcher } from './batcher.ts'
import { countOption, flagOption, textOption, timeOption } from './options.ts'
import { AttemptError, Attempts, batchedSink } from './retry.ts'
import { sinkKind } from './sink.ts'

export const kafka = sinkKind({
  schemes: ['kafka', 'kafka+tls'],
  example: 'kafka://broker1:9092,broker2:9092/topic',
  about: 'An Apache Kafka topic. A user in the address means SASL.',
  ownsQuery: true,
  options: z.strictObject({
    mechanism: z
      .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
      .optional()
      .describe('Of SASL. Default: SCRAM-SHA-512.'),
    password: textOption().optional().describe('Better in the environment: KAFKA_PASSWORD.'),
    ca: textOption().optional().describe('TLS: a file with the certificates to trust.'),
    compression: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).optional().describe('Default: none.'),
    create: flagOption().optional().describe("Make the topic if it is not there (if the brokers' settings let it)."),
    lines: countOption(1, 10_000).optional().describe('Messages a request, at most. Default: 1000.'),
    linger: timeOption().optional().describe('How long a record waits for others. Default: 100ms.')
  }),
  async open({ scheme, host, path, user, password, shown }, options, context) {
    if (host === '' || path === '' || path.includes('/'))
      throw new PicketError('sink-options', 'Name brokers and topic: kafka://BROKER:9092/TOPIC')
    const { Producer, stringSerializers } = await import('@platformatic/kafka')
    const { readFileSync } = await import('node:fs')
    const secret = password ?? options.password ?? context.env['KAFKA_PASSWORD']
    const producer = new Producer({
      clientId: 'picket-generate',
      bootstrapBrokers: host.split(',').map(broker => (/:\d+$/.test(broker) ? broker : `${broker}:9092`)),
      serializers: stringSerializers,
      retries: 0,
      connectTimeout: 10_000,
      requestTimeout: 20_000,
      timeout: 20_000,
      ...(scheme === 'kafka+tls' && {
        tls: options.ca === undefined ? {} : { ca: [readFileSync(options.ca)] },
        // Addresses cannot be asked for by name (SNI).
        tlsServerName: !host.split(',').some(broker => isIP(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) !== 0)
      }),
      ...(user !== undefined && {
        sasl: { mechanism: options.mechanism ?? 'SCRAM-SHA-512', username: user, password: secret ?? '' }
      })
    })
    const attempts = new Attempts(shown, context)
    const limits = {
      lines: options.lines ?? 1000,
      bytes: 900_000,
      lingerMs: options.linger ?? 100,
      // One at once: with several, a retry would change the order.
      inFlight: 1
    }
    const batcher = new Batcher(limits, async ({ lines, keys }) => {
      const messages = lines.map((value, at) =>
        keys[at] === undefined ? { topic: path, value } : { topic: path, value, key: keys[at] }
      )
      await attempts.until(async () => {
        try {
          await producer.send({
            messages,
            acks: -1,
            autocreateTopics: options.create ?? false,
            ...(options.compression !== undefined && { compression: options.compression })
          })
        } catch (error) {
          throw new AttemptError(innermost(error), canRetry(error))
        }
      })
    })
    return batchedSink(shown, batcher, attempts, () => producer.close(true))
  }
})

/** Several brokers' errors come as one; the one that says why is inside. */
function innermost(error: unknown): string {
  let one = error as { errors?: unknown[]; cause?: unknown }
  for (let depth = 0; depth < 8; depth++) {
    const inner = one.errors?.[0] ?? one.cause
    if (!(inner instanceof Error)) break
    one = inner as typeof one
  }
  return messageOf(one)
}

function canRetry(error: unknown): boolean {
  for (let one = error as { errors?: unknown[]; cause?: unknown; canRetry?: boolean }, depth = 0; depth < 8; depth++) {
    const inner = (one.errors?.[0] ?? one.cause) as typeof one | undefined
    if (inner === undefined) return one.canRetry !== false
    one = inner
  }
  return true
}
