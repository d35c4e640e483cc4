/** Could an expression ever be true of events that have these fields and no others? */

import type { Expression, FieldTest, WordTest } from '../filter/expression.ts'
import { testsOf } from '../filter/expression.ts'
import { anyField, communityIdField, fieldsBehind, isRelated } from '../filter/virtual-fields.ts'

export type Possible = { readonly mayHold: boolean; readonly mayFail: boolean }

/**
 * A test on a field that is never there cannot hold; all others may, or may not. `known`: whether a test holds, where that is known
 * of all the events.
 */
export function possible(
  expression: Expression,
  has: (field: string) => boolean,
  known: (test: FieldTest) => boolean | undefined = () => undefined
): Possible {
  switch (expression.kind) {
    case 'all':
      return { mayHold: true, mayFail: false }
    case 'none':
      return { mayHold: false, mayFail: true }
    case 'and': {
      const parts = expression.of.map(one => possible(one, has, known))
      return { mayHold: parts.every(({ mayHold }) => mayHold), mayFail: parts.some(({ mayFail }) => mayFail) }
    }
    case 'or': {
      const parts = expression.of.map(one => possible(one, has, known))
      return { mayHold: parts.some(({ mayHold }) => mayHold), mayFail: parts.every(({ mayFail }) => mayFail) }
    }
    case 'not': {
      const { mayHold, mayFail } = possible(expression.of, has, known)
      return { mayHold: mayFail, mayFail: mayHold }
    }
    default: {
      const holds = 'field' in expression ? known(expression) : undefined
      if (holds !== undefined) return { mayHold: holds, mayFail: !holds }
      return { mayHold: isThere(expression, has), mayFail: true }
    }
  }
}

/** The fields that are asked for and never there, by the first of their names. */
export function missingFields(expression: Expression, has: (field: string) => boolean): string[] {
  const missing = new Set<string>()
  for (const test of testsOf(expression)) if ('field' in test && !isThere(test, has)) missing.add(test.field)
  return [...missing]
}

/** All the fields that a test may look at. */
export function namesOfTest(test: FieldTest): string[] {
  const others = test.kind === 'sameAs' ? [test.other, ...(test.alsoOther ?? [])] : []
  return [test.field, ...(test.also ?? []), ...others].flatMap(name => fieldsBehind(name))
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
