/**
 * Parses STIX patterns (STIX 2.1, chapter 9; what 2.0 writes otherwise is understood as well).
 *
 * ```text
 * observations = or { 'FOLLOWEDBY' or }          or = and { 'OR' and }          and = observation { 'AND' observation }
 * observation  = ( '[' tests ']' | '(' observations ')' ) { qualifier }
 * qualifier    = 'START' time 'STOP' time | 'WITHIN' number 'SECONDS' | 'REPEATS' integer 'TIMES'
 * tests        = both { 'OR' both }              both = test { 'AND' test }
 * test         = '(' tests ')' | 'EXISTS' path
 *              | path [ 'NOT' ] ( '=' | '!=' | '<' | '<=' | '>' | '>=' ) literal
 *              | path [ 'NOT' ] 'IN' '(' [ literal { ',' literal } ] ')'
 *              | path [ 'NOT' ] ( 'LIKE' | 'MATCHES' | 'ISSUBSET' | 'ISSUPERSET' ) string
 * path         = name ':' property { '.' property | '[' ( integer | '*' ) ']' }       property = name without hyphen | string
 * ```
 */

import {
  anyIndex,
  type Comparison,
  type Literal,
  type ObjectPath,
  type Observation,
  type Operator,
  type PathStep,
  type Qualifier,
  timeValue
} from './pattern.ts'
import { PatternError, type Token, tokensOf } from './tokens.ts'

export type ParsedPattern =
  /** `twice`: a qualifier that stands there twice at one `[…]`, which STIX 2.1 forbids. */
  | { readonly ok: true; readonly pattern: Observation; readonly twice: Qualifier['kind'] | undefined }
  /** `syntax`: it is no pattern. `meaning`: it is one that can mean nothing (WITHIN 0 SECONDS, a list of mixed types). */
  | { readonly ok: false; readonly kind: 'syntax' | 'meaning'; readonly message: string; readonly at: number }

const patternLengthMax = 262_144
const depthMax = 64
const stepsMax = 64

export function parsePattern(text: string): ParsedPattern {
  if (text.length > patternLengthMax)
    return { ok: false, kind: 'syntax', message: `longer than ${patternLengthMax} characters`, at: 0 }
  try {
    const parser = new Parser(tokensOf(text))
    const pattern = parser.pattern()
    const wrong = parser.wrong
    return wrong === undefined ? { ok: true, pattern, twice: parser.twice } : { ok: false, kind: 'meaning', ...wrong }
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, kind: 'syntax', message: error.message, at: error.at }
    throw error
  }
}

const orderings = new Set(['<', '<=', '>', '>='])
const textTests = new Set(['LIKE', 'MATCHES', 'ISSUBSET', 'ISSUPERSET'])

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  /** The first thing that is written rightly and can mean nothing. */
  wrong: { message: string; at: number } | undefined
  twice: Qualifier['kind'] | undefined

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  pattern(): Observation {
    const pattern = this.#observations()
    if (this.#next.kind !== 'end') throw this.#unexpected('the end, or AND, OR, FOLLOWEDBY, or a qualifier')
    return pattern
  }

  get #next(): Token {
    return this.#tokens[this.#at]!
  }

  #is(text: string): boolean {
    return this.#next.kind === 'sign' && this.#next.text === text
  }

  #skip(text: string): boolean {
    if (!this.#is(text)) return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (!this.#skip(text)) throw this.#unexpected(text)
  }

  #unexpected(wanted: string): PatternError {
    const { kind, text, at } = this.#next
    return new PatternError(
      `${kind === 'end' ? 'the pattern ends' : `there is ${text.slice(0, 60)}`} where ${wanted} is expected`,
      at
    )
  }

  #deeper<T>(parse: () => T): T {
    if (++this.#depth > depthMax) throw new PatternError(`nested deeper than ${depthMax}`, this.#next.at)
    const result = parse()
    this.#depth--
    return result
  }

  #joined<T>(word: string, parse: () => T): T[] {
    const of = [parse()]
    while (this.#skip(word)) of.push(parse())
    return of
  }

  #observations(): Observation {
    const of = this.#joined('FOLLOWEDBY', () => {
      const either = this.#joined('OR', () => {
        const both = this.#joined('AND', () => this.#observation())
        return both.length === 1 ? both[0]! : ({ kind: 'and', of: both } as const)
      })
      return either.length === 1 ? either[0]! : ({ kind: 'or', of: either } as const)
    })
    return of.length === 1 ? of[0]! : { kind: 'followedBy', of }
  }

  #observation(): Observation {
    let found: Observation
    const given = new Set<Qualifier['kind']>()
    const single = this.#is('[')
    if (this.#skip('[')) {
      found = { kind: 'observed', test: this.#tests() }
      this.#expect(']')
    } else if (this.#skip('(')) {
      found = this.#deeper(() => this.#observations())
      this.#expect(')')
    } else throw this.#unexpected('[ or (')
    for (let count = 0; ; count++) {
      const by = this.#qualifier()
      if (by === undefined) return found
      if (single && given.has(by.kind)) this.twice ??= by.kind
      given.add(by.kind)
      if (count >= depthMax) throw new PatternError(`more than ${depthMax} qualifiers`, this.#next.at)
      found = { kind: 'qualified', of: found, by }
    }
  }

  #qualifier(): Qualifier | undefined {
    const { at } = this.#next
    if (this.#skip('WITHIN')) {
      const seconds = this.#count('a number of seconds', false)
      this.#expect('SECONDS')
      if (seconds <= 0) this.wrong ??= { message: 'WITHIN needs more than 0 seconds', at }
      return { kind: 'within', seconds }
    }
    if (this.#skip('REPEATS')) {
      const times = this.#count('a whole number', true)
      this.#expect('TIMES')
      if (times < 1) this.wrong ??= { message: 'REPEATS needs 1 or more', at }
      return { kind: 'repeats', times }
    }
    if (!this.#skip('START')) return undefined
    const start = this.#time()
    this.#expect('STOP')
    return { kind: 'startStop', start, stop: this.#time() }
  }

  #count(wanted: string, whole: boolean): number {
    const token = this.#next
    if (
      token.kind !== 'literal' ||
      token.value.kind !== 'number' ||
      token.text.startsWith('-') ||
      (whole && token.text.includes('.'))
    )
      throw this.#unexpected(wanted)
    this.#at++
    return token.value.value
  }

  /** STIX 2.0 writes the times of START and STOP as strings. */
  #time(): string {
    const token = this.#next
    if (token.kind !== 'literal' || (token.value.kind !== 'time' && token.value.kind !== 'string'))
      throw this.#unexpected("a timestamp (t'2024-05-06T07:08:09Z')")
    this.#at++
    if (token.value.kind === 'time') return token.value.value
    const time = timeValue(token.value.value)
    if (time === undefined) this.wrong ??= { message: `no timestamp: ${token.value.value}`, at: token.at }
    return time ?? ''
  }

  #tests(): Comparison {
    const either = this.#joined('OR', () => {
      const both = this.#joined('AND', () => this.#test())
      return both.length === 1 ? both[0]! : ({ kind: 'and', of: both } as const)
    })
    return either.length === 1 ? either[0]! : { kind: 'or', of: either }
  }

  #test(): Comparison {
    if (this.#skip('(')) {
      const inner = this.#deeper(() => this.#tests())
      this.#expect(')')
      return inner
    }
    if (this.#skip('EXISTS')) return { kind: 'exists', path: this.#path() }
    const path = this.#path()
    const negated = this.#skip('NOT')
    const token = this.#next
    const op = token.kind === 'sign' ? token.text : ''
    if (op === 'IN') {
      this.#at++
      return { kind: 'test', path, negated, op, values: this.#list() }
    }
    if (textTests.has(op)) {
      this.#at++
      const { value } = this.#literal('a string')
      if (value.kind !== 'string') {
        this.#at--
        throw this.#unexpected('a string')
      }
      return { kind: 'test', path, negated, op: op as Operator, values: [value] }
    }
    if (op !== '=' && op !== '!=' && !orderings.has(op)) throw this.#unexpected('a comparison')
    this.#at++
    const { value } = this.#literal('a value')
    if (orderings.has(op) && value.kind === 'boolean') {
      this.#at--
      throw this.#unexpected('a value that has an order')
    }
    return { kind: 'test', path, negated, op: op as Operator, values: [value] }
  }

  #literal(wanted: string): { value: Literal; at: number } {
    const token = this.#next
    if (token.kind !== 'literal') throw this.#unexpected(wanted)
    this.#at++
    return { value: token.value, at: token.at }
  }

  #list(): Literal[] {
    const { at } = this.#next
    this.#expect('(')
    const values: Literal[] = []
    if (this.#skip(')')) return values
    do values.push(this.#literal('a value').value)
    while (this.#skip(','))
    this.#expect(')')
    if (values.some(value => value.kind !== values[0]!.kind))
      this.wrong ??= { message: 'a list of values of different types', at }
    return values
  }

  #path(): ObjectPath {
    const token = this.#next
    if (token.kind !== 'name') throw this.#unexpected('an object path (ipv4-addr:value)')
    this.#at++
    this.#expect(':')
    const steps: PathStep[] = [this.#property()]
    for (;;) {
      if (steps.length > stepsMax) throw new PatternError(`a path of more than ${stepsMax} steps`, token.at)
      if (this.#skip('.')) steps.push(this.#property())
      else if (this.#skip('[')) {
        steps.push(this.#index())
        this.#expect(']')
      } else return { type: token.text, steps }
    }
  }

  #property(): string {
    const token = this.#next
    if (token.kind === 'name' && !token.text.includes('-')) {
      this.#at++
      return token.text
    }
    if (token.kind === 'literal' && token.value.kind === 'string') {
      this.#at++
      return token.value.value
    }
    throw this.#unexpected('a property (one with a hyphen in quotes)')
  }

  #index(): PathStep {
    if (this.#skip('*')) return anyIndex
    const token = this.#next
    if (token.kind !== 'literal' || token.value.kind !== 'number' || token.text.includes('.'))
      throw this.#unexpected('a whole number or *')
    this.#at++
    return token.value.value
  }
}
