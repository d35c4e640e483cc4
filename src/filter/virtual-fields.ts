/** Fields that are not stored as they are, and what a test on them looks at instead. Both compilers ask here. */

import { columnOf, pivotFields, relatedFields, textFields } from '../core/columns.ts'

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

/**
 * Any field: the texts of the whole event. A test on it looks at every value but empty ones, those of fields that hold numbers or times
 * (`source.port`, `event.start`), texts that spell a time, and what only Picket says of the event (`picket.*`).
 */
export const anyField = '*'

/** How a test on any field looks at the values of this one. */
export function lookIntoOf(field: string): 'text' | 'address' | 'no' {
  if (field.startsWith('picket.') || field === 'event.original') return 'no'
  switch (columnOf(field)?.type) {
    case undefined:
    case 'word':
    case 'text':
    case 'words':
      return 'text'
    case 'ip':
      return 'address'
    default:
      return 'no'
  }
}

/** Why no test can look at this field, or undefined if one can. */
export function notSearchable(field: string, kind: string): string | undefined {
  if (field === 'event.original') {
    return 'event.original is rebuilt from the other fields and cannot be searched; search the fields themselves, or bare words'
  }
  if (field === anyField && (kind === 'sameAs' || kind === 'timePart')) {
    return `${kind === 'sameAs' ? 'A comparison of fields' : 'A part of a time'} needs the name of a field`
  }
  if (kind === 'sameAs' && isRelated(field)) {
    return `${field} repeats values of other fields and cannot be compared; compare those fields`
  }
  if (kind === 'exists' && isRelated(field)) {
    return `${field} repeats values of other fields: search it for a value, or ask whether one of those fields exists (source.ip:*)`
  }
  return undefined
}
