/**
 * `POST /api/ingest/NAME`: records for a source of type `http`, in whatever format and container; answered when they are durable.
 * docs/sources/http.md
 */

import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { importFile } from '../sources/files/import-files.ts'
import type { ImportDeps } from './import.ts'
import { readAll } from './read-body.ts'
import { type ApiApp, ApiError, type Guard } from './route.ts'

export function ingestRoute(app: ApiApp, guard: Guard, deps: ImportDeps): void {
  // A scope of its own: what kind of content it is, the content tells. Also `application/json` is not one value, but records.
  void app.register((within: FastifyInstance, _options, done) => {
    const scope = within.withTypeProvider<ZodTypeProvider>()
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, next) => next(null, payload))
    scope.post(
      '/api/ingest/:source',
      {
        preHandler: guard('ingest'),
        bodyLimit: 256 << 20,
        schema: {
          summary: 'Takes records for an HTTP source of the configuration; answers when they are durable',
          tags: ['import'],
          params: z.object({ source: z.string().max(64) })
        }
      },
      async request => {
        const source = deps
          .sources()
          .filter(candidate => candidate.type === 'http')
          .find(({ name }) => name === request.params.source)
        if (source === undefined)
          throw new ApiError(
            404,
            'unknown-source',
            `There is no HTTP source named ${request.params.source}: add it to picket.yaml.`
          )
        const body = await readAll(
          (request.body as Readable | null | undefined) ?? Readable.from([]),
          deps.requestBytesMax()
        )
        // A client that names its request may send it again without harm; others mean what they send, each time.
        const key = request.headers['idempotency-key']
        const accepted = await importFile(
          { path: '-', raw: Buffer.from('-'), sizeBytes: body.length, mtimeMs: undefined },
          {
            append: chunks => deps.picket.intake.append(chunks),
            run: '',
            nowMs: deps.nowMs,
            format: source.format,
            timezoneMinutes: source.timezone,
            recordBytesMax: deps.recordBytesMax(),
            source: source.name,
            origin: `${source.name} ${typeof key === 'string' ? key : randomBytes(16).toString('hex')}`,
            stdin: Readable.from([body]) as AsyncIterable<Buffer>
          }
        )
        return { accepted }
      }
    )
    done()
  })
}
