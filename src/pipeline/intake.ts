/**
 * The way in: chunks from any source to the bus topic `raw`, and into the ledger as received. `append` resolves when the chunks are
 * durable; it waits while the pipeline is too far behind, which holds the source back (backpressure).
 *
 * Mails go to a topic of their own first, `email.raw`, from which the mail lane carries them over when it has found out what needs the network
 * (docs/adr/0023). They are received when that topic has them; a chunk that is carried says up to where, and is told to the ledger in one
 * transaction with the lane's position: so none is carried twice.
 */

import type { Bus, StoredMessage } from '../core/bus.ts'
import type { Chunk } from '../core/chunk.ts'
import { heartbeatSource } from '../core/detection.ts'
import { PicketError } from '../core/errors.ts'
import type { Ledger } from '../state/ledger.ts'
import { chunkOf, mailTopic, openEntrance, rawPartition, rawTopic } from './entrance.ts'
import { recentChunks } from './recent-chunks.ts'

export { chunkOf, mailTopic, rawPartition, rawTopic }

export const mailFormat = 'email'

export type Intake = {
  /** Durable, and in the ledger, when it resolves. Rejects with the bus's errors (`bus-full`, …): then nothing of it was taken. */
  append(chunks: readonly Chunk[]): Promise<void>
  /** What became of the mails before `next`: all of it goes over, or none. */
  carry(chunks: readonly Chunk[], next: number): Promise<void>
  /** Tells the ledger of messages read from the bus, as far as it does not know them yet. Throws what the ledger throws. */
  note(messages: readonly StoredMessage[]): void
  /** The pipeline has settled everything before `offset`. */
  settled(offset: number): void
  /** The latest chunks of a source, the oldest first: those among the last 64 MiB or so of the bus. */
  recent(source: string): Promise<readonly Chunk[]>
  readonly backlogBytes: number
  /** Mails that the lane has not carried over yet, bytes, of this life. */
  readonly mailBytes: number
}

export type IntakeOptions = {
  readonly backlogBytesMax: number
  /** Set where a mail lane runs: the most that may wait for it. Without it, mails go to `raw` as everything else. */
  readonly mailBytesMax?: number
  readonly retryMs?: number
}

export async function openIntake(bus: Bus, ledger: Ledger, options: IntakeOptions): Promise<Intake> {
  const retryMs = options.retryMs ?? 500
  const raw = await openEntrance(bus, ledger, rawTopic, options.backlogBytesMax, retryMs)
  // After `raw`: what is there says how far the lane was.
  const mail =
    options.mailBytesMax === undefined
      ? undefined
      : await openEntrance(bus, ledger, mailTopic, options.mailBytesMax, retryMs)

  return {
    async append(chunks) {
      if (chunks.some(({ headers }) => headers.source === heartbeatSource && headers.heartbeat === undefined))
        throw new PicketError('reserved-source', `No source may be called ${heartbeatSource}: choose another name.`)
      if (mail === undefined || !chunks.some(isMail)) return raw.append(chunks)
      await mail.append(chunks.filter(isMail))
      await raw.append(chunks.filter(chunk => !isMail(chunk)))
    },
    async carry(chunks, next) {
      await raw.append(
        chunks.map(({ headers, body }) => ({
          headers: { ...headers, carried: { next, counted: headers.format === mailFormat } },
          body
        }))
      )
      mail?.settled(next)
    },
    note: messages => raw.note(messages),
    settled: offset => raw.settled(offset),
    recent: source => recentChunks(bus, rawTopic, rawPartition, source),
    get backlogBytes() {
      return raw.backlogBytes
    },
    get mailBytes() {
      return mail?.backlogBytes ?? 0
    }
  }
}

/** What is dead on arrival needs no looking at. */
export function isMail({ headers }: Chunk): boolean {
  return (
    headers.format === mailFormat &&
    headers.framing === 'sized' &&
    headers.dead === undefined &&
    headers.heartbeat === undefined
  )
}
