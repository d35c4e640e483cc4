/** A reader of a daemon's messages made from a table of phrases. Shared by the parsers of daemons. */

import type { EcsEvent, FormatDescription } from '../../core/parser.ts'
import type { MessageReader, SyslogMessage } from '../syslog/reader.ts'
import { type Fields, finish, phraseEvent } from './phrase-event.ts'
import { compilePhrases, matchPhrase, type Phrase } from './phrases.ts'

export type PhraseReader = {
  readonly name: string
  readonly title: string
  readonly module: string
  readonly dataset: string
  readonly programs?: readonly string[]
  readonly phrases: readonly Phrase[]
  readonly protocol?: string
  readonly transport?: string
  readonly description?: FormatDescription
  claims?(body: string, program: string | undefined): boolean
  readonly sign?: RegExp
  /** The message without what stands before the phrase. Default: as it is. */
  clean?(body: string, message: SyslogMessage): string
  /** Messages that no phrase is: `keep` (the default) makes an event of them that says who spoke, `leave` leaves them to syslog. */
  readonly unknown?: 'keep' | 'leave'
  /** Called with what a phrase gave, for what a table cannot say. */
  complete?(event: Fields, text: string, message: SyslogMessage): void
}

export function phraseReader(options: PhraseReader): MessageReader {
  const phrases = compilePhrases(options.phrases)
  const { clean, complete, claims, sign, module, dataset, protocol, transport } = options
  const leave = options.unknown === 'leave'
  return {
    name: options.name,
    title: options.title,
    ...(options.programs === undefined ? {} : { programs: options.programs }),
    ...(claims === undefined ? {} : { claims }),
    ...(sign === undefined ? {} : { sign }),
    ...(options.description === undefined ? {} : { description: options.description }),
    read(message) {
      const text = clean === undefined ? message.body : clean(message.body, message)
      const matched = matchPhrase(phrases, text)
      if (matched === undefined && leave) return undefined
      const { host } = message.header
      const event: EcsEvent = phraseEvent(matched, { module, dataset, host, protocol, transport })
      if (complete !== undefined) {
        complete(event, text, message)
        finish(event, host)
      }
      return { event, kind: matched === undefined ? 'other' : 'known' }
    }
  }
}
