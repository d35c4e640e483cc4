/**
 * The web server: everything that people and programs reach of Picket comes through here. It puts the security around the
 * routes (hosts, identity, headers, limits), adds its own (sessions, users, tokens, audit, health, the page), and takes those
 * of the other files as a list.
 */

import { isIPv6 } from 'node:net'
import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import { fastify, LogController } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { messageOf, PicketError } from '../core/errors.ts'
import { type Clock, realClock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { removeServerFile, writeServerFile } from '../platform/server-file.ts'
import { readTls, type TlsFiles, watchTls } from '../platform/tls.ts'
import { newSecret } from '../state/secret.ts'
import { renewSetupToken } from '../state/setup-token.ts'
import type { State } from '../state/state.ts'
import { auditRoutes } from './audit.ts'
import { answerError, pathOf } from './errors.ts'
import { healthRoutes, type Readiness } from './health.ts'
import { hostCheck } from './hosts.ts'
import { installIdentity } from './identity.ts'
import { sessionRoutes } from './identity-sessions.ts'
import { tokenRoutes } from './identity-tokens.ts'
import { userRoutes } from './identity-users.ts'
import { createLoginLimits } from './login-limits.ts'
import { type Access, type ApiApp, ApiError, type RoutePlugin } from './route.ts'
import { webFiles } from './web-files.ts'

export type ApiOptions = {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly tls?: TlsFiles | undefined
  readonly publicUrl?: string | undefined
  readonly allowedHosts?: readonly string[] | undefined
  readonly trustedProxies?: readonly string[] | undefined
  readonly state: State
  /** The built page (`web/dist`). May be missing. */
  readonly webFolder: string
  readonly log: Log
  readonly metrics: Metrics
  /** The routes of the other files. */
  readonly routes: readonly RoutePlugin[]
  readonly ready: () => Readiness
  /** Told the link of the first start, while there is no user. */
  readonly onSetupUrl?: (url: string) => void
  readonly clock?: Clock
  readonly version?: string
  /** How long a request may take to arrive. Default 5 minutes (a large upload over a slow line). */
  readonly requestTimeoutMs?: number
  /** How often the certificate's files are looked at. Default 10 s. */
  readonly tlsCheckMs?: number
}

export type RunningApi = {
  /** `http://127.0.0.1:8642`: where this machine reaches it. */
  readonly address: string
  readonly setupUrl?: string
  /** What was registered and who may call it. */
  readonly routes: readonly { readonly method: string; readonly url: string; readonly access: Access }[]
  /** Takes no more requests, lets those under way finish for up to 5 s, then cuts them off. */
  close(): Promise<void>
}

const closeMs = 5000
const headersTimeoutMs = 15_000
const idleTimeoutMs = 300_000
const connectionsMax = 2048

/** No inline script or style, nothing from elsewhere, no frames (CSP Level 3). */
const headers = {
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'
} as const

/** Starts it. Throws `port-taken`, `listen`, `tls-files`. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { state, log, clock = realClock } = options
  const localToken = newSecret('pkt_local_')
  const pair = options.tls && readTls(options.tls)
  const settings = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    bodyLimit: 1 << 20,
    requestTimeout: options.requestTimeoutMs ?? idleTimeoutMs,
    connectionTimeout: idleTimeoutMs,
    forceCloseConnections: 'idle'
  } as const
  const limits = { headersTimeout: headersTimeoutMs, maxHeaderSize: 32_768 }
  // Fastify's types differ by protocol and logger; what the routes use of it does not.
  const app = (pair
    ? fastify({ ...settings, https: { ...limits, ...pair, minVersion: 'TLSv1.2' } })
    : fastify({ ...settings, http: limits })) as unknown as ApiApp
  app.server.maxConnections = connectionsMax
  const routes = await build(app, options, localToken, clock)
  await app.ready()

  const address = await listen(app, options)
  const watcher =
    options.tls &&
    watchTls(
      options.tls,
      next => (app.server as unknown as SecureServer).setSecureContext(next),
      log,
      options.tlsCheckMs ?? 10_000
    )
  const setupToken = renewSetupToken(state, clock.nowMs())
  const setupUrl =
    setupToken === undefined
      ? undefined
      : `${(options.publicUrl ?? address).replace(/\/+$/, '')}/setup?token=${setupToken}`
  if (state.folder !== '')
    writeServerFile(state.folder, {
      pid: process.pid,
      url: address,
      token: localToken,
      certFile: options.tls?.certFile
    })
  if (options.tls === undefined && options.publicUrl?.startsWith('https:') !== true && !isLoopback(options.host))
    log.warn(
      { host: options.host },
      'listening on the network without TLS: passwords and events can be read on the way'
    )
  if (setupUrl !== undefined) options.onSetupUrl?.(setupUrl)

  return {
    address,
    setupUrl,
    routes,
    async close() {
      watcher?.close()
      if (state.folder !== '') removeServerFile(state.folder, localToken)
      const timer = setTimeout(() => app.server.closeAllConnections(), closeMs)
      await app.close()
      clearTimeout(timer)
    }
  }
}

type SecureServer = { setSecureContext(pair: { cert: Buffer; key: Buffer }): void }

async function build(
  app: ApiApp,
  options: ApiOptions,
  localToken: string,
  clock: Clock
): Promise<RunningApi['routes']> {
  const { state, log, metrics, publicUrl } = options
  const isOurs = hostCheck(options)
  const hstsHost = publicUrl?.startsWith('https:') ? new URL(publicUrl).host : undefined
  const registered: RunningApi['routes'][number][] = []

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) =>
    answerError(new ApiError(404, 'unknown-route', 'There is no such route.'), request, reply)
  )

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
    if (hstsHost !== undefined && request.headers.host === hstsHost)
      reply.header('strict-transport-security', 'max-age=31536000')
    if (!isOurs(request.headers.host))
      throw new ApiError(
        421,
        'unknown-host',
        'Picket is not called that. If it should be, add the name to server.allowedHosts.'
      )
  })
  await app.register(cookie)
  const { guard, ...identity } = installIdentity(app, {
    state,
    clock,
    log,
    secure: options.tls !== undefined || publicUrl?.startsWith('https:') === true,
    publicUrl,
    localToken
  })
  app.addHook('onRoute', route => {
    for (const method of [route.method].flat())
      registered.push({ method, url: route.url, access: route.config?.access ?? 'any' })
  })
  observe(app, metrics)

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Picket',
        description: 'Security monitoring that one person can run',
        version: options.version ?? '0'
      },
      components: {
        securitySchemes: {
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'picket',
            description: 'Unsafe requests also need x-picket-csrf'
          },
          token: { type: 'http', scheme: 'bearer', description: 'An API token: pkt_…' }
        }
      },
      security: [{ session: [] }, { token: [] }]
    },
    transform: jsonSchemaTransform
  })
  app.get(
    '/api/openapi.json',
    { preHandler: guard('any'), schema: { summary: 'This description', tags: ['health'] } },
    async () => app.swagger()
  )

  const context = {
    state,
    identity: { guard, ...identity },
    limits: createLoginLimits(clock),
    nowMs: () => clock.nowMs()
  }
  const own = [
    healthRoutes(options.ready, metrics),
    sessionRoutes(context),
    userRoutes(context),
    tokenRoutes(context),
    auditRoutes(state)
  ]
  for (const plugin of [...own, ...options.routes, webFiles(options.webFolder)]) await plugin(app, guard)
  return registered
}

function observe(app: ApiApp, metrics: Metrics): void {
  const seconds = metrics.histogram(
    'picket_http_request_seconds',
    'Time that HTTP requests took, by route',
    [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    ['method', 'route', 'status']
  )
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const { method } = request
    seconds.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    request.log.debug(
      { method, path: pathOf(request.url), status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request'
    )
  })
}

async function listen(app: ApiApp, { host, port, tls }: ApiOptions): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: address => `the web server listens at ${address}` })
  } catch (error) {
    await app.close()
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new PicketError(
        'port-taken',
        `port ${port} of ${host} is taken: stop the other program, or choose another server.port`,
        {
          cause: error
        }
      )
    throw new PicketError('listen', `cannot listen on ${host} port ${port}: ${messageOf(error)}`, { cause: error })
  }
  const bound = app.server.address() as { port: number }
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : isIPv6(host) ? `[${host}]` : host
  return `${tls === undefined ? 'http' : 'https'}://${name}:${bound.port}`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
