/**
 * A reader of messages: what a program or a device says inside syslog (or, where it says itself what it is, on a line without a
 * header), as a whole event. A new one is a folder in `src/parsers/` and a line in `readers.ts`.
 */

import type { EcsEvent, FormatDescription, ParseContext } from '../../core/parser.ts'
import type { Header } from './header.ts'

export type SyslogMessage = {
  readonly header: Header
  /** The whole record; `header.restAt` is where its time stamp ends. */
  readonly text: string
  /** The message without header and tag, blanks at both ends cut. */
  readonly body: string
  readonly context: ParseContext
}

export type ReadMessage = {
  /**
   * `@timestamp`, `message`, `host`, `process`, `log.syslog` and `related.hosts` are filled in from the header where they are
   * undefined. Everything else is the reader's: `event.module`, `event.dataset` …
   */
  readonly event: EcsEvent
  /** A short word for the shape of the event within its dataset, as in `Parsed`. */
  readonly kind?: string
  /** Where the message itself names a better time than the header. */
  readonly timeUs?: number
  readonly identity?: string
}

export type MessageReader = {
  /** Kebab-case; the folder's name. */
  readonly name: string
  readonly title: string
  /** The programs whose messages it reads: the tag's base name, as written (`named`, `openvpn`). */
  readonly programs?: readonly string[]
  /**
   * For messages that say themselves what they are, whatever the tag (`%ASA-6-302013: …`, `CEF:0|…`). Asked about every message of
   * every other program and about lines without a header: a `startsWith` or an `indexOf` near the beginning, no more.
   */
  claims?(body: string, program: string | undefined): boolean
  /**
   * What stands in each message that it claims, or in the tag. Readers are asked only where a sign of one of them stands. Without flags, and
   * beginning with a certain character: all signs are one regular expression, three times faster then.
   */
  readonly sign?: RegExp
  /** Undefined where the message is not understood: it stays a plain syslog event. Never throws, linear time. */
  read(message: SyslogMessage): ReadMessage | undefined
  readonly description?: FormatDescription
}
