/**
 * The outbox: every notification that is to be sent, from the transaction that decided it until it was sent or given up, with each
 * attempt. A row is in one state:
 *
 *   waiting ──begin──► sending ──► sent | waiting (again later) | dead (replay: waiting)
 *      └─gather─► gathered (a digest's row speaks for it)        dropped: a test that failed, or a dead one that nobody wants
 *
 * `begin` is durable before anything is sent and `finish` after the answer. So a row that is `sending` when Picket starts is the only
 * one of which nobody knows whether it arrived.
 */

import type { Level } from '../core/detection.ts'
import type { State } from './state.ts'

export const outboxStates = ['waiting', 'sending', 'sent', 'gathered', 'dead', 'dropped'] as const
export type OutboxState = (typeof outboxStates)[number]
export type OutboxKind = 'alert' | 'digest' | 'test' | 'report'
/** Why a waiting message has not been tried yet. */
export type Held = '' | 'quiet' | 'digest' | 'rate' | 'many'
export type AttemptResult = 'started' | 'sent' | 'transient' | 'permanent' | 'unknown'

export type NewMessage = {
  readonly key: string
  readonly destination: string
  readonly kind: OutboxKind
  readonly severity: Level
  /** For lists: what it is about. */
  readonly subject: string
  readonly alert: string
  readonly template: string
  readonly content: Readonly<Record<string, unknown>>
  readonly createdMs: number
}

export type OutboxMessage = NewMessage & {
  readonly id: number
  readonly state: OutboxState
  readonly held: Held
  readonly attempts: number
  readonly again: boolean
  readonly nextMs: number
  readonly triedMs: number | undefined
  readonly doneMs: number | undefined
  readonly reason: string
  readonly digest: number | undefined
}

export function notifyCursor(state: State): number {
  return Number(state.db.prepare('SELECT change FROM notify_cursor').get()?.['change'] ?? 0)
}

/** In the transaction that adds the rows. */
export function moveNotifyCursor(state: State, change: number): void {
  state.db.prepare('UPDATE notify_cursor SET change = ? WHERE change < ?').run(change, change)
}

/** Its id, or undefined where the key is known: nothing is queued twice. */
export function enqueue(state: State, message: NewMessage, held: Held = ''): number | undefined {
  const { key, destination, kind, severity, subject, alert, template, content, createdMs } = message
  const { changes, lastInsertRowid } = state.db
    .prepare(
      `INSERT OR IGNORE INTO outbox (key, destination, kind, severity, subject, alert, template, content, state, held, next, created)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?)`
    )
    .run(
      key,
      destination,
      kind,
      severity,
      subject.slice(0, 500),
      alert,
      template,
      JSON.stringify(content),
      held,
      createdMs,
      createdMs
    )
  return Number(changes) === 0 ? undefined : Number(lastInsertRowid)
}

/** Where something waits. */
export function waitingDestinations(state: State): string[] {
  return state.db
    .prepare("SELECT DISTINCT destination FROM outbox WHERE state = 'waiting'")
    .all()
    .map(row => row['destination'] as string)
}

/** What is known of a waiting message without its content. */
export type WaitingRow = Pick<
  OutboxMessage,
  'id' | 'kind' | 'severity' | 'held' | 'attempts' | 'nextMs' | 'createdMs' | 'triedMs'
>

const rowsMax = 5000

/** What waits for a destination, in the order in which it came. Of one alert only the first: what is told of it is told in order. */
export function waitingRows(state: State, destination: string): WaitingRow[] {
  return state.db
    .prepare(
      `SELECT id, kind, severity, held, attempts, next, created, tried FROM outbox o
       WHERE destination = ? AND state = 'waiting' AND (alert = '' OR NOT EXISTS (
         SELECT 1 FROM outbox e INDEXED BY outbox_alert WHERE e.alert = o.alert AND e.alert <> ''
           AND e.destination = o.destination AND e.id < o.id AND e.state IN ('waiting', 'sending')))
       ORDER BY id LIMIT ${rowsMax}`
    )
    .all(destination)
    .map(row => ({
      id: Number(row['id']),
      kind: row['kind'] as OutboxKind,
      severity: row['severity'] as Level,
      held: row['held'] as Held,
      attempts: Number(row['attempts']),
      nextMs: Number(row['next']),
      createdMs: Number(row['created']),
      triedMs: row['tried'] === null ? undefined : Number(row['tried'])
    }))
}

export function countWaiting(state: State, destination: string): number {
  const row = state.db
    .prepare("SELECT count(*) AS n FROM outbox WHERE destination = ? AND state = 'waiting'")
    .get(destination)
  return Number(row?.['n'])
}

/** Was anything of this alert sent there by itself, or is it to be? */
export function wasTold(state: State, destination: string, alert: string): boolean {
  const row = state.db
    .prepare(
      "SELECT 1 AS n FROM outbox INDEXED BY outbox_alert WHERE alert = ? AND alert <> '' AND destination = ? AND state IN ('waiting', 'sending', 'sent', 'dead') LIMIT 1"
    )
    .get(alert, destination)
  return row !== undefined
}

/** The severity with which an alert was told there last, or is to be. */
export function toldSeverity(state: State, destination: string, alert: string): Level | undefined {
  const row = state.db
    .prepare(
      "SELECT severity FROM outbox INDEXED BY outbox_alert WHERE alert = ? AND alert <> '' AND destination = ? ORDER BY id DESC LIMIT 1"
    )
    .get(alert, destination)
  return row?.['severity'] as Level | undefined
}

export function hold(state: State, ids: readonly number[], held: Held): void {
  if (ids.length === 0) return
  state.transaction(() => {
    const statement = state.db.prepare(
      "UPDATE outbox SET held = ? WHERE id = ? AND state = 'waiting' AND held NOT IN (?, 'many')"
    )
    for (const id of ids) statement.run(held, id, held)
  })
}

/** One message speaks for many from now on. Its id, or undefined where its key is known. */
export function gather(state: State, ids: readonly number[], digest: NewMessage): number | undefined {
  return state.transaction(() => {
    const id = enqueue(state, digest)
    if (id === undefined) return undefined
    const statement = state.db.prepare(
      "UPDATE outbox SET state = 'gathered', held = '', digest = ?, done = ? WHERE id = ? AND state = 'waiting'"
    )
    for (const each of ids) statement.run(id, digest.createdMs, each)
    return id
  })
}

/** More than can be listed: the one message that counts them, made where it is missing. */
export function countIn(
  state: State,
  message: NewMessage,
  addTo: (content: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
): void {
  state.transaction(() => {
    const row = state.db
      .prepare("SELECT id, content FROM outbox WHERE destination = ? AND state = 'waiting' AND held = 'many' LIMIT 1")
      .get(message.destination)
    if (row === undefined) return void enqueue(state, message, 'many')
    const content = addTo(JSON.parse(row['content'] as string) as Record<string, unknown>)
    state.db.prepare('UPDATE outbox SET content = ? WHERE id = ?').run(JSON.stringify(content), Number(row['id']))
  })
}

/** Durable when it returns: from now on the message may have arrived. The attempt's id; undefined where it does not wait any more. */
export function beginAttempt(state: State, id: number, nowMs: number): number | undefined {
  return state.transaction(() => {
    const { changes } = state.db
      .prepare(
        `UPDATE outbox SET state = 'sending', held = '', attempts = attempts + 1, tried = coalesce(tried, ?)
         WHERE id = ? AND state = 'waiting'`
      )
      .run(nowMs, id)
    if (Number(changes) === 0) return undefined
    const { lastInsertRowid } = state.db
      .prepare(
        `INSERT INTO notify_attempts (message, destination, number, started, result)
         SELECT id, destination, attempts, ?, 'started' FROM outbox WHERE id = ?`
      )
      .run(nowMs, id)
    return Number(lastInsertRowid)
  })
}

export type Finished = {
  readonly result: AttemptResult
  readonly detail: string
  readonly tookMs: number
  readonly state: OutboxState
  /** When it is tried again, where it waits. */
  readonly nextMs: number
  /** Where it is dead: why. */
  readonly reason: string
  readonly breaker: object
}

export function finishAttempt(
  state: State,
  message: OutboxMessage,
  attempt: number,
  done: Finished,
  nowMs: number
): void {
  state.transaction(() => {
    state.db
      .prepare('UPDATE notify_attempts SET result = ?, detail = ?, took = ? WHERE id = ?')
      .run(done.result, done.detail, Math.round(done.tookMs), attempt)
    state.db
      .prepare('UPDATE outbox SET state = ?, next = ?, reason = ?, done = ? WHERE id = ?')
      .run(done.state, done.nextMs, done.reason, done.state === 'waiting' ? null : nowMs, message.id)
    keepBreaker(state, message.destination, done.breaker)
  })
}

/** At the start: what was under way when Picket ended. Each attempt is noted as of unknown result. */
export function interrupted(state: State): OutboxMessage[] {
  return state.db.prepare("SELECT * FROM outbox WHERE state = 'sending' ORDER BY id").all().map(readMessage)
}

export function settleInterrupted(
  state: State,
  id: number,
  to: { readonly state: 'waiting' | 'dead' | 'dropped'; readonly reason: string },
  nowMs: number
): void {
  state.transaction(() => {
    state.db
      .prepare("UPDATE notify_attempts SET result = 'unknown', detail = ? WHERE message = ? AND result = 'started'")
      .run('Picket ended before the answer was noted', id)
    state.db
      .prepare(
        "UPDATE outbox SET state = ?, reason = ?, again = 1, next = ?, done = ? WHERE id = ? AND state = 'sending'"
      )
      .run(to.state, to.reason, nowMs, to.state === 'waiting' ? null : nowMs, id)
  })
}

/** The destination is back: what waits for its next attempt need not wait any longer. */
export function hasten(state: State, destination: string, nowMs: number): void {
  state.db
    .prepare("UPDATE outbox SET next = ? WHERE destination = ? AND state = 'waiting' AND next > ?")
    .run(nowMs, destination, nowMs)
}

/** How many messages to a destination were sent, or may have been, since then. */
export function sentSince(state: State, destination: string, fromMs: number, toMs: number): number {
  const row = state.db
    .prepare(
      "SELECT count(*) AS n FROM notify_attempts WHERE destination = ? AND started > ? AND started <= ? AND result IN ('sent', 'started', 'unknown')"
    )
    .get(destination, fromMs, toMs)
  return Number(row?.['n'])
}

export function breakerOf(state: State, destination: string): unknown {
  const row = state.db.prepare('SELECT breaker FROM notify_breakers WHERE destination = ?').get(destination)
  return row === undefined ? undefined : JSON.parse(row['breaker'] as string)
}

export function keepBreaker(state: State, destination: string, breaker: object): void {
  state.db
    .prepare('INSERT OR REPLACE INTO notify_breakers (destination, breaker) VALUES (?, ?)')
    .run(destination, JSON.stringify(breaker))
}

export function removeBreaker(state: State, destination: string): void {
  state.db.prepare('DELETE FROM notify_breakers WHERE destination = ?').run(destination)
}

export function readMessage(row: Record<string, unknown>): OutboxMessage {
  const optional = (value: unknown): number | undefined => (value === null ? undefined : Number(value))
  return {
    id: Number(row['id']),
    key: row['key'] as string,
    destination: row['destination'] as string,
    kind: row['kind'] as OutboxKind,
    severity: row['severity'] as Level,
    subject: row['subject'] as string,
    alert: row['alert'] as string,
    template: row['template'] as string,
    content: JSON.parse(row['content'] as string) as Record<string, unknown>,
    state: row['state'] as OutboxState,
    held: row['held'] as Held,
    attempts: Number(row['attempts']),
    again: row['again'] === 1,
    nextMs: Number(row['next']),
    createdMs: Number(row['created']),
    triedMs: optional(row['tried']),
    doneMs: optional(row['done']),
    reason: row['reason'] as string,
    digest: optional(row['digest'])
  }
}
