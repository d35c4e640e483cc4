/** A facet's values as filters and as text: single values, ranges of numbers, networks of addresses. Pure. */

import type { Facet, FacetValue } from '../api.ts'
import { clauseOf } from './query-text.ts'

export function facetClause(field: string, kind: Facet['kind'], { value, from, to }: FacetValue): string {
  if (kind === 'networks') return `${field}:${value}`
  if (kind === 'ranges') {
    const bounds = [from == null ? '' : `${field}>=${from}`, to == null ? '' : `${field}<${to}`]
    const parts = bounds.filter(part => part !== '')
    if (parts.length > 0) return parts.length === 1 ? parts[0]! : `(${parts.join(' and ')})`
  }
  return clauseOf(field, value)
}

const numbers = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

export function facetLabel(kind: Facet['kind'], { value, from, to }: FacetValue): string {
  if (kind === 'ranges' && (from != null || to != null)) {
    if (to == null) return `${numbers.format(from!)} and more`
    return from == null ? `below ${numbers.format(to)}` : `${numbers.format(from)} – ${numbers.format(to)}`
  }
  return value === '' ? '(empty)' : String(value)
}
