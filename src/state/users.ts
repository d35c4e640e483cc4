/** People who may sign in, and what they may do. */

import type { State } from './state.ts'

export const roles = ['viewer', 'analyst', 'admin'] as const
export type Role = (typeof roles)[number]

export type User = {
  readonly id: number
  readonly name: string
  readonly role: Role
  readonly createdMs: number
  /** When the user was shut out; undefined for the others. */
  readonly disabledMs: number | undefined
}

/** Letters, digits and `. _ - @`, beginning with a letter or digit; at most 64. Compared without regard to case. */
export const userNamePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/

/** Undefined if the name is taken. */
export function addUser(
  state: State,
  user: { name: string; passwordHash: string; role: Role },
  nowMs: number
): User | undefined {
  return state.transaction(() => {
    if (userNamed(state, user.name) !== undefined) return undefined
    const { lastInsertRowid } = state.db
      .prepare('INSERT INTO users (name, password_hash, role, created) VALUES (?, ?, ?, ?)')
      .run(user.name, user.passwordHash, user.role, nowMs)
    return userOf(state, Number(lastInsertRowid))
  })
}

export function userOf(state: State, id: number): User | undefined {
  return read(state.db.prepare('SELECT * FROM users WHERE id = ?').get(id))
}

export function userNamed(state: State, name: string): User | undefined {
  return read(state.db.prepare('SELECT * FROM users WHERE name = ?').get(name))
}

export function passwordHashOf(state: State, id: number): string | undefined {
  return state.db.prepare('SELECT password_hash AS hash FROM users WHERE id = ?').get(id)?.['hash'] as
    | string
    | undefined
}

export function listUsers(state: State): User[] {
  return state.db
    .prepare('SELECT * FROM users ORDER BY name')
    .all()
    .map(row => read(row)!)
}

export function hasUsers(state: State): boolean {
  return state.db.prepare('SELECT 1 FROM users LIMIT 1').get() !== undefined
}

export type UserChange = { role?: Role; disabled?: boolean; passwordHash?: string }

/**
 * Changes a user. Refuses (`last-admin`) to take away the last administrator who can sign in.
 * A new password or being shut out ends all of the user's sessions.
 */
export function changeUser(
  state: State,
  id: number,
  change: UserChange,
  nowMs: number
): { ok: true; user: User } | { ok: false; reason: 'unknown' | 'last-admin' } {
  return state.transaction(() => {
    const user = userOf(state, id)
    if (user === undefined) return { ok: false, reason: 'unknown' }
    const loses = change.disabled === true || (change.role !== undefined && change.role !== 'admin')
    if (loses && user.role === 'admin' && user.disabledMs === undefined && otherAdmins(state, id) === 0)
      return { ok: false, reason: 'last-admin' }
    if (change.role !== undefined) state.db.prepare('UPDATE users SET role = ? WHERE id = ?').run(change.role, id)
    if (change.disabled !== undefined) {
      const disabled = change.disabled ? (user.disabledMs ?? nowMs) : null
      state.db.prepare('UPDATE users SET disabled = ? WHERE id = ?').run(disabled, id)
    }
    if (change.passwordHash !== undefined)
      state.db.prepare('UPDATE users SET password_hash = ? WHERE id = ?').run(change.passwordHash, id)
    if (change.disabled === true || change.passwordHash !== undefined)
      state.db.prepare('UPDATE sessions SET revoked = ? WHERE user_id = ? AND revoked IS NULL').run(nowMs, id)
    return { ok: true, user: userOf(state, id)! }
  })
}

/** The same password, hashed with newer parameters: sessions stay. */
export function renewPasswordHash(state: State, id: number, passwordHash: string): void {
  state.db.prepare('UPDATE users SET password_hash = ? WHERE id = ?').run(passwordHash, id)
}

function otherAdmins(state: State, id: number): number {
  const sql = "SELECT count(*) AS n FROM users WHERE role = 'admin' AND disabled IS NULL AND id <> ?"
  return Number(state.db.prepare(sql).get(id)!['n'])
}

function read(row: Record<string, unknown> | undefined): User | undefined {
  if (row === undefined) return undefined
  return {
    id: row['id'] as number,
    name: row['name'] as string,
    role: row['role'] as Role,
    createdMs: row['created'] as number,
    disabledMs: (row['disabled'] as number | null) ?? undefined
  }
}
