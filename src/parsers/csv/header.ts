/** A table's header line compiled: for each column where its cells go and what they must look like. */

import { columnOf } from '../../core/columns.ts'
import { isEcsField, isFieldSet, named } from '../ndjson/names.ts'
import { delimiterOf, splitCells } from './split.ts'

export type Column = {
  /** The column's name below `csv.`. */
  readonly name: string
  /** The ECS field's path; undefined for columns that stay below `csv.`. */
  readonly path: readonly string[] | undefined
  readonly type: 'text' | 'ip' | 'port' | 'number' | 'transport'
}

export type Table = {
  readonly delimiter: string
  readonly columns: readonly Column[]
  /** Columns that may hold the time, best first. */
  readonly times: readonly number[]
  /** The columns of a date and a time of day that stand apart; -1 if there are none. */
  readonly date: number
  readonly time: number
}

/** Undefined if the line has no delimiter. */
export function compileHeader(line: string, cellsMax: number): Table | undefined {
  const text = line.charCodeAt(0) === 0xfeff ? line.slice(1) : line
  const delimiter = delimiterOf(text)
  if (delimiter === undefined) return undefined
  const cells = splitCells(text, delimiter, cellsMax)
  const taken = new Set<string>()
  const renamed = new Set<string>()
  const names = cells.map((cell, i) => {
    const wanted = cell.trim().slice(0, 128) || `column_${i + 1}`
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`
    taken.add(name)
    if (name !== cell.trim()) renamed.add(name)
    return name
  })
  const ranked: { readonly at: number; readonly rank: number }[] = []
  let date = -1
  let time = -1
  const winners = new Map<string, { readonly at: number; readonly rank: number }>()
  names.forEach((name, at) => {
    const { timeRank, target } = named(name)
    if (timeRank !== undefined) ranked.push({ at, rank: timeRank })
    const lower = name.toLowerCase()
    if (lower === 'date') date = at
    if (lower === 'time') time = at
    if (target === undefined || isEcsField(name)) return
    const held = winners.get(target.field)
    if (held === undefined || target.rank < held.rank) winners.set(target.field, { at, rank: target.rank })
  })
  ranked.sort((a, b) => a.rank - b.rank)
  const columns = names.map((name, at): Column => {
    if (renamed.has(name)) return { name, path: undefined, type: 'text' }
    if (isEcsField(name) && !isReserved(name)) return { name, path: name.split('.'), type: typeOf(name) }
    const { target } = named(name)
    if (target === undefined || winners.get(target.field)?.at !== at || isFieldSet(target.field))
      return { name, path: undefined, type: 'text' }
    const type = target.type === 'message' || target.type === 'level' ? 'text' : target.type
    return { name, path: target.field.split('.'), type }
  })
  return { delimiter, columns, times: ranked.map(({ at }) => at), date, time }
}

function typeOf(field: string): Column['type'] {
  const type = columnOf(field)?.type
  if (type === 'ip') return 'ip'
  if (type === 'u16' && field.endsWith('.port')) return 'port'
  return type === 'u8' || type === 'u16' || type === 'u32' || type === 'u64' ? 'number' : 'text'
}

/** Ours to say, and names that are no data. */
function isReserved(name: string): boolean {
  return (
    name.startsWith('picket.') ||
    name === '@timestamp' ||
    name.length > 128 ||
    name.split('.').some(part => part === '' || part === '__proto__' || part === 'constructor' || part === 'prototype')
  )
}
