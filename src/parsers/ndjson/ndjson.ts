/**
 * JSON objects that no other format claims: ECS documents pass through, journald's exports are laid out as the syslog they are,
 * and of anything else the time, the message and the usual fields are found by their usual names.
 */

import type { JsonObject, ParseContext, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isJournal, parseJournal } from '../journald/journal-event.ts'
import { description } from './description.ts'
import { isEcs, passEcs } from './ecs.ts'
import { parseGeneric } from './generic.ts'
import { rememberNames } from './names.ts'

export const ndjson: Parser = {
  name: 'ndjson',
  title: 'JSON lines: ECS documents, journald exports, any application’s JSON log',
  input: 'json',
  framing: 'lines',
  recognise,
  open(context: ParseContext) {
    const names = rememberNames()
    return (_text: string, json: JsonObject): Parsed => {
      if (isJournal(json)) return parseJournal(json, context)
      return isEcs(json) ? passEcs(json, context) : parseGeneric(json, context, names)
    }
  },
  description
}

function recognise(sample: Sample): number {
  let objects = 0
  let known = 0
  for (let i = 0; i < sample.lines.length; i++) {
    const json = sample.json[i]
    if (json === undefined) continue
    objects++
    if (isJournal(json) || isEcs(json)) known++
  }
  // The last line of the sample may be cut off.
  const whole = sample.lines.length === 1 ? 1 : sample.lines.length - 1
  if (objects === 0 || objects < whole) return 0
  return known >= whole ? 0.75 : 0.55
}
