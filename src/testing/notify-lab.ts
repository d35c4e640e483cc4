/** For tests of notifications: a peer that answers as it is told, a log of changes, and a notifier over a real state file. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Notice } from '../actions/message.ts'
import type { Route } from '../actions/routes.ts'
import { sampleNotice } from '../actions/samples.ts'
import { type Notifier, openNotifier } from '../pipeline/notifier.ts'
import type { Change, ReadChanges } from '../pipeline/notify-changes.ts'
import { keepDestination, keepRoute, type StoredDestination } from '../state/destinations.ts'
import type { State } from '../state/state.ts'

export type Received = {
  readonly atMs: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  // biome-ignore lint/suspicious/noExplicitAny: what the JSON holds is what the tests check
  readonly json: any
}

type Answer =
  | number
  | 'hang'
  | 'cut'
  | { readonly status: number; readonly headers: Record<string, string>; readonly body?: string }

/** An HTTP server on this machine. `answers` are given one after the other, then 200. */
export async function startPeer() {
  const received: Received[] = []
  const answers: Answer[] = []
  let always: Answer = 200
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      const headers = request.headers as Record<string, string | undefined>
      let json: unknown
      try {
        json = JSON.parse(body)
      } catch {}
      received.push({ atMs: performance.now(), headers, body, json })
      const answer = answers.shift() ?? always
      if (answer === 'hang') return
      if (answer === 'cut') return void request.socket.destroy()
      const { status, headers: more = {}, body: text = 'ok' } = typeof answer === 'number' ? { status: answer } : answer
      // A body that is announced longer than it is leaves the peer waiting for the rest.
      if (more['content-length'] === undefined) response.writeHead(status, more).end(text)
      else response.writeHead(status, more).write(text)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    received,
    answers,
    url: `http://127.0.0.1:${port}/hook`,
    port,
    set always(answer: Answer) {
      always = answer
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

export const signingKey = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

export function addDestination(state: State, more: Partial<StoredDestination> = {}): StoredDestination {
  const destination: StoredDestination = {
    id: 'aaaaaaaaaaaaaaaa',
    name: 'hook',
    kind: 'webhook',
    settings: {},
    secrets: { signingKey },
    enabled: true,
    urgent: 'critical',
    pace: {},
    updatedMs: 0,
    by: 'test',
    ...more
  }
  if (keepDestination(state, destination) !== 'kept') throw new Error('not kept')
  return destination
}

export function addRoute(state: State, more: Partial<Route> = {}): void {
  const route: Route = {
    enabled: true,
    severity: 'informational',
    rules: [],
    tags: [],
    title: '',
    kinds: ['created'],
    hours: undefined,
    destinations: ['aaaaaaaaaaaaaaaa'],
    template: '',
    tests: false,
    ...more
  }
  keepRoute(state, { id: `route-${++routes}`, name: 'all', route, updatedMs: 0, by: 'test' })
}

let routes = 0

/** A log of changes in the state file, of the shape that the alerts' has: it stands until it is read, across crashes. */
export function changeLog(state: State) {
  state.db.exec('CREATE TABLE IF NOT EXISTS test_changes (id INTEGER PRIMARY KEY AUTOINCREMENT, notice TEXT NOT NULL)')
  const read: ReadChanges = (after, limit) =>
    state.db
      .prepare('SELECT id, notice FROM test_changes WHERE id > ? ORDER BY id LIMIT ?')
      .all(after, limit)
      .map((row): Change => ({ change: Number(row['id']), notice: JSON.parse(row['notice'] as string) as Notice }))
  return {
    read,
    raise(alerts: number, more: Partial<Notice> = {}): void {
      state.transaction(() => {
        const add = state.db.prepare('INSERT INTO test_changes (notice) VALUES (?)')
        for (let i = 0; i < alerts; i++) {
          const next = Number(state.db.prepare('SELECT coalesce(max(id), 0) + 1 AS n FROM test_changes').get()?.['n'])
          add.run(JSON.stringify({ ...sampleNotice(1_770_000_000_000), alert: `alert-${next}`, ...more }))
        }
      })
    }
  }
}

export function testNotifier(
  state: State,
  read: ReadChanges,
  more: Partial<Parameters<typeof openNotifier>[0]> = {}
): Notifier {
  return openNotifier({
    state,
    readChanges: read,
    log: { info() {}, warn() {}, error() {} },
    nowMs: Date.now,
    chance: () => 0.5,
    hostName: 'watch',
    pageUrl: () => 'https://picket.example.org',
    mailServer: () => undefined,
    reportsFolder: '/nonexistent',
    tickMs: 20,
    ...more
  })
}

export async function until(what: () => boolean, withinMs = 10_000): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!what()) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
