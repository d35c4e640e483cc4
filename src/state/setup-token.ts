/** The link of the first start: whoever opens it becomes the first administrator. It works once, and only while there is no user. */

import { timingSafeEqual } from 'node:crypto'
import { digest, newSecret } from './secret.ts'
import type { State } from './state.ts'
import { addUser, hasUsers, type User } from './users.ts'

/** Makes a new token, which ends the one before; undefined if there is a user already. */
export function renewSetupToken(state: State, nowMs: number): string | undefined {
  return state.transaction(() => {
    state.db.prepare('DELETE FROM setup_token').run()
    if (hasUsers(state)) return undefined
    const token = newSecret()
    state.db.prepare('INSERT INTO setup_token (only, token_hash, created) VALUES (1, ?, ?)').run(digest(token), nowMs)
    return token
  })
}

export function isSetupToken(state: State, token: string): boolean {
  const hash = state.db.prepare('SELECT token_hash AS hash FROM setup_token').get()?.['hash']
  return hash !== undefined && !hasUsers(state) && timingSafeEqual(digest(token), hash as Uint8Array)
}

/** Uses the token up: makes the first administrator. Undefined if the token does not (or no longer) hold. */
export function completeSetup(
  state: State,
  setup: { token: string; name: string; passwordHash: string },
  nowMs: number
): User | undefined {
  return state.transaction(() => {
    if (!isSetupToken(state, setup.token)) return undefined
    state.db.prepare('DELETE FROM setup_token').run()
    return addUser(state, { name: setup.name, passwordHash: setup.passwordHash, role: 'admin' }, nowMs)
  })
}
