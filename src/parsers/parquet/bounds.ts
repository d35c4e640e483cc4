/**
 * What of a Parquet file is read at all, checked before the library decodes it: sizes that pages and columns claim, which need not be
 * true, decide how much memory decoding takes.
 * https://github.com/apache/parquet-format/blob/master/README.md
 */

import type { ColumnMetaData, FileMetaData, RowGroup } from 'hyparquet'
import { ThriftReader } from './thrift.ts'

const mebibyte = 1024 * 1024

/** A file is held whole: its description stands at its end. */
export const fileBytesMax = 128 * mebibyte
const descriptionBytesMax = 8 * mebibyte
const columnsMax = 1000
const pageBytesMax = 64 * mebibyte
/** Of one row group, inflated. */
const groupBytesMax = 256 * mebibyte
/** Values of one row group: all columns of all rows, and the elements of lists. */
const groupValuesMax = 32_000_000

const deltaByteArray = 7

/** Checks the frame and the description; throws what is wrong. */
export function checkFile(bytes: Uint8Array): void {
  const { length } = bytes
  if (length < 12 || !isMagic(bytes, length - 4)) throw new Error('it is cut off: a Parquet file ends with PAR1')
  const size = new DataView(bytes.buffer, bytes.byteOffset, length).getUint32(length - 8, true)
  if (size > length - 12) throw new Error('it is damaged: its description is larger than itself')
  if (size > descriptionBytesMax) throw new Error(`its description is larger than ${descriptionBytesMax} bytes`)
  new ThriftReader(bytes.subarray(0, length - 8), length - 8 - size).struct()
}

export function isMagic(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 80 && bytes[at + 1] === 65 && bytes[at + 2] === 82 && bytes[at + 3] === 49
}

export function checkDescription(metadata: FileMetaData, fileBytes: number): void {
  if (metadata.schema.length > columnsMax) throw new Error(`more than ${columnsMax} columns`)
  // Columns that lie on each other would be work without end.
  let bytes = 0
  for (const group of metadata.row_groups)
    for (const column of group.columns) bytes += Number(column.meta_data?.total_compressed_size ?? 0)
  if (!(bytes <= fileBytes)) throw new Error('it is damaged: its columns are larger than itself')
}

/** Walks over the pages of a row group's columns; throws what is wrong. */
export function checkGroup(bytes: Uint8Array, group: RowGroup): void {
  const rows = Number(group.num_rows)
  if (!(rows >= 0) || rows * group.columns.length > groupValuesMax)
    throw new Error(`a row group of ${group.num_rows} rows is too large`)
  let inflated = 0
  let values = 0
  for (const { meta_data: column } of group.columns) {
    if (column === undefined) throw new Error('a column without a description')
    const sums = checkColumn(bytes, column)
    inflated += sums.inflated
    values += sums.values
    if (inflated > groupBytesMax) throw new Error(`a row group of more than ${groupBytesMax} bytes`)
    if (values > groupValuesMax) throw new Error(`a row group of more than ${groupValuesMax} values`)
  }
}

function checkColumn(
  bytes: Uint8Array,
  column: ColumnMetaData
): { readonly inflated: number; readonly values: number } {
  const dictionary = Number(column.dictionary_page_offset ?? 0)
  const data = Number(column.data_page_offset)
  const start = dictionary > 0 && dictionary < data ? dictionary : data
  const end = start + Number(column.total_compressed_size)
  if (!(start >= 4) || !(end >= start) || end > bytes.length) throw new Error('a column lies outside of the file')
  const sums = { inflated: 0, values: 0 }
  const inside = bytes.subarray(0, end)
  for (let at = start; at < end - 1; ) {
    const reader = new ThriftReader(inside, at)
    const page = reader.struct()
    const inflated = whole(page.get(2))
    const compressed = whole(page.get(3))
    const head = page.get(5) ?? page.get(7) ?? page.get(8)
    if (head !== undefined && typeof head === 'object') {
      const values = whole(head.get(1))
      sums.values += values
      // Each value may repeat the one before: a few bytes are gigabytes.
      if (page.get(7) === undefined && head.get(page.get(5) === undefined ? 4 : 2) === deltaByteArray)
        throw new Error('the encoding DELTA_BYTE_ARRAY is not read')
    }
    if (inflated > pageBytesMax) throw new Error(`a page of ${inflated} bytes is too large`)
    sums.inflated += inflated
    at = reader.at + compressed
    if (at > end) throw new Error('a page is cut off')
  }
  return sums
}

function whole(value: unknown): number {
  if (typeof value !== 'number' || value < 0 || !Number.isSafeInteger(value)) throw new Error('a page is damaged')
  return value
}
