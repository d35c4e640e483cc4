/**
 * What rules look for in the values of one field (and of its other names): whole texts, pieces, or that there is a value at all. Says of a
 * value which rules are worth evaluating. Values come again and again (programs, users, hosts): what was said of one is remembered.
 */

import { asciiLower } from '../filter/tokens.ts'
import { LiteralIndex } from './literal-index.ts'
import type { Need } from './required.ts'
import { ReusedList } from './reused-list.ts'

/** Longer values rarely come again. */
const rememberedLengthMax = 200
const rememberedMax = 2048
/** After so many values it is seen whether remembering pays: a quarter must have come again. */
const trialValues = 8192
const pauseValues = 200_000
const none: readonly number[] = []
const nonAscii = /[^\x00-\x7f]/

export class Place {
  /** Rules that need any value. */
  readonly present: number[] = []
  readonly #equal = new Map<string, number[]>()
  #equalLengthMax = -1
  readonly #foreign: number[] = []
  readonly #pieces = new LiteralIndex()
  readonly #byPiece: number[][] = []
  /** Is it worth remembering? Not where everything of the event is gone through: most of that is seen once. */
  readonly #remembers: boolean
  readonly #remembered = new Map<string, readonly number[]>()
  #asked = 0
  #again = 0
  #pause = 0
  /** No shorter value meets any need. Beside that, those of `present`. */
  lengthMin = Number.POSITIVE_INFINITY
  /** For the event at hand: the values that were gone through. */
  readonly seen = new ReusedList<string>()
  round = 0

  constructor(remembers = true) {
    this.#remembers = remembers
  }

  add(need: Need, rule: number): void {
    let rules: number[]
    if (need.kind === 'present') rules = this.present
    else if (need.kind === 'foreign') rules = this.#foreign
    else if (need.kind === 'equal') {
      rules = this.#equal.get(need.text) ?? []
      this.#equal.set(need.text, rules)
      this.#equalLengthMax = Math.max(this.#equalLengthMax, need.text.length)
    } else {
      const piece = this.#pieces.add(need.text, need.at)
      rules = this.#byPiece[piece] ??= []
    }
    if (rules.at(-1) !== rule) rules.push(rule)
    // One character beyond ASCII meets a need of the kind `foreign`, and its text is empty.
    if (need.kind !== 'present') this.lengthMin = Math.min(this.lengthMin, need.text.length)
  }

  /** After the last `add`. */
  build(): void {
    this.#pieces.build()
  }

  /** Rules whose needs the value meets, beside those that need any. */
  rulesFor(value: string): readonly number[] {
    if (!this.#remembers || value.length > rememberedLengthMax) return this.#look(value)
    if (this.#pause > 0) {
      this.#pause--
      return this.#look(value)
    }
    const known = this.#remembered.get(value)
    if (++this.#asked >= trialValues) this.#judge()
    if (known !== undefined) {
      this.#again++
      return known
    }
    const rules = this.#look(value)
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear()
    // A copy: the value may be a slice of a chunk of megabytes.
    this.#remembered.set(` ${value}`.slice(1), rules)
    return rules
  }

  #judge(): void {
    if (this.#again * 4 < this.#asked) {
      this.#pause = pauseValues
      this.#remembered.clear()
    }
    this.#asked = 0
    this.#again = 0
  }

  #look(value: string): readonly number[] {
    let found: number[] | undefined
    const add = (rules: readonly number[]): void => {
      if (found === undefined) found = [...rules]
      else for (let i = 0; i < rules.length; i++) if (!found.includes(rules[i]!)) found.push(rules[i]!)
    }
    if (value.length <= this.#equalLengthMax) {
      const equal = this.#equal.get(asciiLower(value))
      if (equal !== undefined) add(equal)
    }
    if (this.#foreign.length > 0 && nonAscii.test(value)) add(this.#foreign)
    if (this.#pieces.size > 0)
      this.#pieces.search(value, piece => {
        add(this.#byPiece[piece]!)
        return false
      })
    return found ?? none
  }
}
