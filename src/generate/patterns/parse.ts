/**
 * Regular expressions as trees, to draw texts that they match:
 *
 *   alternatives := sequence ('|' sequence)*      sequence := (atom quantifier?)*
 *   atom := '.' | '[' class ']' | '(' alternatives ')' | '(?:' … ')' | '(?<name>' … ')' | '\' escape | '^' | '$' | character
 *   quantifier := '*' | '+' | '?' | '{n}' | '{n,}' | '{n,m}', each with an optional '?'
 *
 * What cannot be drawn (look-around, back-references) is refused. All is bounded: the depth, and how long the longest text can be.
 */

import { ProblemError } from '../problem.ts'

/** `set`: one of these code points, as ranges with both ends. */
export type Pattern =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'set'; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number }

type Ranges = [number, number][]

const depthMax = 32
const repeatsMax = 10_000
export const lengthMax = 65_536
/** How often `*` and `+` repeat at most, beyond what they must. */
const openRepeats = 10

const printable: Ranges = [[32, 126]]
const digits: Ranges = [[48, 57]]
const words: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122]
]
const spaces: Ranges = [[32, 32]]
const classes: Readonly<Record<string, Ranges>> = {
  d: digits,
  w: words,
  s: spaces,
  D: without(printable, digits),
  W: without(printable, words),
  S: without(printable, spaces)
}
const posix: Readonly<Record<string, Ranges>> = {
  alpha: [
    [65, 90],
    [97, 122]
  ],
  digit: digits,
  alnum: [
    [48, 57],
    [65, 90],
    [97, 122]
  ],
  upper: [[65, 90]],
  lower: [[97, 122]],
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102]
  ],
  space: spaces,
  word: words,
  punct: without(without(printable, words), spaces).concat([[95, 95]])
}
const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' }

export function parsePattern(source: string): Pattern {
  let at = 0
  const fail = (what: string): never => {
    throw new ProblemError(`${what} (at character ${at + 1})`)
  }
  const pattern = alternatives(0)
  if (at < source.length) fail("has a ')' without its '('")
  if (longest(pattern) > lengthMax) throw new ProblemError(`can give texts longer than ${lengthMax} characters`)
  return pattern

  function alternatives(depth: number): Pattern {
    if (depth > depthMax) fail(`is nested more than ${depthMax} levels deep`)
    const parts = [sequence(depth)]
    while (source[at] === '|') {
      at++
      parts.push(sequence(depth))
    }
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts }
  }

  function sequence(depth: number): Pattern {
    const parts: Pattern[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const part = atom(depth)
      if (part !== undefined) parts.push(quantified(part))
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
  }

  /** Undefined for what stands for no character. */
  function atom(depth: number): Pattern | undefined {
    const c = String.fromCodePoint(source.codePointAt(at)!)
    at += c.length
    if (c === '^' || c === '$') return undefined
    if (c === '.') return { kind: 'set', ranges: printable }
    if (c === '[') return set()
    if (c === '(') return group(depth)
    if (c === '\\') return escapeSequence()
    if (c === '*' || c === '+' || c === '?') {
      at--
      fail(`repeats nothing with '${c}'`)
    }
    return { kind: 'text', text: c }
  }

  function group(depth: number): Pattern {
    if (source[at] === '?') {
      const opening = /^\?(?::|<[A-Za-z]\w*>|P<[A-Za-z]\w*>)/.exec(source.slice(at, at + 80))
      if (opening === null) fail('has a look-around or a flag, which cannot be drawn')
      at += opening![0].length
    }
    const inner = alternatives(depth + 1)
    if (source[at] !== ')') fail("has a '(' without its ')'")
    at++
    return inner
  }

  function escapeSequence(): Pattern | undefined {
    const c = source[at++]
    if (c === undefined) fail("ends with '\\'")
    if (Object.hasOwn(classes, c!)) return { kind: 'set', ranges: classes[c!]! }
    if (c === 'b' || c === 'B' || c === 'A' || c === 'z' || c === 'Z') return undefined
    if (/[1-9]/.test(c!) || c === 'k') fail('has a back-reference, which cannot be drawn')
    if (c === 'p' || c === 'P') fail('has a class of Unicode, which is not known here: name the characters')
    return { kind: 'text', text: escaped(c!) }
  }

  function escaped(c: string): string {
    if (Object.hasOwn(controls, c)) return controls[c]!
    if (c === 'x' || c === 'u') {
      const hex = (c === 'x' ? /^[0-9A-Fa-f]{2}/ : /^(?:[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\})/).exec(
        source.slice(at, at + 10)
      )
      if (hex === null) fail(`has '\\${c}' without its digits`)
      at += hex![0].length
      const code = Number.parseInt(hex![0].replace(/[{}]/g, ''), 16)
      if (code > 0x10ffff) fail('names a character that there is not')
      return String.fromCodePoint(code)
    }
    return c
  }

  function set(): Pattern {
    const negated = source[at] === '^'
    if (negated) at++
    const ranges: Ranges = []
    for (let first = true; ; first = false) {
      if (at >= source.length) fail("has a '[' without its ']'")
      if (source[at] === ']' && !first) break
      const named = /^\[:([a-z]+):\]/.exec(source.slice(at, at + 20))
      if (named !== null && Object.hasOwn(posix, named[1]!)) {
        ranges.push(...posix[named[1]!]!)
        at += named[0].length
        continue
      }
      const from = member()
      if (typeof from !== 'number') {
        ranges.push(...from)
        continue
      }
      if (source[at] !== '-' || source[at + 1] === ']' || at + 1 >= source.length) {
        ranges.push([from, from])
        continue
      }
      at++
      const to = member()
      if (typeof to !== 'number' || to < from) fail('has a range that ends before it begins')
      ranges.push([from, to as number])
    }
    at++
    const drawn = negated ? without(printable, ranges) : ranges
    if (drawn.length === 0) fail('has a class without any character')
    return { kind: 'set', ranges: drawn }
  }

  function member(): number | Ranges {
    const c = String.fromCodePoint(source.codePointAt(at)!)
    at += c.length
    if (c !== '\\') return c.codePointAt(0)!
    const next = source[at++]
    if (next === undefined) fail("ends with '\\'")
    if (Object.hasOwn(classes, next!)) return classes[next!]!
    return (next === 'b' ? '\b' : escaped(next!)).codePointAt(0)!
  }

  function quantified(part: Pattern): Pattern {
    const mark = source[at]
    let bounds: [number, number] | undefined
    if (mark === '*') bounds = [0, openRepeats]
    else if (mark === '+') bounds = [1, 1 + openRepeats]
    else if (mark === '?') bounds = [0, 1]
    else if (mark === '{') {
      const counts = /^\{(\d{1,6})(,(\d{1,6})?)?\}/.exec(source.slice(at, at + 20))
      if (counts === null) return part
      const least = Number(counts[1])
      const most = counts[2] === undefined ? least : counts[3] === undefined ? least + openRepeats : Number(counts[3])
      if (most < least) fail('repeats less often than at least')
      if (most > repeatsMax) fail(`repeats more than ${repeatsMax} times`)
      bounds = [least, most]
      at += counts[0].length - 1
    }
    if (bounds === undefined) return part
    at++
    if (source[at] === '?' || source[at] === '+') at++
    return { kind: 'repeat', part, min: bounds[0], max: bounds[1] }
  }
}

function longest(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'text':
      return pattern.text.length
    case 'set':
      return 1
    case 'sequence':
      return pattern.parts.reduce((sum, part) => sum + longest(part), 0)
    case 'choice':
      return Math.max(...pattern.parts.map(longest))
    case 'repeat':
      // At least 1: what repeats nothing many times takes time, too.
      return Math.max(1, longest(pattern.part)) * pattern.max
  }
}

function without(all: Ranges, taken: Ranges): Ranges {
  let rest = all
  for (const [from, to] of taken)
    rest = rest.flatMap(([a, b]): Ranges => {
      if (to < a || from > b) return [[a, b]]
      const parts: Ranges = []
      if (a < from) parts.push([a, from - 1])
      if (b > to) parts.push([to + 1, b])
      return parts
    })
  return rest
}
