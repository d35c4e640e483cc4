/** An event's fields put over the document it came in. */

import type { EcsEvent } from '../../core/parser.ts'
import { type Document, own, put } from '../ndjson/document.ts'

/**
 * Changes `document`: objects are merged, lists below `related` united, other fields of `made` replace those that are there. Fields of
 * `made` that are absent leave what is there.
 */
export function mergeInto(document: Document, made: EcsEvent): EcsEvent {
  merge(document, made, '')
  // Elastic's own integration is told by its agent; we say ours only where nothing is said.
  return document as EcsEvent
}

const kept: ReadonlySet<string> = new Set([
  'event.module',
  'event.dataset',
  'event.created',
  'message',
  'host.name',
  'log.level'
])

function merge(target: Document, from: { readonly [key: string]: unknown }, path: string): void {
  for (const key in from) {
    const value = from[key]
    if (value === undefined) continue
    const there = own(target, key)
    const where = path === '' ? key : `${path}.${key}`
    if (there === undefined || there === null) put(target, key, value)
    else if (isObject(there) && isObject(value)) merge(there, value, where)
    else if (path === 'related' && Array.isArray(there) && Array.isArray(value)) {
      const all = new Set<unknown>(there)
      for (const item of value) all.add(item)
      put(target, key, [...all])
    } else if (isObject(value) && Object.values(value).every(inner => inner === undefined)) continue
    else if (!kept.has(where) && !(Array.isArray(value) && value.length === 0)) put(target, key, value)
  }
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
