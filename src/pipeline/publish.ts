/**
 * What we publish is brought up to date: the indicators of the feeds that were chosen for a collection, and what we saw of them. What
 * changed becomes a new version, what is gone a revoked one; allowed values and those that are not sure enough stay at home.
 */

import { createHash } from 'node:crypto'
import { type AllowLists, compileAllowLists } from '../intel/allow-list.ts'
import type { Indicator } from '../intel/indicator.ts'
import { type StixObject, sightingId, stixIdentity, stixIndicator, stixSighting } from '../intel/stix/to-stix.ts'
import type { Intel } from '../state/intel.ts'
import { allowListsInForce } from '../state/intel-allow.ts'
import { feedOf } from '../state/intel-feeds.ts'
import { indicatorsOfFeed, type StoredIndicator } from '../state/intel-indicators.ts'
import {
  addShared,
  type Collection,
  dropOldVersions,
  listCollections,
  type NewObject,
  notePublished,
  type OwnIdentity,
  ownIdentity,
  publishedObjects
} from '../state/intel-shared.ts'
import { sightingSums } from '../state/sightings.ts'
import type { State } from '../state/state.ts'

/** A collection is for what one thinks worth telling, not for a copy of everything. */
const indicatorsMax = 500_000
const sightingsAtOnce = 10_000
const objectsAtOnce = 5000
const writer = 'picket'

export function* publishAll(intel: Intel, state: State, nowMs: number): Generator<void> {
  const collections = listCollections(intel)
  if (collections.length === 0) return
  const identity = ownIdentity(intel, nowMs)
  const allow = compileAllowLists(allowListsInForce(intel))
  for (const collection of collections) yield* publish(intel, state, collection, identity, allow, nowMs)
}

function* publish(
  intel: Intel,
  state: State,
  collection: Collection,
  identity: OwnIdentity,
  allow: AllowLists,
  nowMs: number
): Generator<void> {
  const put = new Putting(intel, collection.id, nowMs)
  if (collection.feeds.length > 0 || collection.sightings) {
    const before = publishedObjects(intel, collection.id, 'identity').get(identity.id)
    const digest = digestOf(identity.name)
    if (before?.digest !== digest) put.add(stixIdentity(identity, nowMs), digest)
  }
  const old = publishedObjects(intel, collection.id, 'indicator')
  const seen = new Set<string>()
  for (const number of collection.feeds) {
    const feed = feedOf(intel, number)
    if (feed === undefined || !feed.enabled) continue
    // What people enter here is ours to change; what a feed brought keeps its id, and is not called ours.
    const isOwn = feed.settings['kind'] === 'own'
    for (const same of byId(indicatorsOfFeed(intel, number))) {
      if (seen.size >= indicatorsMax) break
      const wanted = same.filter(each => isPublished(each, collection, allow, nowMs))
      const [first, ...others] = wanted
      if (first === undefined || seen.has(first.id)) continue
      seen.add(first.id)
      const times = {
        createdMs: first.addedMs,
        modifiedMs: first.addedMs,
        by: isOwn ? identity.id : undefined,
        revoked: false
      }
      const digest = digestOf(JSON.stringify(stixIndicator([first, ...others], times)))
      const before = old.get(first.id)
      if (before?.digest === digest && !before.revoked) continue
      const modifiedMs =
        before === undefined ? Math.max(first.addedMs, isOwn ? 0 : first.seenMs) : laterThan(before.versionUs, nowMs)
      put.add(stixIndicator([first, ...others], { ...times, modifiedMs }), digest)
      if (put.isFull) {
        put.write()
        yield
      }
    }
  }
  for (const [id, before] of old) {
    if (seen.has(id) || before.revoked) continue
    put.revoke(id, before.versionUs)
    if (put.isFull) {
      put.write()
      yield
    }
  }
  if (collection.sightings) {
    const told = publishedObjects(intel, collection.id, 'sighting')
    // Somewhat from before the last time: a sum may have been written in the same moment.
    const sinceMs = told.size === 0 ? 0 : (collection.publishedMs ?? 0) - 60_000
    for (const sum of sightingSums(state, sinceMs, sightingsAtOnce)) {
      const digest = digestOf(`${sum.count} ${sum.firstUs} ${sum.lastUs}`)
      const before = told.get(sightingId(identity.id, sum.id, sum.value))
      if (before?.digest === digest) continue
      const createdMs = Math.floor(sum.firstUs / 1000)
      const modifiedMs = before === undefined ? nowMs : laterThan(before.versionUs, nowMs)
      put.add(stixSighting(sum, identity.id, { createdMs: Math.min(createdMs, modifiedMs), modifiedMs }), digest)
    }
  }
  put.write()
  notePublished(intel, collection.id, nowMs)
  yield
}

class Putting {
  readonly #intel: Intel
  readonly #collection: string
  readonly #nowMs: number
  #objects: NewObject[] = []

  constructor(intel: Intel, collection: string, nowMs: number) {
    this.#intel = intel
    this.#collection = collection
    this.#nowMs = nowMs
  }

  get isFull(): boolean {
    return this.#objects.length >= objectsAtOnce
  }

  add(object: StixObject, digest: string, revoked = false): void {
    const { id, type } = object
    const versionUs = Date.parse(String(object['modified'])) * 1000
    this.#objects.push({
      id,
      type,
      spec: '2.1',
      versionUs,
      digest,
      revoked,
      by: writer,
      object: JSON.stringify(object)
    })
  }

  /** The last version again, taken back. */
  revoke(id: string, versionUs: number): void {
    const row = this.#intel.db
      .prepare('SELECT object FROM shared_objects WHERE collection = ? AND id = ? AND version = ?')
      .get(this.#collection, id, versionUs)
    if (row === undefined) return
    const modified = new Date(laterThan(versionUs, this.#nowMs)).toISOString()
    this.add({ ...(JSON.parse(row['object'] as string) as StixObject), modified, revoked: true }, 'revoked', true)
  }

  write(): void {
    const objects = this.#objects
    this.#objects = []
    this.#intel.transaction(() => {
      addShared(this.#intel, this.#collection, objects, this.#nowMs)
      dropOldVersions(
        this.#intel,
        this.#collection,
        objects.map(({ id }) => id)
      )
    })
  }
}

function laterThan(versionUs: number, nowMs: number): number {
  return Math.max(nowMs, Math.floor(versionUs / 1000) + 1)
}

function isPublished(each: Indicator, { confidenceMin }: Collection, allow: AllowLists, nowMs: number): boolean {
  if (each.confidence < confidenceMin || (each.validUntilMs ?? Number.POSITIVE_INFINITY) <= nowMs) return false
  return each.type === 'pattern' || allow.allows(each.type, each.value) === undefined
}

/** Those of one id together. Ids that were made stand for one value each. */
function* byId(indicators: Iterable<StoredIndicator>): Generator<StoredIndicator[]> {
  let same: StoredIndicator[] = []
  for (const each of indicators) {
    if (same.length > 0 && same[0]!.id !== each.id) {
      yield same
      same = []
    }
    if (same.length < 1000) same.push(each)
  }
  if (same.length > 0) yield same
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
