/** The page's one way to the server: requests, their errors, and the shapes of the replies. */

export type Scope = 'search' | 'ingest' | 'triage' | 'taxii' | 'gate' | 'metrics' | 'admin'
export type Role = 'viewer' | 'analyst' | 'admin'
export type User = { id: number; name: string; role: Role; created: string; disabled?: string }
export type Session = { user: User; scopes: Scope[]; csrf: string; sessionId: string }
export type ListedSession = {
  id: string
  user: string
  current: boolean
  created: string
  lastSeen: string
  expires: string
  ip: string
  userAgent: string
}
export type ApiToken = {
  id: string
  name: string
  scopes: Scope[]
  user?: string
  created: string
  lastUsed?: string
  expires?: string
}
export type AuditEntry = {
  id: number
  time: string
  actor: string
  action: string
  object: string
  detail: Record<string, unknown>
  ip: string
  hash: string
}
export type AuditPage = { entries: AuditEntry[]; intact: boolean; next?: number }

export type Status = {
  version: string
  startedAt: string | number
  events: number
  bytes: number
  fromMs: number | null
  toMs: number | null
  backlogBytes: number
  stalled: string | null
  engine: { kind: 'embedded' | 'url'; memoryBytes?: number | null; restarts?: number | null }
  disk: { totalBytes: number; freeBytes: number }
}

export type Document = { readonly [field: string]: unknown }
export type StoredEvent = { id: string; timeMs: number; document: Document }
/** Where in the query something is wrong or odd. Position and length in UTF-16 units. */
export type QueryNote = {
  message: string
  position: number
  length: number
  expected?: string | string[]
  suggestion?: string
}
export type SearchPage = {
  events: StoredEvent[]
  cursor: string | null
  rowsRead: number
  elapsedMs: number
  warnings: QueryNote[]
}
export type HistogramReply = {
  bucketMs: number
  fromMs: number
  toMs: number
  buckets: { startMs: number; count: number }[]
  /** Where it is stacked by a field: the most frequent values, and one for all `other`s. */
  series?: { value: string; other?: boolean; buckets: { startMs: number; count: number }[] }[]
  total: number
}
export type FacetValue = {
  value: string | number
  count: number
  /** Of a range: from `from`, below `to`. */
  from?: number | null
  to?: number | null
}
export type Facet = { field: string; kind?: 'values' | 'ranges' | 'networks'; values: FacetValue[] }
export type Explanation = { ok: boolean; words: string; errors: QueryNote[]; warnings: QueryNote[] }

export type Counts = { received: number; stored: number; deadLettered: number; duplicates: number }
export type LedgerSource = Counts & { source: string; format: string; reasons: { reason: string; count: number }[] }
export type LedgerHour = Counts & { hourMs: number }
export type Ledger = { totals: Counts; pending: number; sources: LedgerSource[]; hours: LedgerHour[] }
export type ImportReply = { run: string; accepted: { chunks: number; records: number }; notes?: string[] }

export type DeadLetter = {
  id: string
  timeMs: number
  source: string
  format: string
  reason: string
  bytes: number
  preview: string
  originalBase64: string
}
export type DeadLetterPage = { letters: DeadLetter[]; cursor: string | null }
export type Range = { from?: string | undefined; to?: string | undefined }

/** A reply that is not a success, or none at all (`code` is then `unreachable`). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly details: readonly QueryNote[]

  constructor(status: number, code: string, message: string, details: readonly QueryNote[] = []) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}

let csrf = ''

/** Must be told each new session: unsafe requests carry its secret. */
export function keepSecret(session: Session): Session {
  csrf = session.csrf
  return session
}

export function secretHeaders(): Record<string, string> {
  return { 'x-picket-csrf': csrf }
}

type Query = Readonly<Record<string, string | number | undefined>>

export function withQuery(path: string, query: Query): string {
  const parts = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parts.set(key, String(value))
  }
  const text = parts.toString()
  return text === '' ? path : `${path}?${text}`
}

/** Throws `ApiError`. */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return send(withQuery(path, query), { signal })
}

/** Throws `ApiError`. */
export async function change<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const headers = secretHeaders()
  if (body === undefined) return send(path, { method, headers })
  return send(path, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  let reply: Response
  try {
    reply = await fetch(path, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new ApiError(0, 'unreachable', 'Picket does not answer. Is it running?')
  }
  const json = await reply.json().catch(() => undefined)
  if (!reply.ok) throw errorOf(reply.status, json)
  return json as T
}

export function errorOf(status: number, json: unknown): ApiError {
  const error = (json as { error?: { code?: string; message?: string; details?: unknown } } | undefined)?.error
  const details = Array.isArray(error?.details) ? (error.details as QueryNote[]) : []
  return new ApiError(status, error?.code ?? 'unknown', error?.message ?? `Picket answered with ${status}.`, details)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
