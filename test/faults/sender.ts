/** A sender as it should be: names each request, and sends it again until it is acknowledged. */

import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { readServerFile } from '../../src/platform/server-file.ts'

export type Sending = {
  readonly data: string
  readonly source: string
  readonly lines: readonly string[]
  readonly linesPerRequest: number
  readonly keyPrefix: string
  /** Requests under way at once. */
  readonly atOnce: number
  /** Gives up after so long. */
  readonly withinMs?: number
}

export async function sendUntilAcknowledged(sending: Sending): Promise<{ retries: number }> {
  const { lines, linesPerRequest, atOnce } = sending
  const deadlineMs = performance.now() + (sending.withinMs ?? 240_000)
  let next = 0
  let retries = 0
  const sendSome = async (): Promise<void> => {
    for (let at = next; at < lines.length; at = next) {
      next = at + linesPerRequest
      const body = lines.slice(at, next).join('\n') + '\n'
      for (;;) {
        const status = await post(sending, `${sending.keyPrefix} ${at}`, body)
        if (status === 200) break
        if (status >= 400 && status < 500 && status !== 401 && status !== 429)
          throw new Error(`the server refused records with ${status}`)
        if (performance.now() > deadlineMs) throw new Error('records are not acknowledged')
        retries++
        await sleep(100)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendSome))
  return { retries }
}

/** The answer's status; 0 where there was none. */
function post({ data, source }: Sending, key: string, body: string): Promise<number> {
  const server = readServerFile(data)
  if (server === undefined) return Promise.resolve(0)
  return new Promise(resolve => {
    const sent = request(
      new URL(`/api/ingest/${source}`, server.url),
      {
        method: 'POST',
        agent: false,
        timeout: 30_000,
        headers: {
          authorization: `Bearer ${server.token}`,
          'content-type': 'application/x-ndjson',
          'idempotency-key': key
        }
      },
      response => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
        response.on('error', () => resolve(0))
        response.on('close', () => resolve(0))
      }
    )
    sent.on('error', () => resolve(0))
    sent.on('timeout', () => sent.destroy())
    sent.end(body)
  })
}

export type Totals = { received: number; stored: number; deadLettered: number; duplicates: number }

/** The running server's ledger, once nothing is under way. */
export async function settledLedger(data: string, withinMs = 60_000): Promise<Totals> {
  const deadlineMs = performance.now() + withinMs
  let seen = ''
  for (;;) {
    const server = readServerFile(data)
    if (server !== undefined) {
      try {
        const response = await fetch(`${server.url}/api/ledger`, {
          headers: { authorization: `Bearer ${server.token}` }
        })
        seen = await response.text()
        const report = JSON.parse(seen) as { totals: Totals; pending: number }
        if (response.ok && report.pending === 0) return report.totals
      } catch {
        // It is being restarted.
      }
    }
    if (performance.now() > deadlineMs) throw new Error(`the ledger does not settle: ${seen.slice(0, 500)}`)
    await sleep(100)
  }
}
