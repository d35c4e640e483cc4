/** Tokens for programs: `Authorization: Bearer pkt_…`. A token can do what its scopes say and its owner's role still allows. */

import { digest, newId, newSecret } from './secret.ts'
import type { State } from './state.ts'
import type { Role } from './users.ts'

export const scopes = ['search', 'ingest', 'triage', 'taxii', 'gate', 'metrics', 'admin'] as const
export type Scope = (typeof scopes)[number]

/**
 * What a role may do, and so what it may hand to a token. Bringing records in or replaying them, and working on alerts, is an analyst's work.
 * `gate` is for gatekeepers: they hand over what they took in, and can do nothing else. `taxii` is for peers: it reaches the collections that were granted to the token, and nothing else.
 */
export const scopesOf: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: ['search'],
  analyst: ['search', 'ingest', 'triage'],
  admin: ['search', 'ingest', 'triage', 'taxii', 'gate', 'metrics', 'admin']
}

export const tokenPrefix = 'pkt_'
/** 1 to 64 printable ASCII characters, no space at the ends. */
export const tokenNamePattern = /^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/
const usedEveryMs = 60_000
export const tokensMax = 1000

export type ApiToken = {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Undefined for tokens of the installation, made by local administration. */
  readonly userId: number | undefined
  readonly userName: string | undefined
  readonly createdMs: number
  readonly lastUsedMs: number | undefined
  readonly expiresMs: number | undefined
}

/** The secret is returned here and nowhere else. Undefined if there are too many. */
export function addToken(
  state: State,
  token: { name: string; scopes: readonly Scope[]; userId: number | undefined; expiresMs: number | undefined },
  nowMs: number
): { token: ApiToken; secret: string } | undefined {
  const id = newId()
  const secret = newSecret(tokenPrefix)
  return state.transaction(() => {
    if (listTokens(state, undefined).length >= tokensMax) return undefined
    state.db
      .prepare(
        'INSERT INTO api_tokens (id, name, token_hash, scopes, user_id, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)'
      )
      .run(
        id,
        token.name,
        digest(secret),
        scopes.filter(scope => token.scopes.includes(scope)).join(' '),
        token.userId ?? null,
        nowMs,
        token.expiresMs ?? null
      )
    return { token: read(state.db.prepare(`${select} WHERE t.id = ?`).get(id)!), secret }
  })
}

/** Whose secret this is, if the token stands; its scopes are those that the owner's role still has. Notes that it was used. */
export function tokenOf(state: State, secret: string, nowMs: number): ApiToken | undefined {
  if (!secret.startsWith(tokenPrefix) || secret.length > 128) return undefined
  const row = state.db
    .prepare(
      `${select} WHERE t.token_hash = ? AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ?) AND u.disabled IS NULL`
    )
    .get(digest(secret), nowMs)
  if (row === undefined) return undefined
  const token = read(row)
  if (nowMs - (token.lastUsedMs ?? 0) >= usedEveryMs)
    state.db.prepare('UPDATE api_tokens SET last_used = ? WHERE id = ?').run(nowMs, token.id)
  const role = row['role'] as Role | null
  return role === null ? token : { ...token, scopes: token.scopes.filter(scope => scopesOf[role].includes(scope)) }
}

/** Tokens that are not revoked (expired ones too), newest first: one user's, or all. */
export function listTokens(state: State, userId: number | undefined): ApiToken[] {
  return state.db
    .prepare(`${select} WHERE t.revoked IS NULL AND (? IS NULL OR t.user_id = ?) ORDER BY t.created DESC, t.id`)
    .all(userId ?? null, userId ?? null)
    .map(read)
}

/** True if it stood until now. With `userId`, only if it is that user's. */
export function revokeToken(state: State, id: string, userId: number | undefined, nowMs: number): boolean {
  const { changes } = state.db
    .prepare('UPDATE api_tokens SET revoked = ? WHERE id = ? AND revoked IS NULL AND (? IS NULL OR user_id = ?)')
    .run(nowMs, id, userId ?? null, userId ?? null)
  return Number(changes) > 0
}

const select = `SELECT t.id, t.name, t.scopes, t.user_id, u.name AS user_name, u.role, t.created, t.last_used, t.expires
  FROM api_tokens t LEFT JOIN users u ON u.id = t.user_id`

function read(row: Record<string, unknown>): ApiToken {
  return {
    id: row['id'] as string,
    name: row['name'] as string,
    scopes: (row['scopes'] as string).split(' ').filter((scope): scope is Scope => scopes.includes(scope as Scope)),
    userId: (row['user_id'] as number | null) ?? undefined,
    userName: (row['user_name'] as string | null) ?? undefined,
    createdMs: row['created'] as number,
    lastUsedMs: (row['last_used'] as number | null) ?? undefined,
    expiresMs: (row['expires'] as number | null) ?? undefined
  }
}
