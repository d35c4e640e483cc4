/**
 * Listens for Lumberjack (Filebeat, Winlogbeat and other Beats with `output.logstash`), over TCP or TLS, with client certificates if asked
 * for. An event is acknowledged when it is durable; while one is not, the sender is told every five seconds that we are at it. What
 * was not acknowledged, Beats send again.
 */

import type { Socket } from 'node:net'
import type { SourceConfig } from '../../platform/config-schema.ts'
import { Outlet } from '../listen/outlet.ts'
import { type ListenContext, type Listening, listeningOn } from '../listen/source.ts'
import { type ConnectionReader, listenTcp, type Refuse, tcpOptionsOf } from '../listen/tcp.ts'
import { ackFrame, FrameReader } from './frames.ts'

export type LumberjackConfig = Extract<SourceConfig, { type: 'lumberjack' }>

/** A window: how many events were announced, how many came, and the last one's number. */
type Window = { readonly version: 1 | 2; readonly count: number; received: number; sequence: number; acked: number }

const keepaliveMs = 5_000
/** A window that is slow to fill is acknowledged in parts. */
const partMs = 1_000

export async function listenLumberjack(
  first: LumberjackConfig,
  context: ListenContext
): Promise<Listening<LumberjackConfig>> {
  let config = first
  const outlet = new Outlet(context, settingsOf(config))

  const open = (address: string, socket: Socket, refuse: Refuse): ConnectionReader => {
    const stream = outlet.stream(address)
    /** Those that are not acknowledged whole, the oldest first. */
    const windows: Window[] = []
    let asking = false
    let ended = false

    const write = (version: 1 | 2, sequence: number): void => {
      if (!ended && !socket.destroyed) socket.write(ackFrame(version, sequence))
    }
    /** Acknowledges what there is now, when it is durable; then what has come meanwhile. */
    const settle = async (): Promise<void> => {
      if (asking) return
      asking = true
      while (windows.some(({ sequence, acked }) => sequence > acked) && !ended) {
        const state = windows.map(window => [window, window.sequence, window.received] as const)
        await stream.durable()
        for (const [window, sequence, received] of state) {
          if (sequence > window.acked) {
            window.acked = sequence
            write(window.version, sequence)
          }
          if (received >= window.count && windows[0] === window) windows.shift()
        }
      }
      asking = false
    }
    const current = (): Window => {
      let window = windows.at(-1)
      // An event that no window announced is one.
      if (window === undefined || window.received >= window.count) {
        window = { version: 2, count: 1, received: 0, sequence: 0, acked: 0 }
        windows.push(window)
      }
      return window
    }
    const frames = new FrameReader(
      {
        windowMax: config.windowMax,
        frameBytesMax: config.frameBytesMax,
        inflatedBytesMax: Math.min(config.frameBytesMax * 10, 64 << 20)
      },
      {
        window(count, version) {
          windows.push({ version, count, received: 0, sequence: 0, acked: 0 })
        },
        event(sequence, json) {
          stream.take(json, 0, json.length)
          const window = current()
          window.received++
          window.sequence = sequence
        }
      }
    )
    const parts = setInterval(() => void settle(), partMs).unref()
    const keepalive = setInterval(() => {
      // Of one that is not read now, the rest of a window may have been sent already.
      const waiting = windows.find(({ sequence, acked }) => sequence > acked || socket.isPaused())
      if (waiting !== undefined) write(waiting.version, 0)
    }, keepaliveMs).unref()
    return {
      get heldBytes() {
        return frames.heldBytes
      },
      read(bytes) {
        if (frames.problem !== undefined) return
        frames.read(bytes)
        if (frames.problem !== undefined) {
          refuse({ source: config.name, address, reason: frames.problem }, 'a Lumberjack connection was closed')
          // What was whole is kept, and acknowledged if it can be.
          void settle().finally(() => socket.destroy())
          return
        }
        const last = windows.at(-1)
        if (last !== undefined && last.received >= last.count) void settle()
      },
      end() {
        clearInterval(parts)
        clearInterval(keepalive)
        // The other half may still hear what was taken.
        void settle().finally(() => {
          ended = true
          socket.end()
        })
        stream.flush()
      }
    }
  }

  const tcp = await listenTcp({
    ...tcpOptionsOf(() => config, context, outlet),
    open
  })
  return {
    ...listeningOn(tcp, outlet),
    use(next) {
      config = next
      outlet.settings = settingsOf(config)
    }
  }
}

function settingsOf({ name, format, timezone }: LumberjackConfig) {
  return { source: name, timezoneMinutes: timezone, formatOf: () => format ?? 'mixed' }
}
