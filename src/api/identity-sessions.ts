/** Signing in and out, and the first start's setup: `/api/setup`, `/api/session`, `/api/sessions`. */

import { z } from 'zod'
import { scopesOf } from '../state/api-tokens.ts'
import { hashPassword, isOutdated, passwordProblem, unknownUserHash, verifyPassword } from '../state/password.ts'
import { listSessions, revokeSession } from '../state/sessions.ts'
import { completeSetup, isSetupToken } from '../state/setup-token.ts'
import type { State } from '../state/state.ts'
import {
  changeUser,
  hasUsers,
  passwordHashOf,
  renewPasswordHash,
  type User,
  userNamed,
  userOf
} from '../state/users.ts'
import type { Identity } from './identity.ts'
import type { LoginLimits } from './login-limits.ts'
import { done, idParams, isoOf, passwordText, sessionOut, sessionReply, userName } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type IdentityContext = {
  readonly state: State
  readonly identity: Identity
  readonly limits: LoginLimits
  readonly nowMs: () => number
}

const listed = z.object({
  id: z.string(),
  user: z.string(),
  current: z.boolean(),
  created: z.string(),
  lastSeen: z.string(),
  expires: z.string(),
  ip: z.string(),
  userAgent: z.string()
})

export function sessionRoutes({ state, identity, limits, nowMs }: IdentityContext): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/setup',
      {
        preHandler: guard('public'),
        schema: {
          summary: 'Is there no user yet?',
          tags: ['session'],
          response: { 200: z.object({ needed: z.boolean() }) }
        }
      },
      async () => ({ needed: !hasUsers(state) })
    )

    app.post(
      '/api/setup',
      {
        preHandler: guard('public'),
        schema: {
          summary: 'Make the first administrator, with the token of the setup link, and sign in',
          tags: ['session'],
          body: z.object({ token: z.string().max(128), name: userName, password: passwordText }),
          response: { 200: sessionReply }
        }
      },
      async (request, reply) => {
        const { token, name, password } = request.body
        const refused = new ApiError(
          403,
          'setup-token',
          'This setup link does not hold (any more). Picket prints a new one at each start until there is a user.'
        )
        if (!isSetupToken(state, token)) throw refused
        refuseBadPassword(password, name)
        const passwordHash = await limits.hash(() => hashPassword(password))
        const user = state.transaction(() => {
          const made = completeSetup(state, { token, name, passwordHash }, nowMs())
          if (made !== undefined) request.audit('setup.completed', `user:${made.name}`)
          return made
        })
        if (user === undefined) throw refused
        return sessionOut(user, scopesOf[user.role], identity.signIn(request, reply, user))
      }
    )

    app.post(
      '/api/session',
      {
        preHandler: guard('public'),
        schema: {
          summary: 'Sign in',
          tags: ['session'],
          body: z.object({ name: z.string().min(1).max(64), password: passwordText }),
          response: { 200: sessionReply }
        }
      },
      async (request, reply) => {
        const { name, password } = request.body
        const found = userNamed(state, name)
        const hash = (found && passwordHashOf(state, found.id)) ?? unknownUserHash
        const proved = await limits.attempt(request.ip, name, async () => {
          const matches = await verifyPassword(password, hash)
          return matches && found !== undefined && found.disabledMs === undefined
        })
        // Read again: it may have been shut out while the password was checked.
        const user = proved && found !== undefined ? userOf(state, found.id) : undefined
        if (user === undefined || user.disabledMs !== undefined || passwordHashOf(state, user.id) !== hash) {
          // The name of a user who does not exist is often a password, typed into the wrong field.
          request.audit('session.refused', found === undefined ? 'user:(unknown)' : `user:${found.name}`)
          throw new ApiError(401, 'wrong-login', 'The name or the password is wrong.')
        }
        if (isOutdated(hash)) renewPasswordHash(state, user.id, await limits.hash(() => hashPassword(password)))
        const session = identity.signIn(request, reply, user)
        request.audit('session.opened', `user:${user.name}`, { session: session.sessionId })
        return sessionOut(user, scopesOf[user.role], session)
      }
    )

    app.get(
      '/api/session',
      {
        preHandler: guard('account'),
        schema: { summary: 'Who is signed in', tags: ['session'], response: { 200: sessionReply } }
      },
      async request => {
        const { user, sessionId, csrf } = signedIn(request.principal)
        return sessionOut(user, scopesOf[user.role], { csrf, sessionId })
      }
    )

    app.delete(
      '/api/session',
      { preHandler: guard('account'), schema: { summary: 'Sign out', tags: ['session'], response: { 200: done } } },
      async (request, reply) => {
        const { user, sessionId } = signedIn(request.principal)
        revokeSession(state, sessionId, undefined, nowMs())
        request.audit('session.closed', `user:${user.name}`, { session: sessionId })
        identity.signOut(reply)
        return { ok: true as const }
      }
    )

    app.put(
      '/api/session/password',
      {
        preHandler: guard('account'),
        schema: {
          summary: 'Change the own password. Ends all other sessions',
          tags: ['session'],
          body: z.object({ current: passwordText, password: passwordText }),
          response: { 200: sessionReply }
        }
      },
      async (request, reply) => {
        const { user } = signedIn(request.principal)
        const { current, password } = request.body
        const hash = passwordHashOf(state, user.id) ?? unknownUserHash
        if (!(await limits.attempt(request.ip, user.name, () => verifyPassword(current, hash)))) {
          request.audit('password.refused', `user:${user.name}`)
          throw new ApiError(403, 'wrong-password', 'The current password is wrong.')
        }
        refuseBadPassword(password, user.name)
        const passwordHash = await limits.hash(() => hashPassword(password))
        state.transaction(() => {
          changeUser(state, user.id, { passwordHash }, nowMs())
          request.audit('password.changed', `user:${user.name}`)
        })
        return sessionOut(user, scopesOf[user.role], identity.signIn(request, reply, user))
      }
    )

    app.get(
      '/api/sessions',
      {
        preHandler: guard('account'),
        schema: {
          summary: 'The sessions that stand: the own ones; with `all`, everybody’s (administrators)',
          tags: ['session'],
          querystring: z.object({ all: z.stringbool().optional() }),
          response: { 200: z.object({ sessions: z.array(listed) }) }
        }
      },
      async request => {
        const { scopes, userId, sessionId } = request.principal!
        const all = scopes.includes('admin') && (request.query.all === true || userId === undefined)
        const sessions = listSessions(state, all ? undefined : (userId ?? -1), nowMs()).map(session => ({
          id: session.id,
          user: session.userName,
          current: session.id === sessionId,
          created: isoOf(session.createdMs),
          lastSeen: isoOf(session.lastSeenMs),
          expires: isoOf(session.expiresMs),
          ip: session.ip,
          userAgent: session.userAgent
        }))
        return { sessions }
      }
    )

    app.delete(
      '/api/sessions/:id',
      {
        preHandler: guard('account'),
        schema: { summary: 'End a session', tags: ['session'], params: idParams, response: { 200: done } }
      },
      async request => {
        const { scopes, userId } = request.principal!
        const owner = scopes.includes('admin') ? undefined : (userId ?? -1)
        if (!revokeSession(state, request.params.id, owner, nowMs()))
          throw new ApiError(404, 'unknown-session', 'There is no such session.')
        request.audit('session.revoked', `session:${request.params.id}`)
        return { ok: true as const }
      }
    )
  }

  function signedIn(principal: { userId?: number; sessionId?: string; csrf?: string } | undefined): {
    user: User
    sessionId: string
    csrf: string
  } {
    const user = principal?.userId === undefined ? undefined : userOf(state, principal.userId)
    if (user === undefined || principal?.sessionId === undefined || principal.csrf === undefined)
      throw new ApiError(403, 'no-session', 'This is for users who are signed in, not for tokens.')
    return { user, sessionId: principal.sessionId, csrf: principal.csrf }
  }
}

export function refuseBadPassword(password: string, name: string): void {
  const problem = passwordProblem(password, name)
  if (problem !== undefined) throw new ApiError(400, 'weak-password', problem)
}
