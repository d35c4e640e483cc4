/** What a correlation's condition says of its number: `gte: 10`, or a range, `gt: 100, lte: 200`. */

import type { Context } from '../filter/sql-context.ts'

export type Bound = {
  readonly gt?: number
  readonly gte?: number
  readonly lt?: number
  readonly lte?: number
  readonly eq?: number
  readonly neq?: number
}

export const boundWords = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const
export type BoundWord = (typeof boundWords)[number]

const operators: Readonly<Record<BoundWord, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=', neq: '!=' }
const words: Readonly<Record<BoundWord, string>> = {
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
  eq: 'exactly',
  neq: 'anything but'
}

const given = (bound: Bound): [BoundWord, number][] =>
  boundWords.flatMap(word => (bound[word] === undefined ? [] : [[word, bound[word]] as [BoundWord, number]]))

/** The part that more events can only fulfil, and the part that they can break. */
export function lowerPart({ gt, gte, eq }: Bound): Bound {
  return {
    ...(gt === undefined ? {} : { gt }),
    ...(gte === undefined ? {} : { gte }),
    ...(eq === undefined ? {} : { gte: Math.max(eq, gte ?? eq) })
  }
}

export function upperPart({ lt, lte, eq, neq }: Bound): Bound {
  return {
    ...(lt === undefined ? {} : { lt }),
    ...(lte === undefined ? {} : { lte }),
    ...(eq === undefined ? {} : { lte: Math.min(eq, lte ?? eq) }),
    ...(neq === undefined ? {} : { neq })
  }
}

export const isEmpty = (bound: Bound): boolean => given(bound).length === 0

export function passes(bound: Bound, value: number): boolean {
  return given(bound).every(([word, limit]) =>
    word === 'gt'
      ? value > limit
      : word === 'gte'
        ? value >= limit
        : word === 'lt'
          ? value < limit
          : word === 'lte'
            ? value <= limit
            : word === 'eq'
              ? value === limit
              : value !== limit
  )
}

export function boundSql(bound: Bound, sql: string, context: Context): string {
  const parts = given(bound).map(([word, limit]) => `${sql} ${operators[word]} ${context.param(limit, 'Float64')}`)
  return parts.length === 0 ? '1' : `(${parts.join(' AND ')})`
}

/** The least whole number of things with which the bound may hold. */
export function leastCount({ gt, gte, eq }: Bound): number {
  return Math.max(1, gt === undefined ? 1 : Math.floor(gt) + 1, Math.ceil(gte ?? 1), Math.ceil(eq ?? 1))
}

/** `more than 10`, `at least 100 and at most 200`. */
export function boundText(bound: Bound): string {
  return given(bound)
    .map(([word, limit]) => `${words[word]} ${limit}`)
    .join(' and ')
}
