/** STIX sightings of indicators (STIX 2.1, section 5.2) out of what a peer delivers: who saw which indicator how often, from when to when. */

import { parseIso } from '../../core/time.ts'

export type ToldSighting = {
  readonly id: string
  readonly indicator: string
  /** The identity of who created it, or ''. Its name may have come long before (`readIdentities`). */
  readonly who: string
  readonly versionMs: number
  readonly count: number
  readonly firstUs?: number
  readonly lastUs?: number
  readonly revoked?: true
}

const idForm = /^(?:indicator|sighting)--[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
const countMax = 999_999_999

/** What is none is left out; never throws. */
export function readSightings(objects: readonly unknown[]): ToldSighting[] {
  return objects.flatMap((object): ToldSighting[] => {
    const told = fieldsOf(object)
    const { id, sighting_of_ref: indicator, created_by_ref: by } = told
    if (told['type'] !== 'sighting' || typeof id !== 'string' || typeof indicator !== 'string') return []
    if (!idForm.test(id) || !idForm.test(indicator) || !indicator.startsWith('indicator--')) return []
    const versionUs = timeOf(told['modified']) ?? timeOf(told['created'])
    if (versionUs === undefined) return []
    const { count, summary } = told
    // A summary tells of others' sightings, which would then count twice (5.2).
    if (summary === true) return []
    const firstUs = timeOf(told['first_seen'])
    const lastUs = timeOf(told['last_seen'])
    return [
      {
        id,
        indicator,
        who: typeof by === 'string' ? by.slice(0, 128) : '',
        versionMs: Math.trunc(versionUs / 1000),
        count: typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= countMax ? count : 1,
        ...(firstUs !== undefined && { firstUs }),
        ...(lastUs !== undefined && { lastUs }),
        ...(told['revoked'] === true && { revoked: true as const })
      }
    ]
  })
}

export type Identity = { readonly id: string; readonly name: string }

/** Who is who (STIX 2.1, section 4.5). */
export function readIdentities(objects: readonly unknown[]): Identity[] {
  return objects.flatMap(object => {
    const { type, id, name } = fieldsOf(object)
    if (type !== 'identity' || typeof id !== 'string' || typeof name !== 'string' || id.length > 128) return []
    return [{ id, name: name.slice(0, 128) }]
  })
}

function fieldsOf(object: unknown): Readonly<Record<string, unknown>> {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>) : {}
}

function timeOf(value: unknown): number | undefined {
  const us = typeof value === 'string' ? parseIso(value) : undefined
  return us === undefined ? undefined : Math.trunc(us)
}
