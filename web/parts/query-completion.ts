/** What could be written next: asked of the server, and where it cannot say, the names of fields and commands. */

import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { ApiError, get } from '../api.ts'
import { facetFields } from '../queries.ts'

export type CompletionKind = 'field' | 'value' | 'function' | 'keyword' | 'command'
export type CompletionReply = {
  from: number
  to: number
  items: { label: string; kind: CompletionKind; detail?: string; insert?: string }[]
}

/** Where the server does not complete: the fields that most events have. */
const fallbackFields = [
  ...facetFields,
  '@timestamp',
  'message',
  'event.kind',
  'event.category',
  'event.outcome',
  'event.severity',
  'source.port',
  'source.bytes',
  'destination.bytes',
  'network.bytes',
  'network.transport',
  'network.community_id',
  'dns.question.name',
  'url.original',
  'url.domain',
  'user_agent.original',
  'http.request.method',
  'http.response.status_code',
  'tls.client.server_name',
  'process.name',
  'process.command_line',
  'file.path',
  'file.hash.sha256',
  'related.ip',
  'related.user',
  'cloud.region',
  'picket.source'
]
const fallbackCommands = ['stats', 'timechart', 'where', 'eval', 'sort', 'head', 'tail', 'dedup', 'fields', 'rename']
  .concat(['top', 'rare', 'join', 'transaction', 'pattern'])
  .sort()

let serverCompletes = true

export async function completeQuery(context: CompletionContext): Promise<CompletionResult | null> {
  const text = context.state.doc.toString()
  const word = context.matchBefore(/[\w.@$-]+$/)
  // After a space the list would be in the way of typing on.
  if (!context.explicit && word === null && !/[:|(=]\s*$/.test(text.slice(0, context.pos))) return null
  if (text.length > 20_000) return null
  if (serverCompletes) {
    const abort = new AbortController()
    context.addEventListener('abort', () => abort.abort())
    try {
      const reply = await get<CompletionReply>('/api/complete', { q: text, at: context.pos }, abort.signal)
      const result = resultOf(reply)
      if (result !== null) return result
    } catch (error) {
      if (abort.signal.aborted) return null
      if (error instanceof ApiError && error.status === 404) serverCompletes = false
    }
  }
  return fallback(text, context.pos, word?.text ?? '')
}

function resultOf({ from, to, items }: CompletionReply): CompletionResult | null {
  if (items.length === 0) return null
  return {
    from,
    to,
    filter: false,
    options: items.slice(0, 60).map((item): Completion => {
      return { label: item.label, apply: item.insert ?? item.label, type: item.kind, detail: item.detail }
    })
  }
}

function fallback(text: string, pos: number, word: string): CompletionResult | null {
  const from = pos - word.length
  const before = text.slice(0, from).trimEnd()
  if (before.endsWith(':')) return null
  const isCommand = before.endsWith('|')
  const options = isCommand
    ? fallbackCommands.map((label): Completion => ({ label, apply: `${label} `, type: 'command' }))
    : fallbackFields.map((label): Completion => ({ label, apply: `${label}:`, type: 'field' }))
  return { from, options, validFor: /^[\w.@$-]*$/ }
}
