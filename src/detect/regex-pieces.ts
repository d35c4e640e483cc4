/**
 * What must stand in whatever a regular expression (RE2's syntax, `.` and classes on code points) finds: sets of texts, of each of which
 * one is there, and how long the value is at least. Where the syntax says more than is understood here, less is named, never more.
 */

export type RegexPieces = {
  /** Of each set one text stands in the value (in lower case, if the value is taken so). */
  readonly sets: readonly (readonly string[])[]
  /** The value has a character beyond ASCII. */
  readonly foreign: boolean
  /** In UTF-16 units, at least. */
  readonly lengthMin: number
}

/** What is known of a part: what it ends with, if that is one of a few texts, and what must be in it before that. */
type Part = {
  readonly exact: readonly string[] | undefined
  /** Nothing stands before these texts: they are all that it can match. */
  readonly isAll: boolean
  readonly sets: readonly (readonly string[])[]
  readonly foreign: boolean
  readonly lengthMin: number
}

const exactMax = 16
const depthMax = 100
const nothing: Part = { exact: undefined, isAll: false, sets: [], foreign: false, lengthMin: 0 }
const empty: Part = { exact: [''], isAll: true, sets: [], foreign: false, lengthMin: 0 }
const oneCharacter: Part = { exact: undefined, isAll: false, sets: [], foreign: false, lengthMin: 1 }

class NotUnderstood extends Error {}

export function piecesOfRegex(pattern: string, cased: boolean): RegexPieces {
  try {
    // Flags inside may change what letters mean, from there on: then they mean less everywhere.
    const exact = cased && !/\(\?[a-zA-Z]*i/.test(pattern)
    const reader = new Reader(pattern, exact)
    const whole = flush(reader.alternatives(0))
    if (!reader.isAtEnd) return nothing
    return { sets: whole.sets, foreign: whole.foreign, lengthMin: whole.lengthMin }
  } catch (error) {
    if (error instanceof NotUnderstood) return nothing
    throw error
  }
}

class Reader {
  readonly #text: string
  readonly #cased: boolean
  #at = 0

  constructor(text: string, cased: boolean) {
    this.#text = text
    this.#cased = cased
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  alternatives(depth: number): Part {
    if (depth > depthMax) throw new NotUnderstood()
    const parts = [this.#sequence(depth)]
    while (this.#text[this.#at] === '|') {
      this.#at++
      parts.push(this.#sequence(depth))
    }
    return parts.length === 1 ? parts[0]! : either(parts)
  }

  #sequence(depth: number): Part {
    let all = empty
    while (!this.isAtEnd && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')')
      all = joined(all, this.#repeated(this.#atom(depth)))
    return all
  }

  #repeated(part: Part): Part {
    for (;;) {
      const c = this.#text[this.#at]
      let least: number
      let most: number
      if (c === '?') [least, most] = [0, 1]
      else if (c === '*') [least, most] = [0, Number.POSITIVE_INFINITY]
      else if (c === '+') [least, most] = [1, Number.POSITIVE_INFINITY]
      else {
        const count = c === '{' ? /^\{(\d+)(,?)(\d*)\}/.exec(this.#text.slice(this.#at, this.#at + 20)) : null
        if (count === null) return part
        least = Number(count[1])
        most = count[2] === '' ? least : count[3] === '' ? Number.POSITIVE_INFINITY : Number(count[3])
        this.#at += count[0].length - 1
      }
      this.#at++
      if (this.#text[this.#at] === '?') this.#at++
      part = times(part, least, most)
    }
  }

  #atom(depth: number): Part {
    const c = this.#text[this.#at]!
    this.#at++
    switch (c) {
      case '(':
        return this.#group(depth)
      case '[':
        return this.#class()
      case '.':
        return oneCharacter
      case '^':
      case '$':
        return empty
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        throw new NotUnderstood()
    }
    const code = this.#text.codePointAt(this.#at - 1)!
    if (code > 0xffff) this.#at++
    return this.#character(String.fromCodePoint(code))
  }

  #group(depth: number): Part {
    if (this.#text[this.#at] === '?') {
      const head = /^\?(?:P?<\w+>|[imsU]*(?:-[imsU]+)?(:|\)))/.exec(this.#text.slice(this.#at, this.#at + 80))
      if (head === null) throw new NotUnderstood()
      this.#at += head[0].length
      // Flags for the rest of the group.
      if (head[1] === ')') return empty
    }
    const inner = this.alternatives(depth + 1)
    if (this.#text[this.#at] !== ')') throw new NotUnderstood()
    this.#at++
    return inner
  }

  #escape(): Part {
    const rest = this.#text.slice(this.#at, this.#at + 40)
    const long = /^(?:x\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|[pP]\{[^}]{1,30}\}|[pP][A-Z]|[0-7]{1,3})/.exec(rest)
    if (long !== null) {
      this.#at += long[0].length
      return oneCharacter
    }
    const c = rest[0]
    if (c === undefined || c === 'Q' || c === 'E') throw new NotUnderstood()
    this.#at++
    if ('AbBzZ'.includes(c)) return empty
    if (/[0-9A-Za-z]/.test(c)) return c === 'C' ? nothing : oneCharacter
    if (c > '\x7f') throw new NotUnderstood()
    return this.#character(c)
  }

  #character(c: string): Part {
    const one = (texts: readonly string[]): Part => ({ ...oneCharacter, exact: texts, isAll: true })
    if (this.#cased) return one([c])
    if (c > '\x7f') {
      // Its other cases are beyond ASCII too, but for the Kelvin sign and the long s.
      return c === '\u212a' || c === '\u017f' ? oneCharacter : { ...oneCharacter, foreign: true }
    }
    return one(lowerForms(c))
  }

  #class(): Part {
    const start = this.#at
    if (this.#text[this.#at] === '^') this.#at++
    if (this.#text[this.#at] === ']') this.#at++
    for (; !this.isAtEnd && this.#text[this.#at] !== ']'; this.#at++) {
      if (this.#text[this.#at] === '\\') this.#at++
      else if (this.#text.startsWith('[:', this.#at)) {
        const close = this.#text.indexOf(':]', this.#at + 2)
        if (close >= 0) this.#at = close + 1
      }
    }
    if (this.isAtEnd) throw new NotUnderstood()
    const inside = this.#text.slice(start, this.#at)
    this.#at++
    // A few characters that are themselves: `[ "']`.
    if (!/^(?:[^\\\]^[-]|\\[^0-9A-Za-z\x80-\uffff]){1,4}$/.test(inside)) return oneCharacter
    const characters = inside.replace(/\\(.)/g, '$1')
    if (/[^\x00-\x7f]/.test(characters)) return oneCharacter
    const texts = this.#cased ? [...characters] : [...new Set([...characters].flatMap(lowerForms))]
    return { ...oneCharacter, exact: texts, isAll: true }
  }
}

/** What a character of ASCII finds without regard to case, in a value in lower case. */
function lowerForms(c: string): string[] {
  const lower = c.toLowerCase()
  return lower === 'k' ? ['k', '\u212a'] : lower === 's' ? ['s', '\u017f'] : [lower]
}

function joined(a: Part, b: Part): Part {
  const lengthMin = a.lengthMin + b.lengthMin
  const foreign = a.foreign || b.foreign
  if (a.exact !== undefined && b.exact !== undefined && b.isAll && a.exact.length * b.exact.length <= exactMax) {
    const { exact } = b
    const texts = a.exact.flatMap(before => exact.map(after => before + after))
    return { exact: texts, isAll: a.isAll, sets: a.sets, foreign, lengthMin }
  }
  // `b` may go on with what follows it; what stands before is closed.
  const closed = flush(a)
  return { exact: b.exact, isAll: false, sets: [...closed.sets, ...b.sets], foreign, lengthMin }
}

/** The texts that end here are one more set. */
function flush(part: Part): Part {
  if (part.exact === undefined || part.exact.includes('')) return { ...part, exact: undefined }
  return { ...part, exact: undefined, sets: [...part.sets, part.exact] }
}

function either(parts: readonly Part[]): Part {
  const lengthMin = Math.min(...parts.map(part => part.lengthMin))
  const foreign = parts.every(part => part.foreign)
  if (parts.every(({ exact, isAll }) => exact !== undefined && isAll)) {
    const texts = [...new Set(parts.flatMap(({ exact }) => exact!))]
    if (texts.length <= exactMax) return { exact: texts, isAll: true, sets: [], foreign, lengthMin }
  }
  const best = parts.map(part => longest(flush(part).sets))
  if (best.some(set => set === undefined)) return { ...nothing, foreign, lengthMin }
  return { ...nothing, sets: [[...new Set(best.flatMap(set => set!))]], foreign, lengthMin }
}

function longest(sets: readonly (readonly string[])[]): readonly string[] | undefined {
  const shortest = (set: readonly string[]): number => Math.min(...set.map(text => text.length))
  return sets.toSorted((a, b) => shortest(b) - shortest(a) || a.length - b.length)[0]
}

function times(part: Part, least: number, most: number): Part {
  const lengthMin = part.lengthMin * least
  if (least === 1 && most === 1) return part
  const { exact } = part
  if (least === 0) {
    const few = most === 1 && part.isAll && exact !== undefined && exact.length < exactMax
    return few ? { ...empty, exact: [...new Set(['', ...exact])] } : nothing
  }
  if (least === most && least <= 4 && part.isAll && exact?.length === 1)
    return { ...part, exact: [exact[0]!.repeat(least)], lengthMin }
  return { ...flush(part), lengthMin }
}
