/**
 * The filter part of the search language: text → expression. See docs/query-language.md for the language as people see it.
 *
 *   query   = [ or ]
 *   or      = and { ( "or" | "||" ) and }
 *   and     = unary { [ "and" | "&&" ] unary }
 *   unary   = { "not" | "!" | "-" } primary
 *   primary = "(" or ")" | field operator value | word | phrase
 *   operator= ":" | "=" | "==" | ":~" | ">" | ">=" | "<" | "<=" | "!=" | "<>"
 *   value   = literal | phrase | "/" regex "/" [ "i" ] | "(" values ")" | "cased(" values ")"
 *   values  = the grammar of `or` with literals in the place of primaries
 *
 * Keywords have no case. Reads each character a bounded number of times, and never throws: problems are values with a position.
 */

import { columnOf } from '../core/columns.ts'
import { isIp } from '../core/ip.ts'
import { parseCidr } from './address.ts'
import {
  all,
  and,
  cidr,
  contains,
  type Expression,
  equals,
  inList,
  not,
  or,
  type RangeOperator,
  range,
  regex,
  testsOf,
  wildcard,
  word,
  wordPattern
} from './expression.ts'
import { isFieldName, isKnownField, nearestField } from './known-fields.ts'
import { compileRegex, numberOfText, type Span, timeLiteral } from './literals.ts'
import {
  type Diagnostic,
  isDelimiter,
  isDigit,
  isOperator,
  isSpace,
  nameEnd,
  QueryScanner,
  stop,
  warningsMax,
  wordEnd
} from './query-scanner.ts'
import { notSearchable } from './virtual-fields.ts'

export type { Diagnostic } from './query-scanner.ts'

export type ParsedQuery =
  | { readonly ok: true; readonly expression: Expression; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] }

export type QueryOptions = {
  /** Fields seen in the store, beside those with columns: names near to one of them are warned about. */
  readonly knownFields?: ReadonlySet<string>
  /** What `now` means in `@timestamp>=now-1h`, in milliseconds since 1970. Without it `now` is an error. */
  readonly nowMs?: number
}

export const queryLengthMax = 65_536
export const queryDepthMax = 200
/** Conditions, where a list of values is one (each needs up to 2 kB of SQL, and ClickHouse reads 256). */
export const queryTestsMax = 150
/** Conditions and values of lists. */
export const queryValuesMax = 20_000

/** Parses a query; the empty one is `all`. */
export function parseQuery(text: string, options: QueryOptions = {}): ParsedQuery {
  if (text.length > queryLengthMax) {
    const message = `The query has ${text.length} characters; at most ${queryLengthMax} are read.`
    return { ok: false, errors: [{ position: queryLengthMax, length: text.length - queryLengthMax, message }] }
  }
  // A lone surrogate cannot be stored as UTF-8, so it is nowhere to be found.
  const parser = new QueryParser(text.toWellFormed(), options)
  try {
    const expression = parser.query()
    return parser.errors.length > 0
      ? { ok: false, errors: parser.errors }
      : { ok: true, expression, warnings: parser.warnings }
  } catch (error) {
    if (error !== stop) throw error
    return { ok: false, errors: parser.errors }
  }
}

type Operator = ':' | ':~' | 'ne' | RangeOperator

type Target = { readonly field: string; readonly operator: ':' | ':~'; readonly cased: boolean }

class QueryParser extends QueryScanner {
  readonly #options: QueryOptions
  readonly #checked = new Set<string>()
  #depth = 0
  #values = 0

  constructor(text: string, options: QueryOptions) {
    super(text)
    this.#options = options
  }

  query(): Expression {
    this.space()
    if (this.at === this.text.length) return all
    const expression = this.#or(undefined)
    this.space()
    if (this.at < this.text.length) {
      if (this.text[this.at] === ')') this.fail(this.at, 1, 'This closing parenthesis has no opening one.')
      this.unexpected()
    }
    const tests = testsOf(expression).length
    if (tests > queryTestsMax) {
      const suggestion = 'field:(a or b or c)'
      this.error(0, this.text.length, `The query has ${tests} conditions; at most ${queryTestsMax} are possible.`, {
        suggestion
      })
    }
    return expression
  }

  #count(position: number): void {
    if (++this.#values > queryValuesMax) {
      this.fail(position, 0, `The query has more than ${queryValuesMax} values.`)
    }
  }

  // The logical grammar; `target` is the field of a group of values, or undefined among conditions.

  #or(target: Target | undefined): Expression {
    const items = [this.#and(target)]
    for (;;) {
      this.space()
      const at = this.at
      if (!this.keyword('or') && !this.symbol('||')) break
      items.push(this.#operand(target, at, 'or'))
    }
    if (items.length === 1) return items[0]!
    return (target !== undefined && oneList(items, target)) || or(items)
  }

  #operand(target: Target | undefined, operatorAt: number, operator: 'or' | 'and' | 'not'): Expression {
    this.space()
    const c = this.text[this.at]
    if (c === undefined || c === ')') {
      const what = target === undefined ? 'a condition' : 'a value'
      this.fail(operatorAt, this.at - operatorAt, `After “${operator}” ${what} is expected.`, { expected: [what] })
    }
    return operator === 'or' ? this.#and(target) : operator === 'and' ? this.#unary(target) : this.#primary(target)
  }

  #and(target: Target | undefined): Expression {
    const items = [this.#unary(target)]
    for (;;) {
      this.space()
      const at = this.at
      const c = this.text[at]
      if (c === undefined || c === ')' || this.text.startsWith('||', at)) break
      if (this.keyword('or')) {
        this.at = at
        break
      }
      if (this.keyword('and') || this.symbol('&&')) items.push(this.#operand(target, at, 'and'))
      else items.push(this.#unary(target))
    }
    return items.length === 1 ? items[0]! : and(items)
  }

  #unary(target: Target | undefined): Expression {
    let negated = false
    for (;;) {
      this.space()
      const at = this.at
      const text = this.text
      const next = text.charCodeAt(at + 1)
      const dash =
        text[at] === '-' &&
        at + 1 < text.length &&
        !isSpace(next) &&
        next !== 41 &&
        !(target !== undefined && isDigit(next))
      if (this.keyword('not') || this.symbol('!')) {
        negated = !negated
        this.space()
        if (this.at === text.length || text[this.at] === ')') this.#operand(target, at, 'not')
      } else if (dash) {
        this.at++
        negated = !negated
      } else break
    }
    const expression = this.#primary(target)
    return negated ? not(expression) : expression
  }

  #primary(target: Target | undefined): Expression {
    const at = this.at
    const c = this.text[at]
    if (c === undefined) {
      this.fail(at, 0, 'A condition is expected here.', {
        expected: ['a field with a value', 'a word', '"a phrase"', '(']
      })
    }
    if (c === '(') {
      this.at++
      return this.#group(at, target)
    }
    for (const operator of ['and', 'or', '&&', '||']) {
      if (!(operator === 'and' || operator === 'or' ? this.keyword(operator) : this.symbol(operator))) continue
      const what = target === undefined ? 'a condition' : 'a value'
      const message = `Before “${operator}” ${what} is expected. To search for the word, write "${operator}".`
      this.fail(at, operator.length, message, { expected: [what] })
    }
    if (target !== undefined) return this.#value(target)
    return this.#condition()
  }

  #group(open: number, target: Target | undefined): Expression {
    if (++this.#depth > queryDepthMax) this.fail(open, 1, `More than ${queryDepthMax} parentheses inside each other.`)
    this.space()
    if (this.text[this.at] === ')') this.fail(open, this.at + 1 - open, 'Nothing stands between these parentheses.')
    const expression = this.#or(target)
    this.space()
    if (this.text[this.at] !== ')') {
      if (this.at < this.text.length) this.unexpected()
      this.fail(open, 1, 'This parenthesis is never closed.', { expected: [')'] })
    }
    this.at++
    this.#depth--
    return expression
  }

  // Conditions.

  #condition(): Expression {
    const start = this.at
    const c = this.text[start]!
    if (c === '"') {
      const phrase = this.quoted()
      const operator = isOperator(this.text, this.at) ? this.#operator() : undefined
      if (operator !== undefined) return this.#fieldTest(phrase, start, operator)
      this.#count(start)
      if (phrase === '') this.error(start, 2, 'Nothing stands between these quotes.')
      return word(phrase)
    }
    if (c === "'") this.singleQuotes(start)
    if (c === '|') this.unexpected()
    const end = nameEnd(this.text, start)
    if (end > start && !this.#isWordWithColon(start, end)) {
      this.at = end
      const name = this.text.slice(start, end)
      this.space()
      if (isOperator(this.text, this.at)) {
        const operator = this.#operator()
        return this.#fieldTest(name, start, operator)
      }
      this.#habits(name, start)
      this.at = start
    }
    return this.#bareWord()
  }

  /** Text with colons that is no field: an address, a URL, a path, a time, a Community ID. */
  #isWordWithColon(start: number, end: number): boolean {
    const text = this.text
    if (text[end] !== ':') return false
    const name = text.slice(start, end)
    if (isKnownField(name, this.#options.knownFields)) return false
    if (/^[0-9]+$/.test(name)) return true
    if (text.startsWith('://', end)) return true
    if (name.length === 1 && text[end + 1] === '\\') return true
    if (name.length > 4 || !/^[0-9a-fA-F]+$/.test(name)) return false
    let stop = end
    while (stop < text.length && stop - start < 64 && !isDelimiter(text.charCodeAt(stop))) stop++
    const run = text.slice(start, stop)
    return isIp(run) || /^(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(run)
  }

  #bareWord(): Expression {
    const start = this.at
    const run = this.run()
    if (run.end === start) this.unexpected()
    const raw = this.text.slice(start, run.end)
    if (raw === '*:*') return all
    const colon = raw.indexOf(':')
    if (run.wild && colon > 0 && /^[\w.@*?-]+$/.test(raw.slice(0, colon)) && /[*?]/.test(raw.slice(0, colon))) {
      this.error(start, colon, 'A field name cannot hold wildcards. A bare word looks in many fields at once.', {
        suggestion: raw.slice(colon + 1)
      })
      return all
    }
    this.#count(start)
    if (raw.length > 2 && raw.startsWith('/') && raw.endsWith('/')) {
      this.warn(start, raw.length, 'This is searched as a word. A regular expression needs a field.', `message:${raw}`)
    }
    return run.wild ? wordPattern(run.pattern) : word(run.text)
  }

  /** What people write who come from SQL. */
  #habits(name: string, start: number): void {
    const match = /^(like|ilike|in|is|contains|startswith|endswith|matches|between|rlike|has)$/i.exec(
      this.text.slice(this.at, wordEnd(this.text, this.at, 12))
    )
    if (match === null || !name.includes('.') || !isFieldName(name)) return
    const habit = match[0].toLowerCase()
    const instead: Readonly<Record<string, string>> = {
      in: `${name}:(a or b)`,
      is: `${name}:* (or not ${name}:*)`,
      contains: `${name}:~text`,
      has: `${name}:~text`,
      startswith: `${name}:text*`,
      endswith: `${name}:*text`,
      matches: `${name}:/regex/`,
      rlike: `${name}:/regex/`,
      between: `${name}>=1 and ${name}<=2`
    }
    this.fail(start, this.at + habit.length - start, `“${match[0]}” is not an operator here.`, {
      suggestion: instead[habit] ?? `${name}:*text*`
    })
  }

  #operator(): Operator {
    const text = this.text
    const at = this.at
    const two = text.slice(at, at + 2)
    const take = (length: number, operator: Operator): Operator => {
      this.at += length
      return operator
    }
    if (two === ':~' || two === '=~') return take(2, ':~')
    if (two === '!=' || two === '<>') return take(2, 'ne')
    if (two === '>=') return take(2, 'gte')
    if (two === '<=') return take(2, 'lte')
    if (two === '==') return take(2, ':')
    if (two === '=>' || two === '=<') {
      this.fail(at, 2, `“${two}” is not an operator.`, { suggestion: two === '=>' ? '>=' : '<=' })
    }
    if (text[at] === '>') return take(1, 'gt')
    if (text[at] === '<') return take(1, 'lt')
    this.at++
    // `field:>5`, as others write it.
    const next = text[this.at]
    return next === '>' || next === '<' ? this.#operator() : ':'
  }

  #fieldTest(field: string, start: number, operator: Operator): Expression {
    this.#checkField(field, start)
    this.space()
    const c = this.text[this.at]
    if (c === undefined || c === ')') {
      const example = operator === ':' ? `${field}:value, ${field}:*` : `${field} with a value`
      this.fail(start, this.at - start, `A value is expected after ${field}.`, { expected: [example] })
    }
    if (operator === ':' || operator === ':~' || operator === 'ne') {
      const target: Target = { field, operator: operator === ':~' ? ':~' : ':', cased: false }
      const at = this.at
      const expression = this.symbol('(') ? this.#group(at, target) : this.#value(target)
      return operator === 'ne' ? not(expression) : expression
    }
    return this.#rangeTest(field, operator)
  }

  #checkField(field: string, start: number): void {
    if (field === '') this.fail(start, 2, 'The name of a field is expected.')
    const length = this.text[start] === '"' ? field.length + 2 : field.length
    if (this.#checked.has(field)) return
    this.#checked.add(field)
    if (isKnownField(field, this.#options.knownFields) || this.warnings.length >= warningsMax) return
    const nearest = nearestField(field, this.#options.knownFields)
    if (nearest !== undefined) this.warn(start, length, `No field ${field} is known. Did you mean ${nearest}?`, nearest)
  }

  #searchable(field: string, kind: string, start: number): void {
    const reason = notSearchable(field, kind)
    if (reason !== undefined) this.error(start, this.at - start, `${reason}.`)
  }

  /** One value of a test with `:` or `:~`. */
  #value(target: Target): Expression {
    const start = this.at
    this.#count(start)
    const { field, operator, cased } = target
    const c = this.text[start]
    if (c === '"') {
      const text = this.quoted()
      this.#searchable(field, 'equals', start)
      const after = this.text.charCodeAt(this.at)
      if (this.at < this.text.length && !isDelimiter(after)) {
        this.error(
          start,
          this.at + 1 - start,
          'After the closing quote a space is expected. A quote inside a phrase is written \\".'
        )
      }
      if (operator === ':~') return contains(field, text, cased)
      if (/[*?]/.test(text) && text.length > 1 && (text.endsWith('*') || text.startsWith('*'))) {
        this.warn(
          start,
          this.at - start,
          'Between quotes * and ? stand for themselves. Without quotes they are wildcards (a space is written "\\ ").'
        )
      }
      return equals(field, text, cased)
    }
    if (c === "'") this.singleQuotes(start)
    if (c === '/' && operator === ':') {
      const found = this.#regex(field)
      if (found !== undefined) return found
    }
    if (!cased && this.text.startsWith('cased(', start)) return this.#casedGroup(target)
    if (c === '>' || c === '<') {
      if (operator === ':' && !cased) return this.#rangeTest(field, this.#operator() as RangeOperator)
    }
    if (c === '[' || c === '{') this.#luceneRange(field)
    const run = this.run()
    if (run.end === start) this.unexpected()
    this.#searchable(field, run.pattern === '*' ? 'exists' : 'equals', start)
    if (operator === ':~') {
      return run.wild ? wildcard(field, `*${run.pattern}*`, cased) : contains(field, run.text, cased)
    }
    if (run.wild) return wildcard(field, run.pattern, cased)
    if (!cased && run.text.includes('/') && !this.text.slice(start, run.end).includes('\\')) {
      if (parseCidr(run.text) !== undefined) return cidr(field, run.text)
      if (columnOf(field)?.type === 'ip') {
        this.error(start, run.end - start, `${run.text} is not a network.`, {
          expected: ['10.0.0.0/8', '2001:db8::/32']
        })
      }
    }
    return equals(field, run.text, cased)
  }

  #casedGroup(target: Target): Expression {
    const open = this.at + 5
    this.at = open + 1
    return this.#group(open, { ...target, cased: true })
  }

  #luceneRange(field: string): void {
    const start = this.at
    const match = /^[[{]\s*([^\s\]}]{1,64})\s+to\s+([^\s\]}]{1,64})\s*[\]}]/i.exec(this.text.slice(start, start + 200))
    if (match === null) return
    const [found, low, high] = match
    const parts = [
      low === '*' ? '' : `${field}${found[0] === '[' ? '>=' : '>'}${low}`,
      high === '*' ? '' : `${field}${found.endsWith(']') ? '<=' : '<'}${high}`
    ].filter(part => part !== '')
    this.fail(start, found.length, 'Ranges are written with comparisons.', {
      suggestion: parts.join(' and ') || `${field}:*`
    })
  }

  #rangeTest(field: string, operator: RangeOperator): Expression {
    this.space()
    const start = this.at
    this.#count(start)
    const quoted = this.text[start] === '"'
    const text = quoted ? this.quoted() : this.run().text
    this.#searchable(field, 'range', start)
    const length = this.at - start
    const type = columnOf(field)?.type
    const number = type === 'time' || type === 'ip' ? undefined : numberOfText(text)
    if (number !== undefined && Number.isFinite(number)) return range(field, operator, number)
    const span = type === 'ip' ? undefined : (timeLiteral(text) ?? this.#now(text))
    if (span !== undefined) return timeRange(field, operator, span)
    const expected =
      type === 'time'
        ? ['2024-05-06', '"2024-05-06T07:08:09Z"', ...(this.#options.nowMs === undefined ? [] : ['now-1h'])]
        : ['a number', 'a time']
    const message =
      type === 'ip'
        ? 'Addresses are compared by network, not by order.'
        : `${length === 0 ? 'Nothing' : text.slice(0, 60)} cannot be compared with ${field}.`
    this.error(start, length, message, type === 'ip' ? { suggestion: `${field}:10.0.0.0/8` } : { expected })
    return all
  }

  #now(text: string): Span | undefined {
    const nowMs = this.#options.nowMs
    if (nowMs === undefined || text.length > 24) return undefined
    const match = /^now(?:([+-])(\d{1,9})(s|m|h|d|w))?$/.exec(text)
    if (match === null) return undefined
    const unit = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[match[3] ?? 's'] ?? 1
    const startUs = Math.floor(nowMs) * 1000 + (match[1] === '-' ? -1 : 1) * Number(match[2] ?? 0) * unit * 1_000_000
    return { startUs, endUs: startUs + 1 }
  }

  /** `/regex/` or `/regex/i`; undefined if the slashes are a path's. */
  #regex(field: string): Expression | undefined {
    const text = this.text
    const start = this.at
    let end = start + 1
    for (; end < text.length && text[end] !== '/'; end++) if (text[end] === '\\') end++
    if (end >= text.length || end === start + 1) return undefined
    const flagged = text[end + 1] === 'i'
    const after = end + (flagged ? 2 : 1)
    if (after < text.length && !isDelimiter(text.charCodeAt(after))) return undefined
    const pattern = text.slice(start + 1, end).replaceAll('\\/', '/')
    this.at = after
    this.#searchable(field, 'regex', start)
    const compiled = compileRegex(pattern, !flagged)
    if (!compiled.ok) {
      this.error(
        start,
        after - start,
        `This is no regular expression that can be run in linear time (RE2): ${compiled.reason}.`
      )
    } else if (/^[\w.-]+$/.test(pattern) && /path|url/.test(field)) {
      this.warn(
        start,
        after - start,
        'This is read as a regular expression. A path that ends with a slash needs quotes.',
        `"/${pattern}/"`
      )
    }
    return regex(field, pattern, !flagged)
  }
}

/** `field:(a or b)` of plain values is one list. */
function oneList(items: readonly Expression[], target: Target): Expression | undefined {
  const values: string[] = []
  for (const item of items) {
    if (item.kind !== 'equals') return undefined
    values.push(item.value)
  }
  return inList(target.field, values, target.cased)
}

/** A time literal stands for its whole span: later than a day is after its end. */
function timeRange(field: string, operator: RangeOperator, span: Span): Expression {
  if (span.endUs - span.startUs > 1) {
    if (operator === 'gt') return range(field, 'gte', span.endUs, 'time')
    if (operator === 'lte') return range(field, 'lt', span.endUs, 'time')
  }
  return range(field, operator, span.startUs, 'time')
}
