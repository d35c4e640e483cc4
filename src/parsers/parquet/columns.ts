/**
 * The columns of one row group, decoded and put together (structs, lists, maps) with the library's own steps, one after the other.
 * Its reader of whole files decodes columns side by side: where two are damaged, one's failure would be nobody's.
 */

import type { ColumnMetaData, RowGroup, SchemaTree } from 'hyparquet'
import { assembleNested } from 'hyparquet/src/assemble.js'
import { readColumn } from 'hyparquet/src/column.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { getTreePath } from 'hyparquet/src/schema.js'
import { type Stretch, timeText } from './rows.ts'

export type Decompress = (input: Uint8Array, length: number) => Uint8Array

/** Times as texts, exact to the microsecond. */
const parsers = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (ms: bigint) => timeText(ms * 1000n),
  timestampFromMicroseconds: (us: bigint) => timeText(us),
  timestampFromNanoseconds: (ns: bigint) => timeText(ns / 1000n),
  dateFromDays: (days: number) => timeText(BigInt(days) * 86_400_000_000n).slice(0, 10)
}

/** The top-level columns of a row group that was checked. Throws where one is damaged. */
export function readGroup(
  bytes: Uint8Array,
  tree: SchemaTree,
  group: RowGroup,
  compressors: Readonly<Record<string, Decompress>>
): Map<string, readonly Stretch[]> {
  const rows = Number(group.num_rows)
  const columns = new Map<string, readonly Stretch[]>()
  const physical = group.columns.map(column => column.meta_data!)
  for (const child of tree.children) {
    const { name } = child.element
    const own = physical.filter(column => column.path_in_schema[0] === name)
    if (own.length === 0) continue
    if (child.children.length === 0) {
      columns.set(name, stretchesOf(readChunk(bytes, tree, own[0]!, rows, compressors)))
      continue
    }
    const parts = new Map<string, unknown[]>()
    for (const column of own) {
      const values: unknown[] = []
      for (const page of readChunk(bytes, tree, column, rows, compressors))
        for (let i = 0; i < page.length && values.length < rows; i++) values.push(page[i])
      parts.set(column.path_in_schema.join('.'), values)
    }
    assembleNested(parts, child, parsers)
    const values = parts.get(name)
    if (values === undefined) throw new Error(`the column ${name.slice(0, 80)} cannot be put together`)
    columns.set(name, [{ start: 0, values }])
  }
  return columns
}

function readChunk(
  bytes: Uint8Array,
  tree: SchemaTree,
  column: ColumnMetaData,
  rows: number,
  compressors: Readonly<Record<string, Decompress>>
): readonly ArrayLike<unknown>[] {
  const dictionary = Number(column.dictionary_page_offset ?? 0)
  const data = Number(column.data_page_offset)
  const start = dictionary > 0 && dictionary < data ? dictionary : data
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, Number(column.total_compressed_size))
  const schemaPath = getTreePath(tree, column.path_in_schema)
  const decoder = {
    ...column,
    pathInSchema: column.path_in_schema,
    element: schemaPath.at(-1)!.element,
    schemaPath,
    compressors,
    parsers,
    utf8: true
  }
  const select = { groupStart: 0, groupRows: rows, selectStart: 0, selectEnd: rows }
  return readColumn({ view, offset: 0 }, select, decoder).data
}

function stretchesOf(pages: readonly ArrayLike<unknown>[]): Stretch[] {
  let start = 0
  return pages.map(values => {
    const stretch = { start, values }
    start += values.length
    return stretch
  })
}
