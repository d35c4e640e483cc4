/**
 * The office: its work in the order of time, without end, and the attacks that are planned. The same seed, beginning and plan give the same lines.
 * Ordinary work begins at random moments (a Poisson process) whose rate follows the hours and days of an office.
 */

import type { Random } from '../random.ts'
import { type AttackName, attacks } from './attacks.ts'
import { castOf } from './cast.ts'
import type { Line, ShapeName } from './line.ts'
import { Stage } from './stage.ts'
import { activities } from './work.ts'

export type OfficeOptions = {
  readonly random: Random
  /** Milliseconds since 1970. */
  readonly startMs: number
  readonly shapes: readonly ShapeName[]
  /** Activities (a page opened, a visitor, a program started …) in the busiest hour. Default: 4,000. */
  readonly activitiesPerHour?: number | undefined
  /** The office's zone, minutes east of UTC. Undefined: the same at every hour. */
  readonly officeHours?: { readonly zoneMinutes: number } | undefined
  readonly attacks?: readonly { readonly attack: AttackName; readonly atMs: number }[] | undefined
}

const hourMs = 3_600_000

/** How busy the hours of a working day are, of 1. */
const hours = [
  0.06, 0.05, 0.05, 0.05, 0.06, 0.08, 0.15, 0.4, 0.8, 1, 1, 0.95, 0.7, 0.85, 1, 1, 0.95, 0.7, 0.4, 0.25, 0.2, 0.15, 0.1,
  0.08
]

export class Office {
  readonly #stage: Stage
  readonly #random: Random
  readonly #choices: readonly ((stage: Stage, atMs: number) => void)[]
  readonly #edges: Float64Array
  readonly #perMs: number
  readonly #zoneMs: number | undefined
  readonly #planned: { readonly attack: AttackName; readonly atMs: number }[]
  #nextMs: number

  constructor(options: OfficeOptions) {
    const { random } = options
    const wanted = new Set(options.shapes)
    this.#stage = new Stage(castOf(random), random.fork('stage'), wanted)
    this.#random = random.fork('times')
    const possible = activities.filter(({ shapes }) => shapes.some(shape => wanted.has(shape)))
    this.#choices = possible.map(({ begin }) => begin)
    let sum = 0
    this.#edges = Float64Array.from(possible, ({ weight }) => (sum += weight))
    this.#perMs = (options.activitiesPerHour ?? 4_000) / hourMs
    this.#zoneMs = options.officeHours === undefined ? undefined : options.officeHours.zoneMinutes * 60_000
    this.#planned = [...(options.attacks ?? [])].sort((a, b) => a.atMs - b.atMs)
    this.#nextMs = this.#after(options.startMs)
  }

  /** How many activities have begun. */
  begun = 0

  next(): Line {
    const { agenda } = this.#stage
    // What begins later can say nothing earlier: all that is due before it is in order.
    while (agenda.nextMs > Math.min(this.#nextMs, this.#planned[0]?.atMs ?? Number.POSITIVE_INFINITY)) this.#begin()
    return agenda.pop()!.what
  }

  #begin(): void {
    const [planned] = this.#planned
    if (planned !== undefined && planned.atMs <= this.#nextMs) {
      this.#planned.shift()
      this.#stage.attack = planned.attack
      attacks[planned.attack].begin(this.#stage, planned.atMs)
      this.#stage.attack = undefined
      return
    }
    this.begun++
    const edges = this.#edges
    const drawn = this.#random.unit() * edges[edges.length - 1]!
    let which = 0
    while (edges[which]! <= drawn) which++
    this.#choices[which]!(this.#stage, this.#nextMs)
    this.#nextMs = this.#after(this.#nextMs)
  }

  /** When the next activity begins. By thinning (Lewis and Shedler): drawn at the busiest rate, kept as often as the hour is busy. */
  #after(ms: number): number {
    let at = ms
    for (let tries = 0; tries < 1000; tries++) {
      at += -Math.log(1 - this.#random.unit()) / this.#perMs
      if (this.#zoneMs === undefined || this.#random.unit() < busyness(at + this.#zoneMs)) break
    }
    return at
  }
}

function busyness(localMs: number): number {
  const day = Math.floor(localMs / (24 * hourMs))
  // 1970 began on a Thursday.
  const isWeekend = (day + 4) % 7 === 0 || (day + 4) % 7 === 6
  const hour = Math.floor(localMs / hourMs) - day * 24
  return hours[hour]! * (isWeekend ? 0.15 : 1)
}
