/**
 * What comes after the filter of a search: a list of commands, each of which takes a table and gives one. The first takes the events.
 * `parse-commands.ts` makes them from text, `compile.ts` makes SQL of them.
 */

import type { Expression } from '../expression.ts'

/** A value computed for each row: of fields (before the first `stats`), or of the columns that the commands before have made. */
export type Value =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Value[] }
  | { readonly kind: 'binary'; readonly op: '+' | '-' | '*' | '/' | '%'; readonly left: Value; readonly right: Value }
  /** `=` compares as text without regard to case where either side is text, else as numbers. */
  | { readonly kind: 'compare'; readonly op: Comparison; readonly left: Value; readonly right: Value }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Value[] }
  | { readonly kind: 'not'; readonly of: Value }
  /** Is there a value? */
  | { readonly kind: 'exists'; readonly of: Value }
  /** `*` and `?` as in filters; without regard to ASCII case. */
  | { readonly kind: 'wildcard'; readonly of: Value; readonly pattern: string }
  | { readonly kind: 'regex'; readonly of: Value; readonly pattern: string; readonly cased: boolean }

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

export type AggregateName =
  | 'count'
  | 'dc'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'median'
  | 'percentile'
  | 'stdev'
  | 'first'
  | 'last'
  | 'values'

export type Aggregate = {
  readonly name: AggregateName
  /** Absent for `count()`. */
  readonly of: Value | undefined
  /** For `percentile`: 0 to 100. */
  readonly percentile?: number
  /** The column's name. */
  readonly as: string
}

export type Group =
  | { readonly kind: 'value'; readonly of: Value; readonly as: string }
  /** The time of the row, rounded down. */
  | { readonly kind: 'bin'; readonly seconds: number; readonly of: Value; readonly as: string }

export type SortKey = { readonly name: string; readonly descending: boolean }

export type Command =
  | { readonly kind: 'stats'; readonly aggregates: readonly Aggregate[]; readonly by: readonly Group[] }
  | {
      readonly kind: 'timechart'
      /** Undefined: chosen by the range of time. */
      readonly seconds: number | undefined
      readonly aggregates: readonly Aggregate[]
      readonly by: Value | undefined
      /** How many series; the others are added up as `other`. */
      readonly limit: number
    }
  /** Among events a filter; among the columns of a table a condition on them. */
  | { readonly kind: 'filter'; readonly of: Expression }
  | { readonly kind: 'where'; readonly of: Value }
  | { readonly kind: 'eval'; readonly assign: readonly { readonly as: string; readonly of: Value }[] }
  | { readonly kind: 'sort'; readonly keys: readonly SortKey[] }
  | { readonly kind: 'head' | 'tail'; readonly count: number }
  | { readonly kind: 'dedup'; readonly names: readonly string[]; readonly keep: number }
  | { readonly kind: 'fields'; readonly names: readonly string[]; readonly remove: boolean }
  | { readonly kind: 'rename'; readonly pairs: readonly { readonly from: string; readonly to: string }[] }
  | {
      readonly kind: 'top' | 'rare'
      readonly count: number
      readonly of: readonly string[]
      readonly by: readonly string[]
    }
  | {
      readonly kind: 'join'
      readonly lookup: string
      /** The row's field, and the table's column that must be equal to it. */
      readonly on: string
      readonly column: string
      /** Keep rows that find nothing. */
      readonly outer: boolean
    }
  | { readonly kind: 'transaction'; readonly by: readonly string[]; readonly gapSeconds: number }
  | { readonly kind: 'pattern'; readonly of: string; readonly count: number }

export type CommandKind = Command['kind']

/** For help, completion and errors: each command with its form and what it does. */
export const commandHelp: Readonly<Record<Exclude<CommandKind, 'filter'>, readonly [form: string, words: string]>> = {
  stats: ['stats count() by field', 'numbers over all rows, or over those of each group'],
  timechart: ['timechart span=5m count() by field', 'numbers over time, as a chart'],
  where: ['where condition', 'keeps the rows for which the condition is true'],
  eval: ['eval name = value', 'adds a column that is computed'],
  sort: ['sort -field', 'orders the rows: - means the largest first'],
  head: ['head 10', 'keeps the first rows'],
  tail: ['tail 10', 'keeps the last rows'],
  dedup: ['dedup field', 'keeps the first row of each value'],
  fields: ['fields a, b', 'keeps these columns (fields - a: all but these)'],
  rename: ['rename a as b', 'gives a column another name'],
  top: ['top 10 field', 'the most frequent values'],
  rare: ['rare 10 field', 'the least frequent values'],
  join: ['join table on field', 'adds the columns of a lookup table'],
  transaction: ['transaction field maxgap=5m', 'puts rows together that follow each other closely'],
  pattern: ['pattern message', 'the shapes that texts have, most frequent first']
}

/** Functions in `eval` and `where`: how many arguments, their form, and what they give. */
export const functionHelp: Readonly<
  Record<string, readonly [least: number, most: number, form: string, words: string]>
> = {
  if: [3, 3, 'if(condition, a, b)', 'a where the condition is true, else b'],
  coalesce: [1, 16, 'coalesce(a, b, …)', 'the first of these that there is'],
  abs: [1, 1, 'abs(n)', 'the number without its sign'],
  round: [1, 2, 'round(n, digits)', 'the number rounded'],
  floor: [1, 1, 'floor(n)', 'the next whole number below'],
  ceil: [1, 1, 'ceil(n)', 'the next whole number above'],
  sqrt: [1, 1, 'sqrt(n)', 'the square root'],
  pow: [2, 2, 'pow(a, b)', 'a to the power of b'],
  log: [1, 1, 'log(n)', 'the natural logarithm'],
  lower: [1, 1, 'lower(text)', 'in small letters'],
  upper: [1, 1, 'upper(text)', 'in capital letters'],
  len: [1, 1, 'len(text)', 'how many characters'],
  trim: [1, 1, 'trim(text)', 'without blanks at both ends'],
  substr: [2, 3, 'substr(text, from, length)', 'a part of it; the first character is 1'],
  concat: [1, 16, 'concat(a, b, …)', 'one after the other'],
  replace: [3, 3, 'replace(text, what, by)', 'every `what` replaced'],
  split: [3, 3, 'split(text, separator, n)', 'the n-th part, from 1; -1 is the last'],
  number: [1, 1, 'number(text)', 'the number that a text spells'],
  text: [1, 1, 'text(value)', 'the value as text'],
  bin: [2, 2, 'bin(time, 5m)', 'the time or the number, rounded down'],
  now: [0, 0, 'now()', 'the time of the search'],
  hour: [1, 1, 'hour(time)', '0 to 23'],
  weekday: [1, 1, 'weekday(time)', '1 is Monday'],
  date: [1, 1, 'date(time)', '2026-03-01'],
  strftime: [2, 2, 'strftime(time, "%H:%M")', 'the time in a form of your own'],
  epoch: [1, 1, 'epoch(time)', 'seconds since 1970'],
  cidr: [2, 2, 'cidr(ip, "10.0.0.0/8")', 'is the address in the network'],
  contains: [2, 2, 'contains(text, part)', 'does the text hold the part, without regard to case']
}
