/** Statements that run thousands of times in a transaction are compiled once. */

import type { StatementSync } from 'node:sqlite'
import type { State } from './state.ts'

const kept = new WeakMap<State, Map<string, StatementSync>>()

/** The statement of this text, which must be one of few. Read its rows to their end (`get`, `all`, `run`): it is shared. */
export function prepared(state: State, sql: string): StatementSync {
  let statements = kept.get(state)
  if (statements === undefined) kept.set(state, (statements = new Map()))
  let statement = statements.get(sql)
  if (statement === undefined) statements.set(sql, (statement = state.db.prepare(sql)))
  return statement
}
