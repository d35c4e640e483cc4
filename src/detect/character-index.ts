/** Texts that are known by one character: those of one, and those with a character beyond ASCII, which few values have. */

const nonAscii = /[^\x00-\x7f]/

type Entry = { readonly number: number; readonly offset: number }

export class CharacterIndex {
  /** By code of ASCII, both cases of a letter. */
  readonly #ascii = new Uint8Array(128)
  readonly #entries = new Map<number, Entry[]>()
  readonly #foreign: boolean

  /** The texts in lower case; `numbers` are those that belong here. */
  constructor(texts: readonly string[], numbers: readonly number[]) {
    for (const number of numbers) {
      const text = texts[number]!
      const offset = Math.max(0, text.search(nonAscii))
      const code = text.charCodeAt(offset)
      this.#add(code, { number, offset })
      const upper = text[offset]!.toUpperCase().charCodeAt(0)
      if (code < 128 && upper !== code) this.#add(upper, { number, offset })
    }
    this.#foreign = [...this.#entries.keys()].some(code => code > 127)
  }

  #add(code: number, entry: Entry): void {
    if (code < 128) this.#ascii[code] = 1
    const entries = this.#entries.get(code) ?? []
    entries.push(entry)
    this.#entries.set(code, entries)
  }

  /** Calls back with each text that may begin at `start`, until it gives true. */
  search(value: string, maybe: (number: number, start: number) => boolean): boolean {
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code < 128 ? this.#ascii[code] === 0 : !this.#foreign) continue
      for (const { number, offset } of this.#entries.get(code) ?? []) if (maybe(number, i - offset)) return true
    }
    return false
  }
}
