/**
 * `debugContext.debugData` of Okta's events: free-form texts, some of which hold more: JSON (`logOnlySecurityData`), or lists of names
 * and values in braces (`behaviors`: `{New Device=POSITIVE, New IP=NEGATIVE}`, `risk`: `{reasons=…, level=LOW}`).
 */

import type { Document } from '../ndjson/document.ts'
import { put } from '../ndjson/document.ts'
import { asDocument, asText, look, parsedJson, snake } from '../shared/draft.ts'

const known = [
  'deviceFingerprint',
  'requestId',
  'requestUri',
  'threatSuspected',
  'url',
  'dtHash',
  'clientSecret',
  'requestedScopes',
  'grantedScopes',
  'grantType',
  'factor'
]

export function debugData(data: Document): Document {
  const flattened: Document = {}
  for (const key in data) if (data[key] !== '') put(flattened, key, data[key])
  const out: Document = {}
  for (const key of known) {
    const value = look(data, key)
    if (value !== undefined && value !== '') out[snake(key)] = value
  }
  const security = asDocument(parsedJson(look(data, 'logOnlySecurityData')))
  if (security !== undefined) flattened['logOnlySecurityData'] = security
  const behaviors = bracedPairs(asText(look(data, 'behaviors')))
  if (behaviors !== undefined) {
    flattened['behaviors'] = behaviors
    const positive = Object.keys(behaviors).filter(key => behaviors[key] === 'POSITIVE')
    if (positive.length > 0) out['risk_behaviors'] = positive
  }
  const risk = riskOf(asText(look(data, 'risk')))
  if (risk !== undefined) {
    flattened['risk'] = risk.pairs
    if (!risk.whole) flattened['risk_object'] = look(data, 'risk')
  }
  const level = asText(look(security, 'risk', 'level')) ?? asText(look(risk?.pairs, 'level'))
  const reasons = asText(look(security, 'risk', 'reasons')) ?? asText(look(risk?.pairs, 'reasons'))
  if (level !== undefined) out['risk_level'] = level
  if (reasons !== undefined) out['risk_reasons'] = reasons.split(',').map(reason => reason.trim())
  out['flattened'] = flattened
  return out
}

/** `{a=b, c=d}`; undefined if a part has no equals sign. */
function bracedPairs(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined || text.length > 65_536 || !text.startsWith('{') || !text.endsWith('}')) return undefined
  const out: Record<string, string> = {}
  for (const part of text.slice(1, -1).split(', ')) {
    const equals = part.indexOf('=')
    if (equals <= 0) return undefined
    put(out, part.slice(0, equals), part.slice(equals + 1))
  }
  return out
}

/** The reasons may hold commas themselves: then level and reasons are cut out by their names. */
function riskOf(
  text: string | undefined
): { readonly pairs: Record<string, string>; readonly whole: boolean } | undefined {
  const pairs = bracedPairs(text)
  if (pairs !== undefined) return { pairs, whole: true }
  if (text === undefined || text.length > 65_536) return undefined
  const inner = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text
  const found: Record<string, string> = {}
  const level = /level=([^\s,}]{1,64})/.exec(inner)
  if (level !== null) found['level'] = level[1]!
  const at = inner.indexOf('reasons=')
  if (at >= 0) {
    const rest = inner.slice(at + 8)
    const next = rest.search(/, [^\s=,]{1,64}=/)
    found['reasons'] = next < 0 ? rest : rest.slice(0, next)
  }
  return Object.keys(found).length === 0 ? undefined : { pairs: found, whole: false }
}
