/** Could an expression ever be true of events that have these fields and no others? */

import type { Expression, FieldTest, WordTest } from '../filter/expression.ts'
import { testsOf } from '../filter/expression.ts'
import { anyField, communityIdField, fieldsBehind, isRelated } from '../filter/virtual-fields.ts'

export type Possible = { readonly mayHold: boolean; readonly mayFail: boolean }

/** A test on a field that is never there cannot hold; all others may, or may not. */
export function possible(expression: Expression, has: (field: string) => boolean): Possible {
  switch (expression.kind) {
    case 'all':
      return { mayHold: true, mayFail: false }
    case 'none':
      return { mayHold: false, mayFail: true }
    case 'and': {
      const parts = expression.of.map(one => possible(one, has))
      return { mayHold: parts.every(({ mayHold }) => mayHold), mayFail: parts.some(({ mayFail }) => mayFail) }
    }
    case 'or': {
      const parts = expression.of.map(one => possible(one, has))
      return { mayHold: parts.some(({ mayHold }) => mayHold), mayFail: parts.every(({ mayFail }) => mayFail) }
    }
    case 'not': {
      const { mayHold, mayFail } = possible(expression.of, has)
      return { mayHold: mayFail, mayFail: mayHold }
    }
    default:
      return { mayHold: isThere(expression, has), mayFail: true }
  }
}

/** The fields that are asked for and never there, by the first of their names. */
export function missingFields(expression: Expression, has: (field: string) => boolean): string[] {
  const missing = new Set<string>()
  for (const test of testsOf(expression)) if ('field' in test && !isThere(test, has)) missing.add(test.field)
  return [...missing]
}

function isThere(test: FieldTest | WordTest, has: (field: string) => boolean): boolean {
  if (!('field' in test)) return true
  return [test.field, ...(test.also ?? [])].some(name => isSeen(name, has))
}

export function isSeen(name: string, has: (field: string) => boolean): boolean {
  if (name === anyField || name === '@timestamp' || name === 'event.id' || name.startsWith('picket.')) return true
  if (isRelated(name)) return true
  if (name === communityIdField && has('source.ip') && has('destination.ip')) return true
  return fieldsBehind(name).some(has)
}
