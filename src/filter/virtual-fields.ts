/** Fields that are not stored as they are, and what a test on them looks at instead. Both compilers ask here. */

import { pivotFields, relatedFields, textFields } from '../core/columns.ts'

/**
 * `source.address` and its kin repeat the address or the name beside them, and are stored only where they do not:
 * so a test on them looks at all three.
 */
export function fieldsBehind(field: string): readonly string[] {
  const dot = field.indexOf('.')
  if (dot <= 0 || field.slice(dot) !== '.address') return [field]
  const object = field.slice(0, dot)
  return [field, `${object}.ip`, `${object}.domain`]
}

/**
 * `related.*` repeats values that stand elsewhere in the event: a test on it looks at all values of the pivot fields
 * and at all values of fields without a column.
 */
export function isRelated(field: string): boolean {
  return relatedFields.includes(field)
}

/** Computed from the 5-tuple when somebody asks. */
export const communityIdField = 'network.community_id'

export function looksLikeCommunityId(text: string): boolean {
  return text.length === 30 && text.startsWith('1:') && text.endsWith('=')
}

/** The whole values that a bare word with wildcards is matched against, beside the words of the text fields. */
export const patternFields: readonly string[] = pivotFields.filter(
  field => !textFields.includes(field) && !field.includes('hash') && !field.endsWith('ja3')
)

/** Why no test can look at this field, or undefined if one can. */
export function notSearchable(field: string, kind: string): string | undefined {
  if (field === 'event.original') {
    return 'event.original is rebuilt from the other fields and cannot be searched; search the fields themselves, or bare words'
  }
  if (kind === 'exists' && isRelated(field)) {
    return `${field} repeats values of other fields: search it for a value, or ask whether one of those fields exists (source.ip:*)`
  }
  return undefined
}
