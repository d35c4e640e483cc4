/**
 * Many texts looked for in a value at once. Of each text one stretch of two to four characters, as rare among all of them as there is,
 * goes into a hash table; the value is gone through once, and where its stretch is in the table the text is compared. (The idea of Wu and
 * Manber, "A fast algorithm for multi-pattern searching", 1994. An automaton of Aho and Corasick takes 50 times the memory for as
 * many texts, and longer to build.)
 */

import type { Need } from './required.ts'

const multiplier = 0x9e3779b1
const gramLengths = [4, 3, 2] as const

export class LiteralIndex {
  readonly #texts: string[] = []
  readonly #places: Need['at'][] = []
  readonly #byText = new Map<string, number>()
  #grams: GramTable[] = []
  #characters: CharacterTable | undefined

  get size(): number {
    return this.#texts.length
  }

  /** The text's number, counted from 0; the same text at the same place has one number. */
  add(text: string, at: Need['at']): number {
    const key = `${at} ${text}`
    let number = this.#byText.get(key)
    if (number === undefined) {
      number = this.#texts.length
      this.#byText.set(key, number)
      this.#texts.push(text)
      this.#places.push(at)
    }
    return number
  }

  /** To be called once, after the last `add`. */
  build(): void {
    this.#byText.clear()
    this.#grams = []
    for (const [i, length] of gramLengths.entries()) {
      const longest = gramLengths[i - 1] ?? Number.POSITIVE_INFINITY
      const numbers: number[] = []
      for (let number = 0; number < this.#texts.length; number++) {
        const text = this.#texts[number]!
        if (text.length >= length && text.length < longest && !nonAscii.test(text)) numbers.push(number)
      }
      if (numbers.length > 0) this.#grams.push(new GramTable(length, this.#texts, numbers))
    }
    const byCharacter = this.#texts.flatMap((text, number) =>
      text.length === 1 || nonAscii.test(text) ? [number] : []
    )
    if (byCharacter.length > 0) this.#characters = new CharacterTable(this.#texts, byCharacter)
  }

  /**
   * Calls back with the number of each text that stands in the value, perhaps more than once, until it gives true; says whether it did.
   * `value` is in lower case.
   */
  search(value: string, found: (number: number) => boolean): boolean {
    for (const grams of this.#grams) if (grams.search(value, this.#texts, this.#places, found)) return true
    return this.#characters?.search(value, this.#texts, this.#places, found) ?? false
  }
}

const nonAscii = /[^\x00-\x7f]/

/** Single characters, and texts with a character beyond ASCII, by which they are known: few values have one. */
class CharacterTable {
  readonly #ascii = new Uint8Array(128)
  readonly #entries = new Map<number, { readonly number: number; readonly offset: number }[]>()
  readonly #foreign: boolean

  constructor(texts: readonly string[], numbers: readonly number[]) {
    for (const number of numbers) {
      const text = texts[number]!
      const offset = Math.max(0, text.search(nonAscii))
      const code = text.charCodeAt(offset)
      if (code < 128) this.#ascii[code] = 1
      const entries = this.#entries.get(code) ?? []
      entries.push({ number, offset })
      this.#entries.set(code, entries)
    }
    this.#foreign = [...this.#entries.keys()].some(code => code > 127)
  }

  search(
    value: string,
    texts: readonly string[],
    places: readonly Need['at'][],
    found: (number: number) => boolean
  ): boolean {
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code < 128 ? this.#ascii[code] === 0 : !this.#foreign) continue
      for (const { number, offset } of this.#entries.get(code) ?? []) {
        const start = i - offset
        if (start >= 0 && standsAt(value, texts[number]!, start, places[number]!) && found(number)) return true
      }
    }
    return false
  }
}

function standsAt(value: string, text: string, start: number, place: Need['at']): boolean {
  if (place === 'start' && start !== 0) return false
  if (place === 'end' && start + text.length !== value.length) return false
  return value.startsWith(text, start)
}

class GramTable {
  readonly #length: number
  readonly #shift: number
  readonly #mask: number
  /** By hash: the first entry, or 0. */
  readonly #heads: Uint32Array
  /** By entry, from 1 on: the text's number, where in it the stretch stands, and the next entry. */
  readonly #numbers: Uint32Array
  readonly #offsets: Uint32Array
  readonly #next: Uint32Array

  constructor(length: number, texts: readonly string[], numbers: readonly number[]) {
    this.#length = length
    this.#mask = length === 4 ? -1 : length === 3 ? 0xffffff : 0xffff
    let bits = 8
    while (1 << bits < numbers.length * 8 && bits < 20) bits++
    this.#shift = 32 - bits
    this.#heads = new Uint32Array(1 << bits)
    this.#numbers = new Uint32Array(numbers.length + 1)
    this.#offsets = new Uint32Array(numbers.length + 1)
    this.#next = new Uint32Array(numbers.length + 1)
    const counts = new Map<number, number>()
    for (const number of numbers) {
      const text = texts[number]!
      for (let at = 0; at + length <= text.length && at < stretchesMax; at++) {
        const gram = gramAt(text, at, length)
        counts.set(gram, (counts.get(gram) ?? 0) + 1)
      }
    }
    numbers.forEach((number, i) => {
      const text = texts[number]!
      let best = 0
      let least = Number.POSITIVE_INFINITY
      for (let at = 0; at + length <= text.length && at < stretchesMax; at++) {
        const count = counts.get(gramAt(text, at, length))! + commonness(text, at, length)
        if (count < least) {
          least = count
          best = at
        }
      }
      const hash = Math.imul(gramAt(text, best, length), multiplier) >>> this.#shift
      this.#numbers[i + 1] = number
      this.#offsets[i + 1] = best
      this.#next[i + 1] = this.#heads[hash]!
      this.#heads[hash] = i + 1
    })
  }

  search(
    value: string,
    texts: readonly string[],
    places: readonly Need['at'][],
    found: (number: number) => boolean
  ): boolean {
    const length = this.#length
    const heads = this.#heads
    const shift = this.#shift
    const mask = this.#mask
    const end = value.length
    if (end < length) return false
    let gram = 0
    for (let i = 0; i < length - 1; i++) gram = (gram << 8) | (value.charCodeAt(i) & 0xff)
    for (let i = length - 1; i < end; i++) {
      gram = ((gram << 8) | (value.charCodeAt(i) & 0xff)) & mask
      let entry = heads[Math.imul(gram, multiplier) >>> shift]!
      while (entry !== 0) {
        const number = this.#numbers[entry]!
        const start = i - length + 1 - this.#offsets[entry]!
        if (start >= 0 && standsAt(value, texts[number]!, start, places[number]!) && found(number)) return true
        entry = this.#next[entry]!
      }
    }
    return false
  }
}

/** Longer texts are known by a stretch of their beginning. */
const stretchesMax = 200

function gramAt(text: string, at: number, length: number): number {
  let gram = 0
  for (let i = at; i < at + length; i++) gram = (gram << 8) | (text.charCodeAt(i) & 0xff)
  return gram | 0
}

/** Stretches that stand in most values of their kind, whatever the rules look for. */
const common = [
  'c:\\windows\\system32\\',
  'c:\\program files (x86)\\',
  '.exe" ',
  'microsoft',
  'http://www',
  'https://',
  'c:\\users\\'
].join('\0')

function commonness(text: string, at: number, length: number): number {
  return common.includes(text.slice(at, at + length)) ? 1000 : 0
}
