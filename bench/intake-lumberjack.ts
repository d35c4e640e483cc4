/**
 * `node bench/intake-lumberjack.ts [--events N] [--connections N] [--compress]`: what Beats send to Logstash, in windows of 2,048 events, two
 * of them under way on each connection, from the first byte sent to everything searchable. 1,000,000 events over 8 connections, unless told
 * otherwise.
 */

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { deflateSync } from 'node:zlib'
import { benchIntake } from './intake.ts'
import { eventBatch } from './intake-events.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    from: { type: 'string', default: '0' },
    connections: { type: 'string', default: '8' },
    compress: { type: 'boolean', default: false },
    send: { type: 'string' },
    ceiling: { type: 'boolean' }
  }
})
const events = Number(values.events)
const from = Number(values.from)
const connections = Number(values.connections)
const windowEvents = 2048
const windowsUnderWay = 2

if (values.ceiling === true) forget()
else if (values.send !== undefined) await send(Number(values.send))
else {
  const program = import.meta.filename
  const rest = [`--connections=${connections}`, ...(values.compress ? ['--compress'] : [])]
  await benchIntake({
    name: `intake-lumberjack, ${connections} connections${values.compress ? ', compressed' : ''}`,
    unit: 'events',
    events,
    source: { type: 'lumberjack', name: 'bench' },
    sender: port => [program, `--send=${port}`, ...rest],
    ceiling: [program, '--ceiling']
  })
}

async function send(port: number): Promise<void> {
  const end = from + events
  let next = from
  const lane = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const acknowledged = ackReader(socket)
    const batches = Array.from({ length: windowsUnderWay }, () =>
      eventBatch(
        windowEvents,
        (length, i) => {
          const head = Buffer.from('2J........')
          head.writeUInt32BE(i + 1, 2)
          head.writeUInt32BE(length, 6)
          return head
        },
        ''
      )
    )
    const underWay: Promise<void>[] = []
    for (let turn = 0; next < end; turn++) {
      if (underWay.length >= windowsUnderWay) {
        await underWay.shift()
        if (next >= end) break
      }
      const first = next
      next += windowEvents
      const count = Math.min(windowEvents, end - first)
      const batch = batches[turn % windowsUnderWay]!
      batch.renew(first)
      const frames = batch.bytes.subarray(0, batch.places[count - 1]!.end)
      const window = Buffer.from('2W....')
      window.writeUInt32BE(count, 2)
      socket.write(window)
      socket.write(values.compress ? compressed(frames) : Buffer.from(frames))
      underWay.push(acknowledged(count))
    }
    await Promise.all(underWay)
    socket.destroy()
  }
  await Promise.all(Array.from({ length: connections }, lane))
}

function compressed(frames: Buffer): Buffer {
  const packed = deflateSync(frames, { level: 3 })
  const head = Buffer.from('2C....')
  head.writeUInt32BE(packed.length, 2)
  return Buffer.concat([head, packed])
}

/** Windows are acknowledged in order: each waits for its last event. */
function ackReader(socket: Socket): (count: number) => Promise<void> {
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  let held = Buffer.alloc(0)
  socket.on('data', (part: Buffer) => {
    held = Buffer.concat([held, part])
    for (; held.length >= 6; held = held.subarray(6))
      if (waiting[0] !== undefined && held.readUInt32BE(2) === waiting[0].count) waiting.shift()!.resolve()
  })
  socket.on('close', () => {
    if (waiting.length > 0) throw new Error('the connection was closed before all was acknowledged')
  })
  return count => new Promise(resolve => waiting.push({ count, resolve }))
}

/** The ceiling: frames are walked over, their bytes are not looked at, and each window is acknowledged. */
function forget(): void {
  const server = createServer(socket => {
    let held: Buffer = Buffer.alloc(0)
    let counts: number[] = []
    let seen = 0
    const acknowledge = (): void => {
      const ack = Buffer.from('2A....')
      ack.writeUInt32BE(counts[0]!, 2)
      socket.write(ack)
      counts = counts.slice(1)
      seen = 0
    }
    socket.on('error', () => {})
    socket.on('data', (part: Buffer) => {
      held = held.length === 0 ? part : Buffer.concat([held, part])
      let at = 0
      while (held.length - at >= 10) {
        const type = held[at + 1]
        const length = type === 87 ? 6 : type === 67 ? 6 + held.readUInt32BE(at + 2) : 10 + held.readUInt32BE(at + 6)
        if (held.length - at < length) break
        if (type === 87) counts.push(held.readUInt32BE(at + 2))
        else if (type === 67) acknowledge()
        else if (++seen === counts[0]) acknowledge()
        at += length
      }
      held = held.subarray(at)
    })
  })
  server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port))
}
