/**
 * Chance that can be repeated: Chris Doty-Humphrey's sfc32 (PractRand), 128 bits of state, seeded out of a text. Every field has a stream of its
 * own, named by its path: a field that is added or taken away changes no other's values. Not for secrets.
 */

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1
  readonly #seed: string

  constructor(seed: string) {
    this.#seed = seed
    const [a, b, c] = hashOf(seed)
    this.#a = a
    this.#b = b
    this.#c = c
    // As its author advises: the state must be mixed before the first number is good.
    for (let i = 0; i < 15; i++) this.bits()
  }

  /** A stream that depends on the seed and the name only, not on what was drawn already. */
  fork(name: string): Random {
    return new Random(`${this.#seed}\u0000${name}`)
  }

  /** 32 bits, as a whole number from 0 on. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** From 0 up to, not including, 1; 53 bits. */
  unit(): number {
    return ((this.bits() >>> 5) * 67_108_864 + (this.bits() >>> 6)) / 9_007_199_254_740_992
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    // With 32 bits the most uneven of 65,536 values is one in 65,536 off; larger ranges take 53.
    return end <= 65_536 ? Math.floor((this.bits() / 4_294_967_296) * end) : Math.floor(this.unit() * end)
  }

  between(min: number, max: number): number {
    return min + this.below(max - min + 1)
  }

  chance(probability: number): boolean {
    return this.bits() < probability * 4_294_967_296
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}

/** 96 bits of a text: FNV-1a over its UTF-16 units with three bases, each finished as MurmurHash3 does. */
function hashOf(text: string): [number, number, number] {
  return [mixed(text, 0x811c9dc5), mixed(text, 0x9e3779b9), mixed(text, 0x2545f491)]
}

function mixed(text: string, basis: number): number {
  let hash = basis
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}
