/** What the logs of Azure Monitor have in common: time, duration, tenant, correlation, resource. */

import { parseIso } from '../../core/time.ts'
import type { Document } from '../ndjson/document.ts'
import { parseTime } from '../ndjson/times.ts'
import { asText, take } from '../shared/draft.ts'
import { azureResource } from './resource.ts'

/** `2025-01-01T10:11:12.1234567Z`, and `1/1/2025 10:11:12 AM` as some exports write it. */
export function azureTime(value: unknown): number | undefined {
  const text = asText(value)
  if (text === undefined || text.length > 40) return undefined
  const us = parseIso(text)
  if (us !== undefined) return us
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d):(\d\d)(?: (AM|PM))?/.exec(text)
  if (match === null) return parseTime(text, 0, 0)
  const hour = match[7] === undefined ? Number(match[4]) : (Number(match[4]) % 12) + (match[7] === 'PM' ? 12 : 0)
  const two = (part: string | number) => String(part).padStart(2, '0')
  return parseIso(`${match[3]}-${two(match[1]!)}-${two(match[2]!)}T${two(hour)}:${match[5]}:${match[6]}Z`)
}

/** Nanoseconds of milliseconds, as a number or a text. */
export function durationOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  return typeof ms === 'number' && ms >= 0 && ms < 1e12 ? Math.round(ms * 1e6) : undefined
}

/** `azure.*` beside the log itself; takes its parts from the record. */
export function ground(o: Document): Document {
  const id = asText(take(o, 'resource_id'))
  const parts = id === undefined ? undefined : azureResource(id)
  return {
    correlation_id: take(o, 'correlation_id'),
    tenant_id: asText(take(o, 'tenant_id')) ?? parts?.tenant,
    subscription_id: parts?.subscription,
    resource: parts?.resource
  }
}
