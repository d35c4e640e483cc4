/**
 * Finds the records in JSON text that comes in pieces. A record is an object of a top-level array, an object of an array that wraps
 * records (`{"Records": […]}`), or a top-level object (one a line, pretty-printed, or concatenated). `parsers/json-elements.ts` says the
 * same of small texts.
 *
 * Only brackets and strings are looked at (RFC 8259): whether a record is JSON is for its parser to say. A line end within a string, a
 * wrong closing bracket, or too many levels break a document; reading goes on at the next line that begins with a bracket.
 */

import { wrapperHeader } from '../../parsers/json-elements.ts'
import { wrapperAt, wrapperBytesMax } from './json-wrapper.ts'

export type Found = 'record' | 'broken' | 'more'

const depthMax = 256
const top = 0
const inArray = 1
const inRecord = 2
const inScalar = 3
const inTail = 4
const inBroken = 5

export class JsonScanner {
  /** The record, or the broken stretch, that `next` found. */
  start = 0
  end = 0
  /** Everything before is looked at. */
  at = 0
  /** Where the record begins that is being looked at; -1 outside of one. What is before may be dropped. */
  keptFrom = -1
  /** What the document says that wraps the record that `next` found. */
  header: string | undefined
  /** What was wrong with the last broken stretch. */
  broken = ''

  #mode = top
  #isWrapper = false
  #returnTo = top
  #depth = 0
  readonly #stack = new Uint8Array(depthMax)
  #inString = false
  #escaped = false
  /** Bytes that the wrapper was looked for in vain in; more must be there to look again. */
  #lookedAt = 0
  #afterNewline = false
  /** After a broken stretch what is left of its document may still close. */
  #recovering = false

  get isBroken(): boolean {
    return this.#mode === inBroken
  }

  /** What is missing where the stream ends here. */
  get unfinished(): string | undefined {
    if (this.#mode === inBroken) return this.broken
    if (this.#mode === inRecord) return 'the JSON document ended early, within a record'
    if (this.#mode === inArray || this.#mode === inTail) return 'the JSON document ended early, after a record'
    return this.keptFrom >= 0 ? 'the JSON document ended early' : undefined
  }

  /** The first `bytes` of what is held are gone. */
  dropped(bytes: number): void {
    this.at -= bytes
    if (this.keptFrom >= 0) this.keptFrom = Math.max(0, this.keptFrom - bytes)
  }

  /** Looks on in `bytes` (the same as before, and more behind). After `record` and `broken`, `start` and `end` say where. */
  next(bytes: Buffer, ended: boolean): Found {
    for (;;) {
      const found =
        this.#mode === inRecord
          ? this.#record(bytes)
          : this.#mode === inBroken
            ? this.#skipBroken(bytes)
            : this.#mode === inScalar
              ? this.#scalar(bytes, ended)
              : this.#mode === inTail
                ? this.#tail(bytes)
                : this.#between(bytes, ended)
      if (found !== undefined) return found
    }
  }

  /** Between records: at the top, or in an array. */
  #between(bytes: Buffer, ended: boolean): Found | undefined {
    for (;;) {
      const byte = bytes[this.at]
      if (byte === undefined) return 'more'
      // Blanks, the record separator of RFC 7464, and commas.
      if (byte === 32 || byte === 10 || byte === 13 || byte === 9 || byte === 30 || byte === 44) {
        this.at++
        continue
      }
      if (this.#mode === inArray && byte === 93) {
        this.at++
        if (this.#isWrapper) {
          this.#beginTail()
          return undefined
        }
        this.#mode = top
        continue
      }
      if (byte === 123) return this.#object(bytes, ended)
      if (byte === 91 && this.#mode === top) {
        this.at++
        this.header = undefined
        this.#mode = inArray
        this.#isWrapper = false
        continue
      }
      if ((byte === 93 || byte === 125) && this.#recovering && this.#mode === top) {
        this.at++
        continue
      }
      if (this.#mode === top) return this.#break(this.at, this.at, 'text between documents')
      if (byte === 91) {
        this.#beginRecord(this.at)
        return undefined
      }
      if (byte === 125 || byte === 58) return this.#break(this.at, this.at, 'a value is missing')
      this.keptFrom = this.at
      this.#mode = inScalar
      return undefined
    }
  }

  #object(bytes: Buffer, ended: boolean): Found | undefined {
    if (this.#mode === top) {
      this.header = undefined
      const known = bytes.length - this.at
      if (known < this.#lookedAt * 2 && known < wrapperBytesMax && !ended) {
        this.keptFrom = this.at
        return 'more'
      }
      const inside = wrapperAt(bytes, this.at)
      if (inside === undefined && known < wrapperBytesMax && !ended) {
        this.#lookedAt = known
        this.keptFrom = this.at
        return 'more'
      }
      this.#lookedAt = 0
      if (inside !== undefined && inside > 0) {
        this.keptFrom = -1
        this.header = wrapperHeader(bytes.toString('utf8', this.at, inside - 1))
        this.at = inside
        this.#mode = inArray
        this.#isWrapper = true
        return undefined
      }
    }
    this.#beginRecord(this.at)
    return undefined
  }

  #beginRecord(at: number): void {
    this.#returnTo = this.#mode
    this.#mode = inRecord
    this.keptFrom = at
    this.#depth = 0
    this.#inString = false
    this.#escaped = false
  }

  #beginTail(): void {
    this.#mode = inTail
    this.#stack[0] = 123
    this.#depth = 1
    this.#inString = false
    this.#escaped = false
  }

  #record(bytes: Buffer): Found | undefined {
    const end = this.#close(bytes)
    if (end < 0) return end === -1 ? 'more' : this.#break(this.keptFrom, this.at, this.broken)
    this.start = this.keptFrom
    this.end = end
    this.keptFrom = -1
    this.#mode = this.#returnTo
    return 'record'
  }

  /** The rest of a wrapper: read over, not kept. */
  #tail(bytes: Buffer): Found | undefined {
    const end = this.#close(bytes)
    if (end === -1) return 'more'
    if (end === -2) return this.#break(this.at, this.at, this.broken)
    this.#mode = top
    return undefined
  }

  /** Looks for the bracket that closes the outermost one. The index after it; -1: not yet; -2: broken. */
  #close(bytes: Buffer): number {
    const stack = this.#stack
    const length = bytes.length
    let at = this.at
    let depth = this.#depth
    let inString = this.#inString
    let escaped = this.#escaped
    let end = -1
    while (at < length) {
      if (inString) {
        if (escaped) {
          escaped = false
          at++
          continue
        }
        let byte = bytes[at]!
        while (byte !== 34 && byte !== 92 && byte !== 10) {
          if (++at >= length) break
          byte = bytes[at]!
        }
        if (at >= length) break
        if (byte === 10) {
          this.broken = 'a line end within a string'
          end = -2
          break
        }
        if (byte === 34) inString = false
        else escaped = true
        at++
        continue
      }
      const byte = bytes[at++]!
      if (byte === 34) inString = true
      else if (byte === 123 || byte === 91) {
        if (depth === depthMax) {
          this.broken = `more than ${depthMax} levels`
          end = -2
          break
        }
        stack[depth++] = byte
      } else if (byte === 125 || byte === 93) {
        if (stack[--depth] !== byte - 2) {
          this.broken = 'a closing bracket that does not fit'
          end = -2
          break
        }
        if (depth === 0) {
          end = at
          break
        }
      }
    }
    this.at = at
    this.#depth = depth
    this.#inString = inString
    this.#escaped = escaped
    return end
  }

  #scalar(bytes: Buffer, ended: boolean): Found | undefined {
    for (; this.at < bytes.length; this.at++) {
      const byte = bytes[this.at]!
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === 92) this.#escaped = true
        else if (byte === 34) this.#inString = false
        else if (byte === 10) return this.#break(this.keptFrom, this.at, 'a line end within a string')
      } else if (byte === 34) this.#inString = true
      else if (byte === 44 || byte === 93 || byte === 125 || byte <= 32) return this.#endScalar()
    }
    return ended && !this.#inString ? this.#endScalar() : 'more'
  }

  #endScalar(): Found {
    this.start = this.keptFrom
    this.end = this.at
    this.keptFrom = -1
    this.#mode = inArray
    return 'record'
  }

  #break(from: number, at: number, reason: string): undefined {
    this.broken = reason
    this.#mode = inBroken
    this.keptFrom = from
    this.at = at
    this.#inString = false
    this.#escaped = false
    this.#afterNewline = false
    return undefined
  }

  /** To the next line that begins with a bracket. */
  #skipBroken(bytes: Buffer): Found | undefined {
    for (;;) {
      if (this.#afterNewline) {
        const byte = bytes[this.at]
        if (byte === undefined) return 'more'
        this.#afterNewline = false
        if (byte === 123 || byte === 91) break
      }
      const newline = bytes.indexOf(10, this.at)
      if (newline < 0) {
        this.at = bytes.length
        return 'more'
      }
      this.at = newline + 1
      this.#afterNewline = true
    }
    this.start = this.keptFrom
    this.end = this.at
    this.keptFrom = -1
    this.#mode = top
    this.#recovering = true
    return 'broken'
  }
}
