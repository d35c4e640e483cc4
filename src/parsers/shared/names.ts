/**
 * Names of fields within a text (`srcip` of `srcip=10.0.0.5`), without making a new string for each: the same few hundred come in every
 * record, and a string that has been a key before is found in an object at once, while a new one must be looked up by its letters.
 */

const slots = 2048
const lengthMax = 64

export class Names {
  readonly #known: (string | undefined)[] = new Array(slots).fill(undefined)

  /** `text.slice(from, to)`. */
  at(text: string, from: number, to: number): string {
    const length = to - from
    if (length > lengthMax || length <= 0) return text.slice(from, to)
    let hash = length
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
    const slot = (hash ^ (hash >>> 15)) & (slots - 1)
    const known = this.#known[slot]
    if (known !== undefined && known.length === length && text.startsWith(known, from)) return known
    // As a key of an object it is a string of its own: a slice would keep the whole text.
    const made = Object.keys({ [text.slice(from, to)]: 0 })[0]!
    this.#known[slot] = made
    return made
  }
}
