/** What the files of routes are given, and the words in which a route says who may call it. */

import type {
  FastifyBaseLogger,
  FastifyInstance,
  preHandlerAsyncHookHandler,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Scope } from '../state/api-tokens.ts'
import type { Role } from '../state/users.ts'

/** Fastify, with zod schemas as the types of requests and replies. */
export type ApiApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

/**
 * Who may call a route. A scope admits tokens with it (or with `admin`) and signed-in users whose role has it:
 * `search` every role, `ingest` (bring in, replay) and `triage` (work on alerts) analysts and administrators, `metrics`, `gate` (a gatekeeper's two routes) and `admin` administrators.
 * `any`: whoever is known. `account`: signed-in users and administration, not lesser tokens. `public`: everybody.
 */
export type Access = Scope | 'any' | 'account' | 'public'

/** Makes the `preHandler` of a route. Every route must have one: `app.get(url, { preHandler: guard('search'), … }, …)`. */
export type Guard = (access: Access) => preHandlerAsyncHookHandler

/** A file of routes. Called once, before the server listens. */
export type RoutePlugin = (app: ApiApp, guard: Guard) => void | Promise<void>

/** Who is calling. */
export type Principal = {
  readonly kind: 'session' | 'token' | 'local'
  /** As the audit trail names them: `user:anna`, `token:backup`, `local`. */
  readonly actor: string
  readonly scopes: readonly Scope[]
  readonly userId: number | undefined
  readonly userName: string | undefined
  readonly role: Role | undefined
  readonly sessionId: string | undefined
  /** Of an API token. */
  readonly tokenId?: string
  /** What `x-picket-csrf` must be on this session's unsafe requests. */
  readonly csrf: string | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on all routes but public ones (there, if credentials came along). */
    principal: Principal | undefined
    /** Adds to the audit trail, in the caller's name and from their address. */
    audit(action: string, object: string, detail?: Readonly<Record<string, unknown>>): void
  }
  interface FastifyContextConfig {
    access?: Access
  }
}

/** An answer that is not a success. `code` is stable and documented; the message is for people. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  /** More about it, for programs: where in a query the mistake is. */
  readonly details: unknown
  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    details?: unknown
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.headers = headers
    this.details = details
  }
}
