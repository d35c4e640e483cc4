/** For the tests beside it: a web server on a free port of this machine, with its state in a temporary folder. */

import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualClock } from '../platform/clock.ts'
import { createLog } from '../platform/log.ts'
import { createMetrics } from '../platform/metrics.ts'
import { hashPassword } from '../state/password.ts'
import { openState, type State } from '../state/state.ts'
import { addUser, type Role } from '../state/users.ts'
import { type ApiOptions, startApi } from './server.ts'

export const password = 'correct horse battery'
const passwordHash = hashPassword(password)

// biome-ignore lint/suspicious/noExplicitAny: what the JSON holds is what the tests check
export type Answer = { status: number; headers: IncomingHttpHeaders; text: string; json: any }
export type Credentials = { cookie?: string; csrf?: string; bearer?: string }

export async function testServer({
  onState,
  ...options
}: Partial<ApiOptions> & { readonly onState?: (state: State) => void } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'picket-api-'))
  const state = openState(folder)
  onState?.(state)
  const clock = manualClock()
  const lines: string[] = []
  const api = await startApi({
    host: '127.0.0.1',
    port: 0,
    state,
    clock,
    webFolder: join(folder, 'web'),
    log: createLog({ level: 'debug', format: 'json', write: line => void lines.push(line) }),
    metrics: createMetrics({ process: false }),
    routes: [],
    ready: () => ({ ready: true }),
    ...options
  })

  /** Headers may override everything, `host` included (which fetch would not allow). */
  function call(
    method: string,
    path: string,
    body?: unknown,
    who: Credentials = {},
    headers: Record<string, string> = {}
  ): Promise<Answer> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const url = new URL(api.address)
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: url.hostname,
          port: url.port,
          method,
          path,
          agent: false,
          headers: {
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text)
            }),
            ...(who.cookie !== undefined && { cookie: who.cookie }),
            ...(who.csrf !== undefined && { 'x-picket-csrf': who.csrf }),
            ...(who.bearer !== undefined && { authorization: `Bearer ${who.bearer}` }),
            ...headers
          }
        },
        response => {
          let received = ''
          response.setEncoding('utf8')
          response.on('data', part => {
            received += part
          })
          response.on('end', () => {
            let json: unknown
            try {
              json = JSON.parse(received)
            } catch {}
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received, json })
          })
        }
      )
      outgoing.on('error', reject)
      outgoing.end(text)
    })
  }

  async function addTestUser(name: string, role: Role) {
    return addUser(state, { name, passwordHash: await passwordHash, role }, clock.nowMs())!
  }

  async function signIn(name: string, with_ = password): Promise<Credentials> {
    const answer = await call('POST', '/api/session', { name, password: with_ })
    if (answer.status !== 200) throw new Error(`signing in: ${answer.status} ${answer.text}`)
    return { cookie: cookieOf(answer), csrf: answer.json.csrf }
  }

  return {
    ...api,
    folder,
    state,
    clock,
    lines,
    call,
    addTestUser,
    signIn,
    async [Symbol.asyncDispose]() {
      await api.close()
      state.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

export function cookieOf(answer: Answer): string {
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}
