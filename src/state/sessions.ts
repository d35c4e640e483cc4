/** Signed-in browsers. A session ends 12 hours after it was last used, 7 days after it began, or when it is revoked. */

import { createHmac } from 'node:crypto'
import { digest, newId, newSecret } from './secret.ts'
import type { State } from './state.ts'
import type { Role } from './users.ts'

export const sessionIdleMs = 12 * 3_600_000
export const sessionMaxMs = 7 * 86_400_000
const perUserMax = 100
/** `last_seen` is written at most this often: a write is a disk flush. */
const seenEveryMs = 60_000
const forgottenAfterMs = 30 * 86_400_000

export type Session = {
  readonly id: string
  readonly userId: number
  readonly userName: string
  readonly createdMs: number
  readonly lastSeenMs: number
  readonly expiresMs: number
  readonly ip: string
  readonly userAgent: string
}

/** The cookie's value is returned here and nowhere else. A user's oldest sessions beyond 100 end. */
export function openSession(
  state: State,
  session: { userId: number; ip: string; userAgent: string },
  nowMs: number
): { id: string; token: string } {
  const id = newId()
  const token = newSecret()
  const { userId, ip, userAgent } = session
  state.transaction(() => {
    state.db.prepare('DELETE FROM sessions WHERE expires < ?').run(nowMs - forgottenAfterMs)
    state.db
      .prepare(
        `UPDATE sessions SET revoked = ? WHERE revoked IS NULL AND user_id = ? AND id NOT IN
          (SELECT id FROM sessions WHERE user_id = ? AND revoked IS NULL ORDER BY created DESC LIMIT ?)`
      )
      .run(nowMs, userId, userId, perUserMax - 1)
    state.db
      .prepare(
        `INSERT INTO sessions (id, token_hash, user_id, created, last_seen, expires, ip, user_agent)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
      )
      .run(id, digest(token), userId, nowMs, nowMs, nowMs + sessionMaxMs, ip, userAgent.slice(0, 256))
  })
  return { id, token }
}

/** Whose cookie this is, if its session stands; and notes that it was used. */
export function sessionOf(state: State, token: string, nowMs: number): (Session & { readonly role: Role }) | undefined {
  if (token.length > 128) return undefined
  const row = state.db
    .prepare(
      `${select} WHERE s.token_hash = ? AND s.revoked IS NULL AND s.expires > ? AND s.last_seen > ? AND u.disabled IS NULL`
    )
    .get(digest(token), nowMs, nowMs - sessionIdleMs)
  if (row === undefined) return undefined
  const session = read(row)
  if (nowMs - session.lastSeenMs >= seenEveryMs)
    state.db.prepare('UPDATE sessions SET last_seen = ? WHERE id = ?').run(nowMs, session.id)
  return { ...session, role: row['role'] as Role }
}

/** The sessions that stand, newest first: one user's, or everybody's. */
export function listSessions(state: State, userId: number | undefined, nowMs: number): Session[] {
  return state.db
    .prepare(
      `${select} WHERE s.revoked IS NULL AND s.expires > ? AND s.last_seen > ? AND u.disabled IS NULL
        AND (? IS NULL OR s.user_id = ?) ORDER BY s.created DESC LIMIT 1000`
    )
    .all(nowMs, nowMs - sessionIdleMs, userId ?? null, userId ?? null)
    .map(read)
}

/** True if it stood until now. With `userId`, only if it is that user's. */
export function revokeSession(state: State, id: string, userId: number | undefined, nowMs: number): boolean {
  const { changes } = state.db
    .prepare('UPDATE sessions SET revoked = ? WHERE id = ? AND revoked IS NULL AND (? IS NULL OR user_id = ?)')
    .run(nowMs, id, userId ?? null, userId ?? null)
  return Number(changes) > 0
}

/**
 * The token that unsafe requests of this session must carry in `x-picket-csrf`. It follows from the cookie's value,
 * which neither a page of another origin nor a reader of the state file knows.
 */
export function csrfOf(token: string): string {
  return createHmac('sha256', token).update('picket csrf').digest('base64url')
}

const select = `SELECT s.id, s.user_id, u.name, u.role, s.created, s.last_seen, s.expires, s.ip, s.user_agent
  FROM sessions s JOIN users u ON u.id = s.user_id`

function read(row: Record<string, unknown>): Session {
  return {
    id: row['id'] as string,
    userId: row['user_id'] as number,
    userName: row['name'] as string,
    createdMs: row['created'] as number,
    lastSeenMs: row['last_seen'] as number,
    expiresMs: row['expires'] as number,
    ip: row['ip'] as string,
    userAgent: row['user_agent'] as string
  }
}
