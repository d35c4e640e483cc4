/** The outbox for reading: what was sent, what was tried, what is dead; and how what is old leaves it. */

import {
  type AttemptResult,
  type Held,
  type OutboxKind,
  type OutboxMessage,
  type OutboxState,
  outboxStates,
  readMessage
} from './outbox.ts'
import type { State } from './state.ts'

export type Attempt = {
  readonly id: number
  readonly message: number
  readonly destination: string
  readonly number: number
  readonly startedMs: number
  readonly tookMs: number | undefined
  readonly result: AttemptResult
  readonly detail: string
}

export function messageWithId(state: State, id: number): OutboxMessage | undefined {
  const row = state.db.prepare('SELECT * FROM outbox WHERE id = ?').get(id)
  return row === undefined ? undefined : readMessage(row)
}

export function messagesWithIds(state: State, ids: readonly number[]): OutboxMessage[] {
  const statement = state.db.prepare('SELECT * FROM outbox WHERE id = ?')
  return ids.map(id => statement.get(id)).flatMap(row => (row === undefined ? [] : [readMessage(row)]))
}

/** The newest first, before the id `before`. */
export function listMessages(
  state: State,
  filter: {
    readonly state?: OutboxState | undefined
    readonly destination?: string | undefined
    readonly alert?: string | undefined
  },
  limit: number,
  before?: number
): OutboxMessage[] {
  const where = ['id < ?']
  const values: (string | number)[] = [before ?? Number.MAX_SAFE_INTEGER]
  let index = ''
  if (filter.alert !== undefined) {
    index = 'INDEXED BY outbox_alert'
    where.push("alert = ? AND alert <> ''")
    values.push(filter.alert)
  }
  // Word by word: an index of the dead alone is used for what asks for the dead.
  if (filter.state !== undefined) where.push(`state = '${outboxStates.find(each => each === filter.state)}'`)
  if (filter.destination !== undefined) {
    where.push('destination = ?')
    values.push(filter.destination)
  }
  return state.db
    .prepare(`SELECT * FROM outbox ${index} WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`)
    .all(...values, limit)
    .map(readMessage)
}

/** The newest first, with what each was about. */
export function listAttempts(
  state: State,
  filter: { readonly destination?: string | undefined; readonly message?: number | undefined },
  limit: number,
  before?: number
): (Attempt & { readonly subject: string; readonly kind: OutboxKind })[] {
  return state.db
    .prepare(
      `SELECT a.*, o.subject, o.kind FROM notify_attempts a JOIN outbox o ON o.id = a.message
       WHERE a.id < ? AND (? IS NULL OR a.destination = ?) AND (? IS NULL OR a.message = ?) ORDER BY a.id DESC LIMIT ?`
    )
    .all(
      before ?? Number.MAX_SAFE_INTEGER,
      filter.destination ?? null,
      filter.destination ?? null,
      filter.message ?? null,
      filter.message ?? null,
      limit
    )
    .map(row => ({
      id: Number(row['id']),
      message: Number(row['message']),
      destination: row['destination'] as string,
      number: Number(row['number']),
      startedMs: Number(row['started']),
      tookMs: row['took'] === null ? undefined : Number(row['took']),
      result: row['result'] as AttemptResult,
      detail: row['detail'] as string,
      subject: row['subject'] as string,
      kind: row['kind'] as OutboxKind
    }))
}

/** By destination and state. */
export function outboxCounts(state: State): { destination: string; state: OutboxState; held: Held; count: number }[] {
  return state.db
    .prepare('SELECT destination, state, held, count(*) AS n FROM outbox GROUP BY destination, state, held')
    .all()
    .map(row => ({
      destination: row['destination'] as string,
      state: row['state'] as OutboxState,
      held: row['held'] as Held,
      count: Number(row['n'])
    }))
}

/** What is done with and older than that goes; dead letters stay longer. Bounded, so that it never holds the file for long. */
export function sweepOutbox(state: State, beforeMs: number, deadBeforeMs: number): number {
  return state.transaction(() => {
    const old = state.db
      .prepare(
        `SELECT id FROM outbox WHERE done IS NOT NULL AND done < ? AND (state IN ('sent', 'gathered', 'dropped') OR (state = 'dead' AND done < ?))
         LIMIT 5000`
      )
      .all(beforeMs, deadBeforeMs)
    for (const { id } of old) {
      state.db.prepare('DELETE FROM notify_attempts WHERE message = ?').run(Number(id))
      state.db.prepare('DELETE FROM outbox WHERE id = ?').run(Number(id))
    }
    return old.length
  })
}
