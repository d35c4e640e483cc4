/**
 * `picket demo`: a server on a folder of its own, an hour of an office with an intrusion in it in fast motion, and the page, signed in.
 * Offline. Nothing of it touches the usual data folder.
 */

import { spawn } from 'node:child_process'
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { ApiError, type RoutePlugin } from '../api/route.ts'
import { levels } from '../core/detection.ts'
import { hashPassword } from '../state/password.ts'
import { openSession, sessionMaxMs } from '../state/sessions.ts'
import { addUser, userNamed } from '../state/users.ts'
import type { Picket } from '../wire.ts'
import { playOffice } from './demo-player.ts'
import { serve } from './serve.ts'

type Options = { data?: string; port: number; speed: number; seed: string; open: boolean }

const userName = 'demo'

const settings = `# Made by picket demo.
server:
  host: 127.0.0.1
log:
  level: warn
mail:
  domains: [harbour.example]
  people: [Anna Berg]
  authservIds: [mx.harbour.example]
`

export function demoCommand(): Command {
  return new Command('demo')
    .description('see it work: an hour of an office with an intrusion in it, in fast motion, on a page of its own')
    .option('--port <n>', 'the port', numberIn(0, 65_535), 8090)
    .option('--speed <n>', 'how many times faster than it happened', numberIn(1, 3_600), 60)
    .option('--seed <text>', 'another seed is another office', '1')
    .option('--data <folder>', 'keep it in this folder (default: a temporary one, gone afterwards)')
    .option('--no-open', 'do not open a browser')
    .action((options: Options) => demo(options))
}

async function demo(options: Options): Promise<void> {
  const folder = options.data === undefined ? mkdtempSync(join(tmpdir(), 'picket-demo-')) : resolve(options.data)
  if (options.data === undefined) process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  else mkdirSync(folder, { recursive: true, mode: 0o700 })
  const config = join(folder, 'picket.yaml')
  try {
    writeFileSync(config, settings, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const secret = randomBytes(24).toString('base64url')
  const startedMs = Date.now()
  const seconds = (): string => `${String(Math.round((Date.now() - startedMs) / 1000)).padStart(4)} s`
  const say = (text: string): void => void process.stdout.write(text)
  await serve(
    { data: folder, port: options.port, host: '127.0.0.1' },
    {
      async routes(picket) {
        if (userNamed(picket.state, userName) === undefined) {
          const passwordHash = await hashPassword(randomBytes(24).toString('base64url'))
          addUser(picket.state, { name: userName, passwordHash, role: 'admin' }, Date.now())
        }
        return [enterRoute(picket, secret)]
      },
      ready({ picket, address, log }) {
        const url = `${address}/demo/enter?token=${secret}`
        say(`\n  Watch it here (this link signs you in):\n  ${url}\n\n`)
        say(`An hour at Harbour, an office of twelve, is played ${options.speed} times faster. Ctrl-C ends it.\n\n`)
        if (options.open && process.stdout.isTTY) openBrowser(url)
        const playing = playOffice(picket, {
          log,
          speed: options.speed,
          seed: options.seed,
          recordBytesMax: 1_000_000,
          onAttack: (_attack, title) => say(`${seconds()}  an attack begins: ${title}\n`)
        })
        const alerts = tellAlerts(picket, text => say(`${seconds()}  ALERT ${text}\n`))
        void playing.hour.then(() =>
          say(`${seconds()}  The hour is over; the office goes on as time does. Ctrl-C ends it.\n`)
        )
        return {
          async close() {
            clearInterval(alerts)
            await playing.close()
          }
        }
      }
    }
  )
}

/** Each new alert, as soon as it is there. */
function tellAlerts({ state }: Pick<Picket, 'state'>, tell: (text: string) => void): NodeJS.Timeout {
  const since = state.db.prepare(
    'SELECT id, severity, title, entity FROM alerts WHERE id > ? AND test = 0 ORDER BY id LIMIT 50'
  )
  let last = 0
  return setInterval(() => {
    for (const { id, severity, title, entity } of since.all(last)) {
      last = Number(id)
      const about = Object.values(JSON.parse(String(entity)) as Record<string, unknown>)
      tell(`${levels[Number(severity)]}: ${title}${about.length === 0 ? '' : ` (${about.join(', ')})`}`)
    }
  }, 500)
}

/** The link that signs in. Only the demo has it, and it listens on this machine only. */
function enterRoute({ state }: Pick<Picket, 'state'>, secret: string): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/demo/enter',
      {
        preHandler: guard('public'),
        schema: { hide: true, querystring: z.object({ token: z.string().max(128) }) } as never
      },
      async (request, reply) => {
        const given = Buffer.from((request.query as { token: string }).token)
        const expected = Buffer.from(secret)
        if (given.length !== expected.length || !timingSafeEqual(given, expected))
          throw new ApiError(403, 'demo-token', 'This link is not that of the demo that runs: see what it printed.')
        const user = userNamed(state, userName)!
        const userAgent = request.headers['user-agent'] ?? ''
        const { token } = openSession(state, { userId: user.id, ip: request.ip, userAgent }, Date.now())
        reply.setCookie('picket', token, { path: '/', httpOnly: true, sameSite: 'strict', maxAge: sessionMaxMs / 1000 })
        return reply.redirect('/alerts')
      }
    )
  }
}

function openBrowser(url: string): void {
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', url]]
        : ['xdg-open', [url]]
  // Where there is no browser, the link stands above.
  spawn(command as string, args as string[], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}

function numberIn(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!/^\d{1,9}$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}.`)
    return value
  }
}
