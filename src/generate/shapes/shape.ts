/**
 * A shape: records of a real format (a sensor's, a cloud's, a daemon's), which belong together. It is opened once for a run and then gives one record
 * after another, in the order of their times. What yields several related records (a DNS answer, the flow after it, its end) pushes them
 * into an `Agenda` (agenda.ts), which keeps them until it is their turn; so a session is a function that pushes, and the order is nobody's concern.
 *
 * All shapes are seen in one office (`office.ts`): a form of lines more is a writer in this folder, its line in `line.ts`, and the activities that write it.
 */

import type { Random } from '../random.ts'
import type { AttackName } from './attacks.ts'

export type ShapeRecord = {
  /** When it happens, in milliseconds since 1970. Never before the one given earlier. */
  readonly timeMs: number
  /** One line, or one JSON object, without a line break at its end. Mails have many lines, as mbox files have them. */
  readonly text: string
  /** What belongs together has the same key: the partition of Kafka and Kinesis. */
  readonly key?: string | undefined
  /** The attack that it belongs to. */
  readonly attack?: string | undefined
}

export type ShapeContext = {
  readonly random: Random
  /** When the story begins. */
  readonly startMs: number
  /** Records a second, on average (with office hours: in the busiest hour), in the story's own time. */
  readonly perSecond: number
  /** Busy by day: the zone, minutes east of UTC. */
  readonly officeHours?: { readonly zoneMinutes: number } | undefined
  readonly attacks?: readonly { readonly attack: AttackName; readonly atMs: number }[] | undefined
}

export type Shape = {
  readonly name: string
  /** One sentence, for `picket generate --shapes` and the page. */
  readonly about: string
  /** The format that Picket reads it as. */
  readonly format: string
  /** Endless. */
  readonly open: (context: ShapeContext) => { next(): ShapeRecord }
}
