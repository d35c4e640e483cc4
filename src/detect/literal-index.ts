/**
 * Many texts looked for in a value at once. Of each text one stretch of two to four characters, as rare among all of them as there is,
 * goes into a hash table; the value is gone through once, and where its stretch is in the table the text is compared. (The idea of Wu and
 * Manber, "A fast algorithm for multi-pattern searching", 1994. An automaton of Aho and Corasick takes 50 times the memory for as
 * many texts, and longer to build.) Letters are folded while the value is gone through; only what is compared is put into lower case.
 */

import { asciiLower } from '../filter/tokens.ts'
import { CharacterIndex } from './character-index.ts'

/** Where a text stands in the value: anywhere, at its start, or at its end. */
export type At = 'any' | 'start' | 'end'

const multiplier = 0x9e3779b1
const nonAscii = /[^\x00-\x7f]/
/** Among so few (and of so many characters in all) one regular expression says several times faster that none of them is in a value. */
const textsFew = 32
const charactersFew = 2000

export class LiteralIndex {
  readonly #texts: string[] = []
  readonly #places: At[] = []
  readonly #byText = new Map<string, number>()
  #four: GramTable | undefined
  #three: GramTable | undefined
  #two: GramTable | undefined
  #characters: CharacterIndex | undefined
  /** Any of the texts, anywhere; it folds other letters than those of ASCII, too: what it finds is looked for. */
  #any: RegExp | undefined
  #shortest = 0

  get size(): number {
    return this.#texts.length
  }

  /** The text's number, counted from 0; the same text at the same place has one number. In lower case, not empty. */
  add(text: string, at: At): number {
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
    this.#shortest = this.#texts.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY)
    const table = (length: number, longest: number): GramTable | undefined => {
      const numbers = this.#texts.flatMap((text, number) =>
        text.length >= length && text.length <= longest && !nonAscii.test(text) ? [number] : []
      )
      return numbers.length === 0 ? undefined : new GramTable(length, this.#texts, numbers)
    }
    this.#four = table(4, Number.POSITIVE_INFINITY)
    this.#three = table(3, 3)
    this.#two = table(2, 2)
    const rest = this.#texts.flatMap((text, number) => (text.length === 1 || nonAscii.test(text) ? [number] : []))
    if (rest.length > 0) this.#characters = new CharacterIndex(this.#texts, rest)
    const all = this.#texts.map(text => RegExp.escape(text)).join('|')
    this.#any = this.#texts.length <= textsFew && all.length <= charactersFew ? new RegExp(all, 'i') : undefined
  }

  /**
   * Calls back with the number of each text that stands in the value (of whatever case), perhaps more than once, until it gives true;
   * says whether it did.
   */
  search(value: string, found: (number: number) => boolean): boolean {
    if (value.length < this.#shortest || this.#any?.test(value) === false) return false
    const four = this.#four
    const three = this.#three
    const two = this.#two
    if (four !== undefined && this.#gone(four, 4, -1, value, found)) return true
    if (three !== undefined && this.#gone(three, 3, 0xffffff, value, found)) return true
    if (two !== undefined && this.#gone(two, 2, 0xffff, value, found)) return true
    const characters = this.#characters
    if (characters === undefined) return false
    return characters.search(value, (number, start) => this.#stands(value, number, start) && found(number))
  }

  /** Goes through the value with one table. What the loop needs lies in variables: it is the hottest of all. */
  #gone(table: GramTable, length: number, mask: number, value: string, found: (number: number) => boolean): boolean {
    const { heads, shift, grams, numbers, offsets, next } = table
    const end = value.length
    let gram = 0
    let i = 0
    for (; i < length - 1 && i < end; i++) gram = (gram << 8) | ((value.charCodeAt(i) | 0x20) & 0xff)
    for (; i < end; i++) {
      gram = ((gram << 8) | ((value.charCodeAt(i) | 0x20) & 0xff)) & mask
      let entry = heads[Math.imul(gram, multiplier) >>> shift]!
      for (; entry !== 0; entry = next[entry]!) {
        if (grams[entry] !== gram) continue
        const number = numbers[entry]!
        if (this.#stands(value, number, i - length + 1 - offsets[entry]!) && found(number)) return true
      }
    }
    return false
  }

  #stands(value: string, number: number, start: number): boolean {
    if (start < 0) return false
    const text = this.#texts[number]!
    const place = this.#places[number]!
    const end = start + text.length
    if (place === 'start' && start !== 0) return false
    if (place === 'end' && end !== value.length) return false
    const part = value.slice(start, end)
    return part === text || asciiLower(part) === text
  }
}

class GramTable {
  readonly shift: number
  /** By hash: the first entry, or 0. */
  readonly heads: Uint16Array | Uint32Array
  /** By entry, from 1 on: the stretch, the text's number, where in it the stretch stands, and the next entry. */
  readonly grams: Int32Array
  readonly numbers: Uint32Array
  readonly offsets: Uint32Array
  readonly next: Uint32Array

  constructor(length: number, texts: readonly string[], numbers: readonly number[]) {
    let bits = 10
    while (1 << bits < numbers.length * 16 && bits < 17) bits++
    this.shift = 32 - bits
    this.heads = numbers.length < 65_535 ? new Uint16Array(1 << bits) : new Uint32Array(1 << bits)
    this.grams = new Int32Array(numbers.length + 1)
    this.numbers = new Uint32Array(numbers.length + 1)
    this.offsets = new Uint32Array(numbers.length + 1)
    this.next = new Uint32Array(numbers.length + 1)
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
      const gram = gramAt(text, best, length)
      const hash = Math.imul(gram, multiplier) >>> this.shift
      this.grams[i + 1] = gram
      this.numbers[i + 1] = number
      this.offsets[i + 1] = best
      this.next[i + 1] = this.heads[hash]!
      this.heads[hash] = i + 1
    })
  }
}

/** Longer texts are known by a stretch of their beginning. */
const stretchesMax = 200

/** With bit 5 set, a letter's two cases are one (and some signs are taken for others: the text is compared anyway). */
function gramAt(text: string, at: number, length: number): number {
  let gram = 0
  for (let i = at; i < at + length; i++) gram = (gram << 8) | ((text.charCodeAt(i) | 0x20) & 0xff)
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
