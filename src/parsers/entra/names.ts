/** Names of Azure's records as Elastic writes them: `callerIpAddress` → `caller_ip_address`; digits and runs of capitals stay together. */

import { type Document, put } from '../ndjson/document.ts'
import { asDocument } from '../shared/draft.ts'

const remembered = new Map<string, string>()

export function azureName(name: string): string {
  let out = remembered.get(name)
  if (out === undefined) {
    out = name.length > 256 ? name : name.replaceAll(/([a-z])([A-Z]+)/g, '$1_$2').toLowerCase()
    if (remembered.size < 8192) remembered.set(name, out)
  }
  return out
}

export function azureNames(value: unknown, depth = 0): unknown {
  if (depth > 16) return value
  if (Array.isArray(value)) return value.map(item => azureNames(item, depth + 1))
  const from = asDocument(value)
  if (from === undefined) return value
  const out: Document = {}
  for (const key in from) put(out, azureName(key), azureNames(from[key], depth + 1))
  return out
}
