/**
 * Who is calling, and may they: reads the credentials of each request (session cookie, API token, or the token of local
 * administration), and admits or refuses it before its body is read. What is not declared public needs credentials;
 * a route that declares nothing cannot be registered.
 */

import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import { scopes, scopesOf, tokenOf } from '../state/api-tokens.ts'
import { appendAudit } from '../state/audit.ts'
import { sameSecret } from '../state/secret.ts'
import { csrfOf, openSession, sessionMaxMs, sessionOf } from '../state/sessions.ts'
import type { State } from '../state/state.ts'
import type { User } from '../state/users.ts'
import { isSameOrigin } from './hosts.ts'
import { type Access, type ApiApp, ApiError, type Guard, type Principal } from './route.ts'

export type IdentityOptions = {
  readonly state: State
  readonly clock: Clock
  readonly log: Log
  /** Is the cookie to be `Secure`? True wherever browsers come by HTTPS. */
  readonly secure: boolean
  readonly publicUrl: string | undefined
  /** The token of local administration, which lives only as long as this process. */
  readonly localToken: string
}

export type Identity = {
  readonly guard: Guard
  /** Begins a session for the user and hands it to the browser; from here on, the request is theirs. */
  signIn(request: FastifyRequest, reply: FastifyReply, user: User): { csrf: string; sessionId: string }
  /** Takes the cookie away. */
  signOut(reply: FastifyReply): void
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Installs the hooks. Must be called before any route is registered. */
export function installIdentity(app: ApiApp, options: IdentityOptions): Identity {
  const { state, clock, log } = options
  const cookieName = options.secure ? '__Host-picket' : 'picket'
  const cookie = { path: '/', httpOnly: true, secure: options.secure, sameSite: 'strict' } as const
  const declared = new WeakMap<object, Access>()

  const guard: Guard = access => {
    const handler: preHandlerAsyncHookHandler = async request => admit(request.principal, access)
    declared.set(handler, access)
    return handler
  }

  app.decorateRequest('principal', undefined)
  app.decorateRequest('audit', function (this: FastifyRequest, action, object, detail) {
    const actor = this.principal?.actor ?? 'anonymous'
    const row = appendAudit(state, { actor, action, object, detail, ip: this.ip }, clock.nowMs())
    log.info({ audit: row.id, actor, action, object, ip: this.ip, hash: row.hash }, 'audit')
  })

  app.addHook('onRoute', route => {
    const handlers = [route.preHandler ?? []].flat()
    const access = handlers.map(handler => declared.get(handler)).find(found => found !== undefined)
    if (access === undefined) throw new Error(`route ${route.method} ${route.url} has no guard: say who may call it`)
    route.config = { ...route.config, access }
  })

  app.addHook('onRequest', async request => {
    // Unknown routes are as closed as known ones.
    const access = request.routeOptions.config?.access ?? 'any'
    const bearer = request.headers.authorization
    const unsafe = !safeMethods.has(request.method)
    if (unsafe && bearer === undefined && !isSameOrigin(request.headers, options.publicUrl))
      throw new ApiError(403, 'cross-origin', 'This request comes from a page of another origin.')
    const principal = bearer === undefined ? fromCookie(request) : fromBearer(request, secretIn(bearer, access))
    if (access !== 'public') admit(principal, access)
    if (unsafe && access !== 'public' && principal?.csrf !== undefined) checkCsrf(request, principal.csrf)
    request.principal = principal
  })

  return {
    guard,
    signIn(request, reply, user) {
      const userAgent = request.headers['user-agent'] ?? ''
      const session = openSession(state, { userId: user.id, ip: request.ip, userAgent }, clock.nowMs())
      reply.setCookie(cookieName, session.token, { ...cookie, maxAge: sessionMaxMs / 1000 })
      const csrf = csrfOf(session.token)
      request.principal = principalOf(user, session.id, csrf)
      return { csrf, sessionId: session.id }
    },
    signOut: reply => void reply.clearCookie(cookieName, cookie)
  }

  function fromCookie(request: FastifyRequest): Principal | undefined {
    const token = request.cookies[cookieName]
    const session = token === undefined ? undefined : sessionOf(state, token, clock.nowMs())
    if (token === undefined || session === undefined) return undefined
    const { userId: id, userName: name, role } = session
    return principalOf({ id, name, role }, session.id, csrfOf(token))
  }

  function fromBearer(request: FastifyRequest, secret: string | undefined): Principal | undefined {
    if (secret === undefined) return undefined
    const nobody = { userId: undefined, userName: undefined, role: undefined, sessionId: undefined, csrf: undefined }
    if (sameSecret(secret, options.localToken))
      return isThisMachine(request) ? { kind: 'local', actor: 'local', scopes, ...nobody } : undefined
    const token = tokenOf(state, secret, clock.nowMs())
    if (token === undefined) return undefined
    const { userId, userName } = token
    return {
      kind: 'token',
      actor: `token:${token.name}`,
      scopes: token.scopes,
      ...nobody,
      userId,
      userName,
      tokenId: token.id
    }
  }
}

/**
 * TAXII's clients send the token as the password of HTTP Basic, which the standard demands of servers (1.6.9), or as `Token`. Elsewhere it is
 * `Bearer` only: what a browser remembers must not be a credential of the API.
 */
function secretIn(header: string, access: Access): string | undefined {
  const bearer = /^(Bearer|Token) ([\x21-\x7e]{1,128})$/i.exec(header)
  if (bearer !== null) return access === 'taxii' || bearer[1]!.toLowerCase() === 'bearer' ? bearer[2] : undefined
  const basic = access === 'taxii' ? /^Basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(header)?.[1] : undefined
  if (basic === undefined) return undefined
  const pair = Buffer.from(basic, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  const password = colon < 0 ? '' : pair.slice(colon + 1)
  return /^[\x21-\x7e]{1,128}$/.test(password) ? password : undefined
}

function principalOf(
  { id, name, role }: Pick<User, 'id' | 'name' | 'role'>,
  sessionId: string,
  csrf: string
): Principal {
  const actor = `user:${name}`
  return { kind: 'session', actor, scopes: scopesOf[role], userId: id, userName: name, role, sessionId, csrf }
}

/** Throws 401 for strangers, 403 for those who are known but may not. */
function admit(principal: Principal | undefined, access: Access): void {
  if (access === 'public') return
  if (principal === undefined)
    throw new ApiError(401, 'unauthorized', 'Sign in, or send an API token.', { 'www-authenticate': 'Bearer' })
  if (!mayUse(principal, access)) {
    const missing = access === 'account' ? 'a signed-in user' : `"${access}"`
    throw new ApiError(403, 'forbidden', `This needs ${missing}, which ${principal.actor} does not have.`)
  }
}

export function mayUse(principal: Principal, access: Access): boolean {
  if (access === 'public' || access === 'any') return true
  if (principal.scopes.includes('admin')) return true
  return access === 'account' ? principal.kind === 'session' : principal.scopes.includes(access)
}

function checkCsrf(request: FastifyRequest, csrf: string): void {
  const given = request.headers['x-picket-csrf']
  if (typeof given !== 'string' || !sameSecret(given, csrf))
    throw new ApiError(
      403,
      'csrf',
      'The x-picket-csrf header is missing or not this session’s (GET /api/session has it).'
    )
}

/** The token of local administration lies in a file that only this machine can read: from elsewhere, it is stolen. */
function isThisMachine(request: FastifyRequest): boolean {
  const { remoteAddress, localAddress } = request.socket
  return remoteAddress !== undefined && remoteAddress === localAddress
}
