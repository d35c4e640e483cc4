/**
 * An overall distribution, met exactly. Which value the next record must have is drawn out of what is left of each; then what the field depends on is
 * drawn until the value comes. Draws with another value that will be needed are kept, in order, for when it is their turn; so few are wasted, and
 * memory stays bounded. A value that does not come within a bounded number of tries ends the run.
 */

import type { Slots } from './field.ts'
import type { Random } from './random.ts'
import type { Entry } from './scope.ts'

export const triesMax = 1_000_000
const keptMax = 200_000
const keptOfOneMax = 1024

/** How many of `count` each weight gets: the whole parts, and what is left over to the largest rests (Hamilton). */
export function sharesOf(weights: readonly number[], count: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const exact = weights.map(weight => (weight / total) * count)
  const shares = exact.map(Math.floor)
  let left = count - shares.reduce((sum, share) => sum + share, 0)
  const byRest = exact.map((_, at) => at).sort((a, b) => exact[b]! - shares[b]! - (exact[a]! - shares[a]!) || a - b)
  for (let i = 0; left > 0; i++, left--) shares[byRest[i]!] = shares[byRest[i]!]! + 1
  return shares
}

export type Quota = {
  readonly field: string
  /** Fills the slots of what it draws; false if the value that is needed does not come. */
  fill(slots: Slots): boolean
  /** After `false`: what was wanted, and what was seen. */
  readonly problem: string
}

export type QuotaOptions = {
  readonly field: Entry
  /** What is drawn for it, in order; ends with the field. */
  readonly entries: readonly Entry[]
  readonly weights: Readonly<Record<string, number>>
  /** Of the run; without it, the distribution is met over and over, in blocks. */
  readonly count: number | undefined
  readonly random: Random
}

export function quotaOf({ field, entries, weights, count, random }: QuotaOptions): Quota {
  const names = Object.keys(weights)
  const places = new Map(names.map((name, at) => [name, at]))
  const shares = names.map(name => weights[name]!)
  const block = count ?? blockOf(shares)
  const whole = sharesOf(shares, block)
  let left = [...whole]
  let all = block
  const slotsOf = entries.flatMap(entry => entry.slots)
  const ofOneMax = Math.max(1, Math.min(keptOfOneMax, Math.floor(keptMax / (names.length * slotsOf.length))))
  const kept = names.map(() => new Ring(ofOneMax))
  const seen = names.map(() => 0)
  let others = 0
  let drawn = 0
  let wanted = 0

  return {
    field: field.name,
    get problem() {
      const percent = (n: number): string =>
        `${((n / Math.max(1, drawn)) * 100).toFixed(n > 0 && n * 1000 < drawn ? 4 : 1)} %`
      const rates = names.map((name, at) => `${name} ${percent(seen[at]!)}`)
      if (others > 0) rates.push(`others ${percent(others)}`)
      return `${field.name} cannot be distributed as asked: ${names[wanted]} did not come in ${triesMax.toLocaleString('en')} draws. Seen in ${drawn.toLocaleString('en')}: ${rates.join(', ')}`
    },
    fill(slots) {
      if (all === 0) {
        left = [...whole]
        all = block
      }
      wanted = draw()
      left[wanted] = left[wanted]! - 1
      all--
      const saved = kept[wanted]!.shift()
      if (saved !== undefined) {
        for (let i = 0; i < slotsOf.length; i++) slots[slotsOf[i]!] = saved[i]
        return true
      }
      for (let tries = 0; tries < triesMax; tries++) {
        for (const entry of entries) slots[entry.slot] = entry.field!.draw(slots)
        const value = field.field!.value(slots[field.slot])
        const at = places.get(value === null ? 'null' : String(value))
        drawn++
        if (at === undefined) {
          others++
          continue
        }
        seen[at] = seen[at]! + 1
        if (at === wanted) return true
        // More than will be needed is not kept.
        const ring = kept[at]!
        if (!ring.isFull && (count === undefined || ring.size < left[at]!)) ring.push(slotsOf.map(slot => slots[slot]))
      }
      return false
    }
  }

  function draw(): number {
    let at = random.below(all)
    for (let i = 0; ; i++) {
      at -= left[i]!
      if (at < 0) return i
    }
  }
}

function blockOf(weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.every(Number.isInteger) && total <= 10_000 ? total : 1000
}

/** First in, first out, of a bounded number. */
class Ring {
  readonly #items: (readonly unknown[] | undefined)[] = []
  readonly #max: number
  #from = 0
  size = 0

  constructor(max: number) {
    this.#max = max
  }

  get isFull(): boolean {
    return this.size === this.#max
  }

  push(item: readonly unknown[]): void {
    this.#items[(this.#from + this.size++) % this.#max] = item
  }

  shift(): readonly unknown[] | undefined {
    if (this.size === 0) return undefined
    const item = this.#items[this.#from]
    this.#items[this.#from] = undefined
    this.#from = (this.#from + 1) % this.#max
    this.size--
    return item
  }
}
