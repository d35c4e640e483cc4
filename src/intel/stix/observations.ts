/** Observations as patterns see them: STIX 2.0's `observed-data` with its objects inside, 2.1's with references into its bundle. */

import { timeValue } from './pattern.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One observation: its objects by their ids, and when it was made (as `Literal` has times). */
export type Observed = {
  readonly objects: ReadonlyMap<string, { readonly [key: string]: Json }>
  readonly first: string
  readonly last: string
}

const observationsMax = 10_000

type Refused = { readonly ok: false; readonly message: string }

/** Takes `observed-data` objects and bundles; each observation as often as it was observed. */
export function observationsOf(
  given: readonly Json[]
): { readonly ok: true; readonly observations: readonly Observed[] } | Refused {
  const observations: Observed[] = []
  for (const item of given) {
    const all = isObject(item) && item['type'] === 'bundle' && Array.isArray(item['objects']) ? item['objects'] : [item]
    const byId = new Map<string, { readonly [key: string]: Json }>()
    for (const object of all) if (isObject(object) && typeof object['id'] === 'string') byId.set(object['id'], object)
    for (const object of all) {
      if (!isObject(object) || (object['first_observed'] === undefined && object['type'] !== 'observed-data')) continue
      const first = typeof object['first_observed'] === 'string' ? timeValue(object['first_observed']) : undefined
      const last = typeof object['last_observed'] === 'string' ? timeValue(object['last_observed']) : undefined
      if (first === undefined || last === undefined || last < first)
        return { ok: false, message: 'an observation without first_observed and last_observed' }
      const times = object['number_observed'] ?? 1
      if (typeof times !== 'number' || times < 1) return { ok: false, message: 'number_observed is less than 1' }
      const observed = { objects: objectsOf(object, byId), first, last }
      for (let i = 0; i < times && observations.length < observationsMax; i++) observations.push(observed)
    }
  }
  return { ok: true, observations }
}

function objectsOf(
  observed: { readonly [key: string]: Json },
  byId: ReadonlyMap<string, { readonly [key: string]: Json }>
): Map<string, { readonly [key: string]: Json }> {
  const objects = new Map<string, { readonly [key: string]: Json }>()
  const inside = observed['objects']
  if (isObject(inside)) for (const [id, object] of Object.entries(inside)) if (isObject(object)) objects.set(id, object)
  const refs = observed['object_refs']
  if (Array.isArray(refs)) {
    for (const ref of refs) {
      const object = typeof ref === 'string' ? byId.get(ref) : undefined
      if (object !== undefined) objects.set(ref as string, object)
    }
  }
  return objects
}

export function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
