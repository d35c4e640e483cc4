/**
 * A feed as MISP publishes it: `manifest.json` names the events with the times of their last change, and each event lies beside it as
 * `UUID.json`. Only events that changed are fetched.
 */

import { secondsOf } from '../../intel/misp-event.ts'
import { FeedError, type Reach, request, urlOf } from '../feeds/request.ts'
import { type Patience, withRetries } from '../feeds/retry.ts'

export type MispEntry = { readonly uuid: string; readonly changedMs: number }

export type MispServer = Reach & { readonly patience: Patience }

const eventsMax = 100_000
const uuidForm = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** What the manifest names, the latest change last. */
export function readManifest(json: unknown): MispEntry[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new FeedError('feed-invalid', 'manifest.json is no manifest of MISP: it must be an object of events')
  const entries: MispEntry[] = []
  for (const [name, about] of Object.entries(json)) {
    const uuid = name.toLowerCase()
    const changedMs = secondsOf((about as Record<string, unknown> | null)?.['timestamp'])
    if (!uuidForm.test(uuid) || changedMs === undefined) continue
    if (entries.length >= eventsMax)
      throw new FeedError('feed-too-large', `manifest.json names more than ${eventsMax} events`)
    entries.push({ uuid, changedMs })
  }
  if (entries.length === 0 && Object.keys(json).length > 0)
    throw new FeedError('feed-invalid', 'manifest.json names no event with a UUID and a timestamp')
  return entries.sort((a, b) => a.changedMs - b.changedMs)
}

/** The manifest, or undefined if it is the one that is known. */
export async function fetchManifest(
  url: string,
  etag: string | undefined,
  server: MispServer
): Promise<{ entries: MispEntry[]; etag: string | undefined; bytes: number } | undefined> {
  return withRetries(server.patience, async () => {
    const answer = await request(address(url, 'manifest.json'), server, {
      headers: { accept: 'application/json', ...(etag !== undefined && { 'if-none-match': etag }) }
    })
    if (answer.status === 304) return undefined
    return { entries: readManifest(jsonOf(answer.body, url)), etag: answer.headers.etag, bytes: answer.body.length }
  })
}

/** Undefined if the manifest named it and it is not there. */
export async function fetchEvent(
  url: string,
  uuid: string,
  server: MispServer
): Promise<{ event: unknown; bytes: number } | undefined> {
  return withRetries(server.patience, async () => {
    try {
      const answer = await request(address(url, `${uuid}.json`), server, { headers: { accept: 'application/json' } })
      return { event: jsonOf(answer.body, url), bytes: answer.body.length }
    } catch (error) {
      if (error instanceof FeedError && error.status === 404) return undefined
      throw error
    }
  })
}

function address(url: string, file: string): string {
  const base = urlOf(url)
  base.pathname = `${base.pathname.replace(/\/(?:manifest\.json)?$/, '')}/${file}`
  return base.href
}

function jsonOf(body: Buffer, url: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new FeedError('feed-invalid', `${url.split('?')[0]} gave what is no JSON`, { cause })
  }
}
