/**
 * What the sources that listen are given, and what they give back: the words between them and `pipeline/listen-sources.ts`.
 * Each kind is a folder in `src/sources/` and a line in its list there.
 */

import type { Chunk } from '../../core/chunk.ts'
import { messageOf, PicketError } from '../../core/errors.ts'
import type { RateCounts, SenderRates } from './sender-rates.ts'

export type ListenLog = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export type ListenContext = {
  /** Resolves when the chunks are durable; waits while the pipeline is behind. Rejects: nothing was taken. Their memory is the source's again then. */
  readonly append: (chunks: readonly Chunk[]) => Promise<void>
  readonly log: ListenLog
  readonly nowMs: () => number
  readonly recordBytesMax: () => number
  /** Is it the secret of an API token that may bring records in? */
  readonly isIngestToken: (secret: string) => boolean
  /** How much one sender may bring in. Absent: no bound. */
  readonly rates?: SenderRates
  /** The latest chunks of a source that were made durable before now, the oldest first, as far back as is cheap. Absent: cannot be told. */
  readonly recent?: (source: string) => Promise<readonly Chunk[]>
}

/** What a source has seen since it began to listen. */
export type Figures = {
  /** Records taken from the network. */
  readonly records: number
  /** Datagrams that the kernel dropped since its buffer was full. */
  readonly kernelDrops: number
  /** Datagrams that were dropped since what waits for the disk was at its bound. */
  readonly drops: number
  /** Connections and datagrams of addresses that are not allowed, connections beyond the bound, and those that did not keep to the protocol. */
  readonly refused: number
  readonly connections: number
  /** Bytes that are not durable yet. */
  readonly waitingBytes: number
  /** Messages that came again and were recognised by the source itself: acknowledged, and not taken twice. */
  readonly repeats?: number
  /** How often senders, or the source, were beyond their rates. */
  readonly limited?: RateCounts
}

/** A source that listens. `C` is its part of the configuration. */
export type Listening<C> = {
  /** The ports that it took, where 0 was asked for. */
  readonly ports: readonly number[]
  /** Puts in force what can change while it listens: all but where it listens. */
  use(config: C): void
  figures(): Figures
  /** Takes nothing new, reads what has arrived, and resolves when all of it is durable. */
  close(): Promise<void>
}

/** What a source with one server and one outlet gives back, but for `use`. */
export function listeningOn(
  server: { readonly port: number; readonly connections: number; readonly refused: number; close(): Promise<void> },
  outlet: { readonly records: number; readonly waitingBytes: number; drain(): Promise<void> }
): Omit<Listening<never>, 'use'> {
  return {
    ports: [server.port],
    figures: () => ({
      records: outlet.records,
      kernelDrops: 0,
      drops: 0,
      refused: server.refused,
      connections: server.connections,
      waitingBytes: outlet.waitingBytes
    }),
    async close() {
      await server.close()
      await outlet.drain()
    }
  }
}

/** Why an address cannot be listened on, and what to do about it. */
export function listenError(error: unknown, what: string, host: string, port: number): PicketError {
  const { code } = error as NodeJS.ErrnoException
  const cause = { cause: error }
  if (code === 'EADDRINUSE')
    return new PicketError(
      'port-taken',
      `${what} port ${port} of ${host} is taken: stop the other program, or choose another port`,
      { ...cause, retryable: true }
    )
  if (code === 'EACCES')
    return new PicketError(
      'port-forbidden',
      `${what} port ${port} may not be taken: ports below 1024 need rights. Choose one from 1024 on, or give Node the right: setcap cap_net_bind_service=+ep (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE)`,
      cause
    )
  if (code === 'EADDRNOTAVAIL')
    return new PicketError('no-such-address', `this machine has no address ${host}: choose another host`, {
      ...cause,
      retryable: true
    })
  return new PicketError('listen', `cannot listen on ${what} port ${port} of ${host}: ${messageOf(error)}`, cause)
}

/** An IPv4 address that came in over an IPv6 socket is itself. */
export function addressOf(remote: string | undefined): string {
  if (remote === undefined) return 'unknown'
  return remote.startsWith('::ffff:') && remote.includes('.') ? remote.slice(7) : remote
}
