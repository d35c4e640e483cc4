/** What Sigma's logsources mean here: under which names a rule's fields are found in events, and which events are meant. */

import { all, type Expression } from '../filter/expression.ts'
import type { FieldNames } from './clause.ts'
import type { Logsource } from './rule.ts'

/** Keywords look at every value. */
export const nativeNames: FieldNames = field => [field === '' ? '*' : field]

export function namesOf(_logsource: Logsource): FieldNames {
  return nativeNames
}

export function routeOf(_logsource: Logsource): Expression {
  return all
}
