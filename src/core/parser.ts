/**
 * The parser contract: how a format turns its records into ECS events.
 * Stands between the bus (records) and the store (events). A parser is a folder in `src/parsers/` plus a line in its list.
 */

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject
export type JsonObject = { readonly [key: string]: JsonValue }

/**
 * An event in the Elastic Common Schema, nested (`{ source: { ip: … } }`), field names verbatim.
 * Leaves are strings, numbers, booleans or arrays of them; arrays of objects are allowed.
 * `undefined` leaves and empty objects mean "absent": parsers write plain object literals with `undefined` where a value
 * is missing (this keeps one hidden class per literal), and `completeEvent` removes them.
 * `@timestamp` is ISO 8601 in UTC with milliseconds.
 */
export type EcsEvent = { '@timestamp'?: string; [field: string]: unknown }

/** What became of one record. Bad data is a value: parsers never throw. */
export type Parsed =
  | {
      readonly ok: true
      readonly event: EcsEvent
      /** The event's time in microseconds since 1970 (a double, exact to the year 2255). Derived from `@timestamp` if absent. */
      readonly timeUs?: number
      /** A short word for the shape of the event within its dataset (`dns`, `flow`, `conn`): rows of a kind are stored together. */
      readonly kind?: string
      /** The record's own identity, where its format gives one (CloudTrail's `eventID`): two records with it are the same event. */
      readonly identity?: string
    }
  | { readonly ok: false; readonly reason: string }

/** For a record that holds no event (a CSV header inside a stream, a Zeek comment line). Counted neither as stored nor as lost. */
export const NO_EVENT = Symbol('no event')

/** What a parser may know beside the record. Everything that is not in the bytes comes through here (parsers read no clock). */
export type ParseContext = {
  /** When Picket received the record, in milliseconds since 1970. Gives years to time stamps without one. */
  readonly receivedMs: number
  /** Offset of local time stamps without a zone, in minutes east of UTC. 0 unless the source says otherwise. */
  readonly timezoneMinutes?: number
  /** The file's name, or the source's. A hint only. */
  readonly fileName?: string
  /** The header lines in force (Zeek's `#fields` block, a CSV header, a VPC flow log's field names), newest last. */
  readonly header?: readonly string[]
  /**
   * For formats that wrap records of others (an envelope, a syslog message that is JSON): parses a text, or an object, as a record of
   * whatever format it is in. Undefined: of none that is known, refused by its format, or wrapped too deep; then the wrapper keeps it.
   */
  readonly parseInner?: (record: string | JsonObject) => Parsed | typeof NO_EVENT | undefined
}

/** A record's text (valid UTF-8, replacement characters where it was not) and, for `input: 'json'`, its parsed value. Must not change the value. */
export type RecordParser = (text: string, json: JsonObject) => Parsed | typeof NO_EVENT

/** The beginning of a stream, for recognition by content: at most the first 64 KiB. */
export type Sample = {
  readonly text: string
  /** The first lines that are not blank, without terminators; at most 50. */
  readonly lines: readonly string[]
  /** `lines` parsed, where a line is a JSON object. */
  readonly json: readonly (JsonObject | undefined)[]
  readonly fileName: string | undefined
  /** For formats that wrap records of others: the format of a text or an object that a record holds, if one is known. */
  readonly recogniseInner?: (record: string | JsonObject) => Recognised | undefined
}

export type Recognised = { readonly parser: Parser; readonly confidence: number }

/**
 * How a stream is cut into records. `csv` respects quoted line breaks; `json` cuts a document into the elements of its (wrapped) array; `mail` is a
 * whole mail, or a mailbox of them.
 */
export type Framing = 'lines' | 'csv' | 'json' | 'multiline' | 'mail'

export type Parser = {
  /** The format's name: `--format NAME`, the `format` of the ledger. Kebab-case. */
  readonly name: string
  /** One line for lists and help. */
  readonly title: string
  /**
   * `json`: each record is a JSON object, parsed once by the caller. A record that is not one is dead-lettered before the parser sees it.
   * `bytes`: the text has one character a byte, for formats that have charsets of their own.
   */
  readonly input: 'json' | 'text' | 'bytes'
  readonly framing: Framing
  /**
   * For `framing: 'multiline'`: does this line begin a record? Lines that do not are joined to the record before.
   * `first` is the first line of that record, for formats whose lines say what they belong to (auditd's serial), and `last` the line
   * before this one, for formats whose lines say that they go on.
   */
  begins?(line: string, first: string | undefined, last?: string): boolean
  /**
   * How sure the format is that the sample is its own: 0 (no) to 1 (cannot be anything else). Below 0.5 is never chosen.
   * A wrong guess is worse than none.
   */
  recognise(sample: Sample): number
  /** The most that it is ever sure: it is not asked where another format is as sure. For those that take long to find out. */
  readonly surest?: number
  /** Text formats with headers inside the stream: is this line part of a header? Such lines are context, not records. */
  isHeader?(line: string): boolean
  /** Does this header line start a new header (dropping the lines before it), or add to the one in force? Default: starts. */
  startsHeader?(line: string): boolean
  /** Makes the parser of records for one context. Called once a chunk and again at each header line: compile headers here. */
  open(context: ParseContext): RecordParser
  /** What its page in `docs/formats/` is made from. */
  readonly description?: FormatDescription
}

/** A format as a person reads about it. `docs/formats/NAME.md` is made from it, and held against the cases. */
export type FormatDescription = {
  /** What is read: versions and variants, and what stays as it is. Markdown, a few sentences. */
  readonly reads: string
  /** How a person gets such records out of the product. Markdown, a few sentences. */
  readonly from: string
  /** The documents that the mapping was made from: specification and section. */
  readonly specifications: readonly string[]
  /** A record or a few, as they stand in a file. */
  readonly sample: string
  /** Formats whose records can look just the same: the sample alone may be taken for one of these. */
  readonly alike?: readonly string[]
  /** ECS field, the format's own field (or where it is found), a remark. */
  readonly mapping: readonly (readonly [field: string, from: string, remark?: string])[]
}
