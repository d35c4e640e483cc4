/**
 * Listens for RELP (rsyslog's `omrelp`), over TCP or TLS, with client certificates if asked for. A message is acknowledged when it is
 * durable. What was not, the sender sends again when it is back; what had become durable all the same is then recognised
 * (`resent.ts`), acknowledged, and not taken twice.
 */

import type { Socket } from 'node:net'
import { forEachSized } from '../../core/chunk.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import { Outlet } from '../listen/outlet.ts'
import { type ListenContext, type Listening, listeningOn } from '../listen/source.ts'
import { type ConnectionReader, listenTcp, type Refuse, tcpOptionsOf } from '../listen/tcp.ts'
import { answer, done, FrameReader, offersOf, serverClose } from './frames.ts'
import { SentBefore } from './resent.ts'

export type RelpConfig = Extract<SourceConfig, { type: 'relp' }>

/** Messages that wait for their acknowledgement, of one connection: beyond it, it is not read. */
const unansweredMax = 8192
const txnrMax = 999_999_999

export async function listenRelp(first: RelpConfig, context: ListenContext): Promise<Listening<RelpConfig>> {
  let config = first
  let repeats = 0
  let closing = false
  const outlet = new Outlet(context, settingsOf(config))
  const sessions = new Set<Session>()
  const sentBefore = new SentBefore()
  for (const { headers, body } of (await context.recent?.(config.name)) ?? [])
    if (headers.dead === undefined && headers.framing === 'sized')
      forEachSized(body, (start, end) => sentBefore.recall(headers.sender ?? '', body, start, end))

  const open = (address: string, socket: Socket, refuse: Refuse): ConnectionReader => {
    const stream = outlet.stream(address)
    const memory = sentBefore.open(address, () => stream.flush())
    /** Transactions that are not answered yet, in order. */
    let unanswered: number[] = []
    let expected = 1
    let isOpen = false
    /** The client's `close`: answered after all others. */
    let closedBy: number | undefined
    let settling: Promise<void> | undefined
    let failed = false
    /** It is not read since too much waits for its answer. */
    let heldBack = false

    const write = (text: string): void => {
      if (!socket.destroyed && socket.writable) socket.write(text)
    }
    const settle = (): Promise<void> => {
      settling ??= answerDurable().finally(() => {
        settling = undefined
      })
      return settling
    }
    const answerDurable = async (): Promise<void> => {
      while (unanswered.length > 0) {
        const answered = unanswered
        unanswered = []
        await stream.durable()
        write(answered.map(done).join(''))
        if (!heldBack) continue
        heldBack = false
        void outlet.room().then(() => {
          if (!closing) socket.resume()
        })
      }
      if (closedBy === undefined) return
      write(done(closedBy) + serverClose)
      socket.end()
    }
    const fail = (reason: string): void => {
      if (failed) return
      failed = true
      refuse({ source: config.name, address, reason }, 'a RELP connection was closed')
      frames.problem = reason
      // What was whole is kept, and acknowledged if it can be.
      void settle().finally(() => socket.destroy())
    }
    const begins = (txnr: number): boolean => {
      if (txnr === expected) {
        expected = txnr === txnrMax ? 1 : txnr + 1
        return true
      }
      fail(`transaction ${txnr} came where ${expected} was expected`)
      return false
    }

    const frames = new FrameReader(
      {
        frame(txnr, command, bytes, start, end) {
          // A hint is not answered.
          if (txnr === 0) return
          if (closedBy !== undefined) return fail('a command came after close')
          if (!begins(txnr)) return
          if (command === 'syslog') {
            if (!isOpen) return fail('a message came before open')
            const last = withoutEnd(bytes, start, end)
            if (memory.isRepeated(bytes, start, last)) repeats++
            else stream.take(bytes, start, last)
            unanswered.push(txnr)
          } else if (command === 'open') {
            if (isOpen) return fail('a second open')
            const offers = offersOf(bytes.toString('utf8', start, end))
            const version = offers.get('relp_version')
            const problem =
              version !== '0' && version !== '1'
                ? `relp_version ${version?.slice(0, 20) ?? 'missing'}: 0 and 1 are known here`
                : offers.get('commands')?.split(',').includes('syslog') === true
                  ? undefined
                  : 'the command syslog must be among those offered'
            if (problem !== undefined) {
              write(answer(txnr, `500 ${problem}`))
              return fail(problem)
            }
            isOpen = true
            write(
              answer(
                txnr,
                `200 OK\nrelp_version=${version}\nrelp_software=picket,1,https://picket.invalid\ncommands=syslog`
              )
            )
          } else if (command === 'close') {
            closedBy = txnr
          } else {
            write(answer(txnr, '500 the command is not known here'))
          }
        },
        bury: part => stream.bury(part),
        buried(txnr, size) {
          if (!begins(txnr)) return
          stream.buried(`the message is too long: ${size} bytes (at most ${messageBytesMax()})`)
          unanswered.push(txnr)
        }
      },
      messageBytesMax
    )
    const session: Session = {
      async finish() {
        socket.pause()
        await settle()
        write(serverClose)
        socket.end()
      }
    }
    sessions.add(session)
    return {
      get heldBytes() {
        return frames.heldBytes
      },
      read(bytes) {
        // What is not read is not acknowledged: it comes again.
        if (closing) return
        frames.read(bytes)
        if (frames.problem !== undefined) return fail(frames.problem)
        if (unanswered.length > 0 || closedBy !== undefined) void settle()
        if (unanswered.length < unansweredMax) return
        heldBack = true
        socket.pause()
      },
      end() {
        sessions.delete(session)
        if (stream.isBurying) stream.buried('the connection ended inside a message that is too long')
        stream.flush()
        memory.end(closedBy !== undefined && unanswered.length === 0 && settling === undefined)
        void settle()
      }
    }
  }
  const messageBytesMax = (): number => Math.min(config.messageBytesMax, context.recordBytesMax())

  const tcp = await listenTcp({
    ...tcpOptionsOf(() => config, context, outlet),
    open
  })
  const listening = listeningOn(tcp, outlet)
  return {
    ...listening,
    figures: () => ({ ...listening.figures(), repeats }),
    use(next) {
      config = next
      outlet.settings = settingsOf(config)
    },
    async close() {
      closing = true
      await Promise.all([...sessions].map(session => session.finish()))
      await listening.close()
    }
  }
}

type Session = { finish(): Promise<void> }

/** A line's end is no part of the message. */
function withoutEnd(bytes: Buffer, start: number, end: number): number {
  let last = end
  while (last > start && (bytes[last - 1] === 10 || bytes[last - 1] === 13 || bytes[last - 1] === 0)) last--
  return last
}

/** Whatever comes in syslog's name: each record is read as what it is. */
function settingsOf({ name, format, timezone }: RelpConfig) {
  return {
    source: name,
    timezoneMinutes: timezone,
    formatOf: (prioritised: boolean) => format ?? (prioritised ? 'syslog' : 'mixed')
  }
}
