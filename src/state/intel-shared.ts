/**
 * What is shared with peers: collections, who may read and write them (by API token), and their STIX objects with all versions. An
 * object's time of addition is unique in its collection, so that it is a place in the collection, too.
 */

import { randomUUID } from 'node:crypto'
import type { Intel } from './intel.ts'

export const sharedSchema = `
  -- feeds: whose indicators are published. token: an API token of picket.db.
  CREATE TABLE collections (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 128),
    description TEXT NOT NULL,
    feeds TEXT NOT NULL CHECK (json_valid(feeds)),
    sightings INTEGER NOT NULL,
    confidence_min INTEGER NOT NULL,
    created INTEGER NOT NULL,
    by TEXT NOT NULL,
    published INTEGER,
    objects INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE collection_grants (
    collection TEXT NOT NULL REFERENCES collections (id),
    token TEXT NOT NULL,
    may_read INTEGER NOT NULL,
    may_write INTEGER NOT NULL,
    PRIMARY KEY (collection, token)
  ) STRICT, WITHOUT ROWID;

  -- version and added in microseconds. digest: of what we publish, to know changes; '' for what peers wrote. by: who wrote it.
  CREATE TABLE shared_objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL REFERENCES collections (id),
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    spec TEXT NOT NULL,
    version INTEGER NOT NULL,
    added INTEGER NOT NULL,
    digest TEXT NOT NULL,
    revoked INTEGER NOT NULL,
    by TEXT NOT NULL,
    object TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX shared_by_version ON shared_objects (collection, id, version);
  CREATE UNIQUE INDEX shared_by_addition ON shared_objects (collection, added);

  CREATE TABLE taxii_statuses (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    created INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (json_valid(status))
  ) STRICT, WITHOUT ROWID;

  -- Who we are to peers.
  CREATE TABLE intel_settings (key TEXT PRIMARY KEY, value TEXT NOT NULL CHECK (json_valid(value))) STRICT, WITHOUT ROWID;`

export type Collection = {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly feeds: readonly number[]
  readonly sightings: boolean
  readonly confidenceMin: number
  readonly createdMs: number
  readonly by: string
  /** When what is published was last compared with what there is. */
  readonly publishedMs: number | undefined
  /** Versions of objects. */
  readonly objects: number
}

export type Grant = { readonly token: string; readonly mayRead: boolean; readonly mayWrite: boolean }

export type SharedObject = {
  readonly id: string
  readonly type: string
  /** `2.1`; `2.0` where the object says none. */
  readonly spec: string
  readonly versionUs: number
  readonly addedUs: number
  readonly by: string
  /** JSON. */
  readonly object: string
}

export const collectionsMax = 100
export const sharedObjectsMax = 2_000_000
const statusesMax = 1000
const pageBytesMax = 8 << 20

export function listCollections(intel: Intel): Collection[] {
  return intel.db.prepare('SELECT * FROM collections ORDER BY title, id').all().map(readCollection)
}

export function sharedCollection(intel: Intel, id: string): Collection | undefined {
  const row = intel.db.prepare('SELECT * FROM collections WHERE id = ?').get(id)
  return row === undefined ? undefined : readCollection(row)
}

type CollectionFields = Pick<Collection, 'title' | 'description' | 'feeds' | 'sightings' | 'confidenceMin'>

/** Undefined if there are too many. */
export function addCollection(
  intel: Intel,
  fields: CollectionFields,
  by: string,
  nowMs: number
): Collection | undefined {
  return intel.transaction(() => {
    if (listCollections(intel).length >= collectionsMax) return undefined
    const id = randomUUID()
    intel.db
      .prepare(
        'INSERT INTO collections (id, title, description, feeds, sightings, confidence_min, created, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
      )
      .run(id, ...columnsOf(fields), nowMs, by)
    return sharedCollection(intel, id)
  })
}

export function changeCollection(intel: Intel, id: string, fields: CollectionFields): boolean {
  const { changes } = intel.db
    .prepare(
      'UPDATE collections SET title = ?, description = ?, feeds = ?, sightings = ?, confidence_min = ?, published = NULL WHERE id = ?'
    )
    .run(...columnsOf(fields), id)
  return Number(changes) > 0
}

function columnsOf({ title, description, feeds, sightings, confidenceMin }: CollectionFields) {
  return [title, description, JSON.stringify(feeds), sightings ? 1 : 0, confidenceMin] as const
}

/** With all that is in it. */
export function removeCollection(intel: Intel, id: string): boolean {
  return intel.transaction(() => {
    intel.db.prepare('DELETE FROM shared_objects WHERE collection = ?').run(id)
    intel.db.prepare('DELETE FROM collection_grants WHERE collection = ?').run(id)
    return Number(intel.db.prepare('DELETE FROM collections WHERE id = ?').run(id).changes) > 0
  })
}

export function grantsOf(intel: Intel, collection: string): Grant[] {
  return intel.db
    .prepare('SELECT token, may_read, may_write FROM collection_grants WHERE collection = ? ORDER BY token')
    .all(collection)
    .map(row => ({ token: row['token'] as string, mayRead: row['may_read'] === 1, mayWrite: row['may_write'] === 1 }))
}

/** In place of what the token was granted before; neither right takes it away. */
export function setGrant(intel: Intel, collection: string, { token, mayRead, mayWrite }: Grant): void {
  if (mayRead || mayWrite)
    intel.db
      .prepare('INSERT OR REPLACE INTO collection_grants (collection, token, may_read, may_write) VALUES (?, ?, ?, ?)')
      .run(collection, token, mayRead ? 1 : 0, mayWrite ? 1 : 0)
  else intel.db.prepare('DELETE FROM collection_grants WHERE collection = ? AND token = ?').run(collection, token)
}

export type NewObject = Omit<SharedObject, 'addedUs'> & { readonly digest?: string; readonly revoked?: boolean }

/** Adds versions of objects; those that are there already are left out. Returns how many were added. */
export function addShared(intel: Intel, collection: string, objects: readonly NewObject[], nowMs: number): number {
  if (objects.length === 0) return 0
  return intel.transaction(() => {
    const last = intel.db.prepare('SELECT max(added) AS added FROM shared_objects WHERE collection = ?').get(collection)
    let addedUs = Math.max(nowMs * 1000, Number(last?.['added'] ?? 0) + 1)
    const add = intel.db.prepare(
      `INSERT OR IGNORE INTO shared_objects (collection, id, type, spec, version, added, digest, revoked, by, object)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
    )
    let count = 0
    for (const { id, type, spec, versionUs, digest = '', revoked = false, by, object } of objects) {
      const { changes } = add.run(collection, id, type, spec, versionUs, addedUs, digest, revoked ? 1 : 0, by, object)
      if (Number(changes) === 0) continue
      count++
      addedUs++
    }
    countObjects(intel, collection, count)
    return count
  })
}

function countObjects(intel: Intel, collection: string, by: number): void {
  intel.db.prepare('UPDATE collections SET objects = objects + ? WHERE id = ?').run(by, collection)
}

/** What a request of TAXII's filters asks for (3.3, 3.4, 3.5). Absent ones do not filter. */
export type ObjectsAsk = {
  readonly addedAfterUs?: number | undefined
  readonly ids?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
  readonly specs?: readonly string[] | undefined
  /** Times in microseconds, `first`, `last`, `all`; any of them. Absent: `last`. */
  readonly versions?: readonly (number | 'first' | 'last' | 'all')[] | undefined
  readonly limit: number
}

/** In the order in which they were added. `more`: there are others after them. */
export function sharedObjects(
  intel: Intel,
  collection: string,
  ask: ObjectsAsk
): { readonly objects: readonly SharedObject[]; readonly more: boolean } {
  const parts = ['o.collection = ?']
  const values: (string | number)[] = [collection]
  const anyOf = (column: string, list: readonly (string | number)[] | undefined) => {
    if (list === undefined) return
    parts.push(`${column} IN (${list.map(() => '?').join(', ')})`)
    values.push(...list)
  }
  if (ask.addedAfterUs !== undefined) {
    parts.push('o.added > ?')
    values.push(ask.addedAfterUs)
  }
  anyOf('o.id', ask.ids)
  anyOf('o.type', ask.types)
  anyOf('o.spec', ask.specs)
  const versions = ask.versions ?? ['last']
  if (!versions.includes('all')) {
    const any: string[] = []
    for (const version of versions) {
      if (typeof version === 'number') {
        any.push('o.version = ?')
        values.push(version)
      } else {
        const edge = version === 'first' ? 'min' : 'max'
        any.push(
          `o.version = (SELECT ${edge}(v.version) FROM shared_objects v WHERE v.collection = o.collection AND v.id = o.id)`
        )
      }
    }
    parts.push(`(${any.join(' OR ')})`)
  }
  const rows = intel.db
    .prepare(`SELECT o.* FROM shared_objects o WHERE ${parts.join(' AND ')} ORDER BY o.added LIMIT ?`)
    .iterate(...values, ask.limit + 1)
  const objects: SharedObject[] = []
  let more = false
  let bytes = 0
  for (const row of rows) {
    // Peers' objects may be large: a page ends where it is long enough.
    more = objects.length >= ask.limit || (bytes > 0 && bytes + (row['object'] as string).length > pageBytesMax)
    if (more) break
    const object = readObject(row)
    bytes += object.object.length
    objects.push(object)
  }
  return { objects, more }
}

/** Who gave an object; undefined if it is not there. */
export function writerOf(intel: Intel, collection: string, id: string): string | undefined {
  const row = intel.db
    .prepare('SELECT by FROM shared_objects WHERE collection = ? AND id = ? LIMIT 1')
    .get(collection, id)
  return row?.['by'] as string | undefined
}

/** Versions that it removed. Only what `by` wrote, if it is given. */
export function removeShared(intel: Intel, collection: string, ask: Omit<ObjectsAsk, 'limit'>, by?: string): number {
  return intel.transaction(() => {
    const remove = intel.db.prepare('DELETE FROM shared_objects WHERE collection = ? AND added = ?')
    let removed = 0
    for (let after = 0, more = true; more; ) {
      const page = sharedObjects(intel, collection, { ...ask, addedAfterUs: after, limit: 1000 })
      for (const { addedUs, by: writer } of page.objects)
        if (by === undefined || writer === by) removed += Number(remove.run(collection, addedUs).changes)
      after = page.objects.at(-1)?.addedUs ?? 0
      more = page.more
    }
    countObjects(intel, collection, -removed)
    return removed
  })
}

export type Published = {
  readonly id: string
  readonly digest: string
  readonly versionUs: number
  readonly revoked: boolean
}

/** The newest version of each object that we publish ourselves, of a type; by id. */
export function publishedObjects(intel: Intel, collection: string, type: string): Map<string, Published> {
  const rows = intel.db
    .prepare(
      `SELECT id, digest, max(version) AS version, revoked FROM shared_objects
       WHERE collection = ? AND type = ? AND digest <> '' GROUP BY id`
    )
    .iterate(collection, type)
  const found = new Map<string, Published>()
  for (const row of rows) {
    const id = row['id'] as string
    found.set(id, {
      id,
      digest: row['digest'] as string,
      versionUs: row['version'] as number,
      revoked: row['revoked'] === 1
    })
  }
  return found
}

/** Of what we publish, versions that are not the newest are of no use to anybody. */
export function dropOldVersions(intel: Intel, collection: string, ids: readonly string[]): void {
  intel.transaction(() => {
    const drop = intel.db.prepare(
      `DELETE FROM shared_objects WHERE collection = ? AND id = ? AND digest <> ''
         AND version < (SELECT max(version) FROM shared_objects WHERE collection = ? AND id = ?)`
    )
    let dropped = 0
    for (const id of ids) dropped += Number(drop.run(collection, id, collection, id).changes)
    countObjects(intel, collection, -dropped)
  })
}

export function notePublished(intel: Intel, collection: string, nowMs: number): void {
  intel.db.prepare('UPDATE collections SET published = ? WHERE id = ?').run(nowMs, collection)
}

export function keepStatus(intel: Intel, token: string, status: { readonly id: string }, nowMs: number): void {
  intel.transaction(() => {
    intel.db
      .prepare('INSERT INTO taxii_statuses (id, token, created, status) VALUES (?, ?, ?, ?)')
      .run(status.id, token, nowMs, JSON.stringify(status))
    intel.db
      .prepare(
        'DELETE FROM taxii_statuses WHERE id IN (SELECT id FROM taxii_statuses ORDER BY created DESC, id LIMIT -1 OFFSET ?)'
      )
      .run(statusesMax)
  })
}

/** A status is for who wrote. */
export function statusOf(intel: Intel, token: string, id: string): unknown {
  const row = intel.db.prepare('SELECT status FROM taxii_statuses WHERE id = ? AND token = ?').get(id, token)
  return row === undefined ? undefined : JSON.parse(row['status'] as string)
}

export type OwnIdentity = { readonly id: string; readonly name: string; readonly createdMs: number }

/** As whom we publish: made at the first question, with a name that says nothing. */
export function ownIdentity(intel: Intel, nowMs: number): OwnIdentity {
  return intel.transaction(() => {
    const row = intel.db.prepare("SELECT value FROM intel_settings WHERE key = 'identity'").get()
    if (row !== undefined) return JSON.parse(row['value'] as string) as OwnIdentity
    const made: OwnIdentity = { id: `identity--${randomUUID()}`, name: 'Picket', createdMs: nowMs }
    writeIdentity(intel, made)
    return made
  })
}

export function nameOwnIdentity(intel: Intel, name: string, nowMs: number): OwnIdentity {
  return intel.transaction(() => {
    const named = { ...ownIdentity(intel, nowMs), name }
    writeIdentity(intel, named)
    intel.db.exec('UPDATE collections SET published = NULL')
    return named
  })
}

function writeIdentity(intel: Intel, identity: OwnIdentity): void {
  intel.db
    .prepare("INSERT OR REPLACE INTO intel_settings (key, value) VALUES ('identity', ?)")
    .run(JSON.stringify(identity))
}

function readCollection(row: Record<string, unknown>): Collection {
  return {
    id: row['id'] as string,
    title: row['title'] as string,
    description: row['description'] as string,
    feeds: JSON.parse(row['feeds'] as string) as number[],
    sightings: row['sightings'] === 1,
    confidenceMin: row['confidence_min'] as number,
    createdMs: row['created'] as number,
    by: row['by'] as string,
    publishedMs: (row['published'] as number | null) ?? undefined,
    objects: row['objects'] as number
  }
}

function readObject(row: Record<string, unknown>): SharedObject {
  return {
    id: row['id'] as string,
    type: row['type'] as string,
    spec: row['spec'] as string,
    versionUs: row['version'] as number,
    addedUs: row['added'] as number,
    by: row['by'] as string,
    object: row['object'] as string
  }
}
