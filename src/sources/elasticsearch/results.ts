/** The answer to a bulk request: an item for each of the request's, in order; `errors` before `items`, as some shippers look no further. */

import { randomBytes } from 'node:crypto'
import type { HttpAnswer } from '../listen/http.ts'
import { json } from './answers.ts'
import type { BulkItem } from './bulk.ts'
import type { Outcome } from './documents.ts'

/** Why a request is answered 429. */
export const tooMuch = 'too much is waiting for the disk: send it again later'
const shards = '"_shards":{"total":1,"successful":1,"failed":0}'

/** `filterPath` as asked for in the query: Beats want to hear of statuses and errors only. */
export function bulkAnswer(
  items: readonly BulkItem[],
  outcomes: readonly Outcome[],
  tookMs: number,
  filterPath: string | null
): HttpAnswer {
  const isTerse = filterPath?.split(',').every(part => terseParts.has(part)) === true
  const newId = idMaker()
  const errors = outcomes.some(outcome => outcome !== 'created')
  let text = `{"took":${Math.round(tookMs)},"errors":${errors},"items":[`
  for (const [i, item] of items.entries()) {
    const outcome = outcomes[i]!
    const result =
      isTerse && outcome === 'created' ? '{"status":201}' : resultText(item, item.id ?? newId(), outcome, isTerse)
    text += `${i === 0 ? '' : ','}{"${item.action}":${result}}`
  }
  return { status: 200, text: `${text}]}`, headers: { 'content-type': 'application/json' } }
}

const terseParts = new Set(['took', 'errors', 'items.*.status', 'items.*.error'])

/** The answer to one document alone. */
export function documentAnswer(item: BulkItem, outcome: Outcome): HttpAnswer {
  if (outcome === 'created') {
    const text = resultText(item, item.id ?? idMaker()(), outcome, false)
    return { status: 201, text, headers: { 'content-type': 'application/json' } }
  }
  const error = errorOf(item, outcome)
  return json(409, { error: { root_cause: [error], ...error }, status: 409 })
}

function resultText(item: BulkItem, id: string, outcome: Outcome, isTerse: boolean): string {
  const about = isTerse ? '' : `"_index":${JSON.stringify(item.index)},"_id":${JSON.stringify(id)},`
  if (outcome === 'created')
    return `{${about}"_version":1,"result":"created",${shards},"_seq_no":0,"_primary_term":1,"status":201}`
  const status = statuses[outcome]
  return `{${about}"status":${status},"error":${JSON.stringify(errorOf(item, outcome))}}`
}

const statuses = { conflict: 409, refused: 400, busy: 429 } as const

function errorOf({ action, index, id }: BulkItem, outcome: Outcome): object {
  if (outcome === 'busy') return { type: 'es_rejected_execution_exception', reason: tooMuch }
  return outcome === 'conflict'
    ? {
        type: 'version_conflict_engine_exception',
        reason: `[${id}]: version conflict, document already exists (current version [1])`,
        index
      }
    : { type: 'illegal_argument_exception', reason: `events do not change: ${action} is not done here` }
}

/** Ids for documents without one: nobody asks for them again. */
function idMaker(): () => string {
  let prefix: string | undefined
  let count = 0
  return () => {
    prefix ??= randomBytes(9).toString('base64url')
    return `${prefix}${(count++).toString(36)}`
  }
}
