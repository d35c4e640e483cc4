/** What activities and attacks play on: who is there, chance, what is wanted, and the place to which their lines go. */

import type { Random } from '../random.ts'
import { Agenda } from './agenda.ts'
import type { Cast } from './cast.ts'
import type { Line, ShapeName } from './line.ts'

export class Stage {
  readonly cast: Cast
  readonly random: Random
  readonly agenda = new Agenda<Line>()
  /** The scenario that is being played; its lines are labelled with it. */
  attack: string | undefined
  readonly #wanted: ReadonlySet<ShapeName>
  #process = 4000

  constructor(cast: Cast, random: Random, wanted: ReadonlySet<ShapeName>) {
    this.cast = cast
    this.random = random
    this.#wanted = wanted
  }

  wants(shape: ShapeName): boolean {
    return this.#wanted.has(shape)
  }

  say(timeMs: number, shape: ShapeName, text: string): void {
    this.agenda.push(timeMs, { timeMs, shape, text, attack: this.attack })
  }

  /** An ephemeral port. */
  port(): number {
    return 32_768 + this.random.below(28_000)
  }

  /** Suricata's: a number that JSON holds exactly. */
  flowId(): number {
    return this.random.bits() * 262_144 + (this.random.bits() >>> 14)
  }

  processId(): number {
    this.#process = this.#process > 60_000 ? 1000 : this.#process + 4 * this.random.between(1, 9)
    return this.#process
  }

  hex(digits: number): string {
    let out = ''
    for (; out.length < digits; )
      out += ((this.random.bits() | 0x10000000) >>> 0).toString(16).padStart(8, '0').slice(1)
    return out.slice(0, digits)
  }

  guid(): string {
    const h = this.hex(32)
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`
  }

  /** Few of them are frequent. */
  skewed<T>(items: readonly T[]): T {
    const u = this.random.unit()
    return items[Math.floor(items.length * u * u * u)]!
  }

  /** Around a middle, with a long tail to the right; never below 1. */
  size(middle: number): number {
    const r = this.random
    return Math.max(1, Math.round(middle * Math.exp((r.unit() + r.unit() + r.unit() - 1.5) * 1.6)))
  }
}
