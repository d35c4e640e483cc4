/** Objects that a peer adds to a collection: kept as they are for the other peers, and read as indicators and sightings here. */

import { randomUUID } from 'node:crypto'
import type { Found } from '../intel/indicator.ts'
import { readStix } from '../intel/stix/bundle.ts'
import type { Json } from '../intel/stix/observations.ts'
import { readIdentities, readSightings } from '../intel/stix/peer-sightings.ts'
import type { Intel } from '../state/intel.ts'
import { feedFor } from '../state/intel-feeds.ts'
import { keepFound } from '../state/intel-indicators.ts'
import { keepPeerNames, keepPeerSightings } from '../state/intel-peers.ts'
import {
  addShared,
  type Collection,
  type NewObject,
  ownIdentity,
  sharedObjectsMax,
  writerOf
} from '../state/intel-shared.ts'
import { ApiError } from './route.ts'
import { timeOf, timeText } from './taxii-request.ts'

export const contentBytesMax = 10 << 20
const objectsMax = 5000
const objectBytesMax = 1 << 20
const idForm = /^[a-z0-9][a-z0-9-]{0,249}--[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

type Detail = { readonly id: string; readonly version: string; readonly message?: string }

/** TAXII's status (4.3.1): all is done when it is answered. */
export type TaxiiStatus = {
  readonly id: string
  readonly status: 'complete'
  readonly request_timestamp: string
  readonly total_count: number
  readonly success_count: number
  readonly successes: readonly Detail[]
  readonly failure_count: number
  readonly failures: readonly Detail[]
  readonly pending_count: 0
}

/** The feed that holds what peers wrote into a collection. */
export function peersFeed(intel: Intel, collection: Pick<Collection, 'id' | 'title'>, nowMs: number) {
  const name = `Peers - ${collection.title
    .replace(/[^A-Za-z0-9 ._()-]+/g, ' ')
    .trim()
    .slice(0, 40)} ${collection.id.slice(0, 8)}`
  return feedFor(intel, name, { kind: 'collection', collection: collection.id }, nowMs)
}

/** Throws 422 where the envelope is none; what is wrong with single objects stands in the status. */
export function addObjects(
  intel: Intel,
  collection: Collection,
  by: string,
  body: unknown,
  nowMs: number
): TaxiiStatus {
  const given = (body as { objects?: unknown } | null)?.objects
  if (!Array.isArray(given) || given.length === 0)
    throw new ApiError(422, 'no-objects', 'The envelope must hold `objects`.')
  if (given.length > objectsMax)
    throw new ApiError(413, 'too-many-objects', `At most ${objectsMax} objects can be added at once.`)
  const room = sharedObjectsMax - collection.objects
  const ours = ownIdentity(intel, nowMs).id
  const objects: NewObject[] = []
  const accepted: Json[] = []
  const successes: Detail[] = []
  const failures: Detail[] = []
  for (const each of given as Json[]) {
    const read = readObject(each, nowMs)
    if ('problem' in read) failures.push({ id: read.id, version: timeText(nowMs * 1000), message: read.problem })
    else if (objects.length >= room) failures.push({ ...detailOf(read), message: 'the collection is full' })
    // What we said ourselves comes back from peers; it is not news, and not theirs to change.
    else if (read.createdBy === ours)
      failures.push({ ...detailOf(read), message: 'this object is of this server itself' })
    else if (![undefined, by].includes(writerOf(intel, collection.id, read.id)))
      // Only who made an object makes new versions of it (STIX 2.1, 3.6).
      failures.push({ ...detailOf(read), message: 'this object was given by somebody else' })
    else {
      objects.push({ ...read, by })
      accepted.push(each)
      successes.push(detailOf(read))
    }
  }
  intel.transaction(() => {
    addShared(intel, collection.id, objects, nowMs)
    const founds: Found[] = []
    readStix(accepted, found => founds.push(found))
    const sightings = readSightings(accepted)
    if (founds.length + sightings.length > 0) {
      const feed = peersFeed(intel, collection, nowMs)
      keepFound(intel, feed.id, founds, nowMs)
      keepPeerNames(intel, feed.id, readIdentities(accepted))
      keepPeerSightings(intel, feed.id, sightings, nowMs)
    }
  })
  return {
    id: randomUUID(),
    status: 'complete',
    request_timestamp: timeText(nowMs * 1000),
    total_count: given.length,
    success_count: successes.length,
    successes,
    failure_count: failures.length,
    failures,
    pending_count: 0
  }
}

const detailOf = ({ id, versionUs }: { id: string; versionUs: number }): Detail => ({
  id,
  version: timeText(versionUs)
})

type ReadObject = Omit<NewObject, 'by'> & { readonly createdBy: unknown }

function readObject(given: Json, nowMs: number): ReadObject | { readonly id: string; readonly problem: string } {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { id: '', problem: 'is no object' }
  const { id, type, spec_version: spec, modified, created, revoked } = given as Readonly<Record<string, Json>>
  if (typeof id !== 'string' || !idForm.test(id))
    return { id: String(id).slice(0, 300), problem: 'has no STIX id (type--UUID)' }
  if (typeof type !== 'string' || !id.startsWith(`${type}--`)) return { id, problem: 'its id is not of its type' }
  if (type === 'bundle') return { id, problem: 'a bundle is no object of a collection: send what is in it' }
  const version = modified ?? created
  const versionUs = version === undefined ? nowMs * 1000 : typeof version === 'string' ? timeOf(version) : undefined
  if (versionUs === undefined) return { id, problem: 'its `modified` (or `created`) is no time stamp' }
  const object = JSON.stringify(given)
  if (object.length > objectBytesMax) return { id, problem: `is larger than ${objectBytesMax} bytes` }
  return {
    id,
    type,
    spec: typeof spec === 'string' && /^\d\.\d$/.test(spec) ? spec : '2.0',
    versionUs,
    revoked: revoked === true,
    object,
    createdBy: (given as Readonly<Record<string, Json>>)['created_by_ref']
  }
}
