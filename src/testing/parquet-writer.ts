/** Writes small Parquet files for tests: optional columns of plain values, in groups by dotted names; one page a column and row group. */

import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'

export type Codec = 'none' | 'gzip' | 'zstd' | 'brotli'
export type ColumnType = 'int32' | 'int64' | 'text' | 'boolean' | 'double' | 'timestamp'
export type WrittenColumn = { readonly name: string; readonly type: ColumnType }
type Row = { readonly [name: string]: unknown }

const types: Readonly<Record<ColumnType, number>> = { boolean: 0, int32: 1, int64: 2, timestamp: 2, double: 5, text: 6 }
const codecs: Readonly<Record<Codec, number>> = { none: 0, gzip: 2, brotli: 4, zstd: 6 }

/** Rows by dotted names: `{ 'src_endpoint.ip': '192.0.2.1' }`. */
export function writeParquet(
  columns: readonly WrittenColumn[],
  groups: readonly (readonly Row[])[],
  codec: Codec
): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')]
  let at = 4
  const rowGroups = groups.map(rows => {
    const chunks = columns.map(column => {
      const page = pageOf(column, rows)
      const body = compressed(page, codec)
      const header = struct([
        [1, int(0)],
        [2, int(page.length)],
        [3, int(body.length)],
        [
          5,
          struct([
            [1, int(rows.length)],
            [2, int(0)],
            [3, int(3)],
            [4, int(3)]
          ])
        ]
      ])
      const offset = at
      parts.push(header.bytes, body)
      at += header.bytes.length + body.length
      return struct([
        [2, long(offset)],
        [
          3,
          struct([
            [1, int(types[column.type])],
            [2, list(5, [int(0), int(3)])],
            [3, list(8, column.name.split('.').map(binary))],
            [4, int(codecs[codec])],
            [5, long(rows.length)],
            [6, long(page.length + header.bytes.length)],
            [7, long(body.length + header.bytes.length)],
            [9, long(offset)]
          ])
        ]
      ])
    })
    return struct([
      [1, list(12, chunks)],
      [2, long(at)],
      [3, long(rows.length)]
    ])
  })
  const total = groups.reduce((sum, rows) => sum + rows.length, 0)
  const description = struct([
    [1, int(1)],
    [2, list(12, schemaOf(columns))],
    [3, long(total)],
    [4, list(12, rowGroups)]
  ]).bytes
  const size = Buffer.alloc(4)
  size.writeUInt32LE(description.length)
  return Buffer.concat([...parts, description, size, Buffer.from('PAR1')])
}

function compressed(page: Buffer, codec: Codec): Buffer {
  if (codec === 'gzip') return gzipSync(page)
  if (codec === 'zstd') return zstdCompressSync(page)
  return codec === 'brotli' ? brotliCompressSync(page) : page
}

/** Definition levels (RLE, runs of one), then the values that are there. */
function pageOf({ name, type }: WrittenColumn, rows: readonly Row[]): Buffer {
  const depth = name.split('.').length
  const levels: number[] = []
  const values: Buffer[] = []
  const bits: number[] = []
  for (const row of rows) {
    const value = row[name]
    levels.push(2, value === undefined ? groupsIn(row, name) : depth)
    if (value === undefined) continue
    if (type === 'boolean') bits.push(value === true ? 1 : 0)
    else values.push(plain(type, value))
  }
  for (let i = 0; i < bits.length; i += 8)
    values.push(Buffer.from([bits.slice(i, i + 8).reduce((sum, bit, at) => sum | (bit << at), 0)]))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(levels.length)
  return Buffer.concat([length, Buffer.from(levels), ...values])
}

function plain(type: ColumnType, value: unknown): Buffer {
  if (type === 'text') {
    const text = Buffer.from(String(value))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    return Buffer.concat([length, text])
  }
  const bytes = Buffer.alloc(type === 'int32' ? 4 : 8)
  if (type === 'int32') bytes.writeInt32LE(Number(value))
  else if (type === 'double') bytes.writeDoubleLE(Number(value))
  else bytes.writeBigInt64LE(BigInt(value as number))
  return bytes
}

/** How many of the groups around an absent value are there: other values of the row say so. */
function groupsIn(row: Row, name: string): number {
  const path = name.split('.')
  let groups = 0
  for (let i = 1; i < path.length; i++) {
    const prefix = `${path.slice(0, i).join('.')}.`
    if (Object.keys(row).some(key => key.startsWith(prefix) && row[key] !== undefined)) groups = i
  }
  return groups
}

type Tree = Map<string, Tree | ColumnType>

function schemaOf(columns: readonly WrittenColumn[]): Value[] {
  const root: Tree = new Map()
  for (const { name, type } of columns) {
    const path = name.split('.')
    let tree = root
    for (const part of path.slice(0, -1)) {
      const inner = tree.get(part) ?? new Map()
      tree.set(part, inner)
      tree = inner as Tree
    }
    tree.set(path.at(-1)!, type)
  }
  const elements: Value[] = [
    struct([
      [4, binary('schema')],
      [5, int(root.size)]
    ])
  ]
  const walk = (tree: Tree): void => {
    for (const [name, inner] of tree) {
      if (inner instanceof Map) {
        elements.push(
          struct([
            [3, int(1)],
            [4, binary(name)],
            [5, int(inner.size)]
          ])
        )
        walk(inner)
      } else {
        const fields: [number, Value][] = [
          [1, int(types[inner])],
          [3, int(1)],
          [4, binary(name)]
        ]
        if (inner === 'text') fields.push([6, int(0)])
        if (inner === 'timestamp') fields.push([6, int(10)])
        elements.push(struct(fields))
      }
    }
  }
  walk(root)
  return elements
}

/** A value of Thrift's compact protocol: its type and its bytes. */
type Value = { readonly type: number; readonly bytes: Buffer }

function varint(value: bigint): Buffer {
  const out: number[] = []
  let left = value
  while (left > 127n) {
    out.push(Number(left & 127n) | 128)
    left >>= 7n
  }
  out.push(Number(left))
  return Buffer.from(out)
}

const zigzag = (value: number) => varint(value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n)
const int = (value: number): Value => ({ type: 5, bytes: zigzag(value) })
const long = (value: number): Value => ({ type: 6, bytes: zigzag(value) })

function binary(text: string): Value {
  const bytes = Buffer.from(text)
  return { type: 8, bytes: Buffer.concat([varint(BigInt(bytes.length)), bytes]) }
}

function list(type: number, values: readonly Value[]): Value {
  const head =
    values.length < 15
      ? Buffer.from([(values.length << 4) | type])
      : Buffer.concat([Buffer.from([0xf0 | type]), varint(BigInt(values.length))])
  return { type: 9, bytes: Buffer.concat([head, ...values.map(value => value.bytes)]) }
}

function struct(fields: readonly (readonly [id: number, value: Value])[]): Value {
  const parts: Buffer[] = []
  let last = 0
  for (const [id, { type, bytes }] of fields) {
    parts.push(Buffer.from([((id - last) << 4) | type]), bytes)
    last = id
  }
  return { type: 12, bytes: Buffer.concat([...parts, Buffer.from([0])]) }
}
