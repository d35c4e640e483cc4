/** What becomes of the documents of a request: taken as records with their ids, or refused. See docs/adr/0029-requests-that-come-again.md. */

import { crc32 } from 'node:zlib'
import { hashIdentity } from '../../core/identity.ts'
import type { RecordKey } from '../files/chunk-maker.ts'
import { isFineTime, originOf } from '../listen/origin.ts'
import type { Outlet } from '../listen/outlet.ts'
import type { BulkItem } from './bulk.ts'
import type { RecentIds } from './recent-ids.ts'

/** `created` is durable; `conflict`: a document with that id is; `busy`: not taken, to be sent again. */
export type Outcome = 'created' | 'conflict' | 'refused' | 'busy'

type Request = { readonly body: Buffer; readonly address: string; readonly key: unknown }

/** Each item's outcome, in order. Resolves when all of them are durable. */
export async function takeDocuments(
  outlet: Outlet,
  recent: RecentIds,
  items: readonly BulkItem[],
  { body, address, key }: Request
): Promise<readonly Outcome[]> {
  // With ids, or with times, the same bytes again are the same request.
  const isKeyed = items.some(({ id }) => id !== undefined)
  const origin = originOf(outlet.settings.source, key, body, isKeyed || isTimed(body, items))
  const stream = outlet.stream(address, origin)
  const outcomes = items.map(({ action, index, id, start, end }, place): Outcome => {
    if (action === 'update' || action === 'delete') return 'refused'
    if (!isKeyed) {
      stream.take(body, start, end)
      return 'created'
    }
    if (id === undefined) {
      stream.take(body, start, end, keyOf(origin, String(place)))
      return 'created'
    }
    const document = keyOf(index, id)
    if (action === 'create' && recent.has(document)) return 'conflict'
    recent.add(document)
    // What `index` would replace stays, beside it: events do not change.
    const low = action === 'create' ? document.low : (document.low ^ crc32(body.subarray(start, end))) >>> 0
    stream.take(body, start, end, { high: document.high, low })
    return 'created'
  })
  // Also where nothing was taken: what a conflict is with may be on its way to the disk.
  await stream.durable()
  return outcomes
}

function keyOf(index: string, id: string): RecordKey {
  return hashIdentity(`${index}\0${id}`)
}

const looksMax = 100
const timeKeys = ['"@timestamp"', '"timestamp"', '"time"']

/** Does one of its first documents bear a time finer than a second? */
function isTimed(body: Buffer, items: readonly BulkItem[]): boolean {
  return items.slice(0, looksMax).some(({ start, end }) => {
    const document = body.subarray(start, end)
    return timeKeys.some(key => {
      const at = document.indexOf(key)
      if (at < 0) return false
      const value = /^\s*:\s*(?:"([^"]*)"|(\d+(?:\.\d+)?))/.exec(document.toString('latin1', at + key.length, at + 96))
      return value !== null && isFineTime(value[1] ?? Number(value[2]))
    })
  })
}
