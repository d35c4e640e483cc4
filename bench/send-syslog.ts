/**
 * Sends syslog in a process of its own: `node bench/send-syslog.ts tcp|udp PORT COUNT PER-SECOND CONNECTIONS`. PER-SECOND 0: as fast as it
 * is taken. Prints how many were sent and the milliseconds it took, as JSON.
 */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { syslogLine } from './syslog-corpus.ts'

const [how = 'tcp', port = '0', count = '0', perSecond = '0', connections = '1'] = process.argv.slice(2)
const total = Number(count)
const rate = Number(perSecond)
/** Made beforehand, and sent over and over: what is measured is who reads them. */
const differentMax = 100_000
const made: Buffer[] = []
for (let i = 0; i < Math.min(total, differentMax); i++)
  made.push(Buffer.from(syslogLine(i, Date.now()) + (how === 'tcp' ? '\n' : '')))

const sent = how === 'udp' ? await overUdp() : await overTcp(Number(connections))
console.log(JSON.stringify(sent))

async function overTcp(wanted: number): Promise<{ sent: number; ms: number }> {
  const sockets: Socket[] = []
  for (let at = 0; at < wanted; at += 100) {
    const some = Array.from({ length: Math.min(100, wanted - at) }, () => connect(Number(port), '127.0.0.1'))
    await Promise.all(some.map(socket => once(socket, 'connect')))
    sockets.push(...some)
  }
  const fromMs = performance.now()
  // A connection sends packets of up to 64 KiB or its share, as a forwarder with a queue does.
  const perPacket = Math.max(1, Math.min(400, Math.floor(total / wanted)))
  let at = 0
  const lane = async (socket: Socket): Promise<void> => {
    while (at < total) {
      const from = at
      at = Math.min(total, at + perPacket)
      const lines: Buffer[] = []
      for (let i = from; i < at; i++) lines.push(made[i % made.length]!)
      if (!socket.write(Buffer.concat(lines))) await once(socket, 'drain')
      if (rate > 0) {
        const aheadMs = (at / rate) * 1000 - (performance.now() - fromMs)
        if (aheadMs > 0) await sleep(aheadMs)
      } else if (wanted > 1) await sleep(0)
    }
  }
  await Promise.all(sockets.map(lane))
  await Promise.all(sockets.map(socket => new Promise(resolve => socket.on('close', resolve).end())))
  return { sent: total, ms: performance.now() - fromMs }
}

async function overUdp(): Promise<{ sent: number; ms: number }> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.connect(Number(port), '127.0.0.1', resolve))
  const fromMs = performance.now()
  let at = 0
  let failed = 0
  while (at < total) {
    const due = Math.min(total, Math.floor(((performance.now() - fromMs) / 1000) * rate) + 1)
    const batch: Promise<void>[] = []
    for (; at < due && batch.length < 200; at++)
      batch.push(
        new Promise(resolve =>
          socket.send(made[at % made.length]!, error => {
            if (error !== null) failed++
            resolve()
          })
        )
      )
    await Promise.all(batch)
    if (batch.length === 0) await sleep(1)
  }
  socket.close()
  return { sent: total - failed, ms: performance.now() - fromMs }
}
