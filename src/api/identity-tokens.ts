/** Tokens for programs: `/api/tokens`. Users manage their own; administrators all. */

import { z } from 'zod'
import {
  type ApiToken,
  addToken,
  listTokens,
  revokeToken,
  scopesOf,
  tokenNamePattern,
  tokensMax
} from '../state/api-tokens.ts'
import type { IdentityContext } from './identity-sessions.ts'
import { done, idParams, isoOf, isoOrNothing, scopeSchema } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const tokenReply = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  user: z.string().optional().describe('Its owner; absent for tokens of the installation'),
  created: z.string(),
  lastUsed: z.string().optional(),
  expires: z.string().optional()
})

export function tokenRoutes({ state, nowMs }: IdentityContext): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/tokens',
      {
        preHandler: guard('account'),
        schema: {
          summary: 'API tokens: the own ones; for administrators, all',
          tags: ['tokens'],
          response: { 200: z.object({ tokens: z.array(tokenReply) }) }
        }
      },
      async request => {
        const { scopes, userId } = request.principal!
        return { tokens: listTokens(state, scopes.includes('admin') ? undefined : (userId ?? -1)).map(tokenOut) }
      }
    )

    app.post(
      '/api/tokens',
      {
        preHandler: guard('account'),
        schema: {
          summary: 'Make an API token. Its secret is in this answer and never shown again',
          tags: ['tokens'],
          body: z.object({
            name: z.string().regex(tokenNamePattern, 'must be 1 to 64 printable characters'),
            scopes: z.array(scopeSchema).min(1).max(8),
            days: z.int().min(1).max(3650).optional().describe('Days until it expires; without, it does not')
          }),
          response: { 201: z.object({ token: tokenReply, secret: z.string() }) }
        }
      },
      async (request, reply) => {
        const { name, scopes, days } = request.body
        const principal = request.principal!
        const allowed = principal.role === undefined ? principal.scopes : scopesOf[principal.role]
        const beyond = scopes.filter(scope => !allowed.includes(scope))
        if (beyond.length > 0)
          throw new ApiError(
            403,
            'forbidden',
            `${principal.actor} cannot hand out what it does not have: ${beyond.join(', ')}.`
          )
        const expiresMs = days === undefined ? undefined : nowMs() + days * 86_400_000
        const added = state.transaction(() => {
          const made = addToken(state, { name, scopes, userId: principal.userId, expiresMs }, nowMs())
          if (made !== undefined)
            request.audit('token.created', `token:${made.token.id}`, { name, scopes, expires: isoOrNothing(expiresMs) })
          return made
        })
        if (added === undefined)
          throw new ApiError(409, 'too-many-tokens', `There are ${tokensMax} tokens: revoke some first.`)
        return reply.code(201).send({ token: tokenOut(added.token), secret: added.secret })
      }
    )

    app.delete(
      '/api/tokens/:id',
      {
        preHandler: guard('account'),
        schema: { summary: 'Revoke an API token', tags: ['tokens'], params: idParams, response: { 200: done } }
      },
      async request => {
        const { scopes, userId } = request.principal!
        const owner = scopes.includes('admin') ? undefined : (userId ?? -1)
        if (!revokeToken(state, request.params.id, owner, nowMs()))
          throw new ApiError(404, 'unknown-token', 'There is no such token.')
        request.audit('token.revoked', `token:${request.params.id}`)
        return { ok: true as const }
      }
    )
  }
}

function tokenOut(token: ApiToken): z.output<typeof tokenReply> {
  return {
    id: token.id,
    name: token.name,
    scopes: [...token.scopes],
    user: token.userName,
    created: isoOf(token.createdMs),
    lastUsed: isoOrNothing(token.lastUsedMs),
    expires: isoOrNothing(token.expiresMs)
  }
}
