/** A way over TCP to a server, on which answers get lost: what a sender was not told of may be durable all the same. */

import { connect, createServer, type Socket } from 'node:net'

export type LossyWay = {
  readonly port: number
  /** From now on, no answer over the connections that there are arrives. */
  loseAnswers(): void
  /** All connections break. */
  close(): Promise<void>
}

export async function lossyWay(to: number): Promise<LossyWay> {
  const open = new Set<Socket>()
  const senders = new Set<Socket>()
  const deaf = new WeakSet<Socket>()
  const join = (from: Socket, into: Socket): void => {
    open.add(from)
    from.on('data', bytes => {
      if (!deaf.has(into) && !into.write(bytes)) from.pause()
    })
    into.on('drain', () => from.resume())
    from.on('end', () => into.end())
    from.on('error', () => {})
    from.on('close', () => {
      open.delete(from)
      senders.delete(from)
      into.destroy()
    })
  }
  const server = createServer({ allowHalfOpen: true }, sender => {
    const onward = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
    join(sender, onward)
    join(onward, sender)
    senders.add(sender)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    loseAnswers() {
      for (const sender of senders) deaf.add(sender)
    },
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      await closed
    }
  }
}
