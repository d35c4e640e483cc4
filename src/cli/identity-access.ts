/**
 * Users and tokens as the CLI reaches them: through the running server of the data folder if there is one, else in its state
 * file. Both doors lead to the same functions and leave the same audit entries (actor `local`).
 */

import { existsSync } from 'node:fs'
import { PicketError } from '../core/errors.ts'
import { dataPaths } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { addToken, listTokens, revokeToken, type Scope, tokenNamePattern } from '../state/api-tokens.ts'
import { appendAudit } from '../state/audit.ts'
import { hashPassword, passwordProblem } from '../state/password.ts'
import { openState, type State } from '../state/state.ts'
import { addUser, changeUser, listUsers, type Role, userNamed, userNamePattern } from '../state/users.ts'
import { callServer, type Server } from './server-client.ts'

export type UserLine = { id: number; name: string; role: Role; created: string; disabled?: string | undefined }
export type TokenLine = {
  id: string
  name: string
  scopes: readonly Scope[]
  user?: string | undefined
  created: string
  lastUsed?: string | undefined
  expires?: string | undefined
}

/** All throw PicketError with a message for people. */
export type IdentityAccess = {
  users(): Promise<readonly UserLine[]>
  addUser(user: { name: string; password: string; role: Role }): Promise<UserLine>
  setPassword(name: string, password: string): Promise<void>
  tokens(): Promise<readonly TokenLine[]>
  addToken(token: {
    name: string
    scopes: readonly Scope[]
    days?: number | undefined
  }): Promise<{ token: TokenLine; secret: string }>
  revokeToken(id: string): Promise<void>
  close(): void
}

/** `create`: may it make the state file, where there is none yet? */
export function openIdentity(dataFolder: string, nowMs: () => number, create = false): IdentityAccess {
  const server = readServerFile(dataFolder)
  if (server !== undefined) return throughServer(server)
  const { stateFile, folder } = dataPaths(dataFolder)
  if (!create && !existsSync(stateFile))
    throw new PicketError('no-data', `there is no Picket data in ${folder}: name its folder with --data`)
  return inState(openState(dataFolder), nowMs)
}

function throughServer(server: Server): IdentityAccess {
  const users = async () => (await callServer<{ users: UserLine[] }>(server, 'GET', '/api/users')).users
  return {
    users,
    addUser: user => callServer(server, 'POST', '/api/users', user),
    async setPassword(name, password) {
      const user = (await users()).find(each => each.name.toLowerCase() === name.toLowerCase())
      if (user === undefined) throw unknownUser(name)
      await callServer(server, 'PATCH', `/api/users/${user.id}`, { password })
    },
    tokens: async () => (await callServer<{ tokens: TokenLine[] }>(server, 'GET', '/api/tokens')).tokens,
    addToken: token => callServer(server, 'POST', '/api/tokens', token),
    async revokeToken(id) {
      await callServer(server, 'DELETE', `/api/tokens/${encodeURIComponent(id)}`)
    },
    close() {}
  }
}

function inState(state: State, nowMs: () => number): IdentityAccess {
  const audit = (action: string, object: string, detail?: Record<string, unknown>) =>
    void appendAudit(state, { actor: 'local', action, object, detail, ip: '' }, nowMs())
  const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
  const userLine = (user: ReturnType<typeof listUsers>[number]): UserLine => ({
    id: user.id,
    name: user.name,
    role: user.role,
    created: iso(user.createdMs)!,
    disabled: iso(user.disabledMs)
  })
  const tokenLine = (token: ReturnType<typeof listTokens>[number]): TokenLine => ({
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    user: token.userName,
    created: iso(token.createdMs)!,
    lastUsed: iso(token.lastUsedMs),
    expires: iso(token.expiresMs)
  })
  const accept = (password: string, name: string) => {
    const problem = passwordProblem(password, name)
    if (problem !== undefined) throw new PicketError('weak-password', problem)
  }
  return {
    users: async () => listUsers(state).map(userLine),
    async addUser({ name, password, role }) {
      if (!userNamePattern.test(name))
        throw new PicketError(
          'invalid',
          'a user name has 1 to 64 letters, digits or . _ - @, beginning with a letter or digit'
        )
      accept(password, name)
      const passwordHash = await hashPassword(password)
      return state.transaction(() => {
        const user = addUser(state, { name, passwordHash, role }, nowMs())
        if (user === undefined) throw new PicketError('name-taken', `there is a user ${name} already`)
        audit('user.added', `user:${name}`, { role })
        return userLine(user)
      })
    },
    async setPassword(name, password) {
      const user = userNamed(state, name)
      if (user === undefined) throw unknownUser(name)
      accept(password, user.name)
      const passwordHash = await hashPassword(password)
      state.transaction(() => {
        changeUser(state, user.id, { passwordHash }, nowMs())
        audit('user.changed', `user:${user.name}`, { password: 'new' })
      })
    },
    tokens: async () => listTokens(state, undefined).map(tokenLine),
    async addToken({ name, scopes, days }) {
      if (!tokenNamePattern.test(name))
        throw new PicketError('invalid', 'a token name has 1 to 64 printable characters')
      const expiresMs = days === undefined ? undefined : nowMs() + days * 86_400_000
      return state.transaction(() => {
        const added = addToken(state, { name, scopes, userId: undefined, expiresMs }, nowMs())
        if (added === undefined)
          throw new PicketError('too-many-tokens', 'there are too many tokens: revoke some first')
        audit('token.created', `token:${added.token.id}`, { name, scopes, expires: iso(expiresMs) })
        return { token: tokenLine(added.token), secret: added.secret }
      })
    },
    async revokeToken(id) {
      state.transaction(() => {
        if (!revokeToken(state, id, undefined, nowMs()))
          throw new PicketError('unknown-token', `there is no token ${id}`)
        audit('token.revoked', `token:${id}`)
      })
    },
    close: () => state.close()
  }
}

function unknownUser(name: string): PicketError {
  return new PicketError('unknown-user', `there is no user ${name}; \`picket user list\` shows who there is`)
}

/** For commands: opens, runs, closes. */
export async function withIdentity<T>(
  dataFolder: string,
  nowMs: () => number,
  run: (access: IdentityAccess) => Promise<T>,
  create = false
): Promise<T> {
  const access = openIdentity(dataFolder, nowMs, create)
  try {
    return await run(access)
  } finally {
    access.close()
  }
}
