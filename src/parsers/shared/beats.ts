/** What tells an event of a Beat from all others: sent again (after a lost acknowledgement), it is the same. */

import { object, text, textOf } from '../../core/ecs-values.ts'
import { type JsonObject, NO_EVENT, type Parsed } from '../../core/parser.ts'

/** The event has the identity that its Beat gave it, unless its format gave it one. `json`: the record. */
export function withBeatsIdentity(parsed: Parsed | typeof NO_EVENT, json: JsonObject): Parsed | typeof NO_EVENT {
  if (parsed === NO_EVENT || !parsed.ok || parsed.identity !== undefined) return parsed
  const identity = beatsIdentity(json)
  return identity === undefined ? parsed : { ...parsed, identity }
}

/** Undefined for events that no Beat made, and for those that neither were given an id nor come from a file or a Windows log. */
function beatsIdentity(json: JsonObject): string | undefined {
  const agent = object(json['agent'])
  const time = text(json['@timestamp'])
  if (agent === undefined || time === undefined) return undefined
  const id = text(agent['id']) ?? text(agent['ephemeral_id'])
  // The processor `add_id`, or any other that names events.
  const given = text(object(json['@metadata'])?.['_id'])
  if (given !== undefined) return `beats ${id ?? ''} id ${given}`
  return id === undefined ? undefined : (ofFile(json, agent, time) ?? ofWindows(json, id, time))
}

/** The agent's run, the file, the place in it, when it was read, and what stood there. */
function ofFile(json: JsonObject, agent: JsonObject, time: string): string | undefined {
  const log = object(json['log'])
  if (log === undefined || typeof log['offset'] !== 'number') return undefined
  const path = text(object(log['file'])?.['path'])
  if (path === undefined) return undefined
  const run = text(agent['ephemeral_id']) ?? text(agent['id'])
  return `beats ${run} ${path} ${log['offset']} ${time} ${text(json['message']) ?? ''}`
}

/** The host, its log, the number in it, and when it was written: a log that is cleared counts anew. */
function ofWindows(json: JsonObject, id: string, time: string): string | undefined {
  const winlog = object(json['winlog'])
  const record = winlog && textOf(winlog['record_id'])
  if (winlog === undefined || record === undefined) return undefined
  return `beats ${id} ${text(winlog['computer_name']) ?? ''} ${text(winlog['channel']) ?? ''} ${record} ${time}`
}
