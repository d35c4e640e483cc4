/** Plays the office's hour into the intake, so many times faster than it happened; then goes on as time does. */

import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../core/errors.ts'
import { Random } from '../generate/random.ts'
import { type AttackName, attacks, intrusion } from '../generate/shapes/attacks.ts'
import type { Line, ShapeName } from '../generate/shapes/line.ts'
import { officeShapes } from '../generate/shapes/line.ts'
import { Office } from '../generate/shapes/office.ts'
import type { Log } from '../platform/log.ts'
import { Outlet, type Stream } from '../sources/listen/outlet.ts'
import type { Picket } from '../wire.ts'

export type Playing = {
  /** Resolves when the hour is over; rejects never. */
  readonly hour: Promise<void>
  close(): Promise<void>
}

/** The sources of the demo, by the names under which they stand in the ledger. */
const sources: Readonly<Partial<Record<ShapeName, string>>> = {
  eve: 'suricata',
  'vpc-flow-v2': 'flow-logs',
  cloudtrail: 'cloudtrail',
  syslog: 'servers',
  nginx: 'web',
  dns: 'resolver',
  windows: 'workstations',
  mail: 'mail'
}

const hourMs = 3_600_000
const stepMs = 100

export function playOffice(
  picket: Pick<Picket, 'intake'>,
  about: {
    readonly log: Log
    readonly speed: number
    readonly seed: string
    readonly recordBytesMax: number
    readonly onAttack: (attack: AttackName, title: string) => void
  }
): Playing {
  const begunMs = Date.now()
  const startMs = begunMs - hourMs
  const plan = intrusion.map(({ attack, minute }) => ({ attack, atMs: startMs + minute * 60_000 }))
  const played = Object.keys(sources) as ShapeName[]
  const office = new Office({ random: new Random(about.seed), startMs, shapes: played, attacks: plan })
  const context = {
    append: picket.intake.append,
    log: about.log,
    nowMs: Date.now,
    recordBytesMax: () => about.recordBytesMax
  }
  const outlets = new Map(
    played.map((shape): [ShapeName, { outlet: Outlet; stream: Stream }] => {
      const { format } = officeShapes[shape]
      const outlet = new Outlet(context, {
        source: sources[shape]!,
        timezoneMinutes: undefined,
        formatOf: () => format
      })
      return [shape, { outlet, stream: outlet.stream(undefined) }]
    })
  )
  const stop = new AbortController()
  const begun = new Set<string>()
  const give = ({ shape, text, attack }: Line): void => {
    const bytes = Buffer.from(text)
    outlets.get(shape)!.stream.take(bytes, 0, bytes.length)
    if (attack === undefined || begun.has(attack)) return
    begun.add(attack)
    about.onAttack(attack as AttackName, attacks[attack as AttackName].title)
  }

  const run = async (): Promise<void> => {
    let line = office.next()
    let isOver = false
    while (!stop.signal.aborted) {
      const nowMs = Date.now()
      // The hour ends now, and its end moves on while it is played.
      const untilMs = isOver ? nowMs : Math.min(nowMs, startMs + (nowMs - begunMs) * about.speed)
      for (; line.timeMs <= untilMs; line = office.next()) give(line)
      for (const { outlet } of outlets.values()) if (outlet.full) await outlet.room()
      if (!isOver && untilMs >= nowMs) {
        isOver = true
        over()
      }
      await sleep(stepMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  let over = (): void => {}
  const hour = new Promise<void>(resolve => (over = resolve))
  const running = run().catch(error => about.log.error({ error: messageOf(error) }, 'the demo cannot go on'))
  return {
    hour,
    async close() {
      stop.abort()
      await running
      await Promise.all([...outlets.values()].map(({ outlet }) => outlet.drain()))
    }
  }
}
