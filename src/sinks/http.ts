/** Any HTTP server that takes lines: a POST with a batch of them. */

import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { Batcher } from './batcher.ts'
import { countOption, flagOption, sizeOption, textOption, timeOption } from './options.ts'
import { send } from './request.ts'
import { Attempts, batchedSink } from './retry.ts'
import { sinkKind } from './sink.ts'

const types = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8', template: 'text/plain; charset=utf-8' }

export const http = sinkKind({
  schemes: ['http', 'https'],
  example: 'https://collector.example.org/intake',
  about: 'POST requests with a batch of lines each. Options by --option only: the query belongs to the server.',
  ownsQuery: false,
  options: z.strictObject({
    lines: countOption(1, 100_000).optional().describe('Lines a request, at most. Default: 1000.'),
    bytes: sizeOption(1, 1e9).optional().describe('Bytes a request, at most. Default: 1MB.'),
    linger: timeOption().optional().describe('How long a line waits for others. Default: 1s.'),
    requests: countOption(1, 64).optional().describe('Requests at once. Default: 4; 1 keeps the order.'),
    gzip: flagOption().optional().describe('Pack the bodies.'),
    token: textOption().optional().describe('For `Authorization: Bearer`. Better in the environment: GENERATE_TOKEN.'),
    header: textOption().optional().describe("One more header: 'X-Source: test'.")
  }),
  open({ url, user, password, shown }, options, context) {
    const attempts = new Attempts(shown, context)
    const token = options.token ?? context.env['GENERATE_TOKEN']
    const headers: Record<string, string> = { 'content-type': types[context.format] }
    if (user !== undefined)
      headers['authorization'] = `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`
    else if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    if (options.header !== undefined) {
      const [name, value] = options.header.split(/:\s*/, 2)
      if (value === undefined || !/^[A-Za-z0-9-]+$/.test(name!) || /[^\x20-\x7e]/.test(value))
        throw new PicketError('sink-options', "The option 'header' is written 'Name: value'.")
      headers[name!.toLowerCase()] = value
    }
    if (options.gzip) headers['content-encoding'] = 'gzip'
    const limits = {
      lines: options.lines ?? 1000,
      bytes: options.bytes ?? 1_000_000,
      lingerMs: options.linger ?? 1000,
      inFlight: options.requests ?? 4
    }
    const batcher = new Batcher(limits, async ({ lines }) => {
      const text = `${context.header === undefined ? '' : `${context.header}\n`}${lines.join('\n')}\n`
      const body = options.gzip ? new Uint8Array(gzipSync(text)) : new TextEncoder().encode(text)
      await attempts.until(() => send({ url, headers, body }, context))
    })
    return batchedSink(shown, batcher, attempts)
  }
})
