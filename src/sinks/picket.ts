/**
 * A Picket: an HTTP source of its configuration takes the records (docs/sources/http.md). Each request is named, so that one whose answer was lost
 * and that is sent again does no harm. Without a source's name, each batch is brought in as a file is on the page.
 */

import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { Batcher } from './batcher.ts'
import { countOption, textOption, timeOption } from './options.ts'
import { send } from './request.ts'
import { Attempts } from './retry.ts'
import { sinkKind } from './sink.ts'

export const picket = sinkKind({
  schemes: ['picket', 'picket+http', 'picket+https'],
  example: 'picket://localhost:8642/SOURCE',
  about: 'A Picket, by name of one of its HTTP sources. `picket://` alone: the one that runs on this machine.',
  ownsQuery: true,
  options: z.strictObject({
    token: textOption()
      .optional()
      .describe('A token that may bring records in. Better in the environment: PICKET_TOKEN.'),
    data: textOption().optional().describe('The data folder of the Picket of this machine.'),
    format: textOption().optional().describe("Without a source's name: the format, where it should not be recognised."),
    lines: countOption(1, 100_000).optional().describe('Records a request, at most. Default: 5000.'),
    linger: timeOption().optional().describe('How long a record waits for others. Default: 1s.')
  }),
  open({ scheme, host, path }, options, context) {
    let base = `${scheme === 'picket+https' ? 'https' : 'http'}://${host}`
    let token = options.token ?? context.env['PICKET_TOKEN']
    if (host === '') {
      const server = readServerFile(options.data ?? defaultDataFolder())
      if (server === undefined)
        throw new PicketError(
          'no-server',
          'No Picket runs on this machine: start one (picket serve), or name one: --out picket://HOST:8642/SOURCE'
        )
      base = server.url
      token ??= server.token
    }
    if (token === undefined)
      throw new PicketError(
        'no-token',
        'Picket takes records with a token only: make one (picket token create generate --scope ingest) and give it in the environment as PICKET_TOKEN'
      )
    const label = `Picket at ${base}${path === '' ? '' : `, source ${path}`}`
    const attempts = new Attempts(label, context)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' }
    const limits = { lines: options.lines ?? 5000, bytes: 8_000_000, lingerMs: options.linger ?? 1000, inFlight: 2 }
    const batcher = new Batcher(limits, async ({ lines }) => {
      const run = randomBytes(8).toString('hex')
      const query = new URLSearchParams({ name: 'generated', run })
      if (options.format !== undefined) query.set('format', options.format)
      const url = path === '' ? `${base}/api/import?${query}` : `${base}/api/ingest/${encodeURIComponent(path)}`
      const text = `${context.header === undefined ? '' : `${context.header}\n`}${lines.join('\n')}\n`
      const body = new TextEncoder().encode(text)
      await attempts.until(() => send({ url, headers: { ...headers, 'idempotency-key': run }, body }, context))
    })
    return {
      label,
      write: (lines, keys) => batcher.write(lines, keys),
      close: () => batcher.close(),
      figures: () => attempts.figures()
    }
  }
})
