/** A UDP socket that listens: gives each datagram with its sender's address, and knows what was lost. */

import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import { kernelDrops } from './kernel-drops.ts'
import type { SenderRates } from './sender-rates.ts'
import { addressOf, type ListenLog, listenError } from './source.ts'

export type UdpListener = {
  readonly port: number
  /** Dropped by the kernel since we listen. */
  readonly kernelDrops: number
  /** Reads what has arrived, and closes. */
  close(): Promise<void>
}

/** What the kernel is asked for; it gives at most `net.core.rmem_max`. */
const receiveBytes = 16 << 20
const quietMs = 20
const drainMs = 1000

/** Throws `port-taken`, `port-forbidden`, `no-such-address`, `listen`. */
export async function listenUdp(
  at: { readonly host: string; readonly port: number },
  receive: (datagram: Buffer, address: string, port: number) => void,
  log: ListenLog,
  rates?: SenderRates
): Promise<UdpListener> {
  const socket = createSocket({ type: isIPv6(at.host) ? 'udp6' : 'udp4' })
  let heard = 0
  try {
    await bound(socket, at)
  } catch (error) {
    socket.close()
    throw listenError(error, 'UDP', at.host, at.port)
  }
  socket.on('error', error => log.warn({ port: at.port, error: error.message }, 'a UDP socket reports an error'))
  socket.on('message', (datagram, remote) => {
    heard++
    const address = addressOf(remote.address)
    if (rates === undefined || rates.admits(address, datagram.length)) receive(datagram, address, remote.port)
  })
  try {
    socket.setRecvBufferSize(receiveBytes)
  } catch {
    // The system's own size stays.
  }
  const { port } = socket.address()
  const before = kernelDrops(port)
  let last = 0
  return {
    port,
    get kernelDrops() {
      last = Math.max(last, kernelDrops(port) - before)
      return last
    },
    async close() {
      const endMs = performance.now() + drainMs
      for (let before = -1; heard !== before && performance.now() < endMs; ) {
        before = heard
        await sleep(quietMs)
        // At least once through what the socket has.
        await immediate()
      }
      await new Promise<void>(resolve => socket.close(() => resolve()))
    }
  }
}

function bound(socket: Socket, at: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: at.host, port: at.port }, () => {
      socket.removeListener('error', reject)
      resolve()
    })
  })
}
