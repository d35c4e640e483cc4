/**
 * The thread that reads Suricata's events from their Unix socket. Suricata does not wait, and the kernel holds some 150 events: so this
 * never stops reading, whatever the main thread is busy with. It hands on at most 4 MiB that are not taken yet and holds the rest.
 */

import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { EveBacklog, EveLines } from './eve-backlog.ts'
import type { EveThreadData, FromEveThread, ToEveThread } from './eve-messages.ts'

const { path, heldBytesMax, alertBytesMax } = workerData as EveThreadData
const port = parentPort!
const onWayMax = 4 << 20
const lineBytesMax = 8 << 20
const figuresMs = 1_000

const backlog = new EveBacklog(heldBytesMax, alertBytesMax)
const sockets = new Set<Socket>()
const readers = new Set<EveLines>()
/** Of connections that have ended. */
let flows = 0
let alerts = 0
let onWay = 0
let closing = false

const say = (message: FromEveThread, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)

const handOn = (): void => {
  while (onWay < onWayMax) {
    const lines = backlog.take()
    if (lines === undefined) break
    // Its own memory, which moves to the other thread.
    const bytes = new Uint8Array(lines)
    onWay += bytes.length
    say({ type: 'lines', bytes }, [bytes.buffer])
  }
  if (closing && sockets.size === 0 && backlog.heldBytes === 0 && onWay === 0) {
    sayFigures()
    say({ type: 'closed' })
    process.exit()
  }
}

const sayFigures = (): void => {
  const { lost, lostAlerts, heldBytes } = backlog
  const sum = (kind: 'flows' | 'alerts', ended: number): number =>
    [...readers].reduce((all, each) => all + each[kind], ended)
  const came = { flows: sum('flows', flows), alerts: sum('alerts', alerts) }
  say({ type: 'figures', figures: { connected: sockets.size > 0, lost, lostAlerts, heldBytes, ...came } })
}

const server = createServer(socket => {
  sockets.add(socket)
  const lines = new EveLines(
    lineBytesMax,
    whole => {
      backlog.add(whole)
      handOn()
    },
    line => say({ type: 'stats', line })
  )
  readers.add(lines)
  socket.on('data', bytes => lines.read(bytes as Buffer))
  socket.on('error', () => {})
  socket.on('close', () => {
    lines.end()
    readers.delete(lines)
    flows += lines.flows
    alerts += lines.alerts
    sockets.delete(socket)
    handOn()
  })
})
server.maxConnections = 4
server.on('error', error => say({ type: 'failed', reason: error.message }))
rmSync(path, { force: true })
server.listen(path, () => say({ type: 'listening' }))
setInterval(sayFigures, figuresMs)

port.on('message', (message: ToEveThread) => {
  if (message.type === 'taken') onWay -= message.bytes
  else {
    closing = true
    server.close()
    // Suricata has ended before: what is left to read comes, then the end.
    setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, 1_000).unref()
  }
  handOn()
})
