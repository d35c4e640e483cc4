/** What the Kafka client is told of a source's configuration, and its errors in words. */

import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { ConsumerOptions } from '@platformatic/kafka'
import { messageOf, PicketError } from '../../core/errors.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'

export type KafkaConfig = Extract<SourceConfig, { type: 'kafka' }>

const timeoutMs = 20_000

export function groupOf({ group, name }: KafkaConfig): string {
  return group ?? `picket-${name}`
}

/** Throws `tls-files` where a file cannot be read. */
export function clientOptions(config: KafkaConfig, instance: string): ConsumerOptions<Buffer, Buffer, Buffer, Buffer> {
  const { tls, sasl } = config
  const pem = (file: string | undefined, key: string) => (file === undefined ? {} : { [key]: readPem(file, key) })
  return {
    clientId: 'picket',
    groupId: groupOf(config),
    bootstrapBrokers: [...config.brokers],
    connectTimeout: 10_000,
    requestTimeout: timeoutMs,
    timeout: timeoutMs,
    retries: 3,
    retryDelay: 300,
    autocreateTopics: false,
    autocommit: false,
    // The group knows us again by this name: who was killed comes back at once, and need not be missed first.
    groupInstanceId: instance,
    // Who was killed and does not come back is missed after this.
    sessionTimeout: 10_000,
    heartbeatInterval: 2_000,
    rebalanceTimeout: 15_000,
    isolationLevel: 1,
    ...(tls === undefined
      ? {}
      : {
          tls: { ...pem(tls.ca, 'ca'), ...pem(tls.cert, 'cert'), ...pem(tls.key, 'key') },
          // Addresses cannot be asked for by name (SNI); where brokers are told by address, all are.
          tlsServerName: !config.brokers.some(isAddress)
        }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } })
  }
}

function isAddress(broker: string): boolean {
  return isIP(broker.slice(0, broker.lastIndexOf(':')).replace(/^\[|\]$/g, '')) !== 0
}

function readPem(file: string, key: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new PicketError('tls-files', `cannot read ${file} (tls.${key}): ${messageOf(cause)}`, { cause })
  }
}

/** The client nests errors: what happened, at the bottom, each thing once. */
export function inWords(error: unknown): string {
  const found = new Set<string>()
  collect(error, found, 0)
  const texts = [...found].slice(0, 3).join('; ')
  if (/unknown ca|self.signed|unable to (get|verify)|altname|certificate/i.test(texts))
    return `${texts} (check tls.ca, and that the brokers' certificates name the hosts)`
  if (/SASL|authenticat/i.test(texts)) return `${texts} (check sasl: mechanism, username, password)`
  if (/authoriz/i.test(texts)) return `${texts} (the user needs READ on the topics and on the group)`
  return texts
}

function collect(error: unknown, found: Set<string>, depth: number): void {
  if (!(error instanceof Error) || depth > 6 || found.size >= 8) return
  const inner = [...(error instanceof AggregateError ? error.errors : []), error.cause].filter(
    one => one instanceof Error
  )
  if (inner.length === 0) found.add(error.message.replace(/\.$/, '').slice(0, 300))
  for (const one of inner) collect(one, found, depth + 1)
}

/** Does the error say so of itself or within? `OFFSET_OUT_OF_RANGE` and the like. */
export function says(error: unknown, apiId: string): boolean {
  return hasWithin(error, 'apiId', apiId)
}

/** Likewise, by the code of an error of ours. */
export function codeWithin(error: unknown, code: string): boolean {
  return hasWithin(error, 'code', code)
}

function hasWithin(error: unknown, key: 'apiId' | 'code', value: string, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 6) return false
  if ((error as { apiId?: unknown; code?: unknown })[key] === value) return true
  return (
    hasWithin(error.cause, key, value, depth + 1) ||
    (error instanceof AggregateError && error.errors.some(one => hasWithin(one, key, value, depth + 1)))
  )
}
