/**
 * Parquet: the file that data lakes are made of. AWS delivers VPC flow logs as Parquet on request, Amazon Security Lake keeps OCSF
 * events in it. Rows become JSON records, which their own formats read (`vpc-flow-rows`, `ocsf`, else `ndjson`).
 *   file = "PAR1" *( row-group ) description size:u32 "PAR1"
 * https://github.com/apache/parquet-format
 */

import { messageOf } from '../../core/errors.ts'
import type { Decoder } from '../decoders.ts'
import { checkDescription, checkFile, checkGroup, fileBytesMax, isMagic } from './bounds.ts'
import type { Decompress } from './columns.ts'
import { rowTexts } from './rows.ts'

/** What rows may be of their file's size, as JSON: a value that stands once in a file may stand in every row. */
const ratioMax = 1000
const outputMin = 64 * 1024 * 1024

export const parquet: Decoder = {
  name: 'parquet',
  title: 'Parquet (VPC flow logs, Amazon Security Lake, any table)',
  claims: head => isMagic(head, 0),
  async *decode(input) {
    const bytes = await held(input)
    checkFile(bytes)
    // Loaded when the first file comes.
    const { parquetMetadata, parquetSchema } = await import('hyparquet')
    const { readGroup } = await import('./columns.ts')
    const metadata = parquetMetadata(bytes, { geoparquet: false })
    checkDescription(metadata, bytes.length)
    const tree = parquetSchema(metadata)
    const compressors = await compressorsOf()
    const outputMax = Math.max(outputMin, bytes.length * ratioMax)
    let output = 0
    let first = 0
    const bad: string[] = []
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows)
      try {
        checkGroup(bytes, group)
        const columns = readGroup(bytes, tree, group, compressors)
        for (const batch of rowTexts(columns, 0, rows)) {
          for (const text of batch) output += text.length
          yield batch
          if (output > outputMax) throw new Error(`its rows are more than ${ratioMax} times its size`)
        }
      } catch (error) {
        bad.push(`${messageOf(error)} (rows ${first + 1} to ${first + rows})`)
      }
      if (output > outputMax) break
      first += rows
    }
    if (bad.length > 0)
      throw new Error(
        `${bad.length} of ${metadata.row_groups.length} row groups cannot be read: ${bad[0]!.slice(0, 300)}`
      )
  },
  description: {
    reads:
      'Tables in Parquet: VPC flow logs (the same events as their text format), OCSF events of Amazon Security Lake, and any other table, ' +
      'whose rows are read as JSON records. Compressed with Snappy, gzip, zstd, Brotli or LZ4. What stands in the folders’ names alone ' +
      '(`aws-region=…/year=…`) is not part of the file. A file is held in memory: 128 MiB at most, 256 MiB a row group when inflated. ' +
      'Encrypted files and the encoding DELTA_BYTE_ARRAY are not read.',
    from:
      'VPC flow logs with the log file format Parquet, the bucket of Security Lake: `aws s3 sync s3://BUCKET/PREFIX folder`, then ' +
      '`picket import folder`.',
    specifications: [
      'https://github.com/apache/parquet-format',
      'https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html',
      'https://docs.aws.amazon.com/security-lake/latest/userguide/open-cybersecurity-schema-framework.html'
    ],
    sample: '',
    mapping: []
  }
}

async function held(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of input) {
    length += piece.length
    if (length > fileBytesMax) throw new Error(`a file of more than ${fileBytesMax} bytes is not read`)
    // The reader may use its buffers again.
    pieces.push(piece.slice())
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** Each gets the size that its page claims, which was checked; what comes out larger fails. Snappy is the library's own. */
async function compressorsOf(): Promise<Record<string, Decompress>> {
  const { gunzip, decompressBrotli, decompressLz4, decompressLz4Raw, decompressZstd } = await import(
    'hyparquet-compressors'
  )
  return {
    GZIP: (input, length) => gunzip(input, new Uint8Array(length)),
    ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
    BROTLI: decompressBrotli,
    LZ4: decompressLz4,
    LZ4_RAW: decompressLz4Raw
  }
}
