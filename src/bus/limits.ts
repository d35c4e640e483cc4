/**
 * What a bus accepts: names, partitions, sizes. Shared by the embedded bus and its twin in memory, so that both refuse the same.
 * Every refusal is a `PicketError` with a stable code and is not retryable.
 */
import type { BusMessage } from '../core/bus.ts'
import { PicketError } from '../core/errors.ts'

export const messageBytesMaxDefault = 32 * 1024 * 1024
export const segmentBytesMaxDefault = 64 * 1024 * 1024
/** A message's headers as JSON, bytes. */
export const headerBytesMax = 64 * 1024
/** One append in all, bytes: it is held in memory and is all or none. */
export const appendBytesMax = 256 * 1024 * 1024
export const partitionsMax = 1024

/** Kafka's legal names, without a leading dot (our own files have one). */
const legalTopic = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/

export function checkTopic(topic: string, partitions: number): void {
  if (!legalTopic.test(topic)) {
    throw new PicketError(
      'bus-bad-topic',
      `create topic ${JSON.stringify(topic.slice(0, 80))}: a name is 1 to 200 of A-Z a-z 0-9 . _ - and starts with no dot`
    )
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > partitionsMax) {
    throw new PicketError('bus-bad-topic', `create topic ${topic}: partitions must be 1 to ${partitionsMax}`)
  }
}

export function checkOffset(what: string, offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new PicketError('bus-bad-offset', `${what}: an offset is a whole number from 0 on, not ${offset}`)
  }
}

export function checkGroup(group: string): void {
  if (group.length === 0 || group.length > 200) {
    throw new PicketError('bus-bad-group', 'a consumer group has a name of 1 to 200 characters')
  }
}

/** The headers of each message as JSON, checked together with the values. */
export function headersAsJson(where: string, messages: readonly BusMessage[], messageBytesMax: number): string[] {
  const jsons: string[] = []
  let bytes = 0
  for (const message of messages) {
    const json = JSON.stringify(message.headers)
    const jsonBytes = Buffer.byteLength(json)
    if (jsonBytes > headerBytesMax) {
      throw new PicketError(
        'bus-too-large',
        `append to ${where}: headers of ${jsonBytes} bytes (at most ${headerBytesMax})`
      )
    }
    if (message.value.length > messageBytesMax) {
      throw new PicketError(
        'bus-too-large',
        `append to ${where}: a message of ${message.value.length} bytes (at most ${messageBytesMax})`
      )
    }
    bytes += jsonBytes + message.value.length
    jsons.push(json)
  }
  if (bytes > Math.max(appendBytesMax, messageBytesMax + headerBytesMax)) {
    throw new PicketError(
      'bus-too-large',
      `append to ${where}: ${bytes} bytes in one append (at most ${appendBytesMax})`
    )
  }
  return jsons
}

export function unknownTopic(topic: string, partition: number): PicketError {
  return new PicketError(
    'bus-unknown-topic',
    `there is no partition ${partition} of topic ${JSON.stringify(topic.slice(0, 80))}`
  )
}

export function busClosed(): PicketError {
  return new PicketError('bus-closed', 'the bus is closed')
}
