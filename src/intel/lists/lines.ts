/** What all readers of lists share: the lines of a text one by one, and an account of what was taken and what was not. */

import { type Found, problemsMax, type Reading, type ReadingProblem, type Receive } from '../indicator.ts'

/** Longer ones are cut: no value is that long. */
const lineLengthMax = 16_384

/** Calls for each line without its end, with its number from 1 on, until told false. */
export function eachLine(text: string, receive: (line: string, number: number) => boolean): void {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  for (let number = 1; at < text.length; number++) {
    const found = text.indexOf('\n', at)
    const end = found < 0 ? text.length : found
    const last = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end
    if (!receive(text.slice(at, Math.min(last, at + lineLengthMax)), number)) return
    at = end + 1
  }
}

export class Notes {
  readonly #format: string
  readonly #receive: Receive
  readonly #problems: ReadingProblem[] = []
  #taken = 0
  #refused = 0
  #unmatched = 0

  constructor(format: string, receive: Receive) {
    this.#format = format
    this.#receive = receive
  }

  take(found: Found): void {
    this.#taken++
    this.#receive(found)
  }

  /** Taken by the reader, but it will never match. */
  unmatched(where: number | string, message: string): void {
    this.#unmatched++
    this.#tell(where, message)
  }

  refuse(where: number | string, message: string): void {
    this.#refused++
    this.#tell(where, message)
  }

  #tell(where: number | string, message: string): void {
    if (this.#problems.length < problemsMax) {
      this.#problems.push({
        where: typeof where === 'number' ? `line ${where}` : where,
        message: message.length > 200 ? `${message.slice(0, 200)}…` : message
      })
    }
  }

  reading(): Reading {
    return {
      format: this.#format,
      taken: this.#taken,
      refused: this.#refused,
      unmatched: this.#unmatched,
      problems: this.#problems
    }
  }
}
