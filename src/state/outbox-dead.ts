/** Dead letters: messages that cannot be sent as they are. They wait for somebody to send them again, or to give them up. */

import type { State } from './state.ts'

/** What cannot be sent as it is becomes dead without an attempt. */
export function bury(state: State, ids: readonly number[], reason: string, nowMs: number): void {
  state.transaction(() => {
    const statement = state.db.prepare(
      "UPDATE outbox SET state = 'dead', held = '', reason = ?, done = ? WHERE id = ? AND state = 'waiting'"
    )
    for (const id of ids) statement.run(reason, nowMs, id)
  })
}

/** Dead ones are sent anew, with the key that they had; how many that were. */
export function replay(
  state: State,
  which: { readonly ids?: readonly number[] | undefined; readonly destination?: string | undefined },
  nowMs: number
): number {
  return moveDead(
    state,
    which,
    "state = 'waiting', attempts = 0, tried = NULL, done = NULL, reason = '', next = ?",
    nowMs
  )
}

/** Dead ones that nobody wants any more. */
export function dropDead(
  state: State,
  which: { readonly ids?: readonly number[] | undefined; readonly destination?: string | undefined },
  nowMs: number
): number {
  return moveDead(state, which, "state = 'dropped', done = ?", nowMs)
}

function moveDead(
  state: State,
  { ids, destination }: { readonly ids?: readonly number[] | undefined; readonly destination?: string | undefined },
  set: string,
  nowMs: number
): number {
  return state.transaction(() => {
    if (ids === undefined) {
      const sql = `UPDATE outbox SET ${set} WHERE state = 'dead' AND (? IS NULL OR destination = ?)`
      return Number(state.db.prepare(sql).run(nowMs, destination ?? null, destination ?? null).changes)
    }
    const statement = state.db.prepare(`UPDATE outbox SET ${set} WHERE state = 'dead' AND id = ?`)
    return ids.reduce((sum, id) => sum + Number(statement.run(nowMs, id).changes), 0)
  })
}
