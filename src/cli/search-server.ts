/** Searches through the running server: its answers as they flow in. */

import type { IncomingMessage } from 'node:http'
import { PicketError } from '../core/errors.ts'
import type { FoundEvent, FoundTable } from './search-output.ts'
import { type Server, sendRequest } from './server-client.ts'

export type Answer = {
  readonly table?: FoundTable & { readonly truncated: boolean }
  readonly events?: readonly FoundEvent[]
  readonly cursor?: string | null
}

type Line = Answer & { readonly error?: { readonly code: string; readonly message: string } }

export async function queryServer(
  server: Server,
  body: { readonly q: string; readonly from?: string; readonly to?: string; readonly limit: number }
): Promise<Answer> {
  const response = await sendRequest(server, 'POST', '/api/query', JSON.stringify(body), {
    'content-type': 'application/json'
  })
  let answer: Answer = {}
  for await (const text of lines(response)) {
    const line = JSON.parse(text) as Line
    if (line.error !== undefined) throw new PicketError(line.error.code, line.error.message)
    if (line.table !== undefined || line.events !== undefined) answer = line
  }
  return answer
}

/** Events as they come in, until the server ends or `signal` aborts. `skipped` tells how many came too fast to be shown. */
export async function* tailServer(
  server: Server,
  query: string,
  signal: AbortSignal
): AsyncGenerator<{ readonly events: readonly FoundEvent[]; readonly skipped: number }> {
  const response = await sendRequest(server, 'GET', `/api/tail?${new URLSearchParams({ q: query })}`, undefined)
  const stop = (): void => void response.destroy()
  signal.addEventListener('abort', stop, { once: true })
  let event = ''
  try {
    for await (const line of lines(response)) {
      if (line.startsWith('event: ')) event = line.slice(7)
      else if (line.startsWith('data: ')) {
        const data = JSON.parse(line.slice(6)) as { events?: FoundEvent[]; count?: number; message?: string }
        if (event === 'failed') throw new PicketError('tail-ended', data.message ?? 'The live tail ended.')
        yield { events: data.events ?? [], skipped: data.count ?? 0 }
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    response.destroy()
  }
}

async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  const failed = (response.statusCode ?? 0) >= 300
  let rest = ''
  response.setEncoding('utf8')
  for await (const part of response as AsyncIterable<string>) {
    rest += part
    if (failed) continue
    const found = rest.split('\n')
    rest = found.pop()!
    for (const line of found) if (line !== '') yield line
  }
  if (failed) {
    const error = errorOf(rest)
    throw new PicketError(
      error?.code ?? 'server-answer',
      error?.message ?? `the server answered ${response.statusCode}`
    )
  }
  if (rest !== '') yield rest
}

function errorOf(text: string): { code?: string; message?: string } | undefined {
  try {
    return (JSON.parse(text) as { error?: { code?: string; message?: string } }).error
  } catch {
    return undefined
  }
}
