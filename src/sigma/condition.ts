/**
 * The condition of a detection: names of search identifiers joined by `and`, `or`, `not`, parentheses, and `1 of x*`, `all of them`.
 *
 *   condition = and-list { "or" and-list }
 *   and-list  = term { "and" term }
 *   term      = "not" term | "(" condition ")" | quantity "of" ("them" | pattern) | name
 *   quantity  = "all" | "any" | number
 */

import { nearest } from '../core/nearest.ts'
import { Problem } from './problem.ts'

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'name'; readonly name: string }
  /** At least so many of the named ones; `all` of them. */
  | {
      readonly kind: 'quantity'
      readonly count: number | 'all'
      readonly of: string
      readonly names: readonly string[]
    }

const token = /\s*(?:([()])|([^\s()]+))/y
const depthMax = 100
const tokensMax = 2000

/** Throws `Problem`. `names` are the detection's search identifiers. */
export function parseCondition(text: string, names: readonly string[]): Condition {
  const tokens = tokensOf(text)
  let at = 0
  let depth = 0
  const peek = (): string | undefined => tokens[at]
  const is = (word: string): boolean => peek()?.toLowerCase() === word

  const list = (): Condition => joined('or', () => joined('and', term))
  function joined(kind: 'and' | 'or', item: () => Condition): Condition {
    const of = [item()]
    while (is(kind)) {
      at++
      of.push(item())
    }
    return of.length === 1 ? of[0]! : { kind, of }
  }

  function term(): Condition {
    if (++depth > depthMax) throw new Problem(`The condition is nested deeper than ${depthMax}.`)
    try {
      const found = peek()
      if (found === undefined) throw new Problem('The condition ends where a name is expected.')
      at++
      if (found === '(') {
        const inner = list()
        if (peek() !== ')') throw new Problem('A parenthesis in the condition is never closed.')
        at++
        return inner
      }
      const word = found.toLowerCase()
      if (word === 'not') return { kind: 'not', of: term() }
      if (/^(all|any|\d+)$/.test(word) && is('of')) {
        at++
        return quantity(word)
      }
      if (found === ')' || word === 'and' || word === 'or' || word === 'of')
        throw new Problem(`A name is expected in the condition where “${found}” stands.`)
      return named(found)
    } finally {
      depth--
    }
  }

  function quantity(word: string): Condition {
    const of = peek()
    if (of === undefined || of === '(' || of === ')')
      throw new Problem('After “of” the condition names search identifiers: them, or a pattern such as selection_*.')
    at++
    const chosen = of.toLowerCase() === 'them' && !names.includes(of) ? names.filter(isCounted) : names.filter(like(of))
    const count = word === 'all' ? 'all' : word === 'any' ? 1 : Number(word)
    if (count === 0) throw new Problem('“0 of” is always true: write not 1 of …', [], `not 1 of ${of}`)
    if (chosen.length === 0 && (count === 'all' || of.toLowerCase() === 'them')) throw unknown(of)
    return { kind: 'quantity', count, of, names: chosen }
  }

  function named(name: string): Condition {
    if (names.includes(name)) return { kind: 'name', name }
    if (name === '|')
      throw new Problem(
        'Aggregations after | are no longer part of Sigma: write a correlation (event_count, value_count …) over this rule.'
      )
    if (name.includes('*'))
      throw new Problem(`“${name}” is a pattern: write 1 of ${name} or all of ${name}.`, [], `1 of ${name}`)
    throw unknown(name)
  }

  function unknown(name: string): Problem {
    return new Problem(
      `The condition names ${JSON.stringify(name)}, which the detection does not have.`,
      [],
      nearest(name, names)
    )
  }

  if (tokens.length === 0) throw new Problem('The condition is empty.')
  const condition = list()
  const rest = peek()
  if (rest !== undefined) {
    if (rest === '|') return named(rest)
    throw new Problem(`The condition has “${rest}” where and, or, or its end is expected.`)
  }
  return condition
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  for (;;) {
    const match = token.exec(text)
    if (match === null) return tokens
    tokens.push(match[1] ?? match[2]!)
    if (tokens.length > tokensMax) throw new Problem(`The condition has more than ${tokensMax} words.`)
  }
}

/** `them` are all but those that begin with an underscore. */
const isCounted = (name: string): boolean => !name.startsWith('_')

/** Patterns know `*` only. An underscored identifier is meant only by a pattern that begins so. */
function like(pattern: string): (name: string) => boolean {
  const pieces = pattern.split('*')
  const first = pieces[0]!
  const last = pieces.at(-1)!
  return name => {
    if (pieces.length === 1) return name === pattern
    if (name.startsWith('_') && !first.startsWith('_')) return false
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
    let at = first.length
    for (const piece of pieces.slice(1, -1)) {
      const found = name.indexOf(piece, at)
      if (found < 0) return false
      at = found + piece.length
    }
    return at <= name.length - last.length
  }
}

/** The search identifiers that the condition uses. */
export function namesIn(condition: Condition): Set<string> {
  const found = new Set<string>()
  const visit = (node: Condition): void => {
    if (node.kind === 'name') found.add(node.name)
    else if (node.kind === 'quantity') for (const name of node.names) found.add(name)
    else if (node.kind === 'not') visit(node.of)
    else for (const item of node.of) visit(item)
  }
  visit(condition)
  return found
}
