/** Small pieces that the SQL compiler is made of: parameters, and conditions joined. */

import type { RangeOperator } from './expression.ts'

export type SqlParam = string | number | readonly string[] | readonly number[]

export type SqlOptions = {
  /**
   * May the map hold values of this field, which has a column? Where the answer is known to be no, the map need not be read.
   * Default: always maybe.
   */
  readonly mayBeInMap?: (field: string) => boolean
  /** The beginning of the parameters' names, so that two filters fit into one query. Default `p`. */
  readonly paramPrefix?: string
}

/** Written by us in each row. What a record says under these names stands in the map, and is not what they mean. */
const ours = new Set(['picket.source', 'picket.format', 'picket.kind', 'picket.undated'])

export class Context {
  readonly params: Record<string, SqlParam> = {}
  readonly #names = new Map<string, string>()
  readonly #prefix: string
  readonly #named = new Set<string>()
  readonly mayBeInMap: (field: string) => boolean

  constructor(options: SqlOptions) {
    this.#prefix = options.paramPrefix ?? 'p'
    const mayBe = options.mayBeInMap ?? (() => true)
    this.mayBeInMap = field => !ours.has(field) && mayBe(field)
  }

  /** A placeholder for the value. */
  param(value: SqlParam, type: string): string {
    const key = `${type}\x00${JSON.stringify(value)}`
    let name = this.#names.get(key)
    if (name === undefined) {
      name = `${this.#prefix}${this.#names.size}`
      this.#names.set(key, name)
      this.params[name] = value
    }
    return `{${name}:${type}}`
  }

  text(value: string): string {
    return this.param(value, 'String')
  }

  /** A long expression that stands in many places: said once, and then by name. */
  named(name: string, sql: string): string {
    const alias = `${this.#prefix}_${name}`
    if (this.#named.has(alias)) return alias
    this.#named.add(alias)
    return `(${sql} AS ${alias})`
  }
}

export function any(parts: readonly (string | undefined)[]): string {
  const kept = parts.filter(part => part !== undefined && part !== '0')
  return kept.length === 0 ? '0' : kept.length === 1 ? kept[0]! : `(${kept.join(' OR ')})`
}

export function every(parts: readonly (string | undefined)[]): string {
  const kept = parts.filter(part => part !== undefined && part !== '1')
  return kept.length === 0 ? '1' : kept.length === 1 ? kept[0]! : `(${kept.join(' AND ')})`
}

export const operators: Readonly<Record<RangeOperator, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' }

export function instant(us: number, context: Context): string {
  return `fromUnixTimestamp64Micro(${context.param(us, 'Int64')}, 'UTC')`
}

export function hasAnySql(array: string, texts: readonly string[], context: Context): string {
  if (texts.length === 1) return `has(${array}, ${context.text(texts[0]!)})`
  return `hasAny(${array}, ${context.param(texts, 'Array(String)')})`
}
