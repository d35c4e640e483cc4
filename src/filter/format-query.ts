/** An expression as text of the search language: what `parseQuery` reads back as the same expression. */

import { type Expression, type FieldTest, fieldNames, otherNames } from './expression.ts'
import { timeText } from './literals.ts'
import { isSpace } from './query-scanner.ts'
import { parseWildcard } from './wildcard.ts'

/**
 * Round-trips for every expression made with the functions of `expression.ts`, but for comparisons of fields and parts of times (`sameAs`,
 * `timePart`): the language cannot say them, and this is only to be read. A field's other names become alternatives.
 */
export function formatQuery(expression: Expression): string {
  return format(expression, 0)
}

const inOr = 1
const inAnd = 2
const inNot = 3

function format(expression: Expression, within: number): string {
  switch (expression.kind) {
    case 'all':
      return '*'
    case 'none':
      return 'not *'
    case 'or':
      return parenthesised(expression.of.map(item => format(item, inOr)).join(' or '), within >= inOr)
    case 'and':
      return parenthesised(expression.of.map(item => format(item, inAnd)).join(' and '), within >= inAnd)
    case 'not':
      return `not ${format(expression.of, inNot)}`
    case 'word':
      return /^[A-Za-z0-9_]+$/.test(expression.text) && !/^(and|or|not)$/i.test(expression.text)
        ? expression.text
        : quote(expression.text)
    case 'wordPattern':
      return formatPattern(expression.pattern)
    default: {
      const tests = fieldNames(expression).map(name => formatTest(expression, name))
      return tests.length === 1 ? tests[0]! : parenthesised(tests.join(' or '), within >= inOr)
    }
  }
}

function parenthesised(text: string, needed: boolean): string {
  return needed ? `(${text})` : text
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function formatTest(test: FieldTest, name: string): string {
  const field = formatField(name)
  const value = (text: string): string => ('cased' in test && test.cased ? `cased(${text})` : text)
  switch (test.kind) {
    case 'equals':
      return `${field}:${value(formatValue(test.value))}`
    case 'inList': {
      const list = test.values.map(formatValue).join(' or ')
      return `${field}:${test.cased ? `cased(${list})` : `(${list})`}`
    }
    case 'wildcard':
      return `${field}:${value(formatPattern(test.pattern))}`
    case 'contains':
      return `${field}:~${value(formatValue(test.value))}`
    case 'regex':
      return `${field}:/${formatRegex(test.pattern)}/${test.cased ? '' : 'i'}`
    case 'range':
      return `${field}${operators[test.op]}${test.of === 'time' ? quote(timeText(test.value)) : String(test.value)}`
    case 'exists':
      return `${field}:*`
    case 'cidr':
      return `${field}:${test.cidr}`
    case 'sameAs': {
      const others = otherNames(test).map(formatField)
      return `${test.how}(${[field, ...others].join(', ')})`
    }
    case 'timePart':
      return `${test.part}(${field})${test.op === 'eq' ? '=' : operators[test.op]}${test.value}`
  }
}

/** A field's name; with quotes where it could be taken for something else. */
export function formatField(field: string): string {
  return /^[A-Za-z_@][A-Za-z0-9_.@$-]*$/.test(field) &&
    field.length > 1 &&
    !/^(and|or|not)$/i.test(field) &&
    !/^[0-9a-f]{1,4}$/i.test(field)
    ? field
    : quote(field)
}

/** A value that is taken as it is; with quotes where it is not simple. */
export function formatValue(value: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9_.:@%+-]*$/.test(value) && !/^(and|or|not)$/i.test(value) ? value : quote(value)
}

export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

function formatPattern(pattern: string): string {
  let out = ''
  for (const part of parseWildcard(pattern)) {
    if (typeof part === 'string') out += part
    else for (const c of part.text) out += isPlain(c) ? c : `\\${c}`
  }
  return out
}

function isPlain(c: string): boolean {
  const code = c.charCodeAt(0)
  return code < 128 ? /[A-Za-z0-9_.]/.test(c) : !isSpace(code)
}

/** Slashes that are not escaped yet are. */
function formatRegex(pattern: string): string {
  let out = ''
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!
    if (c === '\\' && i + 1 < pattern.length) out += c + pattern[++i]!
    else out += c === '/' ? '\\/' : c
  }
  return out
}
