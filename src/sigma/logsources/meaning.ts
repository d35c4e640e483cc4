/** What a logsource of Sigma means on our documents: an entry of the lists beside this file. */

import type { Logsource } from '../rule.ts'

export type Meaning = {
  /** The logsources that are meant: what is named must agree; `false` agrees if it is not there. */
  readonly when: { readonly [K in keyof Logsource]?: string | readonly string[] | false }
  /** For people: what it is made of here. */
  readonly about: string
  /** Which events are meant, in the search language. */
  readonly route: string
  /** The rule's field → the fields of events that hold its values, the likeliest first. Its own name is always looked at too, last. */
  readonly fields?: FieldTable
  /** Where fields that the table does not have are found; undefined: under their own names only. */
  readonly rest?: (field: string) => readonly string[]
  /** Values that events have in other words: field → the rule's value → the event's. */
  readonly values?: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export type FieldTable = ReadonlyMap<string, readonly string[]>

/** A line a field: its name in rules, then where events have it. */
export function fieldTable(text: string, ...others: readonly FieldTable[]): FieldTable {
  const table = new Map<string, readonly string[]>()
  for (const other of others) for (const [field, names] of other) table.set(field, names)
  for (const line of text.split('\n')) {
    const [field, ...names] = line.trim().split(/\s+/)
    if (field !== undefined && field !== '') table.set(field, names)
  }
  return table
}
