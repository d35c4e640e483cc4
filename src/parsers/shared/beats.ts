/** What tells an event of Filebeat from all others: sent again (after a lost acknowledgement), it is the same. */

import { object, text } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'

/** The agent's run, the file, the place in it, when it was read, and what stood there; undefined for events that are not of a file. */
export function beatsIdentity(json: JsonObject): string | undefined {
  const log = object(json['log'])
  if (log === undefined || typeof log['offset'] !== 'number') return undefined
  const agent = object(json['agent'])
  const path = text(object(log['file'])?.['path'])
  const run = text(agent?.['ephemeral_id']) ?? text(agent?.['id'])
  const time = text(json['@timestamp'])
  if (path === undefined || run === undefined || time === undefined) return undefined
  return `beats ${run} ${path} ${log['offset']} ${time} ${text(json['message']) ?? ''}`
}
