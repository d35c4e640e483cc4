/**
 * A chunk: what one message of the topic `raw` holds. Consecutive records of one source, up to about 1 MiB of them,
 * as bytes exactly as they arrived. Chunks keep the bus fast (one message, one checksum, one append for thousands of records)
 * and carry what a record needs to be understood alone: its source, its format, the header in force.
 *
 * Layout of the message's value:
 *   framing `lines`: the bytes of the lines with their terminators. Records are the lines that are neither blank nor headers.
 *   framing `sized`: for each record, its size (u32 little-endian) and its bytes.
 *   framing `keyed`: for each record, its size (u32 little-endian), its id as its sender gave it (two halves, u32 little-endian, high first)
 *                    and its bytes.
 */

export type ChunkHeaders = {
  /** Who sent it: the path of an imported file, the name of a source. */
  readonly source: string
  /** A parser's name. */
  readonly format: string
  readonly framing: 'lines' | 'sized' | 'keyed'
  /** How many records the chunk holds. The ledger's `received` counts these. */
  readonly records: number
  readonly receivedMs: number
  /** The position: a hash of all that came before this chunk in its stream (hex, 8 digits). See `core/identity.ts`. */
  readonly prefix: string
  /** The place of its first record, where it is a later part of a chunk that came in parts (a file that grows). Default 0. */
  readonly firstIndex?: number
  /**
   * Where its records' places do not count up by one: from the record with this number in the chunk on (the first is 0), they count from
   * this place. For sources whose records have numbers of their own, with gaps (Kafka's offsets).
   */
  readonly places?: readonly (readonly [record: number, place: number])[]
  /** One import's or connection's name, so that its own ledger can be told. Empty for standing sources. */
  readonly run: string
  readonly fileName?: string
  /** Where its records were fetched from (`s3://bucket/key`); it becomes `log.file.path` where they do not say it themselves. */
  readonly object?: string
  /** The address from which its records came over the network; it becomes `log.source.address` where they do not say it themselves. */
  readonly sender?: string
  /** Header lines in force at the chunk's first record. */
  readonly header?: readonly string[]
  readonly timezoneMinutes?: number
  /** When the file was last written: gives years to time stamps without one, and a time to records without any. Default: `receivedMs`. */
  readonly referenceMs?: number
  /** Records that are dead on arrival (too large, cut off …): the reason; they go to the dead letters without being parsed. */
  readonly dead?: string
  /** Set where these records are dead letters tried again: the offset they first had. */
  readonly replayOf?: string
  /**
   * Set where the mail lane carried it over from the topic of mails: the offset there up to which that is done when this chunk is on the bus, and whether its
   * records were counted as received there. Never taken from outside.
   */
  readonly carried?: { readonly next: number; readonly counted: boolean }
  /** Set by the main Picket where a gatekeeper handed the chunk over: which, and what comes next in its spool. Never taken from outside. */
  readonly gate?: { readonly id: string; readonly next: number }
  /** Set where the heartbeat made these records: what their events carry as `labels.picket_heartbeat`. Never taken from outside. */
  readonly heartbeat?: string
}

export type Chunk = { readonly headers: ChunkHeaders; readonly body: Buffer }

/** The places of the records of a body of framing `sized`, as far as it is whole. */
export function forEachSized(body: Buffer, receive: (start: number, end: number) => void): void {
  for (let at = 0; at + 4 <= body.length; ) {
    const start = at + 4
    const end = start + body.readUInt32LE(at)
    if (end > body.length) return
    receive(start, end)
    at = end
  }
}
