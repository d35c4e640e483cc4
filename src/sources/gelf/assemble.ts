/**
 * GELF over UDP: datagrams to messages.
 *
 *   datagram = chunk / payload
 *   chunk    = 1E 0F  id (8)  number (1)  count (1, at most 128)  part
 *   payload  = JSON / gzip (1F 8B) / zlib (78)
 *
 * Memory is bounded: parts of at most 1024 messages and 16 MiB wait, for 5 s each, as the specification has it; the oldest go first.
 */

import { gunzipSync, inflateSync } from 'node:zlib'
import { messageOf } from '../../core/errors.ts'

const chunksMax = 128
const waitMs = 5000
const messagesMax = 1024
const partsBytesMax = 16 << 20

type Waiting = { readonly parts: (Buffer | undefined)[]; count: number; bytes: number; readonly sinceMs: number }

export class GelfAssembler {
  readonly #waiting = new Map<string, Waiting>()
  readonly #lost: (parts: Buffer, reason: string) => void
  #bytes = 0

  /** `lost` is told of messages that never became whole. */
  constructor(lost: (parts: Buffer, reason: string) => void) {
    this.#lost = lost
  }

  /** The payload, where the datagram is one or completes one. */
  add(datagram: Buffer, sender: string, nowMs: number): Buffer | undefined {
    this.expire(nowMs)
    if (datagram[0] !== 0x1e || datagram[1] !== 0x0f) return datagram
    const number = datagram[10] ?? 0
    const count = datagram[11] ?? 0
    if (datagram.length < 12 || count === 0 || count > chunksMax || number >= count) {
      this.#lost(datagram, 'a GELF chunk that cannot be: its number or count is out of bounds')
      return undefined
    }
    const key = `${sender} ${datagram.toString('latin1', 2, 10)}`
    let message = this.#waiting.get(key)
    if (message === undefined) {
      message = { parts: new Array(count).fill(undefined), count: 0, bytes: 0, sinceMs: nowMs }
      this.#waiting.set(key, message)
    }
    if (number >= message.parts.length || message.parts[number] !== undefined) return undefined
    // A copy, so that the receive buffer behind it is not kept.
    const part = Buffer.from(datagram.subarray(12))
    message.parts[number] = part
    message.count++
    message.bytes += part.length
    this.#bytes += part.length
    if (message.count === message.parts.length) {
      this.#forget(key, message)
      return joined(message)
    }
    while (this.#waiting.size > messagesMax || this.#bytes > partsBytesMax) this.#loseOldest('too many were waiting')
    return undefined
  }

  /** Gives up what has waited too long; all of it with `Infinity`. */
  expire(nowMs: number): void {
    for (const { sinceMs } of this.#waiting.values()) {
      if (nowMs - sinceMs < waitMs) return
      this.#loseOldest('the others did not come')
    }
  }

  #loseOldest(why: string): void {
    const [key, message] = this.#waiting.entries().next().value!
    this.#forget(key, message)
    this.#lost(joined(message), `${message.count} of ${message.parts.length} GELF chunks: ${why}`)
  }

  #forget(key: string, message: Waiting): void {
    this.#waiting.delete(key)
    this.#bytes -= message.bytes
  }
}

function joined({ parts }: Waiting): Buffer {
  return Buffer.concat(parts.filter(part => part !== undefined))
}

/** The JSON of a payload, inflated up to the bound; or why it cannot be had. */
export function inflated(payload: Buffer, bytesMax: number): Buffer | string {
  try {
    if (payload[0] === 0x1f && payload[1] === 0x8b) return gunzipSync(payload, { maxOutputLength: bytesMax })
    if (payload[0] === 0x78) return inflateSync(payload, { maxOutputLength: bytesMax })
  } catch (error) {
    return `a GELF payload that cannot be inflated to at most ${bytesMax} bytes: ${messageOf(error)}`
  }
  return payload.length > bytesMax ? `the message is too long: ${payload.length} bytes (at most ${bytesMax})` : payload
}
