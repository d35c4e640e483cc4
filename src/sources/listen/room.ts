/**
 * The connections of a listener, and who makes room: for a new one where there are as many as may be, and for bytes where the unfinished
 * messages of all connections together hold more than they may. One address alone never keeps the others out.
 */

import type { Socket } from 'node:net'

export type Connection = {
  readonly socket: Socket
  readonly address: string
  /** When bytes came from it last, by `performance.now()`. */
  heardMs: number
  /** The bytes of its unfinished message, and since when there are any. */
  heldBytes: number
  heldSinceMs: number
}

/** At the bound, a connection that has been silent for as long as this makes room for any. */
const silentMs = 60_000
/** One of an address with more connections than the newcomer's must be silent for so long only. */
const crowdedSilentMs = 1000

export class Room {
  readonly #connections = new Map<Socket, Connection>()
  readonly #byAddress = new Map<string, number>()
  #heldBytes = 0

  get size(): number {
    return this.#connections.size
  }

  get all(): Iterable<Connection> {
    return this.#connections.values()
  }

  add(socket: Socket, address: string, nowMs: number): Connection {
    const connection = { socket, address, heardMs: nowMs, heldBytes: 0, heldSinceMs: nowMs }
    this.#connections.set(socket, connection)
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1)
    return connection
  }

  remove(socket: Socket): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined) return
    this.#connections.delete(socket)
    this.#heldBytes -= connection.heldBytes
    const left = this.#byAddress.get(connection.address)! - 1
    if (left === 0) this.#byAddress.delete(connection.address)
    else this.#byAddress.set(connection.address, left)
  }

  heard(socket: Socket, atMs: number): void {
    const connection = this.#connections.get(socket)
    if (connection !== undefined) connection.heardMs = atMs
  }

  /**
   * The connection that makes room for another one of the address, where there are `most` already: of the addresses that have more than it
   * has the most crowded, and of its connections the one that has been silent the longest. Undefined: none has to, the newcomer goes.
   */
  whoMakesRoom(address: string, nowMs: number): Connection | undefined {
    const mine = this.#byAddress.get(address) ?? 0
    let crowded: string | undefined
    let count = mine + 1
    for (const [other, connections] of this.#byAddress)
      if (connections > count) {
        crowded = other
        count = connections
      }
    let silent: Connection | undefined
    for (const connection of this.#connections.values()) {
      const enough = connection.address === crowded ? crowdedSilentMs : silentMs
      if (nowMs - connection.heardMs >= enough && (silent === undefined || connection.heardMs < silent.heardMs))
        silent = connection
    }
    return silent
  }

  /** Notes what a connection's unfinished message holds now. */
  holds(connection: Connection, bytes: number, nowMs: number): void {
    if (this.#connections.get(connection.socket) !== connection) return
    this.#heldBytes += bytes - connection.heldBytes
    if (connection.heldBytes === 0) connection.heldSinceMs = nowMs
    connection.heldBytes = bytes
  }

  /** Where all hold more than `most` together: who has not finished a message for the longest. A message that is sent at once is finished soon. */
  whoHoldsTooLong(most: number): Connection | undefined {
    if (this.#heldBytes <= most) return undefined
    let longest: Connection | undefined
    for (const connection of this.#connections.values())
      if (connection.heldBytes > 0 && (longest === undefined || connection.heldSinceMs < longest.heldSinceMs))
        longest = connection
    return longest
  }
}
