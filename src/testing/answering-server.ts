/** For tests: a web server on a free port that answers as it is told, and counts who asked what. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type Asked = {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
}
export type Answering = (asked: Asked, response: ServerResponse) => void | Promise<void>

export async function answeringServer(answer: Answering) {
  const asked: Asked[] = []
  const state = { answer }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://here')
    const each: Asked = { path: url.pathname, query: url.searchParams, headers: request.headers }
    asked.push(each)
    void (async () => state.answer(each, response))().catch(error => response.destroy(error as Error))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    state,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

export function sendJson(
  response: ServerResponse,
  json: unknown,
  headers: Record<string, string> = {},
  status = 200
): void {
  response.writeHead(status, { 'content-type': 'application/taxii+json;version=2.1', ...headers })
  response.end(JSON.stringify(json))
}

/** A STIX indicator; `n` makes its id, value and time. */
export function stixIndicator(n: number, more: Readonly<Record<string, unknown>> = {}) {
  const time = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString()
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    created: time,
    modified: time,
    pattern: `[domain-name:value = 'd${n}.example']`,
    pattern_type: 'stix',
    valid_from: time,
    ...more
  }
}

/** When the object of that number was added to the collection. */
export const addedAt = (n: number): string =>
  new Date(Date.UTC(2026, 1, 1) + n * 1000).toISOString().replace('Z', '123Z')

/**
 * A collection of `count` indicators, `pageSize` a page. With `next` the server names the next page; without, the client goes on by
 * `added_after`.
 */
export function collectionOf(options: {
  count: () => number
  pageSize: number
  names: boolean
  limit?: () => void
}): Answering {
  return ({ path, query }, response) => {
    if (path === '/taxii2/')
      return sendJson(response, { title: 'test', default: '/root/', api_roots: ['/root/', '/other/'] })
    if (path === '/root/')
      return sendJson(response, {
        title: 'root',
        versions: ['application/taxii+json;version=2.1'],
        max_content_length: 1000
      })
    if (path === '/root/collections/')
      return sendJson(response, {
        collections: [
          { id: 'c1', title: 'One', can_read: true, can_write: false },
          { id: 'c2', title: 'Closed', can_read: false, can_write: true }
        ]
      })
    if (path === '/root/collections/c1/') return sendJson(response, { id: 'c1', title: 'One', can_read: true })
    if (path !== '/root/collections/c1/objects/') return sendJson(response, { title: 'no such thing' }, {}, 404)
    const after = query.get('added_after')
    const numbers = Array.from({ length: options.count() }, (_, n) => n).filter(
      n => after === null || addedAt(n) > after
    )
    const start = options.names ? Number(query.get('next') ?? 0) : 0
    const page = numbers.slice(start, start + options.pageSize)
    const more = start + page.length < numbers.length
    sendJson(
      response,
      {
        more,
        ...(more && options.names && { next: String(start + page.length) }),
        objects: page.map(n => stixIndicator(n))
      },
      page.length === 0
        ? {}
        : { 'x-taxii-date-added-first': addedAt(page[0]!), 'x-taxii-date-added-last': addedAt(page.at(-1)!) }
    )
  }
}
