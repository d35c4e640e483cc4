/** Elasticsearch, OpenSearch and what speaks their bulk interface: an action and a document for each record; what failed for a while is sent again. */

import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { Batcher } from './batcher.ts'
import { countOption, textOption, timeOption } from './options.ts'
import { send } from './request.ts'
import { AttemptError, Attempts, batchedSink } from './retry.ts'
import { sinkKind } from './sink.ts'

type BulkAnswer = {
  readonly errors?: boolean
  readonly items?: readonly Readonly<
    Record<string, { status?: number; error?: { type?: string; reason?: string } | string }>
  >[]
}

export const elasticsearch = sinkKind({
  schemes: ['elasticsearch', 'elasticsearch+http', 'elasticsearch+https'],
  example: 'elasticsearch+https://user:password@host:9200/index',
  about: "Elasticsearch's bulk interface.",
  ownsQuery: true,
  options: z.strictObject({
    apiKey: textOption().optional().describe('Better in the environment: ELASTIC_API_KEY.'),
    action: z.enum(['create', 'index']).optional().describe('create (default, also for data streams) or index.'),
    lines: countOption(1, 10_000).optional().describe('Records a request, at most. Default: 1000.'),
    linger: timeOption().optional().describe('How long a record waits for others. Default: 1s.'),
    requests: countOption(1, 64).optional().describe('Requests at once. Default: 2.')
  }),
  open({ scheme, host, path, user, password, shown }, options, context) {
    if (context.format !== 'ndjson')
      throw new PicketError('sink-options', 'Elasticsearch takes JSON only: leave out --format')
    const [index, ...more] = path.split('/')
    if (index === '' || more.length > 0)
      throw new PicketError('sink-options', `Name the index or data stream: ${shown.replace(/\/+$/, '')}/INDEX`)
    const url = `${scheme.endsWith('https') ? 'https' : 'http'}://${host}/_bulk`
    const headers: Record<string, string> = { 'content-type': 'application/x-ndjson' }
    const apiKey = options.apiKey ?? context.env['ELASTIC_API_KEY']
    if (user !== undefined)
      headers['authorization'] = `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`
    else if (apiKey !== undefined) headers['authorization'] = `ApiKey ${apiKey}`
    const attempts = new Attempts(shown, context)
    const action = JSON.stringify({ [options.action ?? 'create']: { _index: decodeURIComponent(index!) } })
    const limits = {
      lines: options.lines ?? 1000,
      bytes: 8_000_000,
      lingerMs: options.linger ?? 1000,
      inFlight: options.requests ?? 2
    }
    const batcher = new Batcher(limits, async ({ lines }) => {
      let left = lines
      await attempts.until(async () => {
        const body = new TextEncoder().encode(left.map(line => `${action}\n${line}\n`).join(''))
        const answer = read(await send({ url, headers, body }, context))
        if (answer.errors !== true || answer.items === undefined) return
        const again: string[] = []
        let reason = ''
        answer.items.forEach((item, at) => {
          const { status = 0, error } = Object.values(item)[0] ?? {}
          if (status < 300 || left[at] === undefined) return
          reason = `${status} ${typeof error === 'string' ? error : `${error?.type}: ${error?.reason}`}`.slice(0, 300)
          if (status === 429 || status >= 500) again.push(left[at])
          else attempts.refuse(1, reason)
        })
        left = again
        if (again.length > 0) throw new AttemptError(`${again.length} records: ${reason}`, true)
      })
    })
    return batchedSink(shown, batcher, attempts)
  }
})

function read(text: string): BulkAnswer {
  try {
    return JSON.parse(text) as BulkAnswer
  } catch {
    throw new AttemptError(`is no Elasticsearch: it answered ${text.slice(0, 100)}`, false)
  }
}
