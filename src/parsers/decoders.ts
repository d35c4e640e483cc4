/**
 * Binary files of records (Windows event logs, Parquet, flow exports, packet captures): each is decoded into JSON records, which a parser
 * then reads like any others. The decoded text is what Picket keeps as the record's original; the file stays with its owner.
 * A new one is a folder and a line here.
 */

import type { FormatDescription } from '../core/parser.ts'
import { journalExport } from './journald/export-decoder.ts'
import { dmarcReports } from './mail/decoder.ts'
import { flowPackets } from './netflow/decode-flows.ts'
import { otlpLogs } from './otlp/decoder.ts'
import { capture } from './packets/capture.ts'
import { parquet } from './parquet/parquet.ts'
import { eventsDocument } from './windows/events-document.ts'
import { evtx } from './windows/evtx/evtx.ts'

export type Decoder = {
  /** Kebab-case. */
  readonly name: string
  readonly title: string
  /** The format of the records: a parser's name. Default: recognised, as for any stream. */
  readonly format?: string
  /** Is a file that begins with these bytes (at most 512) of this kind? Magic numbers, not guesses. */
  claims(head: Uint8Array): boolean
  /**
   * The records as JSON texts without line breaks, in batches. What is damaged is skipped, and told at the end by throwing an `Error`
   * whose message says what and how much: it becomes a dead letter; everything before it counts. Sizes are bounded.
   */
  decode(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[], void>
  readonly description?: FormatDescription
}

export const decoders: readonly Decoder[] = [
  // The list: one a line.
  parquet,
  flowPackets,
  capture,
  journalExport,
  otlpLogs,
  evtx,
  eventsDocument,
  dmarcReports
]

export function decoderOf(head: Uint8Array): Decoder | undefined {
  return decoders.find(decoder => decoder.claims(head))
}
