/** A way over TCP to a server, on which answers get lost: what a sender was not told of may be durable all the same. */

import { connect, createServer, type Socket } from 'node:net'

export type LossyWay = {
  readonly port: number
  /** From now on, no answer of the connections that there are arrives. */
  loseAnswers(): void
  /** All connections break. */
  break(): void
  close(): Promise<void>
}

export async function lossyWay(to: number): Promise<LossyWay> {
  const deaf = new Set<Socket>()
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, sender => {
    const way = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
    for (const [socket, other] of [
      [sender, way],
      [way, sender]
    ] as const) {
      open.add(socket)
      socket.on('data', bytes => {
        if (deaf.has(other)) return
        if (!other.write(bytes)) socket.pause()
      })
      socket.on('drain', () => other.resume())
      socket.on('end', () => other.end())
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        deaf.delete(socket)
        other.destroy()
      })
    }
    senders.add(sender)
    sender.on('close', () => senders.delete(sender))
  })
  const senders = new Set<Socket>()
  const breakAll = (): void => {
    for (const socket of open) socket.destroy()
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    loseAnswers() {
      for (const sender of senders) deaf.add(sender)
    },
    break: breakAll,
    async close() {
      breakAll()
      await new Promise<void>(resolve => server.close(() => resolve()))
    }
  }
}
