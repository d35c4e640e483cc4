/**
 * The values of `eval` and `where`: arithmetic, comparisons and functions.
 *
 *   value   = andOr
 *   andOr   = notted { ( "and" | "or" ) notted }        `and` binds closer than `or`
 *   notted  = { "not" | "!" } compared
 *   compared= sum [ operator ( sum | "/" regex "/" [ "i" ] | literal with * or ? ) ]      operators: = == : != < <= > >= =~ :~
 *   sum     = product { ( "+" | "-" ) product }          a minus sign between names needs blanks around it
 *   product = signed { ( "*" | "/" | "%" ) signed }
 *   signed  = [ "-" ] primary
 *   primary = number | "text" | name | `odd name` | function "(" [ value { "," value } ] ")" | "(" value ")"
 */

import { parseCidr } from '../address.ts'
import { compileRegex, numberOfText } from '../literals.ts'
import { isDigit, isSpace, nameEnd, QueryScanner } from '../query-scanner.ts'
import { type Comparison, functionHelp, type Value } from './commands.ts'

const depthMax = 100
const nodesMax = 2_000

const spans: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
  day: 86_400,
  w: 604_800
}

export class ValueParser extends QueryScanner {
  #depth = 0
  #nodes = 0

  constructor(text: string, start: number) {
    super(text)
    this.at = start
  }

  value(): Value {
    return this.#either()
  }

  // What commands are made of.

  protected get done(): boolean {
    this.space()
    return this.at >= this.text.length
  }

  protected takes(symbol: string): boolean {
    this.space()
    return this.symbol(symbol)
  }

  /** Is this word here, with no name going on behind it? */
  protected word(name: string): boolean {
    this.space()
    const end = this.at + name.length
    if (this.text.slice(this.at, end).toLowerCase() !== name) return false
    if (nameEnd(this.text, end) > end) return false
    this.at = end
    return true
  }

  /** A field's or a column's name, as it is or between backquotes (or quotes). */
  protected name(what = 'a field'): string {
    this.space()
    const start = this.at
    const c = this.text[start]
    if (c === '`') {
      const end = this.text.indexOf('`', start + 1)
      if (end < 0) this.fail(start, 1, 'This ` is never closed.', { expected: ['`'] })
      this.at = end + 1
      return this.text.slice(start + 1, end)
    }
    if (c === '"') return this.quoted()
    const end = nameEnd(this.text, start)
    if (end === start)
      this.fail(start, start < this.text.length ? 1 : 0, `Here ${what} is expected.`, { expected: [what] })
    this.at = end
    return this.text.slice(start, end)
  }

  protected wholeNumber(what: string, least: number, most: number): number {
    this.space()
    const start = this.at
    let end = start
    while (isDigit(this.text.charCodeAt(end))) end++
    const value = Number(this.text.slice(start, end))
    if (end === start || !(value >= least && value <= most))
      this.fail(start, Math.max(end - start, 0), `Here ${what} is expected, from ${least} to ${most}.`, {
        expected: [what]
      })
    this.at = end
    return value
  }

  /** `30s`, `5m`, `1h`, `1d`, `1w`, in seconds. */
  protected duration(): number {
    this.space()
    const start = this.at
    const match = /^(\d{1,9})(sec|min|day|s|m|h|d|w)(?![A-Za-z0-9])/.exec(this.text.slice(start, start + 16))
    const seconds = match === null ? 0 : Number(match[1]) * spans[match[2]!]!
    if (match === null || seconds === 0 || seconds > 366 * 86_400)
      this.fail(start, 1, 'Here a length of time is expected, up to a year.', { expected: ['30s', '5m', '1h', '1d'] })
    this.at = start + match[0].length
    return seconds
  }

  protected end(): void {
    if (this.done) return
    const start = this.at
    const end = Math.max(nameEnd(this.text, start), start + 1)
    this.fail(start, end - start, `Unexpected ${this.text.slice(start, end)}.`, {
      expected: ['| and the next command', 'the end']
    })
  }

  // Values.

  #either(): Value {
    if (++this.#depth > depthMax) this.fail(this.at, 1, `More than ${depthMax} levels inside each other.`)
    const of = [this.#both()]
    while (this.word('or') || this.takes('||')) of.push(this.#both())
    this.#depth--
    return of.length === 1 ? of[0]! : this.#node({ kind: 'or', of })
  }

  #both(): Value {
    const of = [this.#notted()]
    while (this.word('and') || this.takes('&&')) of.push(this.#notted())
    return of.length === 1 ? of[0]! : this.#node({ kind: 'and', of })
  }

  #notted(): Value {
    let negated = false
    for (;;) {
      this.space()
      if (this.word('not')) negated = !negated
      else if (this.text[this.at] === '!' && this.text[this.at + 1] !== '=') {
        this.at++
        negated = !negated
      } else break
    }
    const value = this.#compared()
    return negated ? this.#node({ kind: 'not', of: value }) : value
  }

  #compared(): Value {
    const left = this.#sum()
    this.space()
    const start = this.at
    const match = /^(?:!=|<>|<=|>=|==|=~|:~|=|:|<|>)/.exec(this.text.slice(start, start + 2))
    if (match === null) return left
    this.at += match[0].length
    this.space()
    const op = match[0]
    if (op === '=~' || op === ':~') {
      const right = this.#sum()
      return this.#node({ kind: 'call', name: 'contains', args: [left, right] })
    }
    const equal = op === ':' || op === '=' || op === '=='
    const unequal = op === '!=' || op === '<>'
    if (equal || unequal) {
      const is = this.#equality(left, op === ':')
      if (equal) return is
      return is.kind === 'compare' && is.op === '='
        ? this.#node({ ...is, op: '!=' })
        : this.#node({ kind: 'not', of: is })
    }
    return this.#node({ kind: 'compare', op: op as Comparison, left, right: this.#sum() })
  }

  /** After `:` a bare word is a text and `(a or b)` a list, as in filters; after `=` both are values. */
  #equality(left: Value, bare: boolean): Value {
    const special = this.#special(left)
    if (special !== undefined) return special
    if (bare && this.text[this.at] === '(') return this.#list(left)
    const start = this.at
    let end = start
    while (end < this.text.length && !isSpace(this.text.charCodeAt(end)) && !'()|,"`'.includes(this.text[end]!)) end++
    const word = this.text.slice(start, end)
    if (word.includes('/') && parseCidr(word) !== undefined) {
      this.at = end
      return this.#node({ kind: 'call', name: 'cidr', args: [left, { kind: 'text', value: word }] })
    }
    if (!bare || word === '' || this.text[end] === '(' || numberOfText(word) !== undefined)
      return this.#node({ kind: 'compare', op: '=', left, right: this.#sum() })
    this.at = end
    return this.#node({ kind: 'compare', op: '=', left, right: { kind: 'text', value: word } })
  }

  /** `(a or b)`, `(a, b)`. */
  #list(left: Value): Value {
    const start = this.at
    this.at++
    const of: Value[] = []
    do {
      this.space()
      if (this.text[this.at] === '(') this.fail(this.at, 1, 'Lists of values do not stand inside each other here.')
      of.push(this.#equality(left, true))
    } while (this.word('or') || this.takes('||') || this.takes(','))
    if (!this.takes(')')) this.fail(start, 1, 'This list is never closed.', { expected: ['or', ')'] })
    return of.length === 1 ? of[0]! : this.#node({ kind: 'or', of })
  }

  /** `*`, a pattern, or a regular expression. */
  #special(left: Value): Value | undefined {
    const start = this.at
    const text = this.text
    if (text[start] === '/') {
      let end = start + 1
      for (; end < text.length && text[end] !== '/'; end++) if (text[end] === '\\') end++
      if (end >= text.length) this.fail(start, 1, 'This regular expression is never closed.', { expected: ['/'] })
      const cased = text[end + 1] !== 'i'
      const pattern = text.slice(start + 1, end).replaceAll('\\/', '/')
      this.at = end + (cased ? 1 : 2)
      const compiled = compileRegex(pattern, cased)
      if (!compiled.ok)
        this.error(
          start,
          this.at - start,
          `This is no regular expression that can be run in linear time (RE2): ${compiled.reason}.`
        )
      return this.#node({ kind: 'regex', of: left, pattern, cased })
    }
    let end = start
    while (end < text.length && !isSpace(text.charCodeAt(end)) && !'()|,"`'.includes(text[end]!)) end++
    const word = text.slice(start, end)
    if (!/[*?]/.test(word)) return undefined
    this.at = end
    return word === '*'
      ? this.#node({ kind: 'exists', of: left })
      : this.#node({ kind: 'wildcard', of: left, pattern: word })
  }

  #sum(): Value {
    let left = this.#product()
    for (;;) {
      this.space()
      const c = this.text[this.at]
      if (c !== '+' && c !== '-') return left
      this.at++
      left = this.#node({ kind: 'binary', op: c, left, right: this.#product() })
    }
  }

  #product(): Value {
    let left = this.#signed()
    for (;;) {
      this.space()
      const c = this.text[this.at]
      if (c !== '*' && c !== '/' && c !== '%') return left
      this.at++
      left = this.#node({ kind: 'binary', op: c, left, right: this.#signed() })
    }
  }

  #signed(): Value {
    this.space()
    if (this.text[this.at] !== '-') return this.#primary()
    this.at++
    const value = this.#primary()
    return value.kind === 'number'
      ? { kind: 'number', value: -value.value }
      : this.#node({ kind: 'binary', op: '-', left: { kind: 'number', value: 0 }, right: value })
  }

  #primary(): Value {
    this.space()
    const start = this.at
    const c = this.text[start]
    if (c === undefined)
      this.fail(start, 0, 'A value is expected here.', { expected: ['a field', 'a number', '"a text"'] })
    if (c === '(') {
      this.at++
      const value = this.#either()
      if (!this.takes(')')) this.fail(start, 1, 'This parenthesis is never closed.', { expected: [')'] })
      return value
    }
    if (c === '"') return this.#node({ kind: 'text', value: this.quoted() })
    if (c === "'") this.singleQuotes(start)
    const number = /^\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?(?![\w.])/i.exec(this.text.slice(start, start + 48))
    if (number !== null) {
      this.at += number[0].length
      return this.#node({ kind: 'number', value: Number(number[0]) })
    }
    const name = this.name('a value')
    if (this.text[this.at] === '(' && c !== '`') return this.#call(name, start)
    return this.#node({ kind: 'field', name })
  }

  #call(written: string, start: number): Value {
    const name = written.toLowerCase()
    const help = Object.hasOwn(functionHelp, name) ? functionHelp[name] : undefined
    if (help === undefined) {
      const near = Object.keys(functionHelp).find(known => known.startsWith(name.slice(0, 3)))
      this.fail(start, written.length, `There is no function ${written}.`, {
        expected: Object.keys(functionHelp),
        ...(near === undefined ? {} : { suggestion: functionHelp[near]![2] })
      })
    }
    this.at++
    const args: Value[] = []
    if (!this.takes(')')) {
      do args.push(this.#argument())
      while (this.takes(','))
      if (!this.takes(')'))
        this.fail(this.at, this.at < this.text.length ? 1 : 0, `${help[2]} is not closed.`, { expected: [',', ')'] })
    }
    const [least, most, form] = help
    if (args.length < least || args.length > most)
      this.fail(start, this.at - start, `It is ${form}.`, { suggestion: form })
    return this.#node({ kind: 'call', name, args })
  }

  /** A value, or a length of time in seconds (`bin(@timestamp, 5m)`). */
  #argument(): Value {
    this.space()
    const span = /^(\d{1,9})(sec|min|day|s|m|h|d|w)(?![A-Za-z0-9])/.exec(this.text.slice(this.at, this.at + 16))
    if (span === null) return this.#either()
    this.at += span[0].length
    return this.#node({ kind: 'number', value: Number(span[1]) * spans[span[2]!]! })
  }

  #node(value: Value): Value {
    if (++this.#nodes > nodesMax) this.fail(this.at, 0, `The search has more than ${nodesMax} values.`)
    return value
  }
}
