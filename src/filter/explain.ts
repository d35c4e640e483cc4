/** An expression in words, for the line under the search field: what the query was understood to mean. */

import { type Expression, type FieldTest, fieldNames, otherNames, type Relation } from './expression.ts'
import { timeText } from './literals.ts'
import { anyField } from './virtual-fields.ts'
import { escapeWildcard, parseWildcard, type WildcardPart } from './wildcard.ts'

/** One sentence without a full stop. Long lists are cut. */
export function explain(expression: Expression): string {
  return words(expression, false)
}

const shownMax = 8

function words(expression: Expression, within: boolean): string {
  switch (expression.kind) {
    case 'all':
      return 'every event'
    case 'none':
      return 'no event'
    case 'and':
      return joined(expression.of, ' and ', within)
    case 'or':
      return joined(expression.of, ' or ', within)
    case 'not':
      return expression.of.kind === 'and' || expression.of.kind === 'or'
        ? `not ${words(expression.of, true)}`
        : test(expression.of, true)
    default:
      return test(expression, false)
  }
}

function joined(items: readonly Expression[], between: string, within: boolean): string {
  const text = items.map(item => words(item, true)).join(between)
  return within ? `(${text})` : text
}

const comparisons = { gt: 'above', gte: 'at least', lt: 'below', lte: 'at most' } as const
const timeComparisons = { gt: 'after', gte: 'at or after', lt: 'before', lte: 'at or before' } as const

function test(expression: Expression, negated: boolean): string {
  switch (expression.kind) {
    case 'word':
      return /^[^\s]+$/.test(expression.text)
        ? `the word ${quoted(expression.text)} ${negated ? 'does not occur' : 'occurs'}`
        : `the phrase ${quoted(expression.text)} ${negated ? 'does not occur' : 'occurs'}`
    case 'wordPattern':
      return `${negated ? 'no word matches' : 'a word matches'} ${quoted(expression.pattern)}`
    case 'all':
    case 'none':
    case 'and':
    case 'or':
    case 'not':
      return negated ? `not (${words(expression, false)})` : words(expression, true)
    default:
      return fieldTest(expression, negated)
  }
}

function fieldTest(test: FieldTest, negated: boolean): string {
  const field = fieldNames(test)
    .map(name => (name === anyField ? 'any text' : name))
    .join(' or ')
  const is = negated ? 'is not' : 'is'
  const does = (verb: string, plural: string): string => (negated ? `does not ${plural}` : verb)
  const exact = 'cased' in test && test.cased && test.kind !== 'regex' ? ' (upper and lower case as written)' : ''
  switch (test.kind) {
    case 'equals':
      return test.value === '' ? `${field} ${is} empty` : `${field} ${is} ${quoted(test.value)}${exact}`
    case 'inList': {
      const more = test.values.length - shownMax
      const shown = test.values.slice(0, shownMax).map(quoted).join(', ')
      return `${field} ${is} one of ${shown}${more > 0 ? ` and ${more} more` : ''}${exact}`
    }
    case 'wildcard':
      return `${field} ${wildcardWords(test.pattern, does)}${exact}`
    case 'contains':
      return `${field} ${does('contains', 'contain')} ${quoted(test.value)}${exact}`
    case 'regex':
      return `${field} ${does('matches', 'match')} the regular expression /${short(test.pattern)}/${test.cased ? '' : ' in upper or lower case'}`
    case 'range':
      return test.of === 'time'
        ? `${field} ${is} ${timeComparisons[test.op]} ${timeText(test.value).replace(/\.?0*Z$/, 'Z')}`
        : `${field} ${is} ${comparisons[test.op]} ${test.value}`
    case 'exists':
      return negated ? `there is no ${field}` : `there is a ${field}`
    case 'cidr':
      return `${field} ${is} in the network ${test.cidr}`
    case 'sameAs':
      return `${field} ${relationWords[test.how](does, is)} ${otherNames(test).join(' or ')}${exact}`
    case 'timePart': {
      const compared = test.op === 'eq' ? test.value : `${comparisons[test.op]} ${test.value}`
      return `the ${test.part} of ${field} ${is} ${compared}`
    }
  }
}

type Does = (verb: string, plural: string) => string

const relationWords: Readonly<Record<Relation, (does: Does, is: string) => string>> = {
  equals: (_, is) => `${is} the same as`,
  startsWith: does => `${does('begins', 'begin')} with the value of`,
  endsWith: does => `${does('ends', 'end')} with the value of`,
  contains: does => `${does('contains', 'contain')} the value of`
}

function wildcardWords(pattern: string, does: Does): string {
  const parts = parseWildcard(pattern)
  const literal = (part: WildcardPart | undefined): string | undefined =>
    typeof part === 'object' ? quoted(part.text) : undefined
  const [a, b, c] = parts
  if (parts.length === 2 && b === '*' && literal(a)) return `${does('begins', 'begin')} with ${literal(a)}`
  if (parts.length === 2 && a === '*' && literal(b)) return `${does('ends', 'end')} with ${literal(b)}`
  if (parts.length === 3 && a === '*' && c === '*' && literal(b)) return `${does('contains', 'contain')} ${literal(b)}`
  const text = parts.map(part => (typeof part === 'string' ? part : escapeWildcard(part.text))).join('')
  return `${does('matches', 'match')} the pattern ${quoted(text)}`
}

function quoted(text: string): string {
  return `“${short(text)}”`
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
