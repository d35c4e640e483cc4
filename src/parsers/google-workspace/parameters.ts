/**
 * The parameters of an event of Google Workspace as an object: each has a name and one of several kinds of value; messages hold
 * parameters themselves.
 */

import { type Document, put } from '../ndjson/document.ts'
import { asDocument, asList, asText, look } from '../shared/draft.ts'

const kinds = ['value', 'multiValue', 'intValue', 'multiIntValue', 'boolValue', 'multiBoolValue'] as const
const depthMax = 6

/** `prefix` is cut from the names (`login_type` of logins is `type`). */
export function parametersOf(list: unknown, prefix = '', depth = 0): Document {
  const out: Document = {}
  if (depth > depthMax) return out
  for (const item of asList(list)) {
    const name = asText(look(item, 'name'))
    if (name === undefined) continue
    const value = valueIn(item, depth)
    if (value !== undefined)
      put(out, prefix !== '' && name.startsWith(prefix) ? name.slice(prefix.length) : name, value)
  }
  return out
}

function valueIn(item: unknown, depth: number): unknown {
  for (const kind of kinds) {
    const value = look(item, kind)
    if (value !== undefined) return value
  }
  const message = asDocument(look(item, 'messageValue'))
  if (message !== undefined) return parametersOf(look(message, 'parameter'), '', depth + 1)
  const messages = look(item, 'multiMessageValue')
  return Array.isArray(messages) ? messages.map(one => parametersOf(look(one, 'parameter'), '', depth + 1)) : undefined
}
